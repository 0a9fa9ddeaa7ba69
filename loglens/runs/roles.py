"""Tags to roles."""

from __future__ import annotations

from loglens.runs.curve import Role
from loglens.runs.tokens import words
from loglens.runs.vocabulary import phase_of_words


def role_of(folder: str, tag: str) -> Role:
    """A first version by the plain conventions."""
    tokens = words(tag)
    phase = phase_of_words(tokens) or phase_of_words(words(folder)) or "none"
    if "loss" in tokens:
        return Role(phase, "loss", "", "min", 0.9, "loss by its name")
    if {"acc", "accuracy"} & set(tokens):
        return Role(phase, "accuracy", "", "max", 0.9, "accuracy by its name")
    if "lr" in tokens or ("learning" in tokens and "rate" in tokens):
        return Role("train", "learning-rate", "", "none", 0.9, "learning rate by its name")
    return Role(phase, "other", "", "none", 0.3, "no known word")
