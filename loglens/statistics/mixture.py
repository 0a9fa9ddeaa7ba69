"""A mixture of normal laws: what is known of a number when several fits give it, each with its own weight."""

from __future__ import annotations

import math
from dataclasses import dataclass

from loglens.events.series import Floats

ROOT_2 = math.sqrt(2.0)


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Laws with `weights` that add up to 1, `means` and standard deviations `errors`, float64[k] each."""

    weights: Floats
    means: Floats
    errors: Floats

    @property
    def mean(self) -> float:
        return float(self.weights @ self.means)

    @property
    def error(self) -> float:
        """The standard deviation of the whole."""
        return math.sqrt(float(self.weights @ (self.errors**2 + (self.means - self.mean) ** 2)))

    def above(self, value: float) -> float:
        """The chance that the number is larger than `value`."""
        chance = 0.0
        for weight, mean, error in zip(self.weights.tolist(), self.means.tolist(), self.errors.tolist(), strict=True):
            chance += weight * (math.erfc((value - mean) / (error * ROOT_2)) if error > 0 else 2.0 * (mean > value))
        return 0.5 * chance
