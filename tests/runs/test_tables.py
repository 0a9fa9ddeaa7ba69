"""The tables of tags: 621 of 85 frameworks with the context a row needs made explicit, and the traps.

A row of tags.csv stands in a run with the other rows of its framework. Its folder within the run comes from the
layout note where that names a phase folder; where it names an add_scalars folder, tag and key are one name, as the
pipeline reads them. Ray's rows are of two kinds of run, told apart.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from loglens.runs.curve import TRUSTED_CONFIDENCE, Role
from loglens.runs.families import key_of_add_scalars
from loglens.runs.folders import phase_of_folder
from loglens.runs.quantities import OPPOSITE, measure_of
from loglens.runs.roles import Seen, assign_roles

Row = dict[str, str]
WRONG_ROWS = {"contest/score"}  # labelled "other", though a bare "score" is labelled "metric" in the same table
CONTRADICTED = {  # facts: the flag says the opposite of the usual definition
    "DaviesBouldinScore",
    "PerceptualPathLength",
    "SpectralDistortionIndex",
    "WordInfoPreserved",
}


def read(path: Path, delimiter: str = ",") -> list[Row]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def seen_in(row: Row) -> Seen:
    note = re.match(r"run=([^;,]+)", row["layout_note"])
    folder = note.group(1).strip() if note else ""
    key = key_of_add_scalars(folder, row["tag"])
    if key is not None:
        return Seen("", f"{row['tag']}/{key}")
    is_phase = all(phase_of_folder(part) or part in ("logs", "log") for part in folder.split("/")[:1])
    return Seen(folder if is_phase or folder.startswith("training_eval/") else "", row["tag"])


def answers(rows: list[Row]) -> Iterator[tuple[Row, Role]]:
    runs: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        learner = "learner" in row["tag"] or "episode" in row["tag"]
        kind = " reinforcement" if row["framework"].startswith("Ray") and learner else ""
        runs[row["framework"].split(" (")[0] + kind].append(row)
    for members in runs.values():
        roles, _ = assign_roles([seen_in(row) for row in members])
        yield from zip(members, roles, strict=True)


def right(row: Row, role: Role) -> dict[str, bool]:
    return {key: row[key] == getattr(role, key) for key in ("phase", "quantity", "direction")}


def check(pairs: list[tuple[Row, Role]], share: float) -> None:
    for key in ("phase", "quantity", "direction"):
        wrong = [(row["tag"], row[key], role) for row, role in pairs if not right(row, role)[key]]
        assert len(wrong) <= (1 - share) * len(pairs), (key, wrong)
    sure = [(row["tag"], role) for row, role in pairs if not all(right(row, role).values())]
    assert [item for item in sure if item[1].confidence >= TRUSTED_CONFIDENCE] == []


def test_tags_of_frameworks(shared: Path) -> None:
    rows = read(shared / "facts/tags.csv")
    assert len(rows) > 600
    check(list(answers(rows)), 0.99)


def test_traps(shared: Path) -> None:
    rows = read(shared / "facts/adversarial_tags.csv")
    assert len(rows) > 50
    check([(row, assign_roles([Seen("", row["tag"])])[0][0]) for row in rows], 0.95)


def test_directions_of_torchmetrics(shared: Path) -> None:
    known = {"True": "max", "False": "min"}
    told = 0
    for line in (shared / "facts/torchmetrics_direction.tsv").read_text(encoding="utf-8").splitlines():
        flag, name, _ = line.split("\t")
        if flag in known:
            measure = measure_of(f"val/{name}")
            want = known[flag] if name not in CONTRADICTED else OPPOSITE[known[flag]]  # type: ignore[index]
            assert measure.direction in (want, "none"), (name, measure)
            told += measure.direction == want
    assert told >= 130  # of 157 flags: the rest is described, not judged


@pytest.mark.parametrize("tag", sorted(WRONG_ROWS))
def test_rows_held_to_be_wrong_are_not_trusted(tag: str) -> None:
    assert assign_roles([Seen("", tag)])[0][0].confidence < TRUSTED_CONFIDENCE
