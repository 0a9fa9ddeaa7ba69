"""JSON lines: one outcome or decision a line, for jq, log collectors and data frames."""

from __future__ import annotations

import json

from loglens.gate.result import GateResult
from loglens.jsonform import to_plain


def render(result: GateResult) -> str:
    """First a line on the gate as a whole, then one an outcome and one a decision; `type` tells them apart."""
    head = {
        "type": "gate",
        "schema": result.schema,
        "loglens_version": result.loglens_version,
        "exit_code": result.exit_code,
        "counts": dict(sorted(result.counts.items())),
    }
    outcomes = [{"type": "outcome", **to_plain(o), "fingerprint": o.fingerprint} for o in result.outcomes]
    decisions = [{"type": "decision", **to_plain(decision)} for decision in result.decisions]
    return "".join(json.dumps(row, allow_nan=False, ensure_ascii=False) + "\n" for row in (head, *outcomes, *decisions))
