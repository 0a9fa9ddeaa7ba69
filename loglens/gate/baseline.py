"""Baselines: a small JSON file to commit, with the values and reduced curves of each seed of each experiment."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loglens import __version__
from loglens.config import CheckRule, Config
from loglens.events.errors import LogLensError
from loglens.gate.samples import Group, Sample, collect
from loglens.jsonform import from_plain, to_plain
from loglens.report import Report

SCHEMA: Literal["loglens.baseline/1"] = "loglens.baseline/1"

DEFAULT_CHECKS = (CheckRule(tag="*", statistic="best"),)
"""What is measured and compared where the config has no [[check]]: the best value of every validation curve with a
direction, else of every train curve; best, since that is the checkpoint one keeps."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """`environment` names the machine kind the logs come from; it decides whether times are comparable."""

    loglens_version: str
    created: str
    environment: str
    groups: tuple[Group, ...]
    schema: Literal["loglens.baseline/1"] = SCHEMA


@dataclass(frozen=True, slots=True)
class Change:
    """One line of `baseline diff`: a sample of a group, its mean before and after (None: not there)."""

    group: str
    rule: str
    dir: str
    tag: str
    before: float | None
    after: float | None
    seeds_before: int
    seeds_after: int


def default_environment() -> str:
    """The key of this machine: system and processor."""
    return f"{platform.system()}-{platform.machine()}".lower()


def rules_of(config: Config) -> tuple[CheckRule, ...]:
    """The checks that are on, or the default ones."""
    if not config.checks:
        return DEFAULT_CHECKS
    return tuple(rule for rule in config.checks if rule.level != "off")


def rules_to_save(config: Config) -> tuple[CheckRule, ...]:
    """The rules a baseline is measured by: those of the config, and each of their tags as a whole curve."""
    rules = rules_of(config)
    curves = {(rule.runs, rule.tag): CheckRule(tag=rule.tag, runs=rule.runs, statistic="curve") for rule in rules}
    return (*rules, *curves.values())


def baseline_of(report: Report, rules: Iterable[CheckRule], environment: str = "") -> Baseline:
    """The baseline that a report measured by `rules_to_save` makes. Raises LogLensError when nothing was measured."""
    groups = tuple(_useful(group) for group in collect(report, rules))
    groups = tuple(group for group in groups if group.samples)
    if not groups:
        raise LogLensError("None of the rules matches a run and a tag: there is nothing to put into a baseline.")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Baseline(__version__, today, environment or default_environment(), groups)


def _useful(group: Group) -> Group:
    """Without what a glob measured in vain: tags that have no better and worse."""
    return dataclasses.replace(group, samples=tuple(s for s in group.samples if s.harmful != "none"))


def updated(old: Baseline, new: Baseline) -> Baseline:
    """The old baseline with the groups of the new one in the place of its own, all others kept."""
    fresh = {group.name: group for group in new.groups}
    kept = [fresh.pop(group.name, group) for group in old.groups]
    return dataclasses.replace(new, groups=(*kept, *fresh.values()))


def changes(old: Baseline | None, new: Baseline) -> tuple[Change, ...]:
    """What differs between two baselines, sample by sample; curves are told by their number of seeds alone."""
    before = {(g.name, *s.key): s for g in (old.groups if old else ()) for s in g.samples}
    after = {(g.name, *s.key): s for g in new.groups for s in g.samples}
    found = []
    for key in sorted({**before, **after}):
        one, two = before.get(key), after.get(key)
        if one is None or two is None or one.seeds != two.seeds:
            found.append(
                Change(*key, _mean(one), _mean(two), len(one.seeds) if one else 0, len(two.seeds) if two else 0)
            )
    return tuple(found)


def _mean(sample: Sample | None) -> float | None:
    values = [seed.value for seed in sample.seeds if seed.value is not None] if sample else []
    return sum(values) / len(values) if values else None


def digest(group: Group) -> str:
    """The fingerprint of the experiment in 16 hexadecimal digits."""
    text = json.dumps(group.fingerprint, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def differences(old: Group, new: Group, names: tuple[str, str] = ("the baseline", "the logs")) -> tuple[str, ...]:
    """In words, what says that two groups are different experiments; what either does not know is passed over."""
    return tuple(
        f"{part}: {_shown(value)} in {names[0]}, {_shown(new.fingerprint[part])} in {names[1]}"
        for part, value in old.fingerprint.items()
        if value is not None and new.fingerprint.get(part) is not None and new.fingerprint[part] != value
    )


def _shown(value: str | float | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the file, one seed a line, so that a review shows what changed. Raises LogLensError."""
    try:
        path.write_text(baseline_text(baseline), encoding="utf-8")
    except OSError as error:
        raise LogLensError(f"Cannot write the baseline {path}: {error.strerror or error}.") from error


def baseline_text(baseline: Baseline) -> str:
    """The baseline as JSON text (schemas/baseline.schema.json); a seed's empty fields are left out."""
    plain = to_plain(baseline)
    for group in plain["groups"]:
        for sample in group["samples"]:
            sample["seeds"] = [
                {key: value for key, value in seed.items() if value not in ("", [], ())} for seed in sample["seeds"]
            ]
    plain = {"schema": plain.pop("schema"), **plain}
    return _dump(plain, "") + "\n"


def _dump(value: Any, indent: str) -> str:
    """JSON with a line for every innermost object: whole seeds and whole curves stay on one."""
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    inner = indent + " "
    if isinstance(value, dict) and (len(flat) > 100 and any(isinstance(item, dict | list) for item in value.values())):
        if "run" in value:
            return flat
        items = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {_dump(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(inner + _dump(item, inner) for item in value) + f"\n{indent}]"
    return flat


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file. Raises LogLensError that says what is wrong with it and what to do."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LogLensError(
            f"Cannot read the baseline {path}: {error.strerror or error}. "
            f"Make one with: loglens baseline save LOGDIR --output {path}"
        ) from error
    except ValueError as error:
        raise LogLensError(f"The baseline {path} is not JSON: {error}. Was a merge conflict left in it?") from error
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        found = plain.get("schema") if isinstance(plain, dict) else None
        raise LogLensError(
            f"{path} is no baseline of this LogLens: its schema is {found!r}, expected {SCHEMA!r}. "
            "Make one with: loglens baseline save LOGDIR --output FILE"
        )
    try:
        baseline = from_plain(Baseline, plain)
    except ValueError as error:
        raise LogLensError(f"The baseline {path} is damaged: {error}.") from error
    return baseline
