"""What a reader of the log should say, derived from the truth: expected statuses and where, with tolerances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FINDING = ["warn", "fail"]
SILENT = ["pass", "undetermined", "not-applicable"]


def labels(truth: Mapping[str, Any]) -> dict[str, Any]:
    """Expected statuses of the main detectors, places in epochs completed, and the names of the states present.

    Only states that the truth decides are asked for; a state in between leaves its detector free.
    """
    states = truth["states"]
    expected: dict[str, dict[str, Any]] = {}

    def expect(detector: str, present: bool | None, finding: list[str], **place: Any) -> None:
        if present is not None:
            expected[detector] = {"status": finding if present else SILENT, **(place if present else {})}

    over = states["overfitting"]
    # what the log shows may rise where the population does not (wrong validation labels): then nothing is asked
    shown = over["present"] or over.get("logged_rise", 0.0) <= over["present_from"]
    # where the accuracy still gains, a rising loss is a conflict of the two: a detector may call it either
    conflict = over["present"] and states["metric-conflict"]["present"] is not False
    present = over["present"] if shown and not conflict else None
    expect("overfitting", present, FINDING, onset_epochs=_span(over, truth))
    expect("oscillation", _of(states, "oscillation"), FINDING)
    # the noise floor of an oscillation is flat as well, and so is an accuracy at its lowest on wrong labels:
    # whoever names these has said it
    calm = states["oscillation"]["present"] is False and states["below-chance"]["present"] is False
    expect("plateau", _of(states, "stalled") if calm else None, FINDING)
    expect("non-finite", _of(states, "non-finite"), FINDING, first_step=states["non-finite"].get("first_step"))
    # a loss that ends in NaN has been told as non-finite
    expect("divergence", None if states["non-finite"]["present"] else _of(states, "divergence"), ["fail"])
    # a caused spike is to be found; the largest excursion of a swinging loss may be called one as well
    spike = _of(states, "loss-spike")
    expect("loss-spike", spike if spike or calm else None, FINDING, steps=states["loss-spike"].get("steps"))
    expect("below-chance", _of(states, "below-chance"), FINDING)
    expect("slow-learning", _of(states, "slow-learning"), FINDING)
    best = truth["best"]
    return {
        "scenario": truth["scenario"],
        "style": truth["style"],
        "present": [name for name, value in states.items() if value["present"]],
        "absent": [name for name, value in states.items() if value["present"] is False],
        "expected": expected,
        "best_epoch": best["epoch"],
        "best_epochs": best["equivalent_epochs"],
        "steps_per_epoch": truth["steps_per_epoch"],
    }


def _of(states: Mapping[str, Any], name: str) -> bool | None:
    present = states[name]["present"]
    return present if present is None else bool(present)


def _span(over: Mapping[str, Any], truth: Mapping[str, Any]) -> list[int] | None:
    """Epochs that the onset may be told at: within 2 % of the lowest level, and 3 % of the training either side.

    2 % of the progress is what a validation set of 400 cannot tell apart; 3.3 % of n is the median error measured
    for a local-regression minimum.
    """
    if "onset_first_epoch" not in over:
        return None
    slack = max(1, round(0.033 * truth["epochs"]))
    return [over["onset_first_epoch"] - slack, over["onset_last_epoch"] + slack]
