"""First-order noise: each point remembers a share phi of the one before, and what is new beside that is independent."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from loglens.events.series import Floats

Phi = TypeVar("Phi", float, Floats)


def first_order_noise(white: Floats, phi: float) -> Floats:
    """First-order noise of variance 1, from standard normal `white` float64[..., n] along its last axis."""
    if phi == 0.0:
        return white
    noise = np.ascontiguousarray(np.moveaxis(white, -1, 0))  # points first: each step then lies together in memory
    noise = noise * math.sqrt(1.0 - phi * phi)
    noise[0] = white[..., 0]
    for i in range(1, len(noise)):
        noise[i] += phi * noise[i - 1]
    return np.ascontiguousarray(np.moveaxis(noise, 0, -1))


def whitened(columns: Floats, phi: float) -> Floats:
    """What is new at each row of `columns` float64[n, ...]: of noise of memory `phi` independent numbers.

    Least squares on what is whitened is generalised least squares. The first row, before which nothing is known, is
    scaled to the others' variance (Prais & Winsten, Cowles Commission Discussion Paper 383, 1954).
    """
    new = columns.copy()
    new[1:] -= phi * columns[:-1]
    new[0] *= math.sqrt(1.0 - phi * phi)
    return new


def whitened_by_each(columns: Floats, memories: Floats) -> Floats:
    """The columns float64[n, m] whitened by each of the `memories` float64[k]: float64[k, n, m]."""
    new = np.empty((len(memories), *columns.shape))  # filled in place: it is among the largest arrays of a run
    np.multiply(columns[:-1], -memories[:, None, None], out=new[:, 1:])
    new[:, 1:] += columns[1:]
    np.multiply(columns[0], np.sqrt(1.0 - memories**2)[:, None], out=new[:, 0])
    return new


def difference_variance(phi: Phi) -> Phi:
    """The variance that `second_differences` show of first-order noise of variance 1: less than 1 where phi > 0.

    With correlations phi and phi^2 of points one and two apart the scaled difference has (2/3) (3/2 - 2 phi +
    phi^2 / 2) of the variance.
    """
    return 1.0 - 4.0 * phi / 3.0 + phi * phi / 3.0
