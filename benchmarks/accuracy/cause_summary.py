"""What was told of the causes of known oscillations, in numbers and as a part of docs/accuracy.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.cause_logs import LOGGED, NOT_LOGGED, CauseOutcome
from benchmarks.accuracy.rates import rate
from benchmarks.accuracy.tables import percent, table

OPEN = "undetermined"


def cause_summary(outcomes: Mapping[str, Sequence[CauseOutcome]]) -> dict[str, Any]:
    """By way of logging and cause, and over all runs in whose logs the needed tags are, or are not."""
    if not outcomes:
        return {}
    everything = [o for found in outcomes.values() for o in found]
    by_way = {
        f"{logging}: {cause}": _told([o for o in found if o.logging == logging])
        for logging in (*LOGGED, *NOT_LOGGED)
        for cause, found in outcomes.items()
    }
    return {
        "all with every batch in the log": _told([o for o in everything if o.logging in LOGGED]),
        "all others": _told([o for o in everything if o.logging in NOT_LOGGED]),
        **by_way,
    }


def _told(outcomes: Sequence[CauseOutcome]) -> dict[str, Any]:
    swings = [o for o in outcomes if o.told]
    return {
        "runs": len(outcomes),
        "found": rate([bool(o.told) for o in outcomes]),
        "right": rate([o.told == o.cause for o in swings if o.told != OPEN]),
        "undetermined": rate([o.told == OPEN for o in swings]),
        "missing_named": rate([o.names_missing for o in swings if o.told == OPEN]),
    }


def cause_page(summary: Mapping[str, Any]) -> str:
    """The table, and what the runs are."""
    intro = (
        "Small linear regressions trained by gradient descent in shuffled batches: with so high a learning rate that "
        "the weights never rest (step-noise), or calmly, but evaluated on 5 to 20 fresh samples (eval-noise). Each is "
        "logged in six ways, none with a learning rate. The cause needs a train loss within epochs that holds every "
        "batch; from the others it should be undetermined, with the missing tag named. Of the runs whose oscillation "
        "was found; in percent.\n\n"
    )
    head = ("train loss in the log: cause", "runs", "found", "right when decided", "undetermined", "missing tag named")
    rows = [
        (
            name,
            str(told["runs"]),
            percent(told["found"]),
            percent(told["right"]),
            percent(told["undetermined"]),
            percent(told["missing_named"]),
        )
        for name, told in summary.items()
    ]
    return intro + table(head, rows)
