"""Floor 3: one file a detector; this folder is the registry."""
