"""The damage campaign in small: every kind of damage twice, and what monsters showed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.damage.__main__ import campaign
from benchmarks.damage.campaign import KINDS
from benchmarks.damage.monsters import MONSTERS, one_file, point
from loglens.cli.main import cli
from loglens.pipeline import analyze


def test_every_kind_of_damage_is_survived_and_told() -> None:
    tallies, _ = campaign(2 * len(KINDS), seed=5, processes=1)
    assert [problem for tally in tallies.values() for problem in tally.problems] == []
    assert {kind: tally.inputs for kind, tally in tallies.items()} == dict.fromkeys(KINDS, 2)
    assert all(tallies[kind].told == 2 for kind in ("bits flipped", "another format", "link loops"))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("form", ["text", "json", "html"])
@pytest.mark.parametrize(
    "name",
    [
        "10,000 restarts",
        "a record that claims 2**62 bytes",
        "steps from -2**63 to 2**63",
        "values at the ends of the floats",
        "wall times beyond every calendar",
    ],
)
def test_a_monster_is_answered_in_every_form(tmp_path: Path, name: str, form: str) -> None:
    MONSTERS[name](tmp_path / "logs")
    result = CliRunner().invoke(cli, ["analyze", str(tmp_path / "logs"), "--format", form])
    assert result.exit_code == 0, result.output


def test_a_tag_of_a_megabyte_is_cut_on_a_terminal_and_whole_in_the_report(tmp_path: Path) -> None:
    tag = "x" * 1_000_000
    one_file(lambda: b"".join(point(tag, step) for step in range(5)))(tmp_path)
    printed = CliRunner().invoke(cli, ["analyze", str(tmp_path)])
    assert printed.exit_code == 0
    assert len(printed.output) < 20_000
    assert analyze(str(tmp_path)).runs[0].curves[0].tag == tag


def test_a_file_of_damage_alone_is_called_damaged_not_empty(tmp_path: Path) -> None:
    bad = bytes(point("loss", 1)[:-1]) + b"\0"
    one_file(lambda: bad * 20)(tmp_path / "bad")
    one_file(lambda: point("loss", 1) * 20)(tmp_path / "good")
    (problem,) = analyze(str(tmp_path)).unreadable
    assert "20 damaged records" in problem.reason
