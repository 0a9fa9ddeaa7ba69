"""Exit codes: what the process that started a command, or a worker of one, is told of how it ended."""

from __future__ import annotations

import signal

FINE = 0
FINDINGS = 1
"""Only where the user asked for it."""
ERROR = 2
"""Usage, config, nothing readable, or a bug of ours: never 1, which would read as findings."""
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
"""130 and 143: what a shell reports for a process that Ctrl-C or SIGTERM ended."""
