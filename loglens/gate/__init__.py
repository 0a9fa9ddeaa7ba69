"""Floor 5: the gate: rules and a baseline turn a report into findings and an exit code."""
