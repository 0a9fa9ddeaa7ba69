"""Numbers and places in words: steps, epochs, sureness, values."""

from __future__ import annotations

from loglens.digits import digits
from loglens.digits import percent as share
from loglens.report import CurveReport
from loglens.runs.curve import TRUSTED_CONFIDENCE
from loglens.verdict import Verdict
from loglens.views.text.look import literal

COUNTED = ("spikes", "values", "times", "hours")
"""Units of which there may be one."""
MULTIPLE = 10.0
"""From here on a share is told as a multiple: nobody reads 8481000000 %."""


def number(value: object) -> str:
    """Measured numbers by `digits`; whole numbers whole; true and false as yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return digits(value)
    return "none" if value is None else literal(str(value))


def quantity(value: object, unit: str) -> str:
    """A value with its unit: shares and probabilities in percent, large shares as multiples, one thing in the singular.

    `unit` is "share of progress", "probability", "spikes", or whatever else a detector measures in.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if unit.startswith("share"):
            of = literal(unit.removeprefix("share"))
            if abs(value) < MULTIPLE:
                return f"{share(value)}{of}"
            whole = of.removeprefix(" of").removeprefix(" the")
            return f"{number(value)} times" + (f" the{whole}" if whole else "")
        if unit == "probability":
            return share(value)
        if value == 1 and unit in COUNTED:
            unit = unit.removesuffix("s")
    return f"{number(value)} {literal(unit)}".rstrip()


def percent(share: float) -> str:
    """A probability without false certainty: never 100 %."""
    return "over 99 %" if share > 0.99 else f"{share:.0%}".replace("%", " %")


def since(verdict: Verdict) -> str:
    """From where to where a finding lasts, in steps and, where known, epochs; "" when it has no place."""
    if verdict.start_step is None:
        return ""
    if verdict.end_step is None:
        return f"since step {verdict.start_step}{_epochs(verdict.start_epoch)}, to the end"
    if verdict.end_step == verdict.start_step:
        return f"at step {verdict.start_step}{_epochs(verdict.start_epoch)}"
    steps = f"steps {verdict.start_step} to {verdict.end_step}"
    if verdict.start_epoch is None or verdict.end_epoch is None:
        return steps
    return f"{steps} (epochs {epoch(verdict.start_epoch)} to {epoch(verdict.end_epoch)})"


def steps(first: int, last: int | None) -> str:
    """ "step 9", "steps 9 to 12"; without a last step "step 9 to the end"."""
    if last is None:
        return f"step {first} to the end"
    return f"step {first}" if last == first else f"steps {first} to {last}"


def since_briefly(verdict: Verdict) -> str:
    """Where a finding starts, in a word or two: the epoch where known, else the step."""
    if verdict.start_epoch is not None:
        return f"from ep {epoch(verdict.start_epoch)}"
    return "" if verdict.start_step is None else f"from step {verdict.start_step}"


def epoch(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def at_step(step: object, epochs: float | None) -> str:
    return f"step {step}{_epochs(epochs)}"


def role(curve: CurveReport) -> str:
    """What a curve is, in words: "validation loss", "accuracy (phase unknown)", "unknown"."""
    if curve.role_confidence < TRUSTED_CONFIDENCE:
        return "role not sure"
    quantity = curve.name if curve.quantity in ("metric", "other") and curve.name else curve.quantity.replace("-", " ")
    return literal(quantity if curve.phase == "none" else f"{curve.phase} {quantity}")


def _epochs(value: float | None) -> str:
    return "" if value is None else f" (epoch {epoch(value)})"
