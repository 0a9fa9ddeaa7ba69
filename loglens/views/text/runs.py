"""Many runs: one line a run, worst first, and the findings of all of them put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from loglens.digits import plural
from loglens.health import (
    WORST_FIRST,
    Health,
    findings,
    health_of,
    in_number_order,
    limits,
    severity,
    some,
    undecided_checks,
    why_not_judged,
)
from loglens.lead import lead_curve
from loglens.report import RunReport
from loglens.verdict import Verdict
from loglens.views.text import words
from loglens.views.text.best import best_briefly, best_direction, best_head, best_value
from loglens.views.text.layout import Words, blank, cut_text, heading, indented, line, rows
from loglens.views.text.look import STYLES, Look, literal, shorten
from loglens.views.text.run import run_name
from loglens.views.text.sparkline import sparkline

LINES = 20
"""Runs listed unless --all: what fits on one screen with the summary above and the findings below."""

GROUPS = 5
"""Groups of seeds listed unless --all."""

GAP = 2
"""Cells between two columns."""

SPARK_CELLS = 16
NARROW_SPARK_CELLS = 12
REMARK_CELLS = 27
"""Room for four digits at a step of 300 billion tokens; a longer step must not take the verdicts' room, and is cut."""

NAME_CELLS = 40
"""A run's name inside a sentence."""

WIDE_ENOUGH_FOR_REMARK = 76
WIDE_ENOUGH_FOR_SPARK = 56
WIDE_ENOUGH_FOR_LONG_SPARK = 100


def in_order(runs: Sequence[RunReport], look: Look) -> list[RunReport]:
    """The runs as asked: worst first, by name, or by their best value (runs without one last)."""
    if look.sort == "name":
        return sorted(runs, key=lambda run: in_number_order(run.name))
    if look.sort == "best":
        return sorted(runs, key=_best_key)
    return sorted(runs, key=severity)


def _best_key(run: RunReport) -> tuple[bool, float, tuple[str | int, ...]]:
    value, name = best_value(run), in_number_order(run.name)
    if value is None:
        return True, 0.0, name
    return False, -value if best_direction(run) == "max" else value, name


def counted(runs: Sequence[RunReport], look: Look) -> Text:
    """`12 runs:  x 2 fail  ! 3 warn  ? 1 not judged  + 6 healthy`, which explains the marks of the table."""
    pieces: list[str | tuple[str, str]] = [f"{plural(len(runs), 'run')}:"]
    for health, count in counts_of(runs).items():
        pieces += ["  ", (f"{look.mark(health)} {count:,} {_spoken(health)}", STYLES[health])]
    partly = sum(health_of(run) == "healthy" and undecided_checks(run) > 0 for run in runs)
    if partly:
        pieces.append((f"\n{partly:,} of the healthy could not be judged by every check", "dim"))
    return line(*pieces)


def states(runs: Sequence[RunReport]) -> str:
    """`1 fail, 3 healthy`."""
    return ", ".join(f"{count:,} {_spoken(health)}" for health, count in counts_of(runs).items())


def counts_of(runs: Sequence[RunReport]) -> dict[Health, int]:
    """How many runs there are of each state that occurs, worst first."""
    counts = Counter(health_of(run) for run in runs)
    return {health: counts[health] for health in WORST_FIRST if counts[health]}


def listed(runs: Sequence[RunReport], look: Look) -> Iterator[RenderableType]:
    """The table, and what it leaves out."""
    ordered = in_order(runs, look)
    shown = ordered if look.everything else ordered[:LINES]
    prefix = common_folder([run.name for run in runs])
    if prefix:
        yield line((f"below {literal(prefix)}", "dim"))
    yield run_table(shown, prefix, [best_briefly(run) for run in shown], look, head=best_head(shown))
    rest = ordered[len(shown) :]
    if rest:
        told = f"{look.ellipsis} and {plural(len(rest), 'more run')} ({states(rest)}); --all lists them"
        yield indented(line((told, "dim")))


def common_folder(names: Sequence[str]) -> str:
    """The folders that all names begin with, with the "/" at the end; "" for none."""
    levels = zip(*(name.split("/")[:-1] for name in names), strict=False)  # as deep as the shallowest
    shared = takewhile(lambda parts: len(set(parts)) == 1, levels)
    return "".join(f"{parts[0]}/" for parts in shared)


def run_table(runs: Sequence[RunReport], prefix: str, remarks: Sequence[str], look: Look, *, head: str = "") -> Table:
    """One line a run: mark, name without the prefix, course, findings, and a remark where there is room for it.

    With a `head` of the remarks there is a line above that says what each column is.
    """
    spark_cells = 0
    if look.width >= WIDE_ENOUGH_FOR_SPARK:
        spark_cells = SPARK_CELLS if look.width >= WIDE_ENOUGH_FOR_LONG_SPARK else NARROW_SPARK_CELLS
    remarks_shown = [remark if look.width >= WIDE_ENOUGH_FOR_REMARK else "" for remark in remarks]
    whole_names = [literal(run.name.removeprefix(prefix)) if prefix else run_name(run, look) for run in runs]
    verdicts = [_verdicts(run) for run in runs]
    widths = [min(cell_len(remark), REMARK_CELLS) for remark in remarks_shown]
    remark_width = max((width for width in widths if width < REMARK_CELLS), default=REMARK_CELLS)
    head = head if remark_width else ""
    remark_width = max(remark_width, cell_len(head))
    beside = [cells + GAP for cells in (1, spark_cells, remark_width) if cells]
    room = look.width - sum(beside)
    wanted = max(map(cell_len, (*whole_names, "run")))
    longest_verdict = max(text.cell_len for text in verdicts)
    name_width = min(wanted, max(room * 2 // 5, room - GAP - longest_verdict))
    names = [shorten(name, name_width, look) for name in whole_names]
    verdict_width = min(room - name_width - GAP, longest_verdict)
    table = Table.grid(expand=False)
    # a gap is part of the column before it: whether padding counts behind the last one, versions of rich differ
    for width in (1, name_width, *([spark_cells] if spark_cells else [])):
        table.add_column(width=width + GAP, no_wrap=True)
    table.add_column(width=verdict_width + (GAP if remark_width else 0), no_wrap=True)
    if remark_width:
        table.add_column(width=remark_width, no_wrap=True, justify="right")
    if head:
        courses = ["course"] if spark_cells else []
        table.add_row(*(Text(word, style="dim") for word in ("", "run", *courses, "verdict", head)))
    for run, name, verdict, remark in zip(runs, names, verdicts, remarks_shown, strict=True):
        health = health_of(run)
        cells = [Text(look.mark(health), style=STYLES[health]), Text(name)]
        if spark_cells:
            cells.append(Text(sparkline(run, lead_curve(run), spark_cells, look), style="dim"))
        cells.append(cut_text(verdict, verdict_width))
        if remark_width:
            cells.append(cut_text(Text(remark), remark_width))
        table.add_row(*cells)
    return table


def _verdicts(run: RunReport) -> Text:
    """The run's findings in one line, the worst with its place, else its state."""
    health = health_of(run)
    if health == "not-judged":
        return line((literal(str(why_not_judged(run))), STYLES[health]), one_line=True)
    if health == "healthy":
        return line(("healthy", STYLES[health]), "".join(f", {limit}" for limit in limits(run)), one_line=True)
    pieces: list[str | tuple[str, str]] = []
    seen: set[str] = set()
    for verdict in findings(run):
        if verdict.detector in seen:
            continue
        place = f" {words.since_briefly(verdict)}" if not seen and verdict.start_step is not None else ""
        seen.add(verdict.detector)
        pieces.append(", " if pieces else "")
        pieces += [(literal(verdict.detector), STYLES[verdict.status]), place]
    return line(*pieces, one_line=True)


def findings_together(runs: Sequence[RunReport], look: Look) -> Iterator[RenderableType]:
    """Each kind of finding once: in how many runs, the worst of them in a sentence, what to try."""
    by_kind: dict[str, list[tuple[RunReport, Verdict]]] = {}
    for run in sorted(runs, key=severity):
        for verdict in findings(run):
            known = by_kind.setdefault(verdict.detector, [])
            if not known or known[-1][0] is not run:
                known.append((run, verdict))
    if not by_kind:
        return
    yield heading("Findings")
    ordered = sorted(by_kind.values(), key=lambda group: (all(v.status != "fail" for _, v in group), -len(group)))
    for group in ordered:
        run, verdict = min(group, key=lambda pair: (pair[1].status != "fail", -(pair[1].confidence or 0.0)))
        names = some([shorten(run_name(r, look), NAME_CELLS, look) for r, _ in group])
        sure = "" if verdict.confidence is None else f" ({words.percent(verdict.confidence)} sure)"
        told: list[tuple[str, Words]] = [
            (
                verdict.status,
                line(
                    (literal(verdict.detector), STYLES[verdict.status]),
                    f" in {plural(len(group), 'run')}: {names}",
                ),
            ),
            (
                "worst" if len(group) > 1 else "",
                f"{shorten(run_name(run, look), NAME_CELLS, look)}: {literal(verdict.summary)}{sure}",
            ),
        ]
        if verdict.advice:
            told.append(("try", literal(verdict.advice)))
        yield rows(told, look)
        yield blank()


def seed_groups(runs: Sequence[RunReport], look: Look) -> Iterator[RenderableType]:
    """Groups of seeds, where there are any: how many of each are healthy."""
    groups: dict[str, list[RunReport]] = {}
    for run in runs:
        groups.setdefault(run.group, []).append(run)
    several = {name: members for name, members in groups.items() if len(members) > 1}
    if not several:
        return
    worst = sorted(several.items(), key=lambda item: min(severity(run) for run in item[1]))
    shown = worst if look.everything else worst[:GROUPS]
    yield heading("Seeds")
    for name, members in shown:
        shown_name = literal(name if name != "." else look.where)
        yield indented(line(shown_name, f": {plural(len(members), 'run')}: {states(members)}"))
    if len(shown) < len(worst):
        rest = worst[len(shown) :]
        sane = sum(all(health_of(run) == "healthy" for run in members) for _, members in rest)
        told = f"{look.ellipsis} and {plural(len(rest), 'more group')}, {sane} of them healthy throughout"
        yield indented(line((f"{told}; --all lists them", "dim")))
    yield blank()


def _spoken(health: Health) -> str:
    return health.replace("-", " ")
