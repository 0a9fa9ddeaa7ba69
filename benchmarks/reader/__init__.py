"""How fast event files are read, and how much memory that takes, against the readers people use today."""
