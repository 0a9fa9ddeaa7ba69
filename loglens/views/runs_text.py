"""Runs as they were understood, for people: each decision with its reason, runs with the same tags told once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from loglens.digits import plural
from loglens.health import some
from loglens.inventory import Decided, Described, Part
from loglens.runs.curve import NEVER_JUDGED, Run
from loglens.runs.overrides import format_override
from loglens.views.text import words
from loglens.views.text.layout import Words, blank, heading, indented, line, printed, rows
from loglens.views.text.look import Look, literal, shorten

TAGS = 25
"""Tags listed a run unless --all; what is doubtful comes first, so that nothing to decide is left out lightly."""

RUNS = 10
"""Sorts of runs listed unless --all."""

PASTED = 3
"""Overrides printed ready to paste unless --all."""

REASON_BESIDE_FROM = 110
"""Columns from which the reason stands beside the decision, else below it."""

NUMBER = re.compile(r"\d+")
ALIKE = 3
"""Tags of a run that were taken for the same by the same reason are told together from this number on."""

WORTH_SHOWING = ("learning-rate", "gradient-norm", "regularizer", "rl-loss", "gan-loss", "entropy", "kl")


def render(parts: Sequence[Part], groups: Mapping[str, str], look: Look) -> str:
    """All runs; a run is told in full once for each set of decisions, the others that share it by name."""
    return printed(_parts(parts, groups, look), look)


def _parts(parts: Sequence[Part], groups: Mapping[str, str], look: Look) -> Iterator[RenderableType]:
    runs = [run for part in parts for run in part.runs]
    alike: dict[object, list[Described]] = {}
    for run in runs:
        alike.setdefault(_decisions(run), []).append(run)
    doubtful = sum(any(_doubtful(curve) for curve in run.curves) for run in runs)
    told = f"; {plural(doubtful, 'run')} with tags whose role is not sure" if doubtful else ""
    yield line((f"{plural(len(runs), 'run')}{told}", "bold"))
    sorts = sorted(alike.values(), key=lambda same: (-sum(map(_doubtful, same[0].curves)), same[0].run.name))
    shown = sorts if look.everything else sorts[:RUNS]
    for same in shown:
        yield blank()
        yield from _run(same, groups, look)
    if len(shown) < len(sorts):
        left = sum(len(same) for same in sorts[len(shown) :])
        yield blank()
        yield line((f"{look.ellipsis} and {plural(left, 'more run')}; --all lists them", "dim"))
    for item in (item for part in parts for item in part.unreadable):
        yield rows([("unread", f"{literal(item.path)}: {literal(item.reason)}")], look, by=0)
    yield blank()
    yield from _to_paste(sorts, look)


def _decisions(described: Described) -> object:
    """What makes two runs alike: the same tags, taken for the same, in the same folders below the run."""
    name = described.run.name
    curves = [decided.curve for decided in described.curves]
    return tuple(
        (curve.key.dir.removeprefix(name), curve.key.tag, curve.role, curve.x_unit, curve.pair and curve.pair.tag)
        for curve in curves
    )


def _run(same: Sequence[Described], groups: Mapping[str, str], look: Look) -> Iterator[RenderableType]:
    run = same[0].run
    others = [literal(other.run.name) for other in same[1:]]
    more = f" and {plural(len(others), 'run')} with the same tags ({some(others)})" if others else ""
    yield line((literal(look.where if run.name == "." else run.name), "bold"), more)
    facts: list[tuple[str, Words]] = []
    counts = Counter(groups[one.run.name] for one in same if groups[one.run.name] != one.run.name)
    if counts:
        told = [f"{literal(name)} ({plural(count, 'run')})" for name, count in counts.items()]
        facts.append(("seeds of", some(told)))
    folders = [folder for folder in run.directories if folder != run.name]
    if folders:
        facts.append(("folders", literal(", ".join(folders))))
    if run.framework:
        facts.append(("framework", literal(run.framework)))
    known = []
    if run.steps_per_epoch is not None:
        known.append(f"{words.number(run.steps_per_epoch)} steps an epoch")
    if run.batch_size is not None:
        known.append(f"batch size {run.batch_size}")
    if run.training_samples is not None:
        known.append(plural(run.training_samples, "training sample"))
    if known:
        facts.append(("epochs", ", ".join(known)))
    for restart in run.restarts:
        gone = f"from step {restart.step} on, {plural(restart.removed_points, 'older point')} gave way"
        facts.append(("restart", f"{gone} ({literal(restart.rule)})"))
    facts += [("note" if i == 0 else "", literal(note)) for i, note in enumerate(run.notes)]
    if facts:
        yield rows(facts, look)
    yield indented(_table(same[0], look))
    left = sum(len(group) for group in _told_together(same[0])[TAGS:])
    if left and not look.everything:
        yield indented(line((f"{look.ellipsis} and {plural(left, 'more tag')}; --all lists them", "dim")))


def _told_together(described: Described) -> list[list[Decided]]:
    """The run's curves, most important first, those with one decision for one reason (but for numbers) in a group."""
    groups: dict[object, list[Decided]] = {}
    for one in sorted(described.curves, key=_importance):
        same = (_decision(one), one.curve.role.confidence, NUMBER.sub("0", _reason(one, described.run)))
        groups.setdefault(same, []).append(one)
    told: list[list[Decided]] = []
    for group in groups.values():
        told += [group] if len(group) >= ALIKE else [[one] for one in group]
    return told


def _doubtful(decided: Decided) -> bool:
    return not decided.curve.trusted and decided.curve.role.quantity not in NEVER_JUDGED


def _table(described: Described, look: Look) -> Table:
    groups = _told_together(described)
    shown = groups if look.everything else groups[:TAGS]
    beside = look.width >= REASON_BESIDE_FROM
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    tag_width = max((cell_len(literal(group[0].curve.key.tag)) for group in shown), default=0)
    tag_width = min(tag_width, max(look.width // 3, 12))
    table.add_column(width=tag_width, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, justify="right")
    if beside:
        table.add_column(overflow="fold", ratio=1)
    for group in shown:
        first, *others = group
        style = "magenta" if _doubtful(first) else ""
        tag = Text(shorten(literal(first.curve.key.tag), tag_width, look))
        sure = Text(words.percent(first.curve.role.confidence), style=style)
        decision = Text(_decision(first), style=style)
        names = [literal(other.curve.key.tag) for other in others]
        more = f"; the same: {', '.join(names) if look.everything else some(names, 5)}" if names else ""
        reason = Text(_reason(first, described.run) + more, style="dim", overflow="fold")
        if beside:
            table.add_row(tag, decision, sure, reason)
        else:
            table.add_row(tag, decision, sure)
            table.add_row(Text(""), reason, Text(""))
    return table


def _printable_toml(table: str) -> str:
    """What a terminal would act on, as TOML's own escapes: the table still says the same when it is pasted."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\U{ord(c):08x}" for c in table)


def _importance(decided: Decided) -> tuple[int, str, str]:
    """Doubtful first, then what is judged, then what is drawn, then timers and counters."""
    curve = decided.curve
    if _doubtful(decided):
        rank = 0
    elif curve.role.direction != "none":
        rank = 1
    else:
        rank = 2 if curve.role.quantity in WORTH_SHOWING else 3
    return rank, curve.key.dir, curve.key.tag


def _decision(decided: Decided) -> str:
    """`validation loss, lower is better, by epoch, 50 points`."""
    curve, role = decided.curve, decided.curve.role
    told = (
        role.quantity.replace("-", " ") if role.phase == "none" else f"{role.phase} {role.quantity.replace('-', ' ')}"
    )
    if role.name and role.name.lower() != role.quantity:
        told += f" {literal(role.name)}"
    better = {"min": ", lower is better", "max": ", higher is better", "none": ""}[role.direction]
    axis = "" if curve.x_unit in ("step", "unknown") else f", by {curve.x_unit}"
    unsure = " (a guess, so not judged)" if _doubtful(decided) else ""
    return f"{told}{better}{axis}, {plural(decided.points, 'point')}{unsure}"


def _reason(decided: Decided, run: Run) -> str:
    curve = decided.curve
    told = literal(curve.role.reason)
    if curve.same_as is not None:
        return f"{told}; the very values of {literal(curve.same_as.tag)}, which is judged instead"
    if curve.pair is not None:
        where = "" if curve.pair.dir == curve.key.dir else f" in {literal(curve.pair.dir.removeprefix(run.name + '/'))}"
        told += f"; paired with {literal(curve.pair.tag)}{where}"
    return told


def _to_paste(sorts: Sequence[Sequence[Described]], look: Look) -> Iterator[RenderableType]:
    """Overrides ready to paste: for what is doubtful, else one as an example."""
    doubtful = [(same, one) for same in sorts for one in same[0].curves if _doubtful(one)]
    certain = [(same, one) for same in sorts for one in sorted(same[0].curves, key=_importance)]
    chosen = doubtful or certain[:1]
    if not chosen:
        return
    shown = chosen if look.everything else chosen[:PASTED]
    yield heading("To settle what is not sure" if doubtful else "To overrule a decision")
    yield line("Paste into loglens.toml and correct what is wrong; the first [[role]] that matches wins:")
    for same, one in shown:
        yield blank()
        table = format_override(same[0].run.name, one.curve, every_run=len(same) > 1)
        yield Text(_printable_toml(table), no_wrap=True, overflow="ignore")
    if len(shown) < len(chosen):
        left = plural(len(chosen) - len(shown), "more tag")
        yield blank()
        yield line((f"{look.ellipsis} and {left}; --all, or --format json, prints them", "dim"))
        yield line(('Without its pair, one [[role]] may name many tags by a glob: tag = "val/loss_*"', "dim"))
