"""What each curve's x axis counts, and how many passes over the training data each of its points had seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.runs.curve import Curve, XUnit
from loglens.runs.epochs import (
    StepsPerEpoch,
    from_batch_in_epoch,
    from_counter,
    from_epoch_ends,
    from_fractions,
    from_twin_axes,
)
from loglens.runs.frameworks import rule_for
from loglens.runs.hyperparameters import Hyperparameters
from loglens.runs.roles import Seen
from loglens.runs.tokens import read_tag

MOST_EPOCHS = 2000
"""A choice: more consecutive steps than this are not taken for epochs."""
SLOWER = 5.0
"""How many times longer an epoch takes than what else the run logs between two of its points, at least."""
PER_STEP: frozenset[XUnit] = frozenset({"step", "iteration"})


@dataclass(frozen=True, slots=True)
class Axis:
    """What is known of a run's time: steps per epoch, batch size, training samples, and sentences on how."""

    steps_per_epoch: float | None = None
    batch_size: int | None = None
    training_samples: int | None = None
    notes: tuple[str, ...] = ()


def x_units(curves: Sequence[Curve], seen: Sequence[Seen], framework: str) -> list[XUnit]:
    """The unit of each curve's x: what the tag says, then what its framework writes, then how its steps lie."""
    told = [_told_unit(one, framework) for one in seen]
    units: list[XUnit] = [unit or "step" for unit in told]
    candidates = [index for index, unit in enumerate(told) if unit is None and _looks_like_epochs(curves[index].steps)]
    if not candidates:
        return units
    finest = min((_gap(curve.wall_times) for curve in curves if len(curve.steps) > 2), default=0.0)
    validated = {curve.steps.tobytes() for curve in curves if curve.role.phase in ("validation", "test")}
    reinforcement = any(curve.role.quantity in ("reward", "rl-loss") for curve in curves)
    for index in candidates:
        curve = curves[index]
        if curve.steps.tobytes() in validated or _gap(curve.wall_times) > SLOWER * finest > 0:
            units[index] = "iteration" if reinforcement else "epoch"  # without a data set there are no passes over it
    return units


def _told_unit(one: Seen, framework: str) -> XUnit | None:
    words = read_tag(one.tag)
    if words.axis is not None and framework != "Keras":
        return words.axis
    rule = rule_for(framework, one.folder, one.tag)
    return rule.x_unit if rule is not None else None


def _looks_like_epochs(steps: Ints) -> bool:
    """Consecutive from 0 or 1, few enough: what validation after every pass over the data looks like."""
    return bool(3 <= len(steps) <= MOST_EPOCHS and steps[0] in (0, 1) and steps[-1] - steps[0] == len(steps) - 1)


def _gap(wall_times: Floats) -> float:
    gaps = np.diff(wall_times)
    return float(np.median(gaps)) if len(gaps) and np.all(np.isfinite(gaps)) else 0.0


def axis_of(curves: Sequence[Curve], framework: str, settings: Hyperparameters) -> Axis:
    """Steps per epoch and what follows from it, from counters first, then from what the settings state."""
    notes: list[str] = []
    found = _steps_per_epoch(curves, framework)
    if found is None and settings.steps_per_epoch is not None:
        found = StepsPerEpoch(settings.steps_per_epoch, settings.source)
    batch = settings.batch_size or _batch_from_samples(curves)
    samples = settings.training_samples
    steps = found.value if found else None
    if found is not None:
        notes.append(f"{_number(found.value)} steps an epoch: {found.reason}.")
    if settings.batch_size:
        notes.append(f"Batch size {settings.batch_size}: {settings.source}; on one device, if it is one a device.")
    if steps is None and samples and batch:
        steps = _whole_batches(samples, batch, curves)
        told = f"{samples} training samples in batches of {batch}"
        if steps is not None:
            notes.append(f"{_number(steps)} steps an epoch: {told}.")
        else:
            notes.append(f"Steps an epoch unknown: {told}, and whether the last, smaller one is used is not logged.")
    elif steps is not None and batch and samples is None:
        samples = round(steps * batch)
        notes.append(f"About {samples} training samples: {_number(steps)} steps an epoch of {batch}.")
    return Axis(steps, batch, samples, tuple(notes))


def _whole_batches(samples: int, batch: int, curves: Sequence[Curve]) -> float | None:
    """Steps per epoch of `samples` in batches of `batch`: is the last, smaller batch of an epoch used or dropped?

    The logged steps tell, where epochs were logged beside them: training ended within one logging interval of its
    last logged step. None where neither they nor the size of the difference (at most 1 %) settle it.
    """
    dropped, used = samples // batch, math.ceil(samples / batch)
    by_step = [c.steps for c in curves if c.x_unit == "step" and c.role.phase == "train" and len(c.steps) > 2]
    by_epoch = [c.steps for c in curves if c.x_unit == "epoch" and len(c.steps) > 2]
    if dropped != used and by_step and by_epoch:
        steps = max(by_step, key=lambda logged: int(logged[-1]))
        last = int(steps[-1])
        interval = int(np.median(np.diff(steps)))
        epochs = max(int(logged[-1] - logged[0]) + 1 for logged in by_epoch)
        fitting = [count for count in (dropped, used) if last <= count * epochs <= last + interval + 1]
        if len(fitting) == 1:
            return float(fitting[0])
    return float(used) if used - dropped <= 0.01 * used else None


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _steps_per_epoch(curves: Sequence[Curve], framework: str) -> StepsPerEpoch | None:
    """The first of the ways in `loglens.runs.epochs` that answers; ways that contradict each other answer nothing."""
    evaluated = [c.steps for c in curves if c.role.phase == "validation" and c.x_unit == "step" and len(c.steps) > 1]
    answers: list[StepsPerEpoch | None] = []
    for curve in curves:
        last = curve.key.tag.rsplit("/", 1)[-1].lower().replace(" ", "_")
        if curve.role.quantity == "hyperparameter" and last in ("steps_per_epoch", "iters_per_epoch"):
            answers.append(_constant(curve))
        elif curve.role.quantity == "counter" and last in ("epoch", "epochs", "current_epoch") and len(curve.steps) > 1:
            if curve.x_unit == "epoch" or np.array_equal(curve.values, curve.steps):
                continue
            answers.append(
                from_fractions(curve.steps, curve.values)
                or from_counter(curve.steps, curve.values, evaluated, starts_again=framework == "MMEngine")
            )
        elif curve.role.quantity == "counter" and last == "batch_in_epoch":
            answers.append(from_batch_in_epoch(curve.values))
    answers.append(_keras(curves))
    if framework == "fairseq":
        answers += [from_epoch_ends(c.steps) for c in curves if c.key.dir.split("/")[-1] == "train"][:1]
    given = [answer for answer in answers if answer is not None]
    if not given or max(a.value for a in given) > 1.02 * min(a.value for a in given):
        return None
    return given[0]


def _constant(curve: Curve) -> StepsPerEpoch | None:
    value = float(curve.values[-1])
    return StepsPerEpoch(value, f"logged as {curve.key.tag}") if value > 0 and np.ptp(curve.values) == 0 else None


def _keras(curves: Sequence[Curve]) -> StepsPerEpoch | None:
    """Keras writes an evaluation by epoch as epoch_X and by iteration as evaluation_X_vs_iterations."""
    by_key = {curve.key: curve for curve in curves}
    for curve in curves:
        if curve.key.tag.startswith("evaluation_") and curve.key.tag.endswith("_vs_iterations"):
            name = curve.key.tag.removeprefix("evaluation_").removesuffix("_vs_iterations")
            twin = by_key.get(curve.key._replace(tag=f"epoch_{name}"))
            if twin is not None:
                return from_twin_axes(twin.steps, curve.steps)
    return None


def _batch_from_samples(curves: Sequence[Curve]) -> int | None:
    """The batch size from a counter of consumed samples that grows by the same number each step."""
    for curve in curves:
        if curve.role.quantity == "counter" and curve.key.tag.rsplit("/", 1)[-1] in (
            "consumed_samples",
            "samples_seen",
        ):
            steps, samples = np.diff(curve.steps), np.diff(curve.values)
            rates = samples[steps > 0] / steps[steps > 0]
            if len(rates) and np.ptp(rates) == 0 and rates[0] >= 1 and rates[0] == round(float(rates[0])):
                return int(rates[0])
    return None


def with_epochs(curves: Sequence[Curve], axis: Axis) -> list[Curve]:
    """The curves with the passes over the training data that each point had seen, where that can be told.

    An epoch counted from 0 stands for a pass completed (Keras: step 0 is 1.0), one counted from 1 for itself; steps
    are divided by the steps per epoch, samples by the number of training samples.
    """
    epoch_base = _first(curve for curve in curves if curve.x_unit == "epoch" and curve.role.phase == "train")
    if epoch_base is None:
        epoch_base = _first(curve for curve in curves if curve.x_unit == "epoch")
    step_base = _step_base([c.steps for c in curves if c.x_unit in PER_STEP and len(c.steps)], axis.steps_per_epoch)
    done = []
    for curve in curves:
        epochs: Floats | None = None
        if curve.x_unit == "epoch":
            epochs = np.asarray(curve.steps + (1.0 if epoch_base == 0 else 0.0), dtype=np.float64)
        elif curve.x_unit in PER_STEP and axis.steps_per_epoch:
            epochs = np.asarray(curve.steps + (1.0 if step_base == 0 else 0.0)) / float(axis.steps_per_epoch)
        elif curve.x_unit == "sample" and axis.training_samples:
            epochs = curve.steps / float(axis.training_samples)
        if epochs is not None:
            epochs.flags.writeable = False
        done.append(replace(curve, epochs=epochs))
    return done


def _first(curves: Iterable[Curve]) -> int | None:
    steps = [int(curve.steps[0]) for curve in curves if len(curve.steps)]
    return min(steps, default=None)


def _step_base(steps: Sequence[Ints], per_epoch: float | None) -> int:
    """0 when training's first step is step 0: something was logged at 0, or everything a step before round ones."""
    if not steps or per_epoch is None:
        return 1
    if min(int(one[0]) for one in steps) == 0:
        return 0
    every = np.concatenate(steps)
    return 0 if np.gcd.reduce(every + 1) > np.gcd.reduce(every) else 1
