"""The truth of a training: states verified on population curves and by interventions, never by the knob's intention."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from loglens.trainer.core import History
from loglens.trainer.interventions import CHANGES
from loglens.trainer.measures import Floats, arrival, progress, recent_gain, rise, smooth, swing, tail_level

SCHEMA: Literal["loglens.truth/1"] = "loglens.truth/1"
STATES = (
    "overfitting",
    "oscillation",
    "data-order",
    "plateau",
    "improving",
    "stalled",
    "slow-learning",
    "non-finite",
    "divergence",
    "loss-spike",
    "below-chance",
    "metric-conflict",
    "late-recovery",
)

CALMING = ("lower-rate", "larger-batch", "constant-rate", "shuffled", "no-momentum", "decay")
UNLEARNT = 0.2  # share of the untrained loss: where less was learnt, sizes are counted in it, not in the progress
UNLOCKING = (
    "lower-rate",
    "much-lower-rate",
    "higher-rate",
    "much-higher-rate",
    "decay",
    "without-fault",
    "larger-batch",
)


@dataclass(frozen=True, slots=True)
class State:
    """Whether a state is there: None between the two bounds, where nobody should be asked to decide.

    `size` in `unit`; present from `present_from` on, absent up to `absent_to`. Steps are counted from 0, epochs are
    those completed.
    """

    present: bool | None
    size: float
    unit: str
    present_from: float
    absent_to: float
    details: Mapping[str, Any] = field(default_factory=dict)


def state(size: float, unit: str, present_from: float, absent_to: float, **details: Any) -> State:
    """A state by its size alone; a size that is not a number decides nothing."""
    present = None if math.isnan(size) else True if size >= present_from else False if size <= absent_to else None
    return State(present, size, unit, present_from, absent_to, details)


def states(history: History, reruns: Mapping[str, History]) -> dict[str, State]:
    """Every state of `STATES` for one training, given the outcomes of its interventions."""
    scale = max(progress(history.train_loss), UNLEARNT * float(history.train_loss[0]))
    finite = bool(np.all(np.isfinite(history.train_loss)) and np.all(np.isfinite(history.population_loss)))
    found = {"non-finite": _non_finite(history), "divergence": _divergence(history, scale)}
    unknown = State(None, math.nan, "", 0.0, 0.0)
    if not finite or found["divergence"].present:  # what came before a blow-up is no state of the whole run
        return {name: found.get(name, unknown) for name in STATES}
    found["overfitting"] = _overfitting(history, scale)
    found["oscillation"] = _oscillation(history, reruns, scale)
    found["data-order"] = _data_order(history, reruns)
    found["loss-spike"] = _spike(history)
    found["below-chance"] = _below_chance(history)
    found["metric-conflict"] = _metric_conflict(history)
    found["late-recovery"] = _late_recovery(history, scale)
    found.update(_late_course(history, reruns, scale))
    return {name: found.get(name, unknown) for name in STATES}


def _non_finite(history: History) -> State:
    bad = np.flatnonzero(~np.isfinite(history.step_loss))
    first = int(bad[0]) if len(bad) else None
    recovered = bool(len(bad)) and bool(np.isfinite(history.step_loss[-1]))
    return state(float(len(bad)), "steps", 1, 0, first_step=first, recovered=recovered)


def _divergence(history: History, scale: float) -> State:
    """The train loss on frozen weights ends above its best by half of the progress, or beyond its start."""
    curve = np.where(np.isfinite(history.train_loss), history.train_loss, np.inf)
    best = float(np.min(curve))
    end = float(np.median(curve[-max(3, len(curve) // 5) :]))  # long enough to hold a swing
    lost = (end - best) / max(scale, 1e-9)
    beyond = end > curve[0] * 1.05
    left = np.flatnonzero(curve <= best + 0.1 * max(scale, 1e-9))
    return state(
        max(lost, 1.0) if beyond and lost >= 0.5 else min(lost, 1e9),
        "share of progress lost",
        0.5,
        0.2,
        start_epoch=int(left[-1]) if len(left) else 0,
        beyond_start=bool(beyond),
    )


def _population_scale(history: History) -> float:
    """Progress of the population loss, and a share of the untrained loss where nothing was learnt."""
    return max(progress(history.population_loss), UNLEARNT * float(history.population_loss[0]))


def _overfitting(history: History, scale: float) -> State:
    """The population loss ends above its lowest level while the train loss goes on falling.

    A rise of 5 % of the progress counts: below it stopping earlier gains next to nothing.
    """
    depth, lowest = rise(history.population_loss)
    share = depth / _population_scale(history)
    fall = float(smooth(history.train_loss)[lowest]) - tail_level(history.train_loss)
    swings = swing(history.population_loss).amplitude
    logged = rise(history.val_loss)[0] / _population_scale(history)
    if share >= 0.05 and (fall <= 0.01 * scale or depth < 2 * swings):
        return State(
            None,
            share,
            "share of progress",
            0.05,
            0.02,
            {"onset_epoch": lowest, "train_fall": fall / scale, "logged_rise": logged},
        )
    first, last = equivalent_epochs(smooth(history.population_loss), 0.02)
    return state(
        share,
        "share of progress",
        0.05,
        0.02,
        onset_epoch=lowest,
        onset_first_epoch=first,
        onset_last_epoch=last,
        train_fall=fall / scale,
        logged_rise=logged,
    )


def _oscillation(history: History, reruns: Mapping[str, History], scale: float) -> State:
    """Fluctuation of the validation curve in shares of its progress, and its cause: that which removes it.

    Half the amplitude counts as removed. `scale` is the progress of the train loss, for the train curves.
    """
    logged = swing(history.val_loss)
    validation = _population_scale(history)
    of = {
        "val": logged.amplitude / validation,
        "val20": swing(history.val20_loss).amplitude / validation,
        "population": swing(history.population_loss).amplitude / validation,
        "train": swing(history.train_loss).amplitude / scale,
        "logged_train": swing(history.epoch_loss).amplitude / scale,
    }
    cured = {
        name: swing(rerun.val_loss).amplitude / validation / max(of["val"], 1e-9)
        for name, rerun in reruns.items()
        if name in CALMING
    }
    cured["larger-evaluation"] = of["val20"] / max(of["val"], 1e-9)
    return state(
        of["val"],
        "share of progress",
        0.06,
        0.03,
        amplitudes=of,
        crossings=logged.crossings,
        amplitude_left=cured,
        cause=_cause(cured),
    )


def _cause(left: Mapping[str, float]) -> str:
    def removes(name: str) -> bool:
        return left.get(name, math.inf) <= 0.5

    if removes("larger-evaluation"):
        return "eval-noise"
    if removes("constant-rate"):
        return "lr-schedule"
    if removes("shuffled"):
        return "data-order"
    if removes("no-momentum"):
        return "momentum"
    return "step-noise" if removes("lower-rate") or removes("larger-batch") else "undetermined"


def _data_order(history: History, reruns: Mapping[str, History]) -> State:
    """Correlation of the step losses of neighbouring epochs, place by place: without shuffling they repeat."""
    left = {name: _repetition(rerun) for name, rerun in reruns.items() if name == "shuffled"}
    return state(_repetition(history), "correlation at a lag of one epoch", 0.5, 0.2, after=left)


def _repetition(history: History) -> float:
    """Mean correlation between an epoch's step losses and those of the next, over the late epochs."""
    table = history.step_loss.reshape(-1, history.settings.steps_per_epoch)
    late = table[len(table) // 2 :]
    if late.shape[1] < 8:
        return 0.0
    late = late - late.mean(1, keepdims=True)
    spread = np.sqrt(np.sum(late[1:] ** 2, 1) * np.sum(late[:-1] ** 2, 1))
    return float(np.mean(np.sum(late[1:] * late[:-1], 1) / np.maximum(spread, 1e-12)))


def _spike(history: History) -> State:
    """Jumps of the step loss caused by a corrupted batch, in units of the robust spread before, and what came after."""
    steps, per_epoch = history.step_loss, history.settings.steps_per_epoch
    scale = max(float(history.train_loss[0]), 1e-9)
    sizes, at, recovered = [], [], []
    for epoch in history.settings.corrupt_epochs:
        step = int(epoch * per_epoch)
        before = steps[max(step - 50, 0) : step]
        sizes.append(float(np.max(steps[step : step + 3]) - np.median(before)) / scale)
        at.append(step)
        after = steps[step + 3 * per_epoch : step + 5 * per_epoch]
        recovered.append(bool(len(after)) and bool(np.median(after) <= np.median(before) + 0.1 * scale))
    return state(max(sizes, default=0.0), "share of the untrained loss", 0.5, 0.1, steps=at, recovered=recovered)


def _below_chance(history: History) -> State:
    chance, n = 1 / history.classes, history.settings.val_size
    z = (chance - tail_level(history.val_accuracy)) / math.sqrt(chance * (1 - chance) / n)
    return state(z, "standard errors below 1 / classes", 3, 1, chance=chance)


def _metric_conflict(history: History) -> State:
    depth, lowest = rise(history.population_loss)
    gain = tail_level(history.population_accuracy) - float(smooth(history.population_accuracy)[lowest])
    share = depth / _population_scale(history)
    if share < 0.05:
        return state(0.0, "accuracy gained", 0.01, 0.003, loss_rise=share)
    return state(gain, "accuracy gained", 0.01, 0.003, loss_rise=share)


def _late_recovery(history: History, scale: float) -> State:
    """A second descent: from a later peak the population loss falls again, and stays down."""
    course = smooth(history.population_loss)
    first = np.minimum.accumulate(course)
    peak = int(np.argmax(course - first))
    up = float(course[peak] - first[peak]) / scale
    down = (float(course[peak]) - tail_level(history.population_loss)) / scale
    unlearnt = progress(history.population_loss) < UNLEARNT * float(history.population_loss[0])
    if (
        unlearnt or 0 < min(up, down) < 3 * swing(history.population_loss).amplitude / scale
    ):  # a hump is more than a fluctuation
        return state(0.0, "share of progress", 0.03, 0.01, peak_epoch=peak, up=up, down=down)
    return state(min(up, down), "share of progress", 0.03, 0.01, peak_epoch=peak, up=up, down=down)


def _late_course(history: History, reruns: Mapping[str, History], scale: float) -> dict[str, State]:
    """Flat or improving at the end, and what longer training or another rate would have brought.

    Flat and improving are told on the train loss: it is what the optimiser lowers. What another rate unlocks counts
    on the population loss, since a lower train loss alone may be memory. `gain_longer` is measured on the rerun of
    three times the epochs.
    """
    untrained = float(history.train_loss[0])
    recent = recent_gain(history.train_loss) / scale
    level = tail_level(history.train_loss)
    longer = reruns.get("longer")
    gain = (
        math.nan
        if longer is None
        else (level - float(smooth(longer.train_loss)[history.settings.epochs :].min())) / scale
    )
    reached = float(smooth(history.population_loss).min())
    others = {
        name: (reached - float(np.nanmin(smooth(rerun.population_loss)))) / untrained
        for name, rerun in reruns.items()
        if name in UNLOCKING and np.all(np.isfinite(rerun.population_loss))
    }
    unlocked = max(others.values(), default=math.nan)
    onset = arrival(history.train_loss, scale)
    flat = state(1 - max(recent, 0.0), "1 - recent share of progress", 0.985, 0.94, onset_epoch=onset, gain_longer=gain)
    if flat.present and gain > 0.06:
        flat = State(None, flat.size, flat.unit, flat.present_from, flat.absent_to, flat.details)
    improving = state(recent, "share of progress in the last quarter", 0.03, 0.01, gain_longer=gain)
    stalled = state(unlocked if flat.present else 0.0, "share of the untrained loss", 0.15, 0.05, unlocked=others)
    slow = state(
        min(gain, unlocked) if improving.present else 0.0,
        "share gained by time and by another rate",
        0.15,
        0.05,
        gain_longer=gain,
        unlocked=others,
    )
    return {"plateau": flat, "improving": improving, "stalled": stalled, "slow-learning": slow}


def equivalent_epochs(curve: Floats, tolerance: float) -> tuple[int, int]:
    """The first and last epoch around the lowest where the curve is within that share of its progress."""
    close = curve <= curve.min() + tolerance * max(float(curve[0] - curve.min()), 1e-9)
    lowest = int(np.argmin(curve))
    first, last = lowest, lowest
    while first > 0 and close[first - 1]:
        first -= 1
    while last < len(curve) - 1 and close[last + 1]:
        last += 1
    return first, last


def outcome(history: History, rerun: History, name: str) -> dict[str, Any]:
    """What an intervention changed: levels at the end and at the best epoch, before and after."""
    return {
        "change": CHANGES[name][0],
        "settings": {
            key: value for key, value in rerun.settings.as_dict().items() if value != history.settings.as_dict()[key]
        },
        "before": levels(history),
        "after": levels(rerun),
    }


def levels(history: History) -> dict[str, float]:
    """The numbers that remedies are compared by; population losses on the same fresh samples."""
    kept = int(np.nanargmin(history.val_loss[1:])) + 1 if np.isfinite(history.val_loss[1:]).any() else 0
    return {
        "final_train_loss": tail_level(history.train_loss),
        "final_population_loss": tail_level(history.population_loss),
        "final_population_accuracy": tail_level(history.population_accuracy),
        "best_population_loss": float(np.nanmin(history.population_loss)),
        "population_loss_of_the_lowest_validation_loss": float(history.population_loss[kept]),
        "late_validation_amplitude": swing(history.val_loss).amplitude,
        "late_population_amplitude": swing(history.population_loss).amplitude,
    }


def truth(history: History, reruns: Mapping[str, History], about: Mapping[str, Any]) -> dict[str, Any]:
    """The content of truth.json, described in docs/trainer.md; numbers that are not finite become None."""
    population = history.population_loss
    best = int(np.nanargmin(population))
    plain = {
        "schema": SCHEMA,
        **about,
        "epochs": history.settings.epochs,
        "steps_per_epoch": history.settings.steps_per_epoch,
        "states": {
            name: {
                "present": s.present,
                "size": s.size,
                "unit": s.unit,
                "present_from": s.present_from,
                "absent_to": s.absent_to,
                **s.details,
            }
            for name, s in states(history, reruns).items()
        },
        "best": {
            "epoch": best,
            "population_loss": population[best],
            "equivalent_epochs": equivalent_epochs(population, 0.02),
            "regret": population - population[best],
        },
        "curves": {
            "epoch": list(range(history.settings.epochs + 1)),
            "train_loss": history.train_loss,
            "validation_loss": history.val_loss,
            "validation_20x_loss": history.val20_loss,
            "population_loss": population,
            "population_accuracy": history.population_accuracy,
        },
        "interventions": {name: outcome(history, rerun, name) for name, rerun in reruns.items()},
    }
    return dict(_plain(plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
