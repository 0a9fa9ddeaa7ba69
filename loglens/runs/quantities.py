"""What a tag measures and which way is better, read from its words: the rightmost noun of the rightmost part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from loglens.runs.curve import Direction, Quantity
from loglens.runs.tokens import TAGS_KEPT, Words, matched, read_tag, stripped
from loglens.runs.vocabulary import Entry, Phrase, vocabulary

OPPOSITE: dict[Direction, Direction] = {"min": "max", "max": "min", "none": "none"}
CROSSED = 0.98
"""Times the confidence for each part between the word that decides and the end of the tag."""
UNKNOWN_BEHIND = 0.8
"""Times the confidence for each unknown word behind the deciding one: it may be what is really measured."""
UNKNOWN_LOSS = 0.78
"""Confidence in a loss with an unknown word before it: the loss itself, or a part of it (eval/mydata_loss)."""
NAMED_IN_FRONT = 0.6
"""Confidence when a criterion's name stands under a heading of losses (Loss/mse): a loss, or a metric."""
ROBUST: frozenset[Quantity] = frozenset({"learning-rate", "gradient-norm", "parameter-norm"})
"""Words behind these name a parameter group or a layer (lr-SGD/pg1, grad_norm/fc1.weight), not another quantity."""
LAYERWISE: frozenset[Quantity] = frozenset({"gradient-norm", "parameter-norm", "learning-rate"})
BEST = frozenset({"best", "lowest", "highest"})
MACHINES = frozenset({"gpu", "cpu", "system", "hardware"})
SPREADS = frozenset({"std", "stddev", "stdev", "var", "variance"})
SPREAD_SURE = 0.85
GENERIC = frozenset(
    {("score",), ("scores",), ("metric",), ("coef",), ("coefficient",), ("rate",), ("rates",), ("index",), ("level",)}
)
NAMED: frozenset[Quantity] = frozenset({"metric", "accuracy", "error-rate", "perplexity", "reward"})
MACHINE: frozenset[Quantity] = frozenset({"memory", "time", "throughput", "system"})
SINGLE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Measure:
    """What the words say: quantity, name, direction, how surely, why; and which tokens were used up.

    `qualifier` is a word beside a loss that may make it a part of another ("" when there is none).
    """

    quantity: Quantity
    name: str
    direction: Direction
    confidence: float
    reason: str
    used: frozenset[int] = frozenset()
    qualifier: str = ""


@lru_cache(maxsize=TAGS_KEPT)
def measure_of(tag: str) -> Measure:
    """What this tag measures by its own words alone."""
    words = read_tag(tag)
    if words.tokens[:1] == ("hparams",) and len(set(words.part)) > 1:
        return Measure("other", "", "none", 0.9, "a copy of the run's last values beside its hyper-parameters")
    if words.tokens[:2] == ("hp", "metric"):
        return Measure("other", "", "none", 0.95, "Lightning's placeholder")
    best = next((index for index, token in enumerate(words.tokens) if token in BEST), None)
    if best is not None:
        text = f"'{words.tokens[best]}' can only improve"
        return Measure("other", "best so far", "none", 0.9, text, frozenset({best}))
    by_unit = _by_unit(words)
    if by_unit:
        return by_unit
    hit = _deciding(words)
    if hit is None:
        return Measure("other", "", "none", 0.5, "no known word")
    entry, start, end = hit
    name = " ".join(words.tokens[start:end])
    last = words.part[-1]
    where = "last part" if words.part[end - 1] == last else "part"
    confidence = entry.sure * CROSSED ** (last - words.part[end - 1])
    unknown = [t for i, t in enumerate(words.tokens) if i >= end and not _known(words.tokens, i)]
    if entry.quantity not in ROBUST:
        confidence *= UNKNOWN_BEHIND ** len(unknown)
    reason = f"{entry.meaning.replace('-', ' ')}: {where} '{name}'"
    used = frozenset(range(start, end))
    direction = entry.direction
    negated = any(words.tokens[max(0, start - n) : start] in vocabulary().negations for n in (1, 2))
    if negated:
        direction = OPPOSITE[direction]
        reason += f", turned round by '{words.tokens[start - 1]}'"
        confidence = min(confidence, 0.9)
    if entry.quantity == "loss" and direction == "min":
        return _loss(words, hit, confidence, reason, unknown)
    spread = _spread_before(words, start)
    if spread and entry.quantity in NAMED:
        text = f"diagnostic: '{spread}' of {entry.meaning.replace('-', ' ')} '{name}'"
        return Measure("diagnostic", "", "none", min(confidence, SPREAD_SURE), text, used)
    if words.tokens[0] in MACHINES and entry.quantity in ("hyperparameter", "diagnostic"):
        return Measure(
            "system", "", "none", min(confidence, SPREAD_SURE), f"system: '{name}' of {words.tokens[0]}", used
        )
    if entry.kind == "counter" and len(words.tokens) - (end - start) > 2:
        confidence = min(confidence, 0.7)
    if entry.meaning in ("metric", "error-rate", "kl") and _heads_losses(words, start):
        confidence = min(confidence, NAMED_IN_FRONT) if direction != "max" else confidence * 0.95
    return Measure(entry.quantity, entry.name, direction, confidence, reason, used)


def _deciding(words: Words) -> tuple[Entry, int, int] | None:
    """The phrase that names the quantity: the rightmost, but for a layer's name, a statistic, an axis behind it."""
    hit = _find(words, vocabulary().heads)
    if hit is None:
        return _find(words, vocabulary().counters)
    entry, start, end = hit
    if entry.quantity == "time" and words.part[end - 1] < words.part[-1]:
        count = _find(_after(words, end), vocabulary().counters)
        return (count[0], count[1] + end, count[2] + end) if count else hit  # time/epoch, time/batch_in_epoch
    kind = _kind_around(words.tokens, start, end)
    of_loss = kind or (entry.direction == "min" and entry.quantity in ("metric", "error-rate"))
    if of_loss and "loss" in _same_part(words, start):
        place = max(i for i in range(start) if words.tokens[i] == "loss")
        return vocabulary().heads["loss",], place, place + 1  # loss_ssim, loss_kl: a loss of that name
    if words.tokens[start:end] in GENERIC:
        inside = _find(Words(words.tokens[:start], words.part[:start]), vocabulary().heads)
        if (
            inside is not None
            and inside[2] == start
            and inside[0].quantity in NAMED
            and words.part[start - 1] == words.part[start]
        ):
            return inside  # bleu_score, iou_coef: a noun that only carries the name before it
    earlier = _find(_before(words, words.part[start]), vocabulary().heads)
    layerwise = earlier is not None and (earlier[0].quantity in LAYERWISE or earlier[0].name == "gradient")
    if layerwise and entry.quantity not in LAYERWISE:
        return earlier  # grad_norm/fc1.weight: the last part only names a layer
    if entry.quantity == "diagnostic":
        inside = _find(Words(words.tokens[:start], words.part[:start]), vocabulary().heads)
        if inside is not None and inside[0].quantity in MACHINE and words.part[inside[1]] == words.part[start]:
            return inside  # gpu_mem_delta, step_time_std: a statistic of it is still memory, or time
    if earlier is not None and entry.quantity == "time" and _is_axis(words, words.part[-1]):
        return earlier  # rewards/time
    return hit


def _before(words: Words, part: int) -> Words:
    count = sum(1 for number in words.part if number < part)
    return Words(words.tokens[:count], words.part[:count])


def _after(words: Words, end: int) -> Words:
    return Words(words.tokens[end:], words.part[end:])


def _kind_around(tokens: Phrase, start: int, end: int) -> bool:
    """Whether the words are, or belong to, a name for a kind of loss: ssim, the gradient of gradient penalty."""
    table = vocabulary().loss_kinds
    return any(
        tokens[a:b] in table for a in range(max(0, end - 4), start + 1) for b in range(end, min(a + 4, len(tokens)) + 1)
    )


def _spread_before(words: Words, start: int) -> str:
    """A word for a spread right before the deciding one in its part (std_return), words that say nothing aside."""
    for index in range(start - 1, -1, -1):
        token = words.tokens[index]
        if words.part[index] != words.part[start] or token in SPREADS:
            return token if words.part[index] == words.part[start] else ""
        if (token,) not in vocabulary().neutral:
            return ""
    return ""


def _same_part(words: Words, start: int) -> Phrase:
    """The tokens before `start` in the same part of the tag."""
    return tuple(words.tokens[i] for i in range(start) if words.part[i] == words.part[start])


def _is_axis(words: Words, part: int) -> bool:
    return tuple(t for t, number in zip(words.tokens, words.part, strict=True) if number == part) in vocabulary().axes


def _by_unit(words: Words) -> Measure | None:
    units = set(words.units)
    if units & {"mb", "gb", "gib", "mib", "bytes", "kb"}:
        return Measure("memory", "", "none", 0.9, f"memory: unit ({' '.join(words.units)})")
    return None


def _find(words: Words, table: dict[Phrase, Entry]) -> tuple[Entry, int, int] | None:
    """The rightmost phrase of the table, the longest that ends there; None when no word is in it."""
    tokens, longest = words.tokens, vocabulary().longest
    for end in range(len(tokens), 0, -1):
        for start in range(max(0, end - longest), end):
            key = matched(table, tokens[start:end])
            if key is not None:
                return table[key], start, end
    return None


def _known(tokens: Phrase, index: int) -> bool:
    token = tokens[index]
    return token.isdigit() or token in vocabulary().tokens or stripped(token) in vocabulary().tokens


def _heads_losses(words: Words, start: int) -> bool:
    return any(token in ("loss", "losses") for token in words.tokens[:start])


def _loss(words: Words, hit: tuple[Entry, int, int], confidence: float, reason: str, unknown: list[str]) -> Measure:
    """Which kind of loss: the words beside it say (policy loss, loss_G, box_loss); alone it is the loss."""
    entry, start, end = hit
    tokens, last = words.tokens, words.part[-1]
    used = frozenset(range(start, end))
    near = [i for i in range(len(tokens)) if i not in used and words.part[i] >= words.part[end - 1]]
    far = [i for i in range(len(tokens)) if i not in used and i not in near]
    lone = len([i for i in near if (tokens[i],) not in vocabulary().phases and words.part[i] == last]) == 1
    kinds: dict[str, tuple[str, Entry]] = {}
    near_last = [i for i in near if words.part[i] == last]
    for places, allowed in ((near_last, None), (near, None), (far, ("rl-loss", "gan-loss"))):
        if kinds:
            break  # the nearest to the end says it: loss/g/mel is the mel part of what the generator minimises
        for phrase, found in _kinds_at(tokens, places, words):
            letter = len(phrase) == 1 and phrase[0] in SINGLE_LETTERS
            if phrase[-1] in ("value", "values") and _follows(words, end, phrase):
                continue  # loss_value is the loss; value_loss is the value function's
            if (allowed is None or found.meaning in allowed) and not (letter and (not lone or allowed)):
                kinds.setdefault(found.meaning, (" ".join(phrase), found))
    for kind in ("gan-loss", "rl-loss", "regularizer", "loss-part", "loss"):
        if kind in kinds and entry.name != "negative elbo":
            word, found = kinds[kind]
            sure = min(confidence, found.sure)
            text = f"{reason}; {kind.replace('-', ' ')}: '{word}'"
            return Measure(found.quantity, word, found.direction, sure, text, used, word)
    before = [tokens[i] for i in near if not _known(tokens, i) or (tokens[i].isdigit() and "idx" not in tokens)]
    if before or unknown:
        word = " ".join([*before, *unknown])
        text = f"{reason}; '{' '.join(dict.fromkeys(word.split()))}' may name a part of it"
        return Measure("loss", entry.name, "min", min(confidence, UNKNOWN_LOSS), text, used, word)
    return Measure("loss", entry.name, "min", confidence, reason, used)


def _follows(words: Words, end: int, phrase: Phrase) -> bool:
    """Whether the phrase stands right behind the deciding word, in the same part."""
    last = end + len(phrase)
    return words.tokens[end:last] == phrase and last <= len(words.part) and words.part[end - 1] == words.part[last - 1]


def _kinds_at(tokens: Phrase, places: list[int], words: Words) -> list[tuple[Phrase, Entry]]:
    table = vocabulary().loss_kinds
    found = []
    free = set(places)
    for length in range(min(4, len(tokens)), 0, -1):
        for start in range(len(tokens) - length + 1):
            span = range(start, start + length)
            phrase = tokens[start : start + length]
            if set(span) <= free and phrase in table and words.part[start] == words.part[span[-1]]:
                found.append((phrase, table[phrase]))
                free -= set(span)  # a longer name leaves its words to nobody else: cross ent is no ent
    return found
