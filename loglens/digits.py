"""A measured number as people read it: four digits, on every face alike."""

from __future__ import annotations

NOTHING = 1e-100
"""Smaller than anything that a training measures: what is left of zero after arithmetic with floors."""


def digits(value: float) -> str:
    """Four significant digits; from ten thousand to a million all of them before the point, beyond an exponent."""
    size = abs(value)
    if size < NOTHING:
        return "0"
    return f"{value:.0f}" if 9999.5 <= size < 999_999.5 else f"{value:.4g}"
