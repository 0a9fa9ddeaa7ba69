"""Floor 1: folders to runs, tags to roles, steps to epochs, restarts resolved: series become curves."""
