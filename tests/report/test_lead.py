"""The curve and the checkpoint that a line on a run speaks of: one rule, whatever the order, on every face."""

from __future__ import annotations

import dataclasses
import itertools
import shlex

from loglens.events.series import SeriesKey
from loglens.health import limits
from loglens.lead import kept, lead_curve
from loglens.notebook import runs_table
from loglens.report import Report, RunReport
from loglens.runs.curve import Quantity
from loglens.verdict import Verdict
from loglens.views import markdown, text
from loglens.views.rows import run_row
from loglens.views.text.best import best_briefly, best_in_words
from loglens.views.text.look import Look
from tests.panel.reports import make_run


def with_two_best_steps() -> RunReport:
    """A run of which the accuracy is best at step 5000 and the loss at step 2000."""
    run = make_run("run")
    verdicts = tuple(
        Verdict(
            "stopping",
            "pass",
            "best there.",
            tags=(SeriesKey("run", tag),),
            start_step=step,
            details={"best_step": step, "best_value": value},
        )
        for tag, step, value in (("val/accuracy", 5000, 0.9), ("val/loss", 2000, 0.4))
    )
    return dataclasses.replace(run, verdicts=verdicts)


def test_the_loss_speaks_before_the_accuracy_in_any_order() -> None:
    run = with_two_best_steps()
    for verdicts, curves in itertools.product(itertools.permutations(run.verdicts), itertools.permutations(run.curves)):
        shuffled = dataclasses.replace(run, verdicts=tuple(verdicts), curves=tuple(curves))
        verdict, lead = kept(shuffled), lead_curve(shuffled)
        assert verdict is not None
        assert verdict.details["best_step"] == 2000
        assert lead is not None
        assert lead.tag == "val/loss"


def test_a_finding_moves_the_curve_but_not_the_checkpoint() -> None:
    run = with_two_best_steps()
    accused = Verdict("oscillation", "warn", "it swings.", confidence=0.9, tags=(SeriesKey("run", "val/accuracy"),))
    run = dataclasses.replace(run, verdicts=(*run.verdicts, accused))
    verdict, lead = kept(run), lead_curve(run)
    assert lead is not None
    assert lead.tag == "val/accuracy"
    assert verdict is not None
    assert verdict.tags[0].tag == "val/loss"


def test_every_face_names_the_same_step() -> None:
    run = with_two_best_steps()
    row = run_row(run)
    assert (row["best_step"], row["best_value"], row["best_tag"]) == (2000, 0.4, "val/loss")
    assert best_briefly(run) == "0.4 @ step 2000"
    assert "step 2000, 0.4" in runs_table([run])


def test_a_mark_on_the_sparkline_is_of_its_own_curve() -> None:
    run = with_two_best_steps()
    assert run_row(run)["spark"]["best"] is not None
    accused = Verdict("oscillation", "warn", "it swings.", confidence=0.9, tags=(SeriesKey("run", "val/accuracy"),))
    spark = run_row(dataclasses.replace(run, verdicts=(*run.verdicts, accused)))["spark"]
    assert spark["tag"] == "val/accuracy"
    assert spark["best"] is None


def test_without_curves_or_steps_there_is_neither() -> None:
    run = make_run("run")
    nothing = dataclasses.replace(run, curves=(), display=(), verdicts=())
    assert lead_curve(nothing) is None
    assert kept(nothing) is None
    assert kept(dataclasses.replace(run, verdicts=())) is None


def test_a_curve_that_is_drawn_stands_before_one_that_is_not() -> None:
    run = dataclasses.replace(make_run("run"), verdicts=())
    train_only = tuple(curve for curve in run.display if curve.tag == "train/loss")
    lead = lead_curve(dataclasses.replace(run, display=train_only))
    assert lead is not None
    assert lead.tag == "train/loss"


def test_every_face_says_how_far_a_healthy_run_was_judged() -> None:
    run = make_run("run", validation=False)
    key = SeriesKey("run", "train/loss")
    passed = tuple(Verdict(name, "pass", "fine.", tags=(key,)) for name in ("non-finite", "plateau"))
    run = dataclasses.replace(run, verdicts=passed)
    report = Report("0", {}, (run,))
    assert limits(run) == ("no validation curve",)
    assert run_row(run)["why"] == "no validation curve"
    for face in (runs_table((run,)), markdown.render(report), text.render(report, Look())):
        assert "no validation curve" in face


def test_a_validation_curve_that_is_a_guess_is_not_called_absent_and_the_way_out_is_told() -> None:
    run = make_run("run")
    guessed = tuple(dataclasses.replace(c, role_confidence=0.7 if c.phase == "validation" else 1.0) for c in run.curves)
    key = SeriesKey("run", "train/loss")
    passed = tuple(Verdict(name, "pass", "fine.", tags=(key,)) for name in ("non-finite", "plateau"))
    run = dataclasses.replace(run, curves=guessed, verdicts=passed)
    assert limits(run) == ("validation curves only guessed",)
    told = text.render(Report("0", {}, (run,)), Look(where="my runs/it's"))
    assert shlex.split(told.partition("loglens runs ")[2].splitlines()[0]) == ["my runs/it's"]


def test_a_tag_of_two_folders_is_called_by_both_as_in_the_sentences() -> None:
    """Keras has epoch_loss in train/ and in validation/."""
    train, validation, *_ = make_run("run").curves
    curves = tuple(
        dataclasses.replace(c, dir=f"run/{c.phase}", tag="epoch_loss", pair=None) for c in (train, validation)
    )
    verdict = Verdict(
        "stopping",
        "pass",
        "best there.",
        tags=(SeriesKey("run/validation", "epoch_loss"),),
        details={"best_step": 200, "best_value": 0.4},
    )
    run = dataclasses.replace(make_run("run"), curves=curves, verdicts=(verdict,), display=())
    assert best_in_words(run, verdict).startswith("validation/epoch_loss 0.4 at step 200")
    assert run_row(run)["best_tag"] == "validation/epoch_loss"
    assert run.label(("elsewhere", "loss")) == "loss"
    assert run.labels() == {(curve.dir, curve.tag): run.label((curve.dir, curve.tag)) for curve in run.curves}


def test_what_has_no_direction_stands_behind_what_has_one() -> None:
    """A reward tells how a training by rewards goes; the loss of its policy does not, and neither does a GAN's."""
    run = dataclasses.replace(make_run("run"), verdicts=())
    first, second = run.curves[:2]
    kinds: tuple[tuple[Quantity, Quantity], ...] = (("rl-loss", "reward"), ("gan-loss", "metric"))
    for aimless, telling in kinds:
        curves = (
            dataclasses.replace(first, quantity=aimless, direction="none", phase="train"),
            dataclasses.replace(second, quantity=telling, direction="max", phase="none"),
        )
        for order in itertools.permutations(curves):
            lead = lead_curve(dataclasses.replace(run, curves=tuple(order)))
            assert lead is not None
            assert lead.quantity == telling
