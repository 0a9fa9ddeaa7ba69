"""One run in full: its state, its findings, the checkpoint to keep, what passed, what was not judged and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from loglens.health import findings, health_of, why_not_judged
from loglens.report import RunReport
from loglens.verdict import Verdict
from loglens.views.text import words
from loglens.views.text.best import best_in_words, best_verdict
from loglens.views.text.finding import curve_of, curve_words, finding
from loglens.views.text.layout import Words, blank, indented, line, rows
from loglens.views.text.look import STYLES, Look, literal, shorten
from loglens.views.text.losses import lost_words
from loglens.views.text.sparkline import judged_curve, sparkline

SPARK_CELLS = 40


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
    told = list(findings(run))
    if look.verbose:
        told += [verdict for verdict in run.verdicts if not verdict.is_finding]
    for index, verdict in enumerate(told):
        yield blank()
        yield finding(verdict, run, look, {other.advice for other in told[:index]})
    coverage = _coverage(run)
    if coverage:
        yield blank()
        yield rows(coverage, look)


def run_name(run: RunReport, look: Look) -> str:
    """The run's name; "." (LOGDIR itself) as the user typed it."""
    return literal(look.where if run.name == "." else run.name)


def _state(run: RunReport) -> str:
    health = health_of(run)
    if health in ("fail", "warn"):
        return f"{health}: {words.plural(len(findings(run)), 'finding')}"
    if health == "not-judged":
        return f"not judged: {literal(str(why_not_judged(run)))}"
    undecided = len({v.detector for v in run.verdicts if v.status in ("undetermined", "error")})
    return "healthy" + (f", as far as judged ({words.plural(undecided, 'check')} undecided)" if undecided else "")


def _facts(run: RunReport, look: Look) -> list[tuple[str, Words]]:
    facts: list[tuple[str, Words]] = []
    key = judged_curve(run)
    drawn = sparkline(run, key, min(SPARK_CELLS, max(look.width - 16, 8)), look)
    curve = next((c for c in run.curves if (c.dir, c.tag) == key), None)
    if drawn:
        facts.append(("course", Text(drawn)))
    if curve is not None:
        facts.append(("" if drawn else "course", curve_words(curve)))
    best = best_verdict(run)
    if best is not None:
        facts.append(("best", best_in_words(best)))
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


def _coverage(run: RunReport) -> list[tuple[str, Words]]:
    labelled: list[tuple[str, Words]] = []
    passed = [verdict for verdict in run.verdicts if verdict.status == "pass"]
    if passed:
        labelled.append(("passed", _named(passed)))
    for status, label in (("undetermined", "undecided"), ("error", "failed")):
        for index, verdict in enumerate(_distinct(v for v in run.verdicts if v.status == status)):
            labelled.append((label if index == 0 else "", _reason(verdict, run)))
    unjudged = [v for v in run.verdicts if v.status == "not-applicable"]
    if unjudged:
        labelled += _not_applicable(unjudged)
    lost = lost_words(run.lost)
    if lost:
        labelled.append(("lost", lost))
    labelled += [("note" if i == 0 else "", literal(note)) for i, note in enumerate(run.notes)]
    return labelled


def _named(verdicts: list[Verdict]) -> str:
    """Detectors by name, with what state they found (improving, converged) and on how many curves."""
    by_name: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_name.setdefault(verdict.detector, []).append(verdict)
    told = []
    for name, group in by_name.items():
        notes = sorted(
            {str(v.details[k]) for v in group for k in ("state", "kind") if isinstance(v.details.get(k), str)}
        )
        if len(group) > 1:
            notes.insert(0, words.plural(len(group), "curve"))
        told.append(literal(name) + (f" ({', '.join(map(literal, notes))})" if notes else ""))
    return ", ".join(told)


def _distinct(verdicts: Iterable[Verdict]) -> list[Verdict]:
    seen: dict[tuple[str, str], Verdict] = {}
    for verdict in verdicts:
        seen.setdefault((verdict.detector, verdict.summary), verdict)
    return list(seen.values())


def _reason(verdict: Verdict, run: RunReport) -> str:
    curve = curve_of(run, verdict)
    on = f" on {literal(curve.tag)}" if curve is not None and curve.tag not in verdict.summary else ""
    missing = f" Would decide: {literal('; '.join(verdict.missing))}." if verdict.missing else ""
    return f"{literal(verdict.detector)}{on}: {literal(verdict.summary)}{missing}"


def _not_applicable(verdicts: list[Verdict]) -> list[tuple[str, Words]]:
    """Detectors that give one reason share a line."""
    by_reason: dict[str, list[str]] = {}
    for verdict in verdicts:
        names = by_reason.setdefault(verdict.summary, [])
        if verdict.detector not in names:
            names.append(verdict.detector)
    lines = [f"{', '.join(map(literal, names))}: {literal(reason)}" for reason, names in by_reason.items()]
    return [("no use" if i == 0 else "", told) for i, told in enumerate(lines)]
