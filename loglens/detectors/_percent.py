"""Shares in the words of a verdict, never with an exponent."""

from __future__ import annotations

LEAST = 0.001
"""In percent; Python writes what is ten times smaller with an exponent."""


def percent(share: float) -> str:
    """ "1.8 %" of .0184 and "283 %" of 2.83: two digits, and whole numbers from ten on."""
    value = 100.0 * share + 0.0  # no -0
    if 0.0 < abs(value) < LEAST:
        return f"less than {LEAST} %"
    return f"{value:.0f} %" if abs(value) >= 9.95 else f"{value:.2g} %"
