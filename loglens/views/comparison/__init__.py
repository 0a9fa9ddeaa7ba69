"""The comparison of two runs or groups of seeds: one file an output, `render(comparison) -> str`."""
