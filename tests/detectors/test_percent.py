"""Shares in words: two digits, whole numbers from ten on, never an exponent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.detectors._percent import percent


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (0.0184, "1.8 %"), (0.0999, "10 %"), (2.83, "283 %"), (1e-7, "less than 0.001 %"), (-0.05, "-5 %")],
)
def test_a_share_in_words(share: float, words: str) -> None:
    assert percent(share) == words


@given(st.floats(-1e6, 1e6))
def test_no_exponent_is_ever_shown(share: float) -> None:
    assert "e" not in percent(share).replace("less than", "")
