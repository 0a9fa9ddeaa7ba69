"""The usual stopping rules over many runs: what each would have cost and saved, and which waiting time was best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np

from loglens import __version__
from loglens.events.series import Floats
from loglens.lead import kept
from loglens.report import Report, RunReport
from loglens.statistics.resampling import bootstrap_means
from loglens.verdict import Detail, Verdict

SCHEMA: Literal["loglens.stopping/1"] = "loglens.stopping/1"
FEWEST = 5
"""Below so many runs no rule is called the best: resampling three runs only shows those three."""
SURE = 0.9
"""A rule is surely the best when it is in so many of the resampled sets of runs."""
WORTH = 0.005
"""Of the progress: what a rule may cost on the mean; about what the noise of a kept checkpoint costs anyway."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, mean and 90 % quantile over runs."""

    median: float
    mean: float
    p90: float


@dataclass(frozen=True, slots=True)
class RuleReplay:
    """One rule over `runs` runs, of which it would have stopped the share `stopped` before their end.

    `cost_share` is how much worse its checkpoint is expected to be than the best one, as a share of the progress,
    `cost` the same in the curve's own unit (None where the runs were judged by different tags). Epochs and hours
    saved are None where the logs do not tell. `best` is the share of resampled sets of runs in which this rule is
    the best of all, `best_patience` that in which it is the best patience (None for other rules).
    """

    rule: str
    runs: int
    stopped: float
    cost_share: Spread
    cost: Spread | None
    epochs_saved: Spread | None
    hours_saved: Spread | None
    best: float | None = None
    best_patience: float | None = None


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run and the curve by which the rules were replayed."""

    run: str
    dir: str
    tag: str


@dataclass(frozen=True, slots=True)
class Replay:
    """Every rule over all runs. `best` and `best_patience` name rules, None where that cannot be told; `reason` says
    why, or how sure it is. The best saves most among the rules that cost at most `worth` (a share of the progress) on
    the mean; where none does, it is the one that costs least. `without` are runs that had nothing to replay."""

    loglens_version: str
    worth: float
    runs: tuple[JudgedRun, ...]
    rules: tuple[RuleReplay, ...]
    best: str | None
    best_patience: str | None
    reason: str
    without: tuple[str, ...] = ()
    schema: Literal["loglens.stopping/1"] = SCHEMA


Row = Mapping[str, Detail]


def replay(report: Report, tags: Sequence[str] = (), worth: float = WORTH) -> Replay:
    """The replays of the detector stopping, put together over the runs of a report: no log is opened again.

    A run counts with one curve: the first that matches one of `tags` (globs), without them the one whose checkpoint
    every other face names.
    """
    found: list[tuple[JudgedRun, Mapping[str, Row]]] = []
    without = []
    for run in report.runs:
        verdict = _verdict_of(run, tags)
        if verdict is None:
            without.append(run.name)
        else:
            found.append((JudgedRun(run.name, *verdict.tags[0]), dict(_rows(verdict))))
    names = list(dict.fromkeys(name for _, rows in found for name in rows))
    one_tag = len({judged.tag for judged, _ in found}) == 1
    shares = {kind: _shares(found, names, worth, kind) for kind in ("", "patience ")}
    rules = tuple(
        _rule(name, [rows[name] for _, rows in found if name in rows], one_tag, *(s.get(name) for s in shares.values()))
        for name in names
    )
    best, best_patience = (_surest(s, len(found)) for s in shares.values())
    return Replay(
        __version__,
        worth,
        tuple(judged for judged, _ in found),
        rules,
        best,
        best_patience,
        _reason(shares["patience "], best_patience, len(found)),
        tuple(without),
    )


def _verdict_of(run: RunReport, tags: Sequence[str]) -> Verdict | None:
    if not tags:
        verdict = kept(run)
        return verdict if verdict is not None and verdict.details.get("replay") else None
    named = (v for v in run.verdicts if v.tags and any(fnmatchcase(v.tags[0].tag, tag) for tag in tags))
    return next((v for v in named if v.detector == "stopping" and v.details.get("replay")), None)


def _rows(verdict: Verdict) -> Iterator[tuple[str, Row]]:
    rows = verdict.details["replay"]
    assert isinstance(rows, Mapping)
    for name, row in rows.items():
        if isinstance(row, Mapping):
            yield name, row


def _rule(name: str, rows: Sequence[Row], one_tag: bool, best: float | None, best_patience: float | None) -> RuleReplay:
    hours = _column(rows, "seconds_saved")
    epochs = _column(rows, "epochs_saved")
    cost_share = _spread(_column(rows, "cost_share"))
    assert cost_share is not None
    saved = epochs if epochs is not None else hours
    return RuleReplay(
        name,
        len(rows),
        0.0 if saved is None else float(np.mean(saved > 0)),
        cost_share,
        _spread(_column(rows, "cost")) if one_tag else None,
        _spread(epochs),
        _spread(None if hours is None else hours / 3600.0),
        best,
        best_patience,
    )


def _column(rows: Sequence[Row], key: str) -> Floats | None:
    """The numbers of one key; None where a row has none."""
    values = [row.get(key) for row in rows]
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    return np.array(numbers) if len(numbers) == len(values) and numbers else None


def _spread(values: Floats | None) -> Spread | None:
    if values is None:
        return None
    median, high = (float(q) for q in np.quantile(values, (0.5, 0.9)))
    return Spread(median, float(values.mean()), high)


def _shares(
    found: Sequence[tuple[JudgedRun, Mapping[str, Row]]], names: Sequence[str], worth: float, kind: str
) -> dict[str, float]:
    """In how many resampled sets of runs each rule is the best of its kind; empty below two runs.

    Only rules that every run has can be compared; equals share a draw, so that rules which never stopped a run do
    not win by their place in the list.
    """
    shared = [name for name in names if name.startswith(kind) and all(name in rows for _, rows in found)]
    if len(found) < 2 or not shared:
        return {}
    columns = [[rows[name] for _, rows in found] for name in shared]
    costs = np.stack([_numbers(column, "cost_share") for column in columns], axis=1)
    known = all(_column(column, "epochs_saved") is not None for column in columns)
    saved = np.stack([_numbers(column, "epochs_saved" if known else "seconds_saved") for column in columns], axis=1)
    means = bootstrap_means(np.concatenate((costs, saved), axis=1))
    cost, gain = means[:, : len(shared)], means[:, len(shared) :]
    score = np.where(cost <= worth, gain, -np.inf)
    score = np.where(np.isfinite(score.max(axis=1, keepdims=True)), score, -cost)
    wins = score >= score.max(axis=1, keepdims=True) - 1e-12
    return dict(zip(shared, (wins / wins.sum(axis=1, keepdims=True)).mean(axis=0).tolist(), strict=True))


def _numbers(rows: Sequence[Row], key: str) -> Floats:
    column = _column(rows, key)
    return np.zeros(len(rows)) if column is None else column


def _surest(shares: Mapping[str, float], runs: int) -> str | None:
    """The rule that is best in most draws; None with too few runs, or when two share the first place."""
    if runs < FEWEST or not shares:
        return None
    first, *others = sorted(shares, key=lambda name: -shares[name])
    return None if others and shares[others[0]] == shares[first] else first


def _reason(shares: Mapping[str, float], best: str | None, runs: int) -> str:
    if runs == 0:
        return "No run has a validation curve with evaluations enough to replay a rule on."
    if runs < FEWEST:
        return f"{runs} run{'' if runs == 1 else 's'} cannot tell which rule is best; {FEWEST} or more can."
    if best is None:
        return "Several rules come out the same: none of them would have changed anything."
    if shares[best] >= SURE:
        return f"Resampled, {best} is the best patience in {100 * shares[best]:.0f} % of all sets of runs like these."
    rivals = [name for name in sorted(shares, key=lambda name: -shares[name]) if shares[name] >= 0.1]
    return (
        f"Not sure: resampled, {' or '.join(f'{name} ({100 * shares[name]:.0f} %)' for name in rivals)} is best. "
        "More runs would tell."
    )
