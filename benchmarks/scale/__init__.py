"""What an analysis costs as the number of runs grows, the first time and again."""
