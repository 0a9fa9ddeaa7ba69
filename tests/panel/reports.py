"""Made runs for the panel's tests: reports built by hand, and event files with the same courses."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from loglens.display import display_curve
from loglens.events.series import Floats, Ints, SeriesKey
from loglens.events.writer import EventFileWriter
from loglens.report import CurveReport, Lost, Report, RunReport, Unreadable
from loglens.runs.curve import Curve, Direction, Phase, Quantity, Role
from loglens.verdict import Fact, Interval, Marker, Overlay, Verdict

HOSTILE = "<img src=x onerror=alert(1)>&amp;'\"`${1}</script>"
"""A name that is markup, a script's end, an entity and a template at once."""

START = 1_700_000_000.0


def losses(kind: str, points: int, seed: int) -> tuple[Floats, Floats]:
    """Train and validation loss, float64[points] each, of a training of this kind."""
    noise = np.random.default_rng(seed)
    x = np.linspace(0, 1, points)
    train = 0.25 + 2.0 * np.exp(-6 * x) + 0.02 * noise.standard_normal(points)
    validation = 0.42 + 1.9 * np.exp(-6 * x) + 0.015 * noise.standard_normal(points)
    if kind == "overfitting":
        validation += 1.1 * np.clip(x - 0.35, 0, None) ** 1.3
        train -= 0.22 * x
    elif kind == "non-finite":
        train[int(0.7 * points) :] = np.nan
        validation[int(0.7 * points) :] = np.nan
    elif kind == "oscillation":
        validation += 0.22 * np.sin(90 * x) * (x > 0.3)
    return train, validation


def make_run(
    name: str, kind: str = "healthy", *, points: int = 60, seed: int = 0, validation: bool = True
) -> RunReport:
    """A run with a loss pair, a learning rate, an accuracy, and the verdicts that its kind deserves."""
    train, val = losses(kind, points, seed)
    steps = np.arange(1, points + 1, dtype=np.int64) * 100
    one = [curve(SeriesKey(name, "train/loss"), "train", "loss", steps, train, pair="val/loss" if validation else None)]
    if validation:
        one.append(curve(SeriesKey(name, "val/loss"), "validation", "loss", steps, val, pair="train/loss"))
        accuracy = 0.95 - 0.4 * np.nan_to_num(val, nan=2.0) / 2
        one.append(curve(SeriesKey(name, "val/accuracy"), "validation", "accuracy", steps, accuracy))
    one.append(curve(SeriesKey(name, "lr"), "none", "learning-rate", steps, np.linspace(1e-3, 1e-5, points)))
    return RunReport(
        name=name,
        group=name.replace(f"seed{seed}", "").rstrip("/_-") or name,
        steps_per_epoch=100.0,
        batch_size=64,
        lost=Lost(bad_records=3) if kind == "damaged" else Lost(),
        curves=tuple(describe(c) for c in one),
        verdicts=verdicts(name, kind, steps, val, validation=validation),
        framework="Made",
        display=tuple(display_curve(c) for c in one),
    )


def curve(
    key: SeriesKey, phase: Phase, quantity: Quantity, steps: Ints, values: Floats, *, pair: str | None = None
) -> Curve:
    directions: dict[Quantity, Direction] = {"loss": "min", "accuracy": "max"}
    return Curve(
        key=key,
        role=Role(phase, quantity, "", directions.get(quantity, "none"), 0.97, f"the tag {key.tag!r} says so"),
        x_unit="step",
        steps=steps,
        wall_times=np.asarray(START + steps * 0.9, dtype=np.float64),
        values=values,
        epochs=steps / 100.0,
        pair=None if pair is None else SeriesKey(key.dir, pair),
    )


def describe(one: Curve) -> CurveReport:
    return CurveReport(
        one.key.dir,
        one.key.tag,
        one.role.phase,
        one.role.quantity,
        one.role.name,
        one.role.direction,
        one.x_unit,
        len(one.steps),
        int(one.steps[0]),
        int(one.steps[-1]),
        int((~np.isfinite(one.values)).sum()),
        one.role.confidence,
        one.role.reason,
        one.pair,
    )


def verdicts(run: str, kind: str, steps: Ints, values: Floats, *, validation: bool) -> tuple[Verdict, ...]:
    """Verdicts with every kind of evidence, as detectors give them."""
    if not validation:
        missing = Verdict("overfitting", "not-applicable", "Needs a validation loss; none was logged.")
        return (
            missing,
            Verdict("plateau", "undetermined", "Too few points after the drop.", missing=("a validation loss",)),
        )
    key = SeriesKey(run, "val/loss")
    best = int(np.nanargmin(values))
    at, last = int(steps[best]), int(steps[-1])
    stopping = Verdict(
        "stopping",
        "pass",
        f"val/loss is best at step {at}; later steps cost {last - at} steps and gave nothing.",
        confidence=0.9,
        tags=(key,),
        advice="Keep the checkpoint nearest to it.",
        start_step=at,
        end_step=last,
        start_epoch=at / 100,
        end_epoch=last / 100,
        value=float(values[best]),
        unit="loss",
        details={
            "best_step": at,
            "best_value": float(values[best]),
            "set_first_step": at - 300,
            "set_last_step": at + 400,
        },
        evidence=(
            Marker(key, at, "best step", float(values[best])),
            Interval(key, at - 300, at + 400, "as good as the best"),
        ),
    )
    passed = Verdict("loss-spike", "pass", "val/loss: no spike in 60 values.", confidence=0.95, tags=(key,))
    if kind == "overfitting":
        trend = Overlay(
            key,
            tuple(steps[best:].tolist()),
            tuple(np.linspace(values[best], values[-1], len(steps) - best).tolist()),
            "rising trend",
        )
        found = Verdict(
            "overfitting",
            "fail",
            f"val/loss rises since step {at} while train/loss goes on falling.",
            confidence=0.97,
            tags=(key, SeriesKey(run, "train/loss")),
            start_step=at,
            start_epoch=at / 100,
            advice=f"Stop near step {at}, or regularise: weight decay, dropout, more data or augmentation.",
            value=0.31,
            threshold=0.02,
            unit="share of progress",
            details={"depth": 0.31, "gap": 0.4},
            evidence=(Interval(key, at, None, "overfitting"), trend, Fact("standardised slope", 6.2)),
        )
        return (found, stopping, passed)
    if kind == "non-finite":
        start = int(steps[int(0.7 * len(steps))])
        found = Verdict(
            "non-finite",
            "fail",
            f"val/loss is NaN from step {start} on.",
            confidence=0.99,
            tags=(key,),
            start_step=start,
            advice="Go back to the last finite checkpoint and halve the learning rate.",
            details={"count": 18, "recovered": False},
            evidence=(Interval(key, start, None, "not finite"),),
        )
        return (found, stopping)
    if kind == "oscillation":
        found = Verdict(
            "oscillation",
            "warn",
            "val/loss swings by 0.15 of its progress, more than noise explains.",
            confidence=0.88,
            tags=(key,),
            start_step=int(steps[len(steps) // 3]),
            value=0.15,
            threshold=0.06,
            unit="share of progress",
            advice="Lower the learning rate or raise the batch size.",
            details={"cause": "step-noise", "amplitude": 0.15, "period_epochs": 4.1},
            evidence=(
                Interval(key, int(steps[len(steps) // 3]), None, "swings", 0.2, 0.66),
                Fact("period", 4.1, "epochs"),
            ),
        )
        return (found, stopping, passed)
    return (
        stopping,
        passed,
        Verdict("overfitting", "pass", "val/loss does not rise after its best.", confidence=0.93, tags=(key,)),
    )


KINDS = ("overfitting", "healthy", "oscillation", "healthy", "non-finite", "healthy")


def make_report(runs: int = 12, *, points: int = 60, extra: Sequence[RunReport] = ()) -> Report:
    """A report of many runs: six architectures, three seeds each and on."""
    made = [
        make_run(f"sweep/model-{i // 3:03d}/seed{i % 3}", KINDS[(i // 3) % 6], points=points, seed=i % 3)
        for i in range(runs)
    ]
    return Report(
        loglens_version="0.0.test",
        config={},
        runs=tuple(sorted([*made, *extra], key=lambda run: run.name)),
        unreadable=(Unreadable("broken/events.out.tfevents.1", "is no event file"),),
    )


def hostile_run() -> RunReport:
    """A run whose name, tag and sentences are markup."""
    run = make_run(HOSTILE, "overfitting")
    first = dataclasses.replace(run.verdicts[0], summary=HOSTILE, advice=HOSTILE, missing=(HOSTILE,))
    renamed = dataclasses.replace(run.curves[-1], tag=HOSTILE, role_reason=HOSTILE)
    shown = dataclasses.replace(run.display[-1], tag=HOSTILE)
    return dataclasses.replace(
        run, verdicts=(first, *run.verdicts[1:]), curves=(*run.curves[:-1], renamed), display=(*run.display[:-1], shown)
    )


def write_logs(folder: Path, runs: int = 6, *, points: int = 120) -> None:
    """The same courses as event files: `folder/sweep/model-000/seed0/...`."""
    for i in range(runs):
        write_log(folder / f"sweep/model-{i // 3:03d}/seed{i % 3}", KINDS[(i // 3) % 6], points=points, seed=i % 3)


def write_log(folder: Path, kind: str = "healthy", *, points: int = 120, seed: int = 0) -> None:
    train, val = losses(kind, points, seed)
    steps = np.arange(1, points + 1) * 100
    with EventFileWriter(folder, wall_time=START) as writer:
        for tag, values in (("train/loss", train), ("val/loss", val), ("lr", np.linspace(1e-3, 1e-5, points))):
            writer.add_series(tag, steps, values, START + steps * 0.9)
