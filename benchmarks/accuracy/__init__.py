"""How often LogLens and the usual rules are right on runs whose truth is known."""
