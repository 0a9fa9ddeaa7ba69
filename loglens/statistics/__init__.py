"""Floor 1: the shared numerics of the detectors: arrays in, numbers out."""
