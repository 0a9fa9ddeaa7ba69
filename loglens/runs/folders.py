"""Which folders may be phases of one training: train/ beside validation/, eval/ under its parent, add_scalars."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from loglens.runs.curve import Phase
from loglens.runs.tokens import split_words, stripped
from loglens.runs.vocabulary import vocabulary

NEUTRAL = frozenset({"log", "logs", "set", "data", "inner", "epoch", "loss", "metrics", "summary", "summaries", "tb"})
"""Words that a phase folder may hold beside the phase: train_inner, valid_log, _epoch_."""
BARE = frozenset({"infer", "_epoch_", "_base_log", "base_log", "_base"})
"""Catalyst's folders that hold no phase but belong to the training beside them."""


def phase_of_folder(name: str) -> Phase | None:
    """The phase that a folder's own name says when it says nothing else (`train`, `valid1`, `train_inner`)."""
    phases = vocabulary().phases
    tokens = [token for token in split_words(name) if not token.isdigit()]
    found = [phases.get((token,)) or phases.get((stripped(token),)) for token in tokens]
    if any(phase is None and token not in NEUTRAL for phase, token in zip(found, tokens, strict=True)):
        return None
    ordered: tuple[Phase, ...] = ("validation", "test", "train")
    return next((phase for phase in ordered if phase in found), None)


def families(directories: Iterable[str], is_add_scalars: Callable[[str, str], bool]) -> dict[str, list[str]]:
    """Event directories grouped into candidates for one training: its name, and its directories in order.

    `is_add_scalars(parent, child)` says whether the child's files look as if written by the parent's add_scalars.
    The candidates are judged by their contents when they are read (`loglens.runs.trainings`).
    """
    known = sorted(set(directories))
    present = set(known)
    parents: dict[str, str] = {}
    phases: dict[str, set[str]] = {}
    for directory in known:
        parent, base = parent_of(directory)
        if parent is not None and phase_of_folder(base) is not None:
            phases.setdefault(parent, set()).add(directory)
    for directory in known:
        parent, base = parent_of(directory)
        if parent is None:
            continue
        has_company = parent in present or len(phases.get(parent, ())) > 1
        if directory in phases.get(parent, ()):
            if has_company:
                parents[directory] = parent
        elif base in BARE and parent in phases:
            parents[directory] = parent
        elif phases.get(parent) and re.match(r"eval", base):
            parents[directory] = parent  # the Object Detection API's eval<name> beside train
        elif parent in present:
            if re.match(r"eval", base) or is_add_scalars(parent, directory) or re.fullmatch(r"\d{9,10}\.\d+", base):
                parents[directory] = parent
        else:
            grand, middle = parent_of(parent)
            if grand is not None and middle.endswith("_eval") and phases.get(grand):
                parents[directory] = grand  # T5X: train/ beside training_eval/<task>
    grouped: dict[str, list[str]] = {}
    for directory in known:
        grouped.setdefault(_root(directory, parents), []).append(directory)
    return grouped


def _root(directory: str, parents: Mapping[str, str]) -> str:
    while directory in parents:
        directory = parents[directory]
    return directory


def parent_of(directory: str) -> tuple[str | None, str]:
    """The folder above and the last part: ("a", "b") for a/b, (".", "b") for b, (None, ".") for LOGDIR itself."""
    prefix, colon, rest = directory.rpartition(":") if ":" in directory.partition("/")[0] else ("", "", directory)
    head = prefix + colon
    if rest == ".":
        return None, rest
    parent, _, base = rest.rpartition("/")
    return head + (parent or "."), base
