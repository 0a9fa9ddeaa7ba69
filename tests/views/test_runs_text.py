"""The text of `loglens runs`: every decision and its reason, what is doubtful first, the same thing told once."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.views.goldens import FOLDER
from tests.views.synthetic_runs import WIDTHS, text


@pytest.mark.parametrize("width", WIDTHS)
def test_the_text_is_what_was_looked_at(width: int) -> None:
    assert text(width) == (FOLDER / f"runs-{width}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 80, 140])
def test_no_line_is_wider_than_the_terminal_but_what_is_pasted(width: int) -> None:
    for line in text(width).splitlines():
        assert cell_len(line) <= width or " = " in line


def test_what_could_be_judged_if_it_were_known_comes_first() -> None:
    out = text(80)
    assert out.index("[bold]score") < out.index("train/loss") < out.index("time/phase_00")
    assert "(a guess, so not judged)" in out
    assert out.count("a guess") == 1, "a doubt about a timer costs nothing"


def test_alike_runs_and_alike_tags_are_told_once() -> None:
    out = text(80)
    assert "3 runs with the same tags" in out
    assert out.count("train/loss") <= 3
    assert "time/phase_29" not in out
    assert "time/phase_29" in text(80, everything=True)
