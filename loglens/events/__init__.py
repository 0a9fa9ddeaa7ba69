"""Floor 0: bytes to scalar columns and back; no knowledge of training."""
