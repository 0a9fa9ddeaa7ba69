"""From TensorBoard's flags to LOGDIR arguments as the command line takes them."""

from __future__ import annotations

import os
import re
from typing import Any

_URI = re.compile(r"[a-zA-Z][0-9a-zA-Z.]*://.*")  # as TensorBoard's own parser of --logdir_spec tells them


def logdirs_of(context: Any) -> list[str]:
    """What `loglens analyze` would be given: one folder or URL, or `name=path` for each part of --logdir_spec."""
    spec = getattr(context.flags, "logdir_spec", "") or ""
    if spec:
        return [_part(part) for part in spec.split(",") if part]
    logdir = context.logdir or getattr(context.flags, "logdir", "") or ""
    return [_expanded(logdir)] if logdir else []


def _part(part: str) -> str:
    """`name:path` or `path`; a URL, a drive and a path that begins with a slash have no name."""
    if _URI.match(part) or ":" not in part or part.startswith("/") or os.path.splitdrive(part)[0]:
        return _expanded(part)
    name, _, path = part.partition(":")
    return f"{name}={_expanded(path)}"


def _expanded(path: str) -> str:
    return path if _URI.match(path) else os.path.expanduser(path)  # noqa: PTH111  # keeps the path as typed
