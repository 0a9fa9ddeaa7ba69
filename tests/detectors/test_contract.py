"""What every detector keeps, whoever wrote it: found by itself, documented, deterministic, and blind to units."""

from __future__ import annotations

import dataclasses
import gc
import math
import weakref
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.detector import Detector, discover, judge_run
from loglens.events.series import Floats, Ints, SeriesKey
from loglens.runs.curve import Curve, Direction, Phase, Quantity, Role, Run
from loglens.verdict import FINDINGS, Verdict

KINDS = discover()
STEPS_PER_EPOCH = 10


def named(kind: type[Detector]) -> str:
    return kind.name


each_detector = pytest.mark.parametrize("kind", KINDS, ids=named)


def curve(
    key: SeriesKey, role: tuple[Phase, Quantity, Direction], steps: Ints, values: Floats, pair: str = ""
) -> Curve:
    phase, quantity, direction = role
    at = np.asarray(steps, dtype=np.int64)
    return Curve(
        key,
        Role(phase, quantity, "", direction, 1.0, "made"),
        "step",
        at,
        1e9 + at.astype(np.float64),
        np.asarray(values, dtype=np.float64),
        at / STEPS_PER_EPOCH,
        SeriesKey(key.dir, pair) if pair else None,
    )


def training(
    validation: Floats, *, train: Floats | None = None, scale: float = 1.0, shift: int = 0, reverse: bool = False
) -> Run:
    """A run with a validation and a step-level train loss, both accuracies and a learning rate."""
    n = len(validation)
    steps = shift + STEPS_PER_EPOCH * np.arange(1, n + 1)
    many = shift + np.arange(1, STEPS_PER_EPOCH * n + 1)
    course = validation if train is None else train
    ripple = 0.02 * np.sin(7.0 * np.arange(len(many)))
    train_values = np.interp(many, steps, course) + ripple if n else np.empty(0)
    accuracy = 1.0 - 0.4 * validation
    curves = [
        curve(SeriesKey(".", "val/loss"), ("validation", "loss", "min"), steps, scale * validation, "train/loss"),
        curve(SeriesKey(".", "train/loss"), ("train", "loss", "min"), many, scale * train_values, "val/loss"),
        curve(SeriesKey(".", "val/acc"), ("validation", "accuracy", "max"), steps, accuracy, "train/acc"),
        curve(SeriesKey(".", "train/acc"), ("train", "accuracy", "max"), many, 1.0 - 0.4 * train_values, "val/acc"),
        curve(SeriesKey(".", "lr"), ("train", "learning-rate", "none"), steps, np.full(n, 1e-3)),
    ]
    return Run("run", (".",), tuple(curves[::-1] if reverse else curves), steps_per_epoch=float(STEPS_PER_EPOCH))


def courses() -> dict[str, tuple[Floats, Floats]]:
    """Validation and train courses of ordinary trainings, one of each sort."""
    random = np.random.default_rng(7)
    t = np.arange(30) / 30
    noise = 0.01 * random.standard_normal(30)
    falling = 2.0 * np.exp(-6 * t) + 0.3
    swings = np.where(np.arange(30) % 2 == 0, 0.4, -0.4) * (t > 0.2)
    blown = np.where(t > 0.6, falling + 8 * (t - 0.6), falling)
    return {
        "converged": (falling + noise, falling - 0.05),
        "overfitting": (falling + 0.8 * np.clip(t - 0.4, 0, None) + noise, falling - 0.2 * t),
        "oscillating": (falling + swings + noise, falling + 0.8 * swings),
        "still improving": (2.3 - 1.2 * t + noise, 2.3 - 1.2 * t),
        "nothing learned": (2.3 + noise, 2.3 + noise[::-1]),
        "diverging": (blown + noise, blown),
        "spiked": (falling + noise + np.where(np.arange(30) == 15, 1.5, 0), falling),
    }


each_course = pytest.mark.parametrize("name", list(courses()))


def judge(kind: type[Detector], run: Run) -> tuple[Verdict, ...]:
    return judge_run(run, (kind(),))


def essence(verdicts: Sequence[Verdict]) -> list[tuple[object, ...]]:
    """What must not change with units: status, curve, place, and numbers that are shares."""
    return sorted((v.tags[:1], v.status, v.start_step, v.end_step, v.missing) for v in verdicts)


@each_detector
def test_is_a_documented_frozen_dataclass(kind: type[Detector]) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    doc = kind.__doc__ or ""
    for part in ("Why it matters:", "What to do:", "How it decides:"):
        assert part in doc, f"{kind.name} does not say: {part}"
    for field in dataclasses.fields(kind):
        meta = field.metadata
        assert meta["low"] <= field.default <= meta["high"]
        assert meta["unit"]
        assert meta["source"]


def test_names_are_unique() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)


@each_detector
@each_course
def test_verdicts_are_whole(kind: type[Detector], name: str) -> None:
    run = made(name)
    verdicts = judge(kind, run)
    assert verdicts
    for verdict in verdicts:
        assert verdict.detector == kind.name
        assert verdict.status != "error", verdict.summary
        assert verdict.summary.endswith(".")
        if verdict.status in ("undetermined", "not-applicable", "error"):
            assert verdict.confidence is None
        else:
            assert verdict.confidence is not None
            assert 0.0 <= verdict.confidence <= 1.0
        if verdict.status == "undetermined":
            assert verdict.missing
        if verdict.status in FINDINGS:
            assert verdict.advice
            assert verdict.start_step is not None
        if verdict.start_step is not None:
            judged = run.curve(verdict.tags[0])
            assert judged is not None
            assert verdict.start_step in judged.steps
            assert verdict.end_step is None or verdict.end_step in judged.steps


def made(name: str, **changes: float | bool) -> Run:
    validation, train = courses()[name]
    return training(validation, train=train, **changes)  # type: ignore[arg-type]


@each_detector
@each_course
def test_the_same_log_gives_the_same_verdicts(kind: type[Detector], name: str) -> None:
    assert judge(kind, made(name)) == judge(kind, made(name))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not getattr(kind, "absolute_losses", False)], ids=named)
@each_course
@pytest.mark.parametrize("scale", [1e-3, 1024.0])
def test_the_scale_of_a_loss_does_not_matter(kind: type[Detector], name: str, scale: float) -> None:
    assert essence(judge(kind, made(name, scale=scale))) == essence(judge(kind, made(name)))


@each_detector
@each_course
def test_where_steps_begin_does_not_matter(kind: type[Detector], name: str) -> None:
    shift = 1_000_000
    moved = essence(judge(kind, made(name, shift=shift)))
    back = [(tags, status, *(s if s is None else s - shift for s in steps), m) for tags, status, *steps, m in moved]  # type: ignore[operator]
    assert back == essence(judge(kind, made(name)))


@each_detector
@each_course
def test_the_order_of_curves_does_not_matter(kind: type[Detector], name: str) -> None:
    assert essence(judge(kind, made(name, reverse=True))) == essence(judge(kind, made(name)))


@each_detector
@each_course
def test_percent_and_fractions_are_the_same(kind: type[Detector], name: str) -> None:
    run = made(name)
    percent = dataclasses.replace(
        run,
        curves=tuple(
            dataclasses.replace(c, values=100.0 * c.values) if c.role.quantity == "accuracy" else c for c in run.curves
        ),
    )
    assert essence(judge(kind, percent)) == essence(judge(kind, run))


@each_detector
@each_course
def test_a_score_is_judged_as_its_mirrored_loss(kind: type[Detector], name: str) -> None:
    """A metric to maximise gets what the same metric to minimise gets, turned upside down."""
    run = made(name)

    def as_metric(direction: Direction, sign: float) -> Run:
        curves = tuple(
            dataclasses.replace(
                c, role=dataclasses.replace(c.role, quantity="metric", direction=direction), values=sign * c.values
            )
            for c in run.curves
            if c.role.quantity == "loss"
        )
        return dataclasses.replace(run, curves=curves)

    assert essence(judge(kind, as_metric("max", -1.0))) == essence(judge(kind, as_metric("min", 1.0)))


@each_detector
@pytest.mark.parametrize("points", [0, 1, 2, 3, 4, 5, 6, 8])
def test_short_curves_get_an_answer(kind: type[Detector], points: int) -> None:
    for verdict in judge(kind, training(np.linspace(2.0, 1.0, points))):
        assert verdict.status != "error", verdict.summary


@each_detector
@given(
    st.lists(
        st.one_of(st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e300, -1e300]), st.floats(-10, 10)),
        min_size=0,
        max_size=40,
    )
)
@settings(max_examples=40, deadline=None)
def test_any_values_get_an_answer(kind: type[Detector], values: list[float]) -> None:
    with np.errstate(all="ignore"):
        for verdict in judge(kind, training(np.asarray(values, dtype=np.float64))):
            assert verdict.status != "error", verdict.summary


def test_a_run_that_was_judged_is_let_go() -> None:
    """A log may have ten million points: what detectors keep for the next run must hold none of the last one's."""
    run = training(1.0 + np.exp(-0.1 * np.arange(60.0)))
    kept = [weakref.ref(values) for one in run.curves for values in (one.values, one.steps)]
    verdicts = judge_run(run, tuple(kind() for kind in KINDS))
    del run
    gc.collect()
    assert verdicts
    assert not [ref for ref in kept if ref() is not None]
