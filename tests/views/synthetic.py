"""One fixed report for the goldens: every state a run can be in, made from formulas, in any number of runs."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from loglens.events.series import SeriesKey
from loglens.report import CurveReport, DisplayCurve, Lost, Report, RunReport, Unreadable
from loglens.runs.curve import Direction, Phase, Quantity
from loglens.verdict import Fact, Interval, Marker, Overlay, Verdict

POINTS = 50
STEPS_PER_EPOCH = 469

NAMES = (
    "resnet/seed0",
    "resnet/seed1",
    "resnet/seed2",
    "resnet/seed3",
    "[red]x[/red]",
    "日本語 実験/学習率 0.1",
    "sweep/optimizer=adam,learning_rate=0.0003,weight_decay=0.05,batch_size=128/version_0",
    "naïve Größe",
    "broken",
    "gan",
    "short",
    "unknown tags",
)


def one() -> Report:
    """A report on one run with two findings, a loss of records and much that could not be decided."""
    run = _overfitting(".")
    oscillation = Verdict(
        "oscillation",
        "warn",
        "val/loss swings by 9 % of its progress from epoch 20 on, which is more than its noise.",
        confidence=0.83,
        tags=(SeriesKey(".", "val/loss"),),
        advice="Try a quarter of the learning rate for 5-10 epochs: if the swing shrinks, it is the weights.",
        start_step=19 * STEPS_PER_EPOCH,
        start_epoch=20.0,
        value=0.09,
        threshold=0.06,
        unit="share of progress",
        details={"cause": "step-noise", "amplitude": 0.09},
        evidence=(Fact("crossings", 11, "times"),),
    )
    undecided = Verdict(
        "below-chance",
        "undetermined",
        "Not judged: the number of classes is not known.",
        missing=("classes",),
    )
    failed = Verdict("underfitting", "error", "The detector underfitting failed: ValueError: no luck.")
    unused = tuple(
        Verdict(name, "not-applicable", "Needs a reward; none was logged.")
        for name in ("return-drop", "return-plateau")
    )
    lost = Lost(bad_records=3, truncated_bytes=17, repeated_steps=1204, zero_bytes=4096)
    notes = ("The folders train and validation were joined: they hold the phases of one training.",)
    run = dataclasses.replace(
        run, verdicts=(*run.verdicts, oscillation, undecided, failed, *unused), lost=lost, notes=notes
    )
    return Report("0.1.0", {"seeds": "x"}, (run,))


def twelve() -> Report:
    """One run of every sort, with names that are hard to show, and files that gave nothing."""
    makers = (
        _healthy,
        _overfitting,
        _healthy,
        _healthy,
        _healthy,
        _plateau,
        _overfitting,
        _healthy,
        _nan,
        _gan,
        _short,
    )
    runs = tuple(maker(name) for maker, name in zip((*makers, _unknown), NAMES, strict=True))
    unreadable = (
        Unreadable("logs/resnet/seed4/events.out.tfevents.1700000000.host", "is a Git LFS pointer: run git lfs pull"),
        *(Unreadable(f"logs/images/{n}/events.out.tfevents.1700000000.host", "holds no scalars") for n in range(7)),
    )
    return Report("0.1.0", {"seeds": "x"}, runs, unreadable)


def thousand() -> Report:
    """A thousand runs in 250 groups of seeds: 1 in 20 has a finding, 1 in 50 cannot be judged."""
    runs = []
    for number in range(1000):
        name = f"sweep/config{number // 4:03}/seed{number % 4}"
        maker = _healthy
        if number % 20 == 3:
            maker = (_overfitting, _plateau, _nan)[number // 20 % 3]
        elif number % 50 == 7:
            maker = _unknown
        runs.append(dataclasses.replace(maker(name), group=f"sweep/config{number // 4:03}"))
    return Report("0.1.0", {"seeds": "x"}, tuple(runs))


def _healthy(name: str) -> RunReport:
    train, validation = _course(0.0)
    return _run(
        name, train, validation, (_passed("non-finite", name), _passed("overfitting", name), _stopping(name, 49))
    )


def _overfitting(name: str) -> RunReport:
    train, validation = _course(0.012)
    key = SeriesKey(name, "val/loss")
    onset = 11 * STEPS_PER_EPOCH
    verdict = Verdict(
        "overfitting",
        "fail",
        "val/loss rises from epoch 12 on while train/loss falls: 31 % of the progress is lost by the end.",
        confidence=0.97,
        tags=(key, SeriesKey(name, "train/loss")),
        advice="Keep the checkpoint of epoch 12. More data, augmentation, weight decay or dropout would help; "
        "training longer will not.",
        start_step=onset,
        start_epoch=12.0,
        value=0.31,
        threshold=0.05,
        unit="share of progress",
        details={"depth": 0.31, "gap": 0.5},
        evidence=(
            Marker(key, onset, "lowest smoothed validation loss", 0.4123),
            Interval(key, onset, None, "rising"),
            Overlay(key, (0, onset), (1.0, 0.4), "smoothed"),
            Fact("rise since then", 0.18, "nats"),
        ),
    )
    return _run(name, train, validation, (_passed("non-finite", name), verdict, _stopping(name, 11)))


def _plateau(name: str) -> RunReport:
    train, validation = _course(0.0)
    key = SeriesKey(name, "train/loss")
    verdict = Verdict(
        "plateau",
        "warn",
        "train/loss has been flat since epoch 23 at a level that a lower rate usually leaves.",
        confidence=0.71,
        tags=(key,),
        advice="Lower the learning rate by 10 for a few epochs.",
        start_step=22 * STEPS_PER_EPOCH,
        start_epoch=23.0,
        details={"state": "plateau", "kind": "stalled"},
    )
    verdicts = (_passed("non-finite", name), _passed("overfitting", name), verdict, _stopping(name, 40))
    return _run(name, train, validation, verdicts)


def _nan(name: str) -> RunReport:
    train, validation = _course(0.0)
    train[30:] = np.nan
    key = SeriesKey(name, "train/loss")
    verdict = Verdict(
        "non-finite",
        "fail",
        "train/loss is NaN from step 14070 to the end (20 of 50 values).",
        confidence=0.99,
        tags=(key,),
        advice="Go back to the last finite checkpoint and halve the learning rate.",
        start_step=30 * STEPS_PER_EPOCH,
        value=20.0,
        threshold=0.0,
        unit="values",
    )
    undecided = Verdict("overfitting", "undetermined", "Not judged: train/loss is not finite.", missing=("train/loss",))
    run = _run(name, train, validation, (verdict, undecided))
    return dataclasses.replace(run, lost=Lost(bad_records=1, truncated_bytes=100))


def _gan(name: str) -> RunReport:
    steps = np.arange(POINTS)
    values = 1 + 0.2 * np.sin(steps / 2)
    curve = _curve(name, "loss/discriminator", "train", "gan-loss", "none")
    verdicts = (
        Verdict("non-finite", "pass", "all 50 values are finite.", 0.99, (SeriesKey(name, "loss/discriminator"),)),
        Verdict("overfitting", "not-applicable", "Needs a validation loss; none was logged."),
    )
    return RunReport(name, name, None, None, Lost(), (curve,), verdicts, display=(_display(name, curve.tag, values),))


def _short(name: str) -> RunReport:
    curve = dataclasses.replace(_curve(name, "val/loss", "validation", "loss", "min"), points=1, last_step=0)
    verdicts = (
        Verdict("non-finite", "pass", "its one value is finite.", 0.99, (SeriesKey(name, "val/loss"),)),
        Verdict("overfitting", "undetermined", "Needs at least 5 points; there is one.", missing=("more points",)),
    )
    display = (_display(name, "val/loss", np.array([0.7])),)
    return RunReport(name, name, None, None, Lost(), (curve,), verdicts, display=display)


def _unknown(name: str) -> RunReport:
    curves = tuple(
        dataclasses.replace(
            _curve(name, tag, "none", "other", "none"), role_confidence=0.3, role_reason="no known word"
        )
        for tag in ("qx", "zeta_1", "zeta_2", "zeta_3", "[bold]w[/bold]")
    )
    summary = "Not judged: what 'qx', 'zeta_1', 'zeta_2' is could not be told surely enough."
    verdicts = tuple(
        Verdict(detector, "undetermined", summary, missing=tuple(f"role of {curve.tag}" for curve in curves))
        for detector in ("non-finite", "overfitting")
    )
    display = (_display(name, "qx", np.linspace(1, 0, POINTS)),)
    return RunReport(name, name, None, None, Lost(), curves, verdicts, display=display)


def _course(rise: float) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """A falling train loss, and a validation loss that rises again by `rise` an epoch from epoch 12 on."""
    epochs = np.arange(POINTS, dtype=np.float64)
    ripple = 0.02 * np.sin(2.1 * epochs)
    train = 2.3 * np.exp(-epochs / 10)
    validation = 0.4 + 1.9 * np.exp(-epochs / 5) + rise * np.maximum(epochs - 11, 0) + ripple
    return train, validation


def _stopping(name: str, best: int) -> Verdict:
    value = 0.4 + 1.9 * math.exp(-best / 5)
    return Verdict(
        "stopping",
        "pass",
        f"val/loss is best at epoch {best + 1}.",
        confidence=0.9,
        tags=(SeriesKey(name, "val/loss"),),
        start_step=best * STEPS_PER_EPOCH,
        start_epoch=best + 1.0,
        details={
            "best_step": best * STEPS_PER_EPOCH,
            "best_value": value,
            "set_first_step": (best - 2) * STEPS_PER_EPOCH,
            "set_last_step": best * STEPS_PER_EPOCH,
            "stop_step": (best - 2) * STEPS_PER_EPOCH,
            "epochs_saved": 49.0 - best + 2,
        },
    )


def _passed(detector: str, name: str) -> Verdict:
    return Verdict(detector, "pass", "nothing found.", confidence=0.9, tags=(SeriesKey(name, "val/loss"),))


def _run(
    name: str,
    train: np.ndarray[tuple[int], np.dtype[np.float64]],
    validation: np.ndarray[tuple[int], np.dtype[np.float64]],
    verdicts: tuple[Verdict, ...],
) -> RunReport:
    curves = (
        dataclasses.replace(_curve(name, "train/loss", "train", "loss", "min"), pair=SeriesKey(name, "val/loss")),
        dataclasses.replace(_curve(name, "val/loss", "validation", "loss", "min"), pair=SeriesKey(name, "train/loss")),
    )
    display = (_display(name, "train/loss", train), _display(name, "val/loss", validation))
    group = name.rpartition("/seed")[0] or name
    return RunReport(name, group, float(STEPS_PER_EPOCH), 128, Lost(), curves, verdicts, framework="", display=display)


def _curve(name: str, tag: str, phase: Phase, quantity: Quantity, direction: Direction) -> CurveReport:
    return CurveReport(
        dir=name,
        tag=tag,
        phase=phase,
        quantity=quantity,
        name="",
        direction=direction,
        x_unit="step",
        points=POINTS,
        first_step=0,
        last_step=(POINTS - 1) * STEPS_PER_EPOCH,
        non_finite=0,
        role_confidence=0.95,
        role_reason="by its words",
    )


def _display(name: str, tag: str, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> DisplayCurve:
    steps = np.arange(len(values), dtype=np.int64) * STEPS_PER_EPOCH
    return DisplayCurve(name, tag, steps, steps / 10.0, values, steps / STEPS_PER_EPOCH + 1)
