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


def families(directories: Iterable[str], is_add_scalars: Callable[[str], bool]) -> dict[str, list[str]]:
    """Event directories grouped into candidates for one training: its name, and its directories in order.

    `is_add_scalars(directory)` says whether its files look as if written by add_scalars of the folder above.
    The candidates are judged by their contents when they are read (`loglens.runs.families`).
    """
    known = sorted(set(directories))
    present = set(known)
    phases: dict[str, set[str]] = {}
    for directory in known:
        parent, base = parent_of(directory)
        if parent is None:
            continue
        grand, middle = parent_of(parent)
        if phase_of_folder(base) is not None or base.startswith("eval"):
            phases.setdefault(parent, set()).add(directory)  # eval_<name>, the Object Detection API's eval<name>
        elif grand is not None and middle.endswith("_eval"):
            phases.setdefault(grand, set()).add(directory)  # T5X: train beside training_eval/<task>
    parents: dict[str, str] = {}
    for parent, children in phases.items():
        if parent in present or len(children) > 1:
            parents.update(dict.fromkeys(children, parent))
    for directory in known:
        parent, base = parent_of(directory)
        if parent is None or directory in parents:
            continue
        by_time = re.fullmatch(r"\d{9,10}\.\d+", base)  # add_hparams names its folder by the time
        if (base in BARE and parent in phases) or (parent in present and (by_time or is_add_scalars(directory))):
            parents[directory] = parent
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
    if directory == ".":
        return None, directory
    parent, _, base = directory.rpartition("/")
    return parent or ".", base
