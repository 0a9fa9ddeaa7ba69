"""How figures look: colours by what they mean, and words that plotly takes for no markup."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

Figure = dict[str, Any]

INKS: Mapping[str, str] = {
    "train": "#5b6b86",
    "validation": "#1d5fd1",
    "test": "#0f766e",
    "none": "#6b4fb3",
    "fail": "#b3261e",
    "warn": "#9a5b00",
    "pass": "#1b6e3c",
    "undetermined": "#5f6672",
    "text": "#1c2430",
    "grid": "#e6e8ec",
}
"""Colours of the light theme by what they mean; a page replaces them for the dark one (`meta.ink`)."""


def plain_text(text: str) -> str:
    """Text for plotly, which takes <b> or <a href> in names and labels for markup."""
    return html.escape(text, quote=False)
