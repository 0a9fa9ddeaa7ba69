"""Decisions in words: one sentence, what to do, and what so many seeds can see."""

from __future__ import annotations

from collections.abc import Iterable

from loglens.gate.result import Decision


def sentence(decision: Decision) -> str:
    """One decision in one sentence, numbers first."""
    if decision.statistic == "curve":
        where = f", apart from step {decision.parts_at_step} on" if decision.parts_at_step is not None else ""
        return f"{decision.tag} as a whole curve{where}: {decision.reason}"
    shown = [("never" if v is None else f"{v:.6g}") for v in (decision.current_mean, decision.baseline_mean)]
    seeds = f"{len(decision.current)} against {len(decision.baseline)} seed{'' if len(decision.baseline) == 1 else 's'}"
    of = "" if decision.tag in decision.rule else f" of {decision.tag}"
    return f"{decision.rule}{of}: {shown[0]} against {shown[1]} ({seeds}): {decision.reason}"


def advice(decision: Decision) -> str:
    """What to do about a decision."""
    if decision.answer == "worse":
        return "If the change is meant, accept it with: loglens baseline update LOGDIR"
    if decision.answer == "undetermined" and decision.direction != "none":
        return "Run more seeds, or set rel_tol or abs_tol in the rule."
    if decision.power is None:
        return ""
    return power_sentence(decision)


def power_sentence(decision: Decision) -> str:
    """What so many seeds can see, and how many would see it."""
    power = decision.power
    if power is None:
        return ""
    seeds = min(len(decision.current), len(decision.baseline))
    told = (
        f"With {seeds} seeds a {decision.tag} {power.effect_sd:g} sd ({power.effect:.3g}) worse is seen "
        f"{percent(power.power)} of the time"
    )
    if abs(power.power_of_many - power.power) > 0.005:
        told += f" by this check alone, {percent(power.power_of_many)} among all checks"
    if power.enough_seeds > seeds:
        told += f"; {power.enough_seeds} would see {percent(power.enough_power)}"
    return told + "."


def power_sentences(decisions: Iterable[Decision]) -> list[str]:
    """One sentence for each number of seeds: between the tags of a group it differs in the unit alone."""
    told: dict[tuple[int, int], str] = {}
    for decision in decisions:
        if decision.power is not None:
            told.setdefault((len(decision.baseline), len(decision.current)), power_sentence(decision))
    return list(told.values())


def percent(share: float) -> str:
    """A share in percent, with a decimal only where it says something."""
    return f"{100 * share:.0f} %" if share < 0.99 else f"{100 * min(share, 0.999):.1f} %"
