"""Student's t and the noncentral t: thin names over scipy.special, imported on first use to keep start-up short."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from loglens.events.series import Floats


@functools.cache
def _special(name: str) -> Callable[..., Any]:
    import scipy.special  # noqa: PLC0415  # .2 s that `--help` does not need

    function: Callable[..., Any] = getattr(scipy.special, name)
    return function


def t_cdf(value: float | Floats, degrees: float | Floats) -> Any:
    """P(T <= value) of Student's t with `degrees` of freedom; arrays broadcast."""
    return _special("stdtr")(degrees, value)


def t_quantile(probability: float, degrees: float | Floats) -> Any:
    """The quantile of Student's t; arrays broadcast."""
    return _special("stdtrit")(degrees, probability)


def noncentral_t_cdf(value: float | Floats, degrees: float | Floats, noncentrality: float) -> Any:
    """P(T <= value) of the noncentral t with `degrees` and `noncentrality`; arrays broadcast.

    SciPy's series gives NaN at some points where the probability is below 1e-100: those are 0 here.
    """
    return np.nan_to_num(_special("nctdtr")(degrees, noncentrality, value), nan=0.0)
