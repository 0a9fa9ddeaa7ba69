"""The words that the views of a comparison share."""

from __future__ import annotations

from loglens.gate.comparison import Comparison, Reading
from loglens.gate.wording import percent


def verdict(comparison: Comparison) -> str:
    """The whole comparison in one sentence."""
    answers = {reading.better for reading in comparison.readings}
    sure = [reading for reading in comparison.readings if reading.better in ("a", "b")]
    if not sure and "no-difference-seen" not in answers:
        return f"Undetermined: {comparison.readings[0].reason}."
    if not sure:
        return "No difference seen, which is not the same as none: see what so many seeds can see."
    sides = {"a": comparison.a, "b": comparison.b}
    if len({reading.better for reading in sure}) == 1:
        return f"{sides[sure[0].better]} is surely better in {len(sure)} of {len(comparison.readings)} readings."
    return "They differ surely, each better in something."


def what(reading: Reading) -> str:
    """The statistic and the curve: "best val/loss"."""
    where = reading.tag if reading.dir == "." else f"{reading.dir}/{reading.tag}"
    named = "course of" if reading.statistic == "curve" else reading.statistic
    return f"{named} {where}" + (f" ({reading.group})" if reading.group else "")


def difference(reading: Reading) -> str:
    """The difference with its interval."""
    if reading.difference is None:
        return "-"
    told = f"{reading.difference:+.4g}"
    if reading.low is not None and reading.high is not None:
        told += f" [{reading.low:.4g}, {reading.high:.4g}]"
    return told


def apart(reading: Reading) -> str:
    """Where the curves part, for a course that does."""
    return "" if reading.parts_at_step is None else f"the curves part from step {reading.parts_at_step} on"


def power(comparison: Comparison) -> str:
    """What so many seeds can see."""
    for reading in comparison.readings:
        if reading.power is not None:
            seeds = min(len(reading.a), len(reading.b))
            told = reading.power
            sentence = (
                f"With {seeds} seeds a side a difference of {told.effect_sd:g} sd ({told.effect:.3g} in {reading.tag}) "
                f"is seen {percent(told.power)} of the time"
            )
            if told.enough_seeds > seeds:
                sentence += f"; {told.enough_seeds} would see it {percent(told.enough_power)}"
            return sentence + "."
    return ""
