"""Floor 6: renderings of a finished Report; nothing is computed here."""
