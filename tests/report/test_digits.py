"""Numbers and shares in words: four digits or two, exponents only where nothing else is short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.digits import digits, percent


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (0.0184, "1.8 %"), (0.0999, "10 %"), (2.83, "283 %"), (1e-7, "less than 0.001 %"), (-0.05, "-5 %")],
)
def test_a_share_in_words(share: float, words: str) -> None:
    assert percent(share) == words


@given(st.floats(-1e6, 1e6))
def test_no_exponent_is_ever_shown(share: float) -> None:
    assert "e" not in percent(share).replace("less than", "")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0"),
        (-5.5e-151, "0"),
        (1.0, "1"),
        (0.41234, "0.4123"),
        (9999.4, "9999"),
        (9999.7, "10000"),
        (-12345.6, "-12346"),
        (999_999.4, "999999"),
        (999_999.6, "1e+06"),
        (1.2345e7, "1.234e+07"),
    ],
)
def test_a_measured_number_has_four_digits_or_those_before_its_point(value: float, told: str) -> None:
    assert digits(value) == told
