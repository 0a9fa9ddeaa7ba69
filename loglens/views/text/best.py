"""The checkpoint to keep: where a verdict's details name a best step, in a few words or a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from loglens.digits import counted_epochs
from loglens.lead import kept
from loglens.report import RunReport
from loglens.verdict import Verdict
from loglens.views.text import words
from loglens.views.text.finding import curve_of
from loglens.views.text.look import literal


def best_value(run: RunReport) -> float | None:
    """The value at the best step."""
    verdict = kept(run)
    return None if verdict is None else _value(verdict)


def best_direction(run: RunReport) -> str:
    """Which way is better for the best value: that of its curve."""
    verdict = kept(run)
    curve = None if verdict is None else curve_of(run, verdict)
    return "none" if curve is None else curve.direction


def best_briefly(run: RunReport) -> str:
    """`0.412 @ ep 12`, or "" where no best step is known."""
    verdict = kept(run)
    if verdict is None:
        return ""
    where = (
        f"step {verdict.details['best_step']}"
        if verdict.start_epoch is None
        else f"ep {words.epoch(verdict.start_epoch)}"
    )
    value = _value(verdict)
    return where if value is None else f"{words.number(value)} @ {where}"


def best_head(runs: Sequence[RunReport]) -> str:
    """What the best values of these runs are, to stand above them: `best loss`, or `best` where they are several."""
    curves = [curve_of(run, verdict) for run in runs if (verdict := kept(run)) is not None]
    quantities = {curve.quantity for curve in curves if curve is not None}
    return f"best {quantities.pop()}".replace("-", " ") if len(quantities) == 1 else "best"


def best_in_words(run: RunReport, verdict: Verdict) -> str:
    """Best step with its value, the steps that cannot be told from it, and when stopping would have been right."""
    details = verdict.details
    tag = literal(run.label(verdict.tags[0])) if verdict.tags else "the judged curve"
    value = details.get("best_value")
    told = f"{tag} {words.number(value)} at " if value is not None else f"{tag} at "
    told += words.at_step(details["best_step"], verdict.start_epoch)
    first, last = details.get("set_first_step"), details.get("set_last_step")
    if first is not None and last is not None and first != last:
        told += f"; steps {literal(str(first))} to {literal(str(last))} cannot be told from it"
    stop = details.get("stop_step")
    saved = details.get("epochs_saved")
    curve = curve_of(run, verdict)
    if stop is not None and (curve is None or curve.last_step != stop):
        told += f"; training after step {literal(str(stop))} was not worth its cost"
        if isinstance(saved, int | float) and saved > 0:
            told += f" ({counted_epochs(saved)} saved)"
    return told


def _value(verdict: Verdict) -> float | None:
    value = verdict.details.get("best_value")
    return float(value) if isinstance(value, int | float) else None
