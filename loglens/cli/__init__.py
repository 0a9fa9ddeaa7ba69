"""Floor 7: the command line: parse arguments, call down, render."""
