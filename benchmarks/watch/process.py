"""What a running process uses, as Linux' /proc says it."""

from __future__ import annotations

import os
from pathlib import Path


def resources(process: int) -> tuple[int, int]:
    """Resident bytes and open files."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(list(Path(f"/proc/{process}/fd").iterdir()))


def bytes_read(process: int) -> int:
    """Bytes of files that it has read so far."""
    return int(Path(f"/proc/{process}/io").read_text().split()[1])


def cpu_seconds(process: int) -> float:
    """Processor time so far, of the user and of the system."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
