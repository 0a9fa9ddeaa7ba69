"""Every line of the vocabulary does what it says, and no word has two meanings of one kind."""

from __future__ import annotations

from collections import Counter

import pytest

from loglens.runs.curve import Direction, Phase, Quantity
from loglens.runs.frameworks import framework_of, frameworks
from loglens.runs.overrides import CLOSED_LISTS
from loglens.runs.phases import tag_phase, twin_of
from loglens.runs.quantities import OPPOSITE, measure_of
from loglens.runs.tokens import read_tag
from loglens.runs.vocabulary import TABLE, Entry, read_table

LINES = read_table(TABLE.read_text(encoding="utf-8"))


def phrases(*kinds: str) -> list[tuple[str, Entry]]:
    return [(phrase, line.entry) for line in LINES for phrase in line.phrases if line.entry.kind in kinds]


def written(phrase: str) -> str:
    return phrase.replace(" ", "_")


def test_no_word_has_two_meanings_of_one_kind() -> None:
    counted = Counter((entry.kind, phrase) for line in LINES for phrase in line.phrases for entry in [line.entry])
    assert [key for key, count in counted.items() if count > 1] == []


def test_the_table_keeps_to_the_closed_lists() -> None:
    for line in LINES:
        entry = line.entry
        if entry.kind in ("head", "counter", "loss-kind"):
            assert entry.meaning in CLOSED_LISTS["quantity"], line
        if entry.kind == "phase":
            assert entry.meaning in CLOSED_LISTS["phase"], line
        if entry.kind == "axis":
            assert entry.meaning in CLOSED_LISTS["x_unit"], line
        assert entry.direction in CLOSED_LISTS["direction"], line
        assert 0 < entry.sure <= 1, line


@pytest.mark.parametrize("line", [line for line in LINES if line.example], ids=lambda line: line.example)
def test_examples(line: object) -> None:
    """A line's own example means what the line says."""
    entry, example = line.entry, line.example  # type: ignore[attr-defined]
    if entry.kind == "phase":
        assert tag_phase(example) is not None
        assert tag_phase(example).phase == entry.meaning  # type: ignore[union-attr]
    elif entry.kind == "axis":
        assert read_tag(example).axis == entry.meaning
    elif entry.kind == "negation":
        assert measure_of(example).direction == "min"
    else:
        assert (measure_of(example).quantity, measure_of(example).direction) == (entry.meaning, entry.direction)


def test_every_head_decides_what_a_tag_measures() -> None:
    for phrase, entry in phrases("head"):
        measure = measure_of(f"val/{written(phrase)}")
        assert (measure.quantity, measure.direction) == (entry.meaning, entry.direction), phrase


def test_every_head_reads_the_same_in_camel_case() -> None:
    for phrase, entry in phrases("head"):
        words = phrase.split()
        if len(words) > 1 and all(word.isalpha() and len(word) > 3 for word in words):
            measure = measure_of("val" + "".join(word.capitalize() for word in words))
            assert (measure.quantity, measure.direction) == (entry.meaning, entry.direction), phrase


def test_every_counter_counts_where_nothing_else_is_named() -> None:
    for phrase, entry in phrases("counter"):
        assert measure_of(f"train/{written(phrase)}").quantity == entry.meaning, phrase


def test_every_kind_of_loss_shapes_the_loss_on_either_side() -> None:
    for phrase, entry in phrases("loss-kind"):
        assert measure_of(f"train/{written(phrase)}_loss").quantity == entry.meaning, phrase
    for phrase, entry in phrases("loss-kind"):
        if entry.meaning in ("gan-loss", "loss-part") and len(phrase) > 1:
            assert measure_of(f"train/loss_{written(phrase)}").quantity == entry.meaning, phrase


def test_every_phase_word_is_read_wherever_it_stands() -> None:
    for phrase, entry in phrases("phase"):
        for tag in (
            f"{written(phrase)}/loss",
            f"loss/{written(phrase)}",
            f"{written(phrase)}_loss",
            f"Loss ({phrase})",
        ):
            told = tag_phase(tag)
            assert told is not None, tag
            assert told.phase == entry.meaning, tag


def test_neutral_words_change_nothing() -> None:
    for phrase, _ in phrases("neutral"):
        if len(phrase) > 1 and phrase not in ("per", "vs"):
            assert measure_of(f"val_{written(phrase)}_accuracy").quantity == "accuracy", phrase


def test_negation_turns_every_metric_round() -> None:
    for negation, _ in phrases("negation"):
        for phrase in ("accuracy", "psnr", "mae", "rmse"):
            plain, turned = measure_of(f"val/{phrase}"), measure_of(f"val/{written(negation)}_{phrase}")
            assert turned.direction == OPPOSITE[plain.direction], (negation, phrase)


def test_spellings_are_read_as_whole_words_only() -> None:
    for phrase, entry in phrases("spelling"):
        digit = "1" if phrase.endswith(("@", "-")) else ""
        tokens = read_tag(f"val/{phrase}{digit}").tokens
        assert tokens[:1] == ("val",), phrase
        assert " ".join(tokens[1:]).startswith(entry.meaning), phrase
        if phrase.isalpha():
            assert tuple(entry.meaning.split()) != read_tag(f"x{phrase}x").tokens[1:-1], phrase


@pytest.mark.parametrize("framework", frameworks(), ids=lambda framework: framework.name)
def test_frameworks_are_recognised_by_their_own_marks_alone(framework: object) -> None:
    marks = framework.marks  # type: ignore[attr-defined]
    series = {(folder.split("|")[0].replace("*", ""), tag.split("|")[0].replace("*", "x")) for folder, tag in marks}
    assert framework_of(series) == framework.name  # type: ignore[attr-defined]
    assert framework_of(set(sorted(series)[:1])) == ""
    for rule in framework.rules:  # type: ignore[attr-defined]
        for key in ("phase", "quantity", "direction", "x_unit"):
            assert getattr(rule, key) in (None, *CLOSED_LISTS[key]), rule


EVERYBODYS = [
    {"train_loss", "valid_loss", "accuracy"},
    {"train/loss", "validation/loss"},
    {"loss", "val_loss", "acc", "val_acc"},
    {"loss", "epoch", "lr"},
    {"epoch", "train_loss", "val_loss", "learning_rate"},
    {"train/loss", "learning_rate", "grad_norm"},
    {"loss/train", "loss/valid", "loss/test", "lr"},
    {"metrics/train/acc", "metrics/eval/acc"},
    {"train/box_loss", "val/box_loss"},
    {"Loss/total_loss", "learning_rate"},
    {"train/reward", "test/reward"},
    {"train_losses", "val_losses"},
]


@pytest.mark.parametrize("tags", EVERYBODYS, ids=lambda tags: " ".join(sorted(tags)))
def test_what_anybody_may_log_is_no_fingerprint(tags: set[str]) -> None:
    assert framework_of({("", tag) for tag in tags}) == ""


def test_twins_share_what_is_left_without_phase_and_reduction() -> None:
    assert twin_of("train_loss_epoch") == twin_of("val/loss") == twin_of("loss") == twin_of("Loss/validation")
    assert twin_of("accuracy") == twin_of("acc/valid")
    assert twin_of("train/acc_top1") != twin_of("val/acc_top5")
    assert twin_of("val_cls_loss") != twin_of("train_box_loss")


def test_the_closed_lists_are_those_of_the_types() -> None:
    from typing import get_args  # noqa: PLC0415

    assert CLOSED_LISTS["phase"] == get_args(Phase)
    assert CLOSED_LISTS["quantity"] == get_args(Quantity)
    assert CLOSED_LISTS["direction"] == get_args(Direction)
