"""Measured numbers, counts and shares as people read them, on every face alike: few digits, few exponents."""

from __future__ import annotations

NOTHING = 1e-100
"""Smaller than anything that a training measures: what is left of zero after arithmetic with floors."""
LEAST = 0.001
"""In percent; Python writes what is ten times smaller with an exponent."""


def digits(value: float) -> str:
    """Four significant digits; from ten thousand to a million all of them before the point, beyond an exponent."""
    size = abs(value)
    if size < NOTHING:
        return "0"
    return f"{value:.0f}" if 9999.5 <= size < 999_999.5 else f"{value:.4g}"


def counted_epochs(count: float) -> str:
    """`1 epoch`, `12.5 epochs`."""
    told = f"{count:.3g}"
    return f"{told} epoch{'' if told == '1' else 's'}"


def plural(count: int, noun: str) -> str:
    """`1 run`, `3,000 runs`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """ "1.8 %" of .0184 and "283 %" of 2.83: two digits, whole numbers from ten on, never an exponent."""
    value = 100.0 * share + 0.0  # no -0
    if 0.0 < abs(value) < LEAST:
        return f"less than {LEAST} %"
    return f"{value:.0f} %" if abs(value) >= 9.95 else f"{value:.2g} %"
