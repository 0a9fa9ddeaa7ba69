"""A rise that levels off: against the law that defines an exponential."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.levelling import TIMES, levelled


def test_what_is_left_of_the_rise_shrinks_at_one_pace() -> None:
    """At equal steps its increments have the ratio exp(-k step), whatever it is scaled by; it goes from 0 to 1."""
    rise = levelled(np.linspace(0.0, 1.0, 13))
    assert rise[[0, -1]] == pytest.approx([0.0, 1.0])
    assert np.diff(rise)[1:] / np.diff(rise)[:-1] == pytest.approx(np.exp(-TIMES / 12))
