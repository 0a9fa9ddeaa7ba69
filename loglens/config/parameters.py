"""`[detectors.NAME]` tables: the names, types, units and bounds come from the detectors' own fields."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Mapping
from typing import Any

from loglens.config.lines import Place
from loglens.config.settings import DetectorSettings
from loglens.config.tables import Problem, Problems, check_bounds, convert, show
from loglens.detector import Detector, discover
from loglens.runs.overrides import nearest


@functools.cache
def known_detectors() -> Mapping[str, type[Detector]]:
    """Every detector by its name."""
    return {detector.name: detector for detector in discover()}


def read_detectors(tables: object, place: Place, problems: Problems) -> dict[str, DetectorSettings]:
    """The settings of each detector that has a table; mistakes are told in `problems`."""
    if tables is None:
        return {}
    if not isinstance(tables, Mapping):
        problems.append(Problem(place, f"detectors must be tables written [detectors.NAME], not {show(tables)}"))
        return {}
    settings: dict[str, DetectorSettings] = {}
    for name, table in tables.items():
        if name not in known_detectors():
            text = f"[detectors.{name}]: no detector is called {name!r}{nearest(name, known_detectors())}"
            problems.append(Problem((*place, name), text))
        elif not isinstance(table, Mapping):
            text = f"detectors.{name} must be a table, as in [detectors.{name}] and below it enabled = false"
            problems.append(Problem((*place, name), text))
        else:
            settings[name] = _read_settings(known_detectors()[name], table, (*place, name), problems)
    return settings


def _read_settings(
    detector: type[Detector], table: Mapping[str, Any], place: Place, problems: Problems
) -> DetectorSettings:
    hints = typing.get_type_hints(detector)
    fields = {f.name: f for f in dataclasses.fields(detector)}  # type: ignore[arg-type]  # a frozen dataclass by contract
    enabled, parameters = True, {}
    for name, value in table.items():
        if name != "enabled" and name not in fields:
            text = f"[detectors.{detector.name}] has no parameter {name!r}{nearest(name, ['enabled', *fields])}"
            problems.append(Problem((*place, name), text))
            continue
        try:
            if name == "enabled":
                enabled = convert(bool, value)
            else:
                parameters[name] = convert(hints[name], value)
                check_bounds(parameters[name], fields[name].metadata)
        except ValueError as error:
            problems.append(Problem((*place, name), f"[detectors.{detector.name}] {name} = {show(value)}: {error}"))
    return DetectorSettings(enabled, parameters)
