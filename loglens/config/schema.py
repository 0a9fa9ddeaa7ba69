"""The JSON Schema of the config, for completion and checks in editors."""

from __future__ import annotations

import dataclasses
import inspect
import typing

from loglens.config.settings import CheckRule, HealthRule, Waiver
from loglens.detector import Detector, discover
from loglens.runs.groups import DEFAULT_SEEDS
from loglens.runs.overrides import RoleOverride
from loglens.schema import DIALECT, Schema, bounded, schema_of

TABLES = {"role": RoleOverride, "check": CheckRule, "health": HealthRule, "waiver": Waiver}


def config_schema() -> Schema:
    """The schema of `loglens.toml` (and of `[tool.loglens]`); detectors are those that LogLens ships."""
    defs: dict[str, Schema] = {}
    arrays = {name: {"type": "array", "items": schema_of(kind, defs, output=False)} for name, kind in TABLES.items()}
    own = [detector for detector in discover() if detector.__module__.startswith("loglens.detectors.")]
    seeds = {
        "type": "string",
        "format": "regex",
        "default": DEFAULT_SEEDS,
        "description": "regular expression for the part of a run's name that marks a seed",
    }
    detectors = {
        "type": "object",
        "description": "parameters of the detectors, by name; enabled = false switches one off",
        "properties": {detector.name: _detector(detector) for detector in own},
        "additionalProperties": {"type": "object"},  # other people's detectors have parameters of their own
    }
    return {
        "$schema": DIALECT,
        "title": "LogLens config: loglens.toml, or [tool.loglens] of pyproject.toml",
        "type": "object",
        "properties": {"seeds": seeds, "detectors": detectors, **arrays},
        "additionalProperties": False,
        "$defs": dict(sorted(defs.items())),
    }


def _detector(detector: type[Detector]) -> Schema:
    hints = typing.get_type_hints(detector)
    properties: Schema = {"enabled": {"type": "boolean", "default": True}}
    for field in dataclasses.fields(typing.cast(typing.Any, detector)):
        schema = bounded(schema_of(hints[field.name], {}, output=False), field.metadata)
        properties[field.name] = schema | {"default": field.default}
    told = (inspect.getdoc(detector) or "").split("\n\n", maxsplit=1)[0]
    return {
        "type": "object",
        "description": " ".join(told.split()),
        "properties": properties,
        "additionalProperties": False,
    }
