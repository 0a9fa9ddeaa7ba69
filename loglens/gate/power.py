"""Power: what so many seeds can see, and how many would be enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.power import seeds_for_power, welch_power

POWER_EFFECT_SD = 2.0
"""The effect whose power is told, in standard deviations between seeds."""

ENOUGH_POWER = 0.99
"""The power at which the advice on the number of seeds stops: 10 seeds a side for 2 sd at .05."""


@dataclass(frozen=True, slots=True)
class Power:
    """How often this many seeds see an effect of `effect_sd` standard deviations, and how many would be enough.

    `effect` is that effect in the tag's unit. `power` holds for one check at the rule's alpha, `power_of_many` for
    this check among all of the gate (alpha over their number, Holm's first step). `enough_seeds` a side see it with
    `enough_power`.
    """

    effect_sd: float
    effect: float
    power: float
    power_of_many: float
    enough_seeds: int
    enough_power: float


def power_of(first: Floats, second: Floats, alpha: float, tests: int) -> Power:
    """What so many seeds can see, by the exact power of Welch's test."""
    n1, n2 = len(first), len(second)
    variance = ((n1 - 1) * np.var(first, ddof=1) + (n2 - 1) * np.var(second, ddof=1)) / (n1 + n2 - 2)
    enough = seeds_for_power(POWER_EFFECT_SD, ENOUGH_POWER, alpha) or max(n1, n2)
    return Power(
        effect_sd=POWER_EFFECT_SD,
        effect=POWER_EFFECT_SD * float(np.sqrt(variance)),
        power=welch_power(POWER_EFFECT_SD, n1, n2, alpha),
        power_of_many=welch_power(POWER_EFFECT_SD, n1, n2, alpha / max(tests, 1)),
        enough_seeds=enough,
        enough_power=welch_power(POWER_EFFECT_SD, enough, enough, alpha),
    )
