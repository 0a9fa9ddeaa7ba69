"""The words of a replay that its views share."""

from __future__ import annotations

from collections.abc import Iterator

from loglens.digits import counted_epochs
from loglens.gate.replay import Replay, RuleReplay, Spread

HEAD = ("rule", "stops", "cost: median", "mean", "p90", "epochs", "hours", "best")


def headline(replay: Replay) -> str:
    """Which patience these runs recommend, in one sentence."""
    runs = f"{len(replay.runs)} run{'' if len(replay.runs) == 1 else 's'}"
    if replay.best_patience is None:
        return f"No stopping rule can be recommended from {runs}."
    rule = next(rule for rule in replay.rules if rule.rule == replay.best_patience)
    saved = _saved(rule)
    within = rule.cost_share.mean <= replay.worth
    cost = f"{100 * rule.cost_share.mean:.2g} % of the progress"
    if not within:
        return f"Of {runs}, {rule.rule} lost least: {cost} on the mean, more than the {100 * replay.worth:g} % allowed."
    return f"Over {runs}, {rule.rule} would have been best: it costs {cost} on the mean{saved}."


def rows(replay: Replay) -> Iterator[tuple[str, ...]]:
    """A row a rule, in the order of HEAD."""
    for rule in replay.rules:
        yield (
            rule.rule,
            f"{100 * rule.stopped:.0f} %",
            f"{100 * rule.cost_share.median:.2f} %",
            f"{100 * rule.cost_share.mean:.2f} %",
            f"{100 * rule.cost_share.p90:.2f} %",
            _number(rule.epochs_saved),
            _number(rule.hours_saved),
            "" if rule.best is None else f"{100 * rule.best:.0f} %",
        )


def _saved(rule: RuleReplay) -> str:
    if rule.epochs_saved is not None:
        return f" and saves {counted_epochs(rule.epochs_saved.mean)} a run"
    return f" and saves {rule.hours_saved.mean:.3g} hours a run" if rule.hours_saved is not None else ""


def _number(spread: Spread | None) -> str:
    return "-" if spread is None else f"{spread.mean:.3g}"


NOTE = (
    "stops: share of runs it stops early; epochs and hours: saved a run, on the mean; cost: how much worse the kept "
    "checkpoint is expected to be than the best one, in percent of the progress (p90: of the worst tenth). best: "
    "share of resampled sets of runs in which the rule saves most among those that cost at most"
)
