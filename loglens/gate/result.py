"""What the gate says: outcomes of rules, decisions over seeds, and the exit code that follows."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from loglens.config import Statistic
from loglens.gate.power import Power
from loglens.report import Unreadable
from loglens.runs.curve import Direction

SCHEMA: Literal["loglens.gate/1"] = "loglens.gate/1"

Kind = Literal["health", "threshold", "regression", "experiment", "unmatched", "unreadable", "waiver"]
Result = Literal["pass", "warn", "fail", "waived", "undetermined"]
Answer = Literal["worse", "better", "no-difference-seen", "undetermined"]
Method = Literal["welch", "rcp", "rank", "permutation-band", "welch-band", "exact", "tolerance", "none"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether one number or curve is worse than in the baseline, over seeds, one-sided in the harmful direction.

    `baseline` and `current` are the values a seed (None: see `missing` of the measurement). `effect` is the mean of
    the current values minus that of the baseline, with its two-sided interval at 1 - 2 alpha; `harm` is the effect
    turned so that more is worse. `p_value` belongs to `method`, `adjusted_p` is Holm's over all decisions of the
    gate, `permutation_p` is told beside, with the smallest that so many seeds can give. `parts_at_step` is where
    whole curves part surely.
    """

    rule: str
    statistic: Statistic
    group: str
    baseline_group: str
    dir: str
    tag: str
    direction: Direction
    method: Method
    answer: Answer
    reason: str
    alpha: float
    baseline: tuple[float | None, ...] = ()
    current: tuple[float | None, ...] = ()
    baseline_mean: float | None = None
    current_mean: float | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    harm: float | None = None
    tolerance: float | None = None
    limit: float | None = None
    p_value: float | None = None
    adjusted_p: float | None = None
    permutation_p: float | None = None
    smallest_permutation_p: float | None = None
    parts_at_step: int | None = None
    power: Power | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule applied to one run (or to one group of seeds): `subject` names it.

    `rule` is a detector's name or a check's name ("best(val/loss)"). `level` is what the config makes of a finding.
    `line` is the line of the config where the rule stands (0: a default). `waiver` is the reason it is accepted for.
    """

    kind: Kind
    rule: str
    subject: str
    result: Result
    summary: str
    advice: str = ""
    dir: str = ""
    tag: str = ""
    value: float | None = None
    threshold: float | None = None
    step: int | None = None
    line: int = 0
    waiver: str = ""

    @property
    def is_finding(self) -> bool:
        return self.result in ("warn", "fail")

    @property
    def fingerprint(self) -> str:
        """The same for the same finding in every run of the gate: never the value, so that it can be followed."""
        key = "\0".join((self.kind, self.rule, self.subject, self.dir, self.tag))
        return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class GateResult:
    """Everything the gate says of the logs by its rules; what every one of its views renders.

    `config` is the path of the config ("" for the defaults), `notes` are remarks that are no findings.
    """

    loglens_version: str
    config: str
    baseline: str
    runs: int
    outcomes: tuple[Outcome, ...]
    decisions: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    schema: Literal["loglens.gate/1"] = SCHEMA

    @property
    def findings(self) -> tuple[Outcome, ...]:
        """The outcomes that warn or fail, fails first, else in order."""
        found = [outcome for outcome in self.outcomes if outcome.is_finding]
        return tuple(sorted(found, key=lambda outcome: outcome.result != "fail"))

    @property
    def counts(self) -> Counter[Result]:
        return Counter(outcome.result for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """1 where anything fails, else 0; warnings never fail."""
        return int(any(outcome.result == "fail" for outcome in self.outcomes))
