"""One run in full: its state, its findings, the checkpoint to keep, what passed, what was not judged and why."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from loglens.digits import plural
from loglens.health import findings, health_of, limits, some, why_not_judged
from loglens.lead import kept, lead_curve
from loglens.report import RunReport
from loglens.verdict import Verdict
from loglens.views.text import words
from loglens.views.text.best import best_in_words
from loglens.views.text.finding import curve_words, finding
from loglens.views.text.layout import Words, blank, indented, line, rows
from loglens.views.text.look import STYLES, Look, literal, shorten
from loglens.views.text.run_coverage import run_coverage
from loglens.views.text.sparkline import sparkline

SPARK_CELLS = 40
IN_FULL = 3
"""Findings of one detector told in full; a run may have hundreds of curves with one and the same fault."""

MORE_TAGS = 8


def run_in_full(run: RunReport, look: Look) -> Iterator[RenderableType]:
    """The run's block: headline, curve, findings, then coverage."""
    health = health_of(run)
    name = shorten(run_name(run, look), max(look.width, 20), look)
    state = f"{look.mark(health)} {_state(run)}"
    if cell_len(name) + cell_len(state) + 2 <= look.width:
        yield line((name, "bold"), "  ", (state, STYLES[health]))
    else:
        yield line((name, "bold"))
        yield indented(line((state, STYLES[health])))
    yield rows(_facts(run, look), look)
    told, beyond = _told_in_full(run, look)
    for index, verdict in enumerate(told):
        yield blank()
        yield finding(verdict, run, look, {other.advice for other in told[:index]})
    if beyond:
        yield blank()
        yield rows(beyond, look)
    coverage = run_coverage(run, look)
    if coverage:
        yield blank()
        yield rows(coverage, look)


def _told_in_full(run: RunReport, look: Look) -> tuple[list[Verdict], list[tuple[str, Words]]]:
    """The verdicts to tell in full, and a line for each detector that found more than that many."""
    if look.verbose:
        return [*findings(run), *(verdict for verdict in run.verdicts if not verdict.is_finding)], []
    told: list[Verdict] = []
    beyond: dict[str, list[Verdict]] = {}
    for verdict in findings(run):
        if sum(other.detector == verdict.detector for other in told) < IN_FULL:
            told.append(verdict)
        else:
            beyond.setdefault(verdict.detector, []).append(verdict)
    lines: list[tuple[str, Words]] = []
    for name, group in beyond.items():
        tags = [literal(run.label(verdict.tags[0])) for verdict in group if verdict.tags]
        more = f"{literal(name)} on {plural(len(group), 'more curve')}: {some(tags, MORE_TAGS)} (--verbose)"
        lines.append((group[0].status, more))
    return told, lines


def run_name(run: RunReport, look: Look) -> str:
    """The run's name; "." (LOGDIR itself) as the user typed it."""
    return literal(look.where if run.name == "." else run.name)


def _state(run: RunReport) -> str:
    health = health_of(run)
    if health in ("fail", "warn"):
        return f"{health}: {plural(len(findings(run)), 'finding')}"
    if health == "not-judged":
        return f"not judged: {literal(str(why_not_judged(run)))}"
    return "healthy" + (f", as far as judged ({', '.join(told)})" if (told := limits(run)) else "")


def _facts(run: RunReport, look: Look) -> list[tuple[str, Words]]:
    facts: list[tuple[str, Words]] = []
    curve = lead_curve(run)
    drawn = sparkline(run, curve, min(SPARK_CELLS, max(look.width - 16, 8)), look)
    if drawn:
        facts.append(("course", Text(drawn)))
    if curve is not None:
        facts.append(("" if drawn else "course", curve_words(run, curve)))
    best = kept(run)
    if best is not None:
        facts.append(("best", best_in_words(run, best)))
    known = []
    if run.steps_per_epoch is not None:
        known.append(f"{words.number(float(run.steps_per_epoch))} steps an epoch")
    if run.batch_size is not None:
        known.append(f"batch size {run.batch_size}")
    if run.framework:
        known.append(f"written by {literal(run.framework)}")
    if known:
        facts.append(("setting", ", ".join(known)))
    return facts
