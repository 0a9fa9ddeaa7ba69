"""A comparison: what two sides differ in, read both ways, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loglens.config import Statistic
from loglens.gate.power import Power
from loglens.runs.curve import Direction

SCHEMA: Literal["loglens.comparison/1"] = "loglens.comparison/1"
Better = Literal["a", "b", "no-difference-seen", "undetermined"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One statistic of one curve in both groups. `difference` is mean b minus mean a, with its interval at `level`.

    `p_value` is two-sided (Welch, or the band of whole curves), `adjusted_p` Holm's over all readings;
    `permutation_p` is two-sided as well. `better` needs an adjusted p up to 1 - level.
    """

    group: str
    dir: str
    tag: str
    statistic: Statistic
    direction: Direction
    better: Better
    reason: str
    level: float
    a: tuple[float | None, ...] = ()
    b: tuple[float | None, ...] = ()
    a_mean: float | None = None
    b_mean: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    adjusted_p: float | None = None
    permutation_p: float | None = None
    smallest_permutation_p: float | None = None
    parts_at_step: int | None = None
    power: Power | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All readings of two sides, with what says that they are different experiments.

    Neither side is the reference and no rule judges, as in a `GateResult`: every reading is two-sided.
    """

    loglens_version: str
    a: str
    b: str
    a_runs: tuple[str, ...]
    b_runs: tuple[str, ...]
    readings: tuple[Reading, ...]
    different: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    schema: Literal["loglens.comparison/1"] = SCHEMA
