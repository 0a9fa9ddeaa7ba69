"""The machine and the versions a figure was measured with, without naming any one machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable


def describe_machine(packages: Iterable[str]) -> dict[str, str | int]:
    """Processor architecture, cores, Python and the versions of those `packages` that are installed."""
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "processor": platform.machine(),
        "cores": len(affinity(0)) if affinity else os.cpu_count() or 1,
        "system": platform.system(),
        "python": platform.python_version(),
        **installed(packages),
    }


def installed(packages: Iterable[str]) -> dict[str, str]:
    """The versions of those `packages` that are installed beside this Python."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
