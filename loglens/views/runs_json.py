"""Runs as they were understood, as JSON: every decision with its reason and the override that states it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from loglens.inventory import Decided, Described, Part
from loglens.jsonform import to_plain
from loglens.runs.curve import Run
from loglens.runs.overrides import format_override

SCHEMA = "loglens.runs/1"


def render(parts: Sequence[Part], groups: Mapping[str, str]) -> str:
    """`{"schema": ..., "runs": [...], "unreadable": [...]}` in one line."""
    plain = {
        "schema": SCHEMA,
        "runs": [_run(one, groups[one.run.name]) for part in parts for one in part.runs],
        "unreadable": [to_plain(item) for part in parts for item in part.unreadable],
    }
    return json.dumps(plain, allow_nan=False) + "\n"


def _run(described: Described, group: str) -> dict[str, Any]:
    run = described.run
    return {
        "name": run.name,
        "group": group,
        "directories": list(run.directories),
        "framework": run.framework,
        "steps_per_epoch": to_plain(run.steps_per_epoch),
        "batch_size": run.batch_size,
        "training_samples": run.training_samples,
        "classes": run.classes,
        "notes": list(run.notes),
        "restarts": to_plain(run.restarts),
        "lost": to_plain(run.losses),
        "curves": [_curve(run, decided) for decided in described.curves],
    }


def _curve(run: Run, decided: Decided) -> dict[str, Any]:
    curve, role = decided.curve, decided.curve.role
    return {
        "dir": curve.key.dir,
        "tag": curve.key.tag,
        "phase": role.phase,
        "quantity": role.quantity,
        "name": role.name,
        "direction": role.direction,
        "x_unit": curve.x_unit,
        "points": decided.points,
        "first_step": decided.first_step,
        "last_step": decided.last_step,
        "repeated_steps": curve.repeated_steps,
        "role_confidence": to_plain(role.confidence),
        "role_reason": role.reason,
        "judged": curve.trusted and curve.same_as is None,
        "pair": to_plain(curve.pair),
        "same_as": to_plain(curve.same_as),
        "override": format_override(run.name, curve),
    }
