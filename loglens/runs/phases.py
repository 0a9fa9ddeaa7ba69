"""Which phase a curve belongs to: a word anywhere in its tag, else its folder, else what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from loglens.runs.curve import Phase, Quantity
from loglens.runs.quantities import measure_of
from loglens.runs.tokens import TAGS_KEPT, matched, read_tag, split_words, stripped
from loglens.runs.vocabulary import vocabulary

ORDER: tuple[Phase, ...] = ("validation", "test", "train")
IN_TAG = 0.97
IN_FOLDER = 0.95
BOTH_IN_ORDER = 0.9
"""train/valid_loss: validation's word stands in the later part, so it narrows the earlier one."""
BOTH_MIXED = 0.6
"""eval/train_loss, train_valid_loss: the order does not say which of the two is meant."""
REDUCTIONS = frozenset({"step", "epoch", "batch", "iter", "iteration", "epochs", "steps"})
"""Over what a logged value was averaged: no word of its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """A phase, how surely, and why ("token 'dev'")."""

    phase: Phase
    confidence: float
    reason: str


UNTOLD = Told("none", 0.5, "no word for a phase")
SEVERAL = Told("none", 0.3, "the tag names several phases")
COMPARED = Told("none", BOTH_MIXED, "it compares the phases it names")


def folder_phase(name: str) -> Told | None:
    """The phase that a folder's name says, if it says one."""
    hits = _hits(split_words(name))
    if not hits:
        named = name.startswith("eval")  # the Object Detection API writes eval<name> in one word
        return Told("validation", BOTH_IN_ORDER, f"folder '{name}'") if named else None
    phase = next(phase for phase in ORDER if any(found == phase for found, _, _ in hits))
    return Told(phase, IN_FOLDER, f"folder '{name}'")


@lru_cache(maxsize=TAGS_KEPT)
def tag_phase(tag: str) -> Told | None:
    """The phase that a tag's own words say; "none" when it names two against each other ("training vs validation")."""
    words = read_tag(tag)
    hits = [hit for hit in _hits(words.tokens) if not _covered(words.tokens, hit[2])]
    if not hits and (inside := _hits(words.units)):
        return Told(inside[0][0], IN_TAG, f"token '{inside[0][1]}'")
    found = {phase for phase, _, _ in hits}
    if not hits:
        return None
    if len(found) > 1 and "vs" in words.tokens:
        versus = words.part[words.tokens.index("vs")]
        hits = [hit for hit in hits if words.part[hit[2]] > versus]  # add_scalars: the key behind the title decides
        found = {phase for phase, _, _ in hits}
        if not hits:
            return SEVERAL
    phase = next(phase for phase in ORDER if phase in found)
    word, place = next((token, index) for told, token, index in reversed(hits) if told == phase)
    if len(found) == 1:
        return Told(phase, IN_TAG, f"token '{word}'")
    others = [index for told, _, index in hits if told != phase]
    if measure_of(tag).quantity == "diagnostic":
        return COMPARED
    ordered = all(words.part[index] < words.part[place] for index in others)
    sure = BOTH_IN_ORDER if ordered else BOTH_MIXED
    return Told(phase, sure, f"token '{word}' beside another phase's word")


def _hits(tokens: tuple[str, ...]) -> list[tuple[Phase, str, int]]:
    table = vocabulary().phases
    hits: list[tuple[Phase, str, int]] = []
    for index, token in enumerate(tokens):
        pair = tokens[index : index + 2]
        if len(pair) == 2 and pair in table:
            hits.append((table[pair], " ".join(pair), index))
        else:
            phase = table.get((token,)) or table.get((stripped(token),))
            if phase:
                hits.append((phase, token, index))
    return hits


def _covered(tokens: tuple[str, ...], index: int) -> bool:
    """Whether the word is part of a longer known name that is no phase: learning rate, std dev, q val."""
    heads, longest = vocabulary().heads, vocabulary().longest
    return any(
        matched(heads, tokens[start:end]) is not None
        for start in range(max(0, index - longest), index + 1)
        for end in range(index + 1, min(len(tokens), start + longest) + 1)
        if end - start > 1
    )


Twin = tuple[tuple[str, ...], Quantity, str, str]
"""What two phases of one thing share: the words beside the quantity's own, the quantity, its name, its number."""


@lru_cache(maxsize=TAGS_KEPT)
def twin_of(tag: str) -> Twin:
    """What the tag is called apart from its phase and its reduction: train_loss_epoch and val/loss are twins."""
    words, measure = read_tag(tag), measure_of(tag)
    neutral, phases = vocabulary().neutral, vocabulary().phases
    kept, number = [], ""
    for index, token in enumerate(words.tokens):
        if index in measure.used:
            number += token[len(stripped(token)) :]
        elif not ((token,) in phases or (stripped(token),) in phases or (token,) in neutral or token in REDUCTIONS):
            kept.append(token)
    own = words.tokens[min(measure.used, default=0) : max(measure.used, default=-1) + 1]
    kept = [token for token in kept if token not in own and token != "losses"]
    return tuple(dict.fromkeys(kept)), measure.quantity, measure.name, number
