"""What verdicts depend on besides the logs: the plan and all code that carries it out, as one short text."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import scipy

from loglens import __version__
from loglens.judge import Plan

_SUFFIXES = (".py", ".csv", ".tsv")
"""Files of LogLens that verdicts depend on: code, and the tables of words and probabilities."""


def stamp_of(plan: Plan) -> str | None:
    """Differs where verdicts may: by plan, version, or an edit of the code of LogLens or of another's detector.

    None for a detector whose code is in no file (a notebook's): nothing tells when it changes.
    """
    kinds = {type(detector) for detector in plan.detectors}
    folders = {_folder_of(kind.__module__) for kind in kinds if kind.__module__.partition(".")[0] != "loglens"}
    if None in folders:
        return None
    codes = [_code(place) for place in sorted(place for place in folders if place is not None)]
    names = sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
    own = _code(Path(__file__).parent)
    return digest((__version__, sys.version_info[:2], np.__version__, scipy.__version__, own, codes, names, plan))


def digest(value: object) -> str:
    """Short, and no two alike."""
    return hashlib.blake2b(repr(value).encode("utf-8", "backslashreplace"), digest_size=20).hexdigest()


def _folder_of(module_name: str) -> Path | None:
    """The folder of another's detector where that is a package's: it may use what stands beside it."""
    module = sys.modules.get(module_name)
    file = getattr(module, "__file__", None)
    if module is None or file is None or module_name == "__main__":
        return None
    return Path(file).parent if module.__package__ else Path(file)


@cache
def _code(place: Path) -> str:
    """Changes with every edit. By contents, since an installation sets the files' times anew; 1 MB takes 3 ms."""
    files = sorted(_files(place)) if place.is_dir() else [place]
    return digest([(file.relative_to(place).as_posix(), _contents(file)) for file in files])


def _files(folder: Path) -> Iterator[Path]:
    for path, _, names in os.walk(folder):
        yield from (Path(path) / name for name in names if name.endswith(_SUFFIXES))


def _contents(file: Path) -> str:
    try:
        return hashlib.blake2b(file.read_bytes(), digest_size=20).hexdigest()
    except OSError:
        return "unreadable"
