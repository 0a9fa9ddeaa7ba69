"""A tag's text as whole words: its parts between slashes, the words of each, and the axis it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from loglens.runs.curve import XUnit
from loglens.runs.vocabulary import Phrase, spelling_pattern, vocabulary

GLUED = frozenset({"loss", "acc", "accuracy", "err", "error", "f1", "auc", "reward", "norm", "time", "lr", "ppl"})
"""Words that users write onto the word before them without a break: valloss, trainacc, gradnorm."""
RATE = re.compile(
    r"(?i)(?<![a-z])(its?|tok|imgs?|images?|steps?|frames?|batch(?:es)?|samples?|tokens?|examples?|words?|rays|items?"
    r"|iters?|iterations?|updates?|seqs?|sequences|graphs?|points|requests|episodes|mb|gb)\s*/\s*s(?:ecs?|econds?)?"
    r"(?![a-z])"
)
"""What is counted per second, where a slash stands for "per": imgs/sec, it/s."""
MOST_LETTERS = 1000
"""A tag longer than this is read by its two ends: the longest of 700 real ones has 72 letters."""
TAGS_KEPT = 1 << 17
"""Tags whose words are kept: they are asked for again and again, by turns, so a run that has more is read six times.
The largest log of benchmarks/damage has 100,000, in some 2 KB each."""
TIME_WORDS = frozenset({"sec", "second", "seconds", "s", "minute", "hour", "day"})


@dataclass(frozen=True, slots=True)
class Words:
    """The tokens of a text, from left to right; `part[i]` is the number of the part that token i stands in.

    `units` are the words that stood in parentheses; `axis` is the x axis that the text names ("... vs samples").
    """

    tokens: Phrase
    part: tuple[int, ...]
    units: Phrase = ()
    axis: XUnit | None = None


@lru_cache(maxsize=TAGS_KEPT)
def read_tag(tag: str) -> Words:
    """The words of a tag."""
    if len(tag) > MOST_LETTERS:
        tag = f"{tag[: MOST_LETTERS // 2]}/{tag[-MOST_LETTERS // 2 :]}"
    text = tag.removeprefix("ray/tune/")
    text = re.sub(r"(?<=[A-Za-z]):\d+$", "", text)  # CatBoost numbers its evaluation sets: Logloss:0
    text = re.sub(r"^1\s*-\s*(?=[A-Za-z])", "oneminus ", RATE.sub(r"\1 per sec", text))
    text = spelling_pattern().sub(_respell, text)
    units = tuple(token for inside in re.findall(r"\(([^()]*)\)", text) for token in split_words(inside))
    text = re.sub(r"\([^()]*\)", " ", text)
    parts = [split_words(part) for part in re.split(r"[/|\\]|::|:| - ", text)]
    parts = [part for part in parts if part]
    if not parts and units:
        parts, units = [units], ()
    axis, parts = _cut_axis(parts)
    parts = [_cut_per(part) for part in parts]
    tokens = tuple(token for part in parts for token in part)
    return Words(tokens, tuple(index for index, part in enumerate(parts) for _ in part), units, axis)


@lru_cache(maxsize=TAGS_KEPT)
def split_words(text: str) -> Phrase:
    """Whole lower-case tokens: split at camelCase and where two known words are glued."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z]{2,})", r"\1 \2", text)
    tokens = [token for token in re.split(r"[^a-z0-9]+", text.lower()) if token]
    return tuple(piece for token in tokens for piece in _unglue(token))


def stripped(token: str) -> str:
    """A token without the digits behind it: valid1, fid50k, lr0."""
    return re.sub(r"\d+k?$", "", token) or token


def matched(table: Mapping[Phrase, object], phrase: Phrase) -> Phrase | None:
    """The key of the table that a phrase matches, digits behind its last word aside."""
    if phrase in table:
        return phrase
    bare = (*phrase[:-1], stripped(phrase[-1]))
    return bare if bare in table else None


def _respell(match: re.Match[str]) -> str:
    meaning = vocabulary().spellings[match.group()]
    return f" {meaning}" if match.group().endswith("-") else f" {meaning} "


def _unglue(token: str) -> Phrase:
    known = vocabulary().tokens
    if token in known or stripped(token) in known:
        return (token,)
    for cut in range(3, len(token) - 1):
        if token[cut:] in GLUED and token[:cut] in known:
            return (token[:cut], token[cut:])
    return (token,)


def _cut_axis(parts: list[Phrase]) -> tuple[XUnit | None, list[Phrase]]:
    """The axis after the word "vs", and the parts without it ("Training vs. Validation Loss" names none)."""
    axes = vocabulary().axes
    for index, part in enumerate(parts):
        if "vs" in part[1:]:
            cut = len(part) - 1 - part[::-1].index("vs")
            axis = axes.get(part[cut + 1 :])
            if axis is not None:
                return axis, [*parts[:index], part[:cut], *parts[index + 1 :]]
    return None, parts


def _cut_per(part: Phrase) -> Phrase:
    """ "loss per token" is a loss, "steps per epoch" and "tokens per second" are words of their own."""
    heads, longest = vocabulary().heads, vocabulary().longest
    for cut in range(1, len(part) - 1):
        if part[cut] == "per" and part[cut + 1] not in TIME_WORDS:
            if cut > 1 and part[cut - 2] == "per" and part[cut - 1] in TIME_WORDS:
                return part[:cut]  # tokens per second per device
            spans = (part[a:b] for a in range(max(0, cut - longest), cut + 1) for b in range(cut + 1, len(part) + 1))
            if not any(span in heads for span in spans):
                return part[:cut]
    return part
