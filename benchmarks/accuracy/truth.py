"""What is known of a run beforehand, in the words that the measures are computed from."""

from __future__ import annotations

from dataclasses import dataclass

from loglens.events.series import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The truth of one run. Shares are of the progress: the untrained level minus the best one of the clean course.

    `faults` names the detectors that should report a finding, `unclear` those whose finding is neither right nor
    wrong here; any other finding is a false alarm. `course` float64[n] is the clean validation loss at the
    evaluations, `swing` the part of the noise that sits in the weights (so that a checkpoint really is that good).
    `state` is the plateau truth by the clean improvement over the last quarter, and `settled` the index from which on
    the course stays within 3 % of its final level, both less what a rate that goes up and down moved it by. `noise`
    and `sd` say what was added, `onset` is the index of the evaluation where the fault begins. `recovers` says whether
    there is a second descent, None where it is a matter of taste; `price` is what an hour of training must bring, 0
    where none is named.
    """

    family: str
    faults: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()
    course: Floats | None = None
    swing: Floats | None = None
    progress: float = 1.0
    noise: str = "white"
    sd: float = 0.0
    onset: int | None = None
    settled: int | None = None
    state: str = ""
    cause: str = ""
    recovers: bool | None = None
    price: float = 0.0


def settled_index(course: Floats, progress: float) -> int:
    """The first index from which the course stays within 3 % of the progress of its final level."""
    away = course - course[-1] > 0.03 * progress
    return int(len(course) - away[::-1].argmax()) if away.any() else 0


def plateau_state(course: Floats, progress: float) -> str:
    """plateau, improving, or "" for what is neither clearly.

    Over the last quarter (5 points at least) a plateau gains less than 2 % of the progress; an improving course
    more than 5 %, a quarter of it in the second half: a course that fell and is flat since is neither.
    """
    quarter = max(5, round(len(course) / 4))
    if len(course) < quarter:
        return ""
    gain = float(course[-quarter] - course[-1]) / progress
    late = float(course[-(quarter // 2 + 1)] - course[-1]) / progress
    return "plateau" if gain < 0.02 else "improving" if gain > 0.05 and late > 0.25 * gain else ""
