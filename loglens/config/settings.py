"""The config as frozen dataclasses: one class a table of the TOML file, one field a key."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from loglens.runs.groups import DEFAULT_SEEDS
from loglens.runs.overrides import RoleOverride, RunSettings
from loglens.verdict import Detail

Level = Literal["off", "warn", "fail"]
Statistic = Literal["best", "final", "at-step", "at-epoch", "steps-to", "time-to", "throughput", "curve"]
Test = Literal["welch", "rcp"]

NEEDED_BY_STATISTIC: Mapping[str, str] = MappingProxyType(
    {"at-step": "step", "at-epoch": "epoch", "steps-to": "target", "time-to": "target"}
)
"""The key that says where (or what value) for the statistics that need one."""


def about(doc: str, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    """The metadata of a key: what it means, and its bounds, inclusive."""
    return {"doc": doc, "low": low, "high": high}


DERIVED = {"derived": True}
"""The metadata of a field that is no key of the table: the line of the file where a rule stands (0: none)."""


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A rule of the gate: one statistic of one tag, against a threshold or a baseline."""

    tag: str = field(metadata=about("glob on the tag"))
    runs: str = field(default="*", metadata=about("glob on the run's name"))
    statistic: Statistic = field(default="final", metadata=about("the number taken from each run's curve"))
    step: int | None = field(default=None, metadata=about("the step for statistic = at-step", low=0))
    epoch: float | None = field(default=None, metadata=about("the epoch for statistic = at-epoch", low=0))
    target: float | None = field(default=None, metadata=about("the value to reach for statistic = steps-to or time-to"))
    max: float | None = field(default=None, metadata=about("a value above this is a finding"))
    min: float | None = field(default=None, metadata=about("a value below this is a finding"))
    rel_tol: float | None = field(
        default=None, metadata=about("tolerated harm against the baseline, as a share of it", low=0)
    )
    abs_tol: float | None = field(
        default=None, metadata=about("tolerated harm against the baseline, in the tag's unit", low=0)
    )
    alpha: float | None = field(
        default=None, metadata=about("accepted share of false alarms of the comparison over seeds", low=0, high=1)
    )
    min_seeds: int | None = field(
        default=None, metadata=about("seeds a side below which only the tolerance decides", low=2)
    )
    test: Test = field(
        default="welch",
        metadata=about("what decides over seeds: Welch's t-test, or MLPerf's reference convergence point"),
    )
    level: Level = field(default="fail", metadata=about("what a finding does: nothing, a warning, exit code 1"))
    line: int = field(default=0, compare=False, metadata=DERIVED)

    @property
    def name(self) -> str:
        """What the rule measures, as in "best(val/loss)" or "steps-to(val/loss, 0.5)": the measurement's name."""
        needed = NEEDED_BY_STATISTIC.get(self.statistic)
        return f"{self.statistic}({self.tag}{f', {getattr(self, needed):g}' if needed else ''})"

    def __post_init__(self) -> None:
        needed = NEEDED_BY_STATISTIC.get(self.statistic)
        if needed and getattr(self, needed) is None:
            raise ValueError(f'statistic = "{self.statistic}" needs the key {needed!r}')
        for name in set(NEEDED_BY_STATISTIC.values()) - {needed}:
            if getattr(self, name) is not None:
                users = " or ".join(f'"{s}"' for s, needs in NEEDED_BY_STATISTIC.items() if needs == name)
                raise ValueError(f"{name!r} belongs to statistic = {users}, not to {self.statistic!r}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min = {self.min:g} is above max = {self.max:g}, so that every run would fail")
        if self.statistic == "curve" and (self.min is not None or self.max is not None or self.test == "rcp"):
            raise ValueError('statistic = "curve" is compared as a whole: min, max and test = "rcp" need one number')


@dataclass(frozen=True, slots=True)
class HealthRule:
    """Which verdicts count in the gate."""

    detectors: tuple[str, ...] = field(metadata=about("names of detectors, as `loglens detectors` lists them"))
    runs: str = field(default="*", metadata=about("glob on the run's name"))
    level: Level = field(default="fail", metadata=about("what a finding does: nothing, a warning, exit code 1"))
    line: int = field(default=0, compare=False, metadata=DERIVED)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that is known and accepted until a day; after that day the waiver itself is a finding."""

    rule: str = field(metadata=about("the detector's name, or the tag of a check"))
    reason: str = field(metadata=about("why the finding is accepted"))
    expires: datetime.date = field(metadata=about("the last day on which the waiver holds, as a TOML date: 2026-12-31"))
    runs: str = field(default="*", metadata=about("glob on the run's name"))
    line: int = field(default=0, compare=False, metadata=DERIVED)

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("reason is empty: say why the finding is accepted, for those who come later")


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """`[detectors.NAME]`: parameters by name, and whether the detector runs at all."""

    enabled: bool = True
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a config file can say; the defaults are those of a project without one.

    `path` is the file it was read from ("" for none).
    """

    path: str = ""
    seeds: str = DEFAULT_SEEDS
    detectors: Mapping[str, DetectorSettings] = field(default_factory=dict)
    roles: tuple[RoleOverride, ...] = ()
    checks: tuple[CheckRule, ...] = ()
    health: tuple[HealthRule, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @property
    def run_settings(self) -> RunSettings:
        """What finding runs and roles needs of it."""
        return RunSettings(overrides=self.roles, seeds=self.seeds)

    def to_detail(self) -> dict[str, Detail]:
        """The config as plain data under the keys of the TOML file, for the report; keys left unset are left out."""
        detail: dict[str, Detail] = {"seeds": self.seeds}
        if self.detectors:
            detail["detectors"] = {
                name: ({} if settings.enabled else {"enabled": False}) | dict(settings.parameters)
                for name, settings in self.detectors.items()
            }
        for name, rows in (
            ("role", self.roles),
            ("check", self.checks),
            ("health", self.health),
            ("waiver", self.waivers),
        ):
            if rows:
                detail[name] = tuple(_set_keys(row) for row in rows)
        return detail


def _set_keys(row: RoleOverride | CheckRule | HealthRule | Waiver) -> dict[str, Detail]:
    values = {f.name: getattr(row, f.name) for f in dataclasses.fields(row) if "derived" not in f.metadata}
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in values.items()
        if value is not None and value is not False
    }
