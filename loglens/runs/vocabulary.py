"""The words of tags and what they mean."""

from __future__ import annotations

from collections.abc import Iterable

from loglens.runs.curve import Phase

PHASES: dict[str, Phase] = {
    **dict.fromkeys(("val", "valid", "validation", "eval", "evaluation", "dev", "heldout"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
    **dict.fromkeys(("train", "training", "learn"), "train"),
}


def phase_of_words(tokens: Iterable[str]) -> Phase | None:
    """validation before test before train, anywhere."""
    found = {PHASES.get(token.rstrip("0123456789")) for token in tokens}
    ordered: tuple[Phase, ...] = ("validation", "test", "train")
    return next((phase for phase in ordered if phase in found), None)
