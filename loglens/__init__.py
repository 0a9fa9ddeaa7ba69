"""LogLens reads TensorBoard logs and says what went wrong in each training run, since when, why and what to do."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Report", "RunReport", "__version__", "analyze", "analyze_curves", "read_scalars"]

if TYPE_CHECKING:
    from loglens.events.reader import read_scalars
    from loglens.pipeline import analyze, analyze_curves
    from loglens.report import Report, RunReport

_PUBLIC = {
    "analyze": "loglens.pipeline",
    "analyze_curves": "loglens.pipeline",
    "read_scalars": "loglens.events.reader",
    "Report": "loglens.report",
    "RunReport": "loglens.report",
}


def __getattr__(name: str) -> Any:  # public names load on first use, so that `loglens --help` stays fast
    if name not in _PUBLIC:
        raise AttributeError(f"module 'loglens' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)
