"""Speed of the reference trainer."""
