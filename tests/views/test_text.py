"""The text for people: equal to what was looked at and kept, within its width, honest, and never markup."""

from __future__ import annotations

import dataclasses
import re

import pytest
from rich.cells import cell_len
from rich.text import Text

from loglens.detector import discover
from loglens.events.series import SeriesKey
from loglens.health import health_of
from loglens.lead import lead_curve
from loglens.report import Lost, Report, RunReport
from loglens.runs.curve import NEVER_JUDGED
from loglens.verdict import Status, Verdict
from loglens.views import text
from loglens.views.text import Look
from loglens.views.text.layout import cut_text
from loglens.views.text.look import literal, shorten
from loglens.views.text.runs import in_order
from loglens.views.text.sparkline import sparkline
from loglens.views.text.words import quantity
from tests.views import goldens, synthetic

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(("report", "look"), goldens.NAMES)
def test_the_text_is_what_was_looked_at(report: str, look: str) -> None:
    kept = goldens.path(report, look).read_text(encoding="utf-8")
    assert goldens.rendered(report, look) == kept, "look at it, then: python -m tests.views.goldens"


@pytest.mark.parametrize("report", goldens.REPORTS)
@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
def test_no_line_is_wider_than_the_terminal_but_commands_to_copy(report: str, width: int) -> None:
    for line in text.render(goldens.REPORTS[report](), Look(width=width, where="logs")).splitlines():
        assert cell_len(line) <= width or line.startswith("  loglens "), line
        assert line == line.rstrip()


@pytest.mark.parametrize("report", goldens.REPORTS)
def test_colour_only_repeats_what_words_say(report: str) -> None:
    plain, coloured = (goldens.rendered(report, look) for look in ("80", "80-colour"))
    assert "\x1b" not in plain
    assert [line.rstrip() for line in ANSI.sub("", coloured).splitlines()] == plain.splitlines()


def test_a_thousand_runs_fit_on_two_screens() -> None:
    lines = goldens.rendered("thousand", "80").splitlines()
    assert len(lines) < 100
    assert "33 fail" in lines[0]
    assert "930 healthy" in lines[0]


def test_the_worst_come_first_and_every_run_of_twelve_is_there() -> None:
    out = goldens.rendered("twelve", "wide")
    marks = [line[0] for line in out.splitlines()[3:15]]
    assert marks == sorted(marks, key="✗!?✓".index)
    for name in ("[red]x[/red]", "日本語 実験/学習率 0.1", "naïve Größe", "[bold]w[/bold]"):
        assert name in out + goldens.rendered("twelve", "80-verbose")


def test_ascii_only_where_the_terminal_has_no_more() -> None:
    assert goldens.rendered("thousand", "80-ascii").isascii()


@pytest.mark.parametrize("name", ["unknown tags", "short", "gan"])
def test_what_was_not_judged_is_never_healthy(name: str) -> None:
    run = next(run for run in synthetic.twelve().runs if run.name == name)
    assert health_of(run) == "not-judged"
    alone = text.render(Report("0", {}, (run,)), Look())
    assert "healthy" not in alone
    assert "not judged" in alone
    assert "loglens runs" in alone


def test_an_undecided_check_is_said_beside_healthy() -> None:
    run = next(run for run in synthetic.twelve().runs if run.name == "naïve Größe")
    undecided = Verdict("below-chance", "undetermined", "Classes unknown.", missing=("classes",))
    run = dataclasses.replace(run, verdicts=(*run.verdicts, undecided))
    alone = text.render(Report("0", {}, (run,)), Look())
    assert "healthy, as far as judged (1 check undecided)" in alone
    assert "Would decide: classes" in alone


def _with_points(run: RunReport, points: int, verdicts: tuple[Verdict, ...]) -> RunReport:
    curves = tuple(dataclasses.replace(curve, points=points) for curve in run.curves)
    return dataclasses.replace(run, curves=curves, verdicts=verdicts)


def test_a_sane_training_loss_does_not_make_a_run_healthy_whose_validation_has_one_point() -> None:
    run = next(run for run in synthetic.twelve().runs if run.name == "naïve Größe")
    train, validation = (SeriesKey(run.name, tag) for tag in ("train/loss", "val/loss"))
    verdicts = (
        *(Verdict(name, "pass", "fine", 0.9, (train,)) for name in ("non-finite", "plateau", "loss-spike")),
        Verdict("non-finite", "pass", "fine", 0.9, (validation,)),
        *(Verdict(name, "undetermined", "too few points", tags=(validation,)) for name in ("plateau", "overfitting")),
    )
    assert health_of(_with_points(run, 1, verdicts)) == "not-judged"
    out = text.render(Report("0", {}, (_with_points(run, 1, verdicts),)), Look())
    assert "too short, fewer than 5 points a validation curve" in out


def test_healthy_without_validation_says_so_and_test_curves_alone_are_not_healthy() -> None:
    run = next(run for run in synthetic.twelve().runs if run.name == "naïve Größe")
    only = dataclasses.replace(run.curves[0], pair=None)
    key = SeriesKey(only.dir, only.tag)
    verdicts = tuple(Verdict(name, "pass", "fine", 0.9, (key,)) for name in ("non-finite", "plateau"))
    alone = dataclasses.replace(run, curves=(only,), verdicts=verdicts)
    assert "healthy, as far as judged (no validation curve)" in text.render(Report("0", {}, (alone,)), Look())
    tested = dataclasses.replace(alone, curves=(dataclasses.replace(only, phase="test"),))
    assert health_of(tested) == "not-judged"
    assert "only curves of a test phase" in text.render(Report("0", {}, (tested,)), Look())


def test_nan_is_told_even_where_the_role_is_not_sure() -> None:
    run = next(run for run in synthetic.twelve().runs if run.name == "unknown tags")
    curves = (dataclasses.replace(run.curves[0], non_finite=7), *run.curves[1:])
    out = text.render(Report("0", {}, (dataclasses.replace(run, curves=curves),)), Look())
    assert "NaN or Inf  in 1 curve whose role is not sure: qx (7 of 50 values)" in out


def test_a_curve_that_is_a_guess_is_named_although_the_run_was_judged() -> None:
    run = next(run for run in synthetic.twelve().runs if run.name == "naïve Größe")
    guess = dataclasses.replace(run.curves[0], tag="valid/perte", role_confidence=0.7)
    timer = dataclasses.replace(guess, tag="eval/took", quantity="time")  # no detector wants it, whatever its phase
    run = dataclasses.replace(run, curves=(*run.curves, guess, timer))
    assert health_of(run) == "healthy"
    for runs in ((run,), (run, dataclasses.replace(run, name="again"))):
        out = text.render(Report("0", {}, runs), Look())
        told = f"{len(runs)} curve{'s' if len(runs) > 1 else ''} whose role is a guess: valid/perte\n"
        assert f"not judged  {told}" in out
        assert "loglens runs" in out


def test_a_doubt_costs_nothing_where_no_detector_asks() -> None:
    wanted = {quantity for kind in discover() for wanted in kind.judges for quantity in wanted.quantities}
    assert wanted
    assert not wanted & set(NEVER_JUDGED)


def test_over_runs_detectors_that_lack_the_same_share_a_line() -> None:
    run = next(run for run in synthetic.twelve().runs if run.name == "unknown tags")
    out = text.render(Report("0", {}, (run, dataclasses.replace(run, name="again"))), Look(width=200))
    assert "non-finite, overfitting in 2 runs (missing: " in out


def test_detectors_that_could_not_decide_for_one_reason_share_a_line() -> None:
    run = next(run for run in synthetic.twelve().runs if run.name == "unknown tags")
    out = text.render(Report("0", {}, (run,)), Look(width=200))
    assert "non-finite, overfitting: Not judged: what 'qx', 'zeta_1', 'zeta_2' is" in out


def test_one_finding_says_what_since_when_how_sure_why_and_what_to_try() -> None:
    out = goldens.rendered("one", "wide")
    for words in (
        "overfitting  since step 5159 (epoch 12), to the end; 97 % sure",
        "31 % of the progress is lost",
        "rise since then: 0.18 nats",
        "step noise",
        "Keep the checkpoint of epoch 12",
        "steps 4221 to 5159 cannot be told from it",
        "Would decide: classes",
        "3 damaged records left out",
        "A pass means",
    ):
        assert words in out


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.0497, "share of progress", "5 % of progress"),
        (-5.5e-151, "share of progress", "less than 0.001 % of progress"),
        (1.014e8, "share of progress", "1.014e+08 times the progress"),
        (-0.0, "share", "0 %"),
        (1.7e-30, "probability", "less than 0.001 %"),
        (1, "spikes", "1 spike"),
        (2, "spikes", "2 spikes"),
        (1, "of 60", "1 of 60"),
        (4.1, "epochs", "4.1 epochs"),
        (12.5, "share of the initial loss", "12.5 times the initial loss"),
        (12.5, "share", "12.5 times"),
        ("a word", "", "a word"),
    ],
)
def test_a_quantity_reads_as_people_write_it(value: str | float | bool, unit: str, told: str) -> None:
    assert quantity(value, unit) == told


def test_sorting_by_name_and_by_best() -> None:
    report = synthetic.twelve()
    by_name = text.render(report, Look(width=140, sort="name"))
    assert by_name.index("broken") < by_name.index("gan") < by_name.index("unknown tags")
    by_best = [line for line in text.render(report, Look(width=140, sort="best")).splitlines() if " @ ep " in line]
    values = [float(line.split(" @ ")[0].split()[-1]) for line in by_best]
    assert values == sorted(values)


def test_seed2_stands_before_seed10() -> None:
    names = ["seed10", "seed2", "a", "seed", "2", "x" * 5 + "9" * 4000, "seed2b3", "seed2b20"]
    run = next(run for run in synthetic.twelve().runs if run.name == "naïve Größe")
    runs = [dataclasses.replace(run, name=name) for name in names]
    expected = ["2", "a", "seed", "seed2", "seed2b3", "seed2b20", "seed10", names[5]]
    for sort in ("worst", "name", "best"):
        assert [run.name for run in in_order(runs, Look(sort=sort))] == expected


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (26, "overfitting from step 1300"),
        (25, "overfitting from step …"),
        (24, "overfitting from step …"),
        (8, "overfit…"),
        (1, "…"),
    ],
)
def test_no_number_is_cut(cells: int, told: str) -> None:
    assert cut_text(Text("overfitting from step 1300"), cells).plain == told


def test_control_codes_in_names_are_spelled_out() -> None:
    assert literal("a\x1b[31m\nb\u202e") == "a\\x1b[31m\\nb\\u202e"
    assert literal("日本語 é") == "日本語 é"


@pytest.mark.parametrize("width", [5, 8, 13, 30])
@pytest.mark.parametrize("name", ["short", "a/very/long/name/of/a/run", "日本語の長い名前/学習率"])
def test_shortened_names_fit_and_keep_their_end(name: str, width: int) -> None:
    cut = shorten(name, width, Look())
    assert cell_len(cut) <= width
    assert cut == name or cut[-1] == name[-1]


def _course(run: RunReport, cells: int = 10) -> str:
    return sparkline(run, lead_curve(run), cells, Look())


def test_a_sparkline_follows_its_curve() -> None:
    runs = {run.name: run for run in synthetic.twelve().runs}
    falling = _course(runs["resnet/seed0"])
    assert falling[0] > falling[3] >= falling[-1]
    rising_again = _course(runs["resnet/seed1"])
    assert rising_again[0] > min(rising_again) < rising_again[-1]
    assert _course(runs["broken"])[-1] == "\N{MULTIPLICATION SIGN}"
    assert len(_course(runs["short"])) == 1


@pytest.mark.parametrize("status", ["fail", "undetermined", "not-applicable", "error"])
def test_a_run_of_a_thousand_curves_stays_readable(status: Status) -> None:
    keys = [SeriesKey(".", f"metrics/value_{number:04}") for number in range(1000)]
    verdicts = tuple(
        Verdict(name, status, f"{key.tag} is what it is.", tags=(key,), start_step=3) for key in keys for name in "abc"
    )
    run = RunReport("big", "big", None, None, Lost(), (), verdicts, notes=tuple(map(str, range(100))))
    lines = text.render(Report("0", {}, (run,)), Look(width=80)).splitlines()
    assert len(lines) < 100
    assert "more" in " ".join(lines)
