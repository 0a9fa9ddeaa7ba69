"""JSON: the whole result, with its exit code and counts, and a `schema` key."""

from __future__ import annotations

import json
from typing import Any

from loglens.gate.result import GateResult
from loglens.jsonform import to_plain


def render(result: GateResult) -> str:
    """The result as indented JSON; numbers that are not finite are null."""
    return json.dumps(plain(result), allow_nan=False, indent=1, ensure_ascii=False) + "\n"


def plain(result: GateResult) -> dict[str, Any]:
    """The result as plain data."""
    head = {
        "schema": result.schema,
        "exit_code": result.exit_code,
        "counts": dict(sorted(result.counts.items())),
    }
    rest: dict[str, Any] = to_plain(result)
    for outcome, told in zip(result.outcomes, rest["outcomes"], strict=True):
        told["fingerprint"] = outcome.fingerprint
    return {**head, **{key: value for key, value in rest.items() if key not in head}}
