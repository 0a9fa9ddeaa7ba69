"""From a TOML file to a Config, with an answer to every mistake: file, line, key, and what to write instead."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loglens.config.lines import Place, line_numbers, line_of
from loglens.config.parameters import known_detectors, read_detectors
from loglens.config.settings import CheckRule, Config, HealthRule, Waiver
from loglens.config.tables import Problem, Problems, read_rows, show
from loglens.events.errors import LogLensError
from loglens.runs.overrides import RoleOverride, ended, nearest

FILE_NAME = "loglens.toml"
PYPROJECT = "pyproject.toml"
TABLES = ("seeds", "detectors", "role", "check", "health", "waiver")


def load_config(path: str | None = None, start: Path | None = None) -> Config:
    """The config in force: the file at `path`, else the nearest one found upwards from `start`, else the defaults.

    `start` defaults to the working directory. A log directory is never searched: logs that came from elsewhere
    must not decide how they are judged. Raises LogLensError for a file that is missing or mistaken.
    """
    if path is not None:
        return read_config(Path(path))
    found = find_config(start or Path.cwd())
    return read_config(found) if found else Config()


def find_config(start: Path) -> Path | None:
    """The nearest `loglens.toml`, or `pyproject.toml` with a table `[tool.loglens]`, in `start` or above it."""
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        if _has_our_table(folder / PYPROJECT):
            return folder / PYPROJECT
    return None


def read_config(path: Path) -> Config:
    """The config in one file. Raises LogLensError that lists every mistake in it."""
    text = _text_of(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LogLensError(f"{path} is not valid TOML: {error}.") from error
    prefix: Place = ()
    if path.name == PYPROJECT:
        prefix = ("tool", "loglens")
        table = table.get("tool", {}).get("loglens", {})
    problems: list[Problem] = []
    config = _config_from(table, str(path), line_numbers(text), prefix, problems)
    if problems:
        raise LogLensError(_complaint(path, problems, line_numbers(text)))
    return config


def _config_from(
    table: Mapping[str, Any], path: str, lines: dict[Place, int], prefix: Place, problems: Problems
) -> Config:
    for name in table:
        if name not in TABLES:
            problems.append(Problem((*prefix, name), f"unknown key {name!r}{nearest(name, TABLES)}"))
    seeds, detectors, role, check, health, waiver = (table.get(name) for name in TABLES)
    health_rules = read_rows(HealthRule, health, (*prefix, "health"), problems)
    _check_names(health_rules, (*prefix, "health"), problems)
    return Config(
        path=path,
        **({} if seeds is None else {"seeds": _read_seeds(seeds, (*prefix, "seeds"), problems)}),
        detectors=read_detectors(detectors, (*prefix, "detectors"), problems),
        roles=read_rows(RoleOverride, role, (*prefix, "role"), problems),
        checks=_numbered(read_rows(CheckRule, check, (*prefix, "check"), problems), (*prefix, "check"), lines),
        health=_numbered(health_rules, (*prefix, "health"), lines),
        waivers=_numbered(read_rows(Waiver, waiver, (*prefix, "waiver"), problems), (*prefix, "waiver"), lines),
    )


def _numbered(rows: tuple[Any, ...], place: Place, lines: dict[Place, int]) -> tuple[Any, ...]:
    """The rules with their lines, which are where a finding of the gate is shown in a code review."""
    return tuple(dataclasses.replace(row, line=line_of((*place, i), lines) or 0) for i, row in enumerate(rows))


def _read_seeds(value: object, place: Place, problems: Problems) -> str:
    if not isinstance(value, str):
        problems.append(Problem(place, f"seeds must be a text holding a regular expression, not {value!r}"))
        return ""
    try:
        re.compile(value)
    except re.error as error:
        problems.append(Problem(place, f"seeds = {show(value)} is not a regular expression: {error}"))
    return value


def _check_names(rules: tuple[HealthRule, ...], place: Place, problems: Problems) -> None:
    for index, rule in enumerate(rules):
        for name in rule.detectors:
            if name not in known_detectors():
                text = f"detectors: no detector is called {name!r}{nearest(name, known_detectors())}"
                problems.append(Problem((*place, index, "detectors"), text))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise LogLensError(f"The config file {path} does not exist.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise LogLensError(f"The config file {path} cannot be read: {error}.") from error


def _has_our_table(path: Path) -> bool:
    """Whether this pyproject.toml speaks to us; one that is broken elsewhere is not ours to judge."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    if "loglens" not in text:
        return False
    try:
        return "loglens" in tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError:
        return re.search(r"^\s*\[+\s*tool\s*\.\s*loglens", text, re.MULTILINE) is not None


def _complaint(path: Path, problems: Problems, lines: dict[Place, int]) -> str:
    """All mistakes, one a line, in the order of the file."""
    placed = sorted(((line_of(problem.place, lines) or 0, problem.text) for problem in problems), key=lambda p: p[0])
    return "\n".join(f"{path}{f', line {line}' if line else ''}: {ended(text)}" for line, text in placed)
