"""Compares what LogLens reads out of a framework's logs with what the framework itself reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

FAULT = {
    "sane": frozenset[str](),
    "high-rate": frozenset({"non-finite", "divergence", "loss-spike", "oscillation", "below-chance", "underfitting"}),
    "small-set": frozenset({"overfitting"}),
}
"""The detectors of which one must find the fault of a variant; the sane one must have no finding at all."""
FINDINGS = ("warn", "fail")


def problems(reported: Mapping[str, Any], read: Mapping[str, Any]) -> list[str]:
    """Every disagreement as a sentence; `read` is what read.py prints."""
    if "refused" in reported:
        return refusal(reported, read)
    if read["report"] is None:
        return [read["message"]]
    runs = {run["name"]: run for run in read["report"]["runs"]}
    expected = {training["run"] for training in reported["trainings"]}
    found = [f"runs are {sorted(runs)}, not {sorted(expected)}"] if set(runs) != expected else []
    series = {(place, tag): (steps, values) for place, tag, steps, values in read["series"]}
    for training in reported["trainings"]:
        if training["run"] in runs:
            run = runs[training["run"]]
            told = [*values(training, series), *roles(training, run), *epochs(training, run), *best(training, run)]
            found += [f"{training['variant']}: {problem}" for problem in [*told, *verdicts(training, run)]]
    return found


def refusal(reported: Mapping[str, Any], read: Mapping[str, Any]) -> list[str]:
    """Another format must be named in the message."""
    if read["report"] is not None or reported["refused"].lower() not in read["message"].lower():
        return [f"the message does not say that this is {reported['refused']}: {read['message']!r}"]
    return []


def values(training: Mapping[str, Any], series: Mapping[tuple[str, str], Any]) -> Iterator[str]:
    """Steps and values are equal, to the float32 that event files hold."""
    for curve in training["curves"]:
        key = (curve["dir"], curve["tag"])
        if key not in series:
            yield f"{key} is not there"
            continue
        last = dict(zip(*series[key], strict=True))  # Lightning logs its epoch counter twice a step
        steps, logged = list(last), list(last.values())
        with np.errstate(over="ignore"):
            same = np.array_equal(
                np.array(logged, float).astype("f4"), np.array(curve["values"], float).astype("f4"), equal_nan=True
            )
        if steps != curve["steps"] or not same:
            yield f"{key}: {list(zip(steps, logged, strict=True))[:3]} is not what the framework reported"


def roles(training: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[str]:
    """Phase, quantity, direction, sure enough to be judged, and the pairs."""
    by_key = {(curve["dir"], curve["tag"]): curve for curve in run["curves"]}
    for expected in training["curves"]:
        curve = by_key.get((expected["dir"], expected["tag"]))
        if curve is None:
            continue
        role = f"{curve['phase']} {curve['quantity']} {curve['direction']}"
        judged = expected["role"].split()[2] != "none"
        if role != expected["role"] or (judged and curve["role_confidence"] < 0.8):
            yield f"{expected['tag']} is {role} ({curve['role_confidence']:.2f}), not {expected['role']}"
    for left, right in training["pairs"]:
        place, _, tag = left.partition(":")
        pair = by_key[place, tag]["pair"] if (place, tag) in by_key else None
        told = f"{pair['dir']}:{pair['tag']}" if pair else "nothing"
        if told != right:
            yield f"{left} is paired with {told}, not {right}"


def epochs(training: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[str]:
    """Steps per epoch within 1 %, known wherever the log tells them."""
    expected, told = training["steps_per_epoch"], run["steps_per_epoch"]
    if expected is not None and (told is None or abs(told - expected) > 0.01 * expected):
        yield f"{told} steps per epoch, not {expected}"


def best(training: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[str]:
    """The framework's best epoch is among the checkpoints that LogLens cannot tell from the best."""
    expected = training["best"]
    if expected is None:
        return
    place, _, tag = expected["curve"].partition(":")
    for verdict in run["verdicts"]:
        if verdict["detector"] == "stopping" and {"dir": place, "tag": tag} in verdict["tags"][:1]:
            kept = verdict["details"]
            first, last = kept.get("set_first_step", 0), kept.get("set_last_step", -1)
            if not first <= expected["step"] <= last:
                yield f"the best checkpoint is at {expected['step']}, not within {first} to {last}"
            epoch = steps_of(training, expected["curve"]).index(verdict["start_step"]) + 1  # one evaluation an epoch
            if expected["epoch"] and verdict["start_epoch"] is not None and abs(epoch - verdict["start_epoch"]) > 0.01:
                yield f"step {verdict['start_step']} is called epoch {verdict['start_epoch']}, not {epoch}"
            return
    yield f"no best checkpoint of {expected['curve']}"


def steps_of(training: Mapping[str, Any], key: str) -> list[int]:
    """The steps of a reported curve, by "dir:tag"."""
    steps: list[int] = next(c["steps"] for c in training["curves"] if f"{c['dir']}:{c['tag']}" == key)
    return steps


def verdicts(training: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[str]:
    """The fault that was put in is found; the sane run is found healthy."""
    found = {verdict["detector"] for verdict in run["verdicts"] if verdict["status"] in FINDINGS}
    broken = {verdict["detector"] for verdict in run["verdicts"] if verdict["status"] == "error"}
    if broken:
        yield f"{sorted(broken)} failed"
    expected = FAULT[training["variant"]]
    if expected and not found & expected:
        yield f"found {sorted(found)}, not the fault"
    if not expected and found:
        yield f"found {sorted(found)} in a sane run"
