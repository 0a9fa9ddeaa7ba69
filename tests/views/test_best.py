"""The best step in words: from where on training was wasted is told only where training went on."""

from __future__ import annotations

from dataclasses import replace

from loglens.lead import kept
from loglens.views.text.best import best_head, best_in_words
from tests.views.synthetic import one


def test_a_stop_at_the_last_step_is_none() -> None:
    run = one().runs[0]
    verdict = kept(run)
    assert verdict is not None
    judged = next(c for c in run.curves if (c.dir, c.tag) == tuple(verdict.tags[0]))
    at_end = replace(verdict, details={**verdict.details, "stop_step": judged.last_step, "epochs_saved": 0.0})
    assert "was not worth its cost" in best_in_words(run, verdict)
    assert "was not worth its cost" not in best_in_words(run, at_end)


def test_the_head_of_the_column_names_what_is_in_it() -> None:
    run = one().runs[0]
    verdict = kept(run)
    assert verdict is not None
    accuracy = replace(
        run, curves=tuple(replace(c, quantity="accuracy") for c in run.curves if (c.dir, c.tag) == verdict.tags[0])
    )
    assert best_head([run]) == "best loss"
    assert best_head([accuracy]) == "best accuracy"
    assert best_head([run, accuracy]) == "best"
