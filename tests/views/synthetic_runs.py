"""Fixed runs for the goldens of `loglens runs`: what is judged, what is doubtful, and much that is alike."""

from __future__ import annotations

import numpy as np

from loglens.events.series import SeriesKey
from loglens.inventory import Part, describe
from loglens.report import Unreadable
from loglens.runs.curve import Curve, Direction, Phase, Quantity, Restart, Role, Run
from loglens.views import runs_text
from loglens.views.text import Look

WIDTHS = (80, 140)


def curve(folder: str, tag: str, role: Role, pair: str = "") -> Curve:
    steps = np.arange(50, dtype=np.int64)
    values = steps.astype(np.float64)
    return Curve(
        SeriesKey(folder, tag), role, "epoch", steps, values, values, pair=SeriesKey(folder, pair) if pair else None
    )


def role(phase: Phase, quantity: Quantity, direction: Direction, confidence: float = 0.95) -> Role:
    return Role(phase, quantity, "", direction, confidence, f"{phase}: by its folder; {quantity}: last part of the tag")


def a_run(name: str) -> Run:
    """A run with judged curves, timers that are alike, one curve that could be a metric, and a restart."""
    curves = (
        curve(name, "train/loss", role("train", "loss", "min"), "val/loss"),
        curve(name, "val/loss", role("validation", "loss", "min"), "train/loss"),
        curve(name, "[bold]score", role("none", "other", "none", 0.5)),
        *(curve(name, f"time/phase_{number:02}", role("none", "time", "none", 0.7)) for number in range(30)),
    )
    return Run(
        name,
        (f"{name}/train", f"{name}/validation"),
        curves,
        framework="Keras",
        steps_per_epoch=469.0,
        batch_size=128,
        restarts=(Restart(900, 12, "purge"),),
        notes=("2 folders of phases joined: train, validation.",),
    )


def text(width: int, *, everything: bool = False) -> str:
    part = Part(
        tuple(describe(a_run(f"net/seed{n}")) for n in range(4)), (Unreadable("x/events.out.tfevents.1", "is a PNG"),)
    )
    groups = {one.run.name: "net" for one in part.runs}
    return runs_text.render([part], groups, Look(width=width, where="logs", everything=everything))
