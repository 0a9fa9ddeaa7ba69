"""JSON Schema (2020-12) of frozen dataclasses: what editors complete from and other programs check against."""

from __future__ import annotations

import dataclasses
import datetime
import inspect
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, ForwardRef, Literal, Union

import numpy as np

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

SIMPLE: Mapping[type, Schema] = types.MappingProxyType(
    {
        str: {"type": "string"},
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        type(None): {"type": "null"},
        datetime.date: {"type": "string", "format": "date"},
    }
)


def json_schema(kind: type, *, title: str, output: bool) -> Schema:
    """The schema of a dataclass, with every dataclass in it under `$defs`.

    `output`: for data that we write: every key is there, a number that is not finite is null, and keys of a later
    version are allowed. Otherwise for data that a user writes: only known keys, defaults, bounds, no null.
    """
    defs: dict[str, Schema] = {}
    root = schema_of(kind, defs, output=output)
    return {"$schema": DIALECT, "title": title, **root, "$defs": dict(sorted(defs.items()))}


def schema_of(kind: Any, defs: dict[str, Schema], *, output: bool) -> Schema:
    """The schema of any type that occurs in our dataclasses; dataclasses are put into `defs` and referred to."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) or (isinstance(kind, type) and hasattr(kind, "_fields")):
        name = typing.cast(type, kind).__name__
        if name not in defs:
            defs[name] = {}  # a type may hold itself
            defs[name] = _record(typing.cast(type, kind), defs, output=output)
        return {"$ref": f"#/$defs/{name}"}
    if origin in (Union, types.UnionType):
        return _union(arguments, defs, output=output)
    if origin is Literal:
        return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
    if origin in (tuple, Sequence):
        return {"type": "array", "items": schema_of(arguments[0], defs, output=output)}
    if origin is np.ndarray:
        (dtype,) = typing.get_args(arguments[1])
        item = {"type": "integer"} if issubclass(dtype, np.integer) else {"type": ["number", "null"]}
        return {"type": "array", "items": item}
    if kind is float:
        return {"type": ["number", "null"]} if output else {"type": "number"}
    if isinstance(kind, ForwardRef):  # the recursive type of a verdict's details: any JSON
        return {}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(arguments[1], defs, output=output)}
    return dict(SIMPLE[kind])


def bounded(schema: Schema, metadata: Mapping[str, Any]) -> Schema:
    """The schema with the description and the bounds that a field's metadata declares."""
    told = dict(schema)
    words = [str(metadata[key]) for key in ("doc", "unit", "source") if metadata.get(key)]
    if words:
        told["description"] = "; ".join(words)
    for key, word in (("low", "minimum"), ("high", "maximum")):
        bound = metadata.get(key)
        if bound is not None and math.isfinite(bound):
            told[word] = bound
    return told


def _record(kind: type, defs: dict[str, Schema], *, output: bool) -> Schema:
    hints = typing.get_type_hints(kind)
    told: Schema = {"type": "object"}
    if doc := inspect.getdoc(kind):
        told["description"] = " ".join(doc.split("\n\n", maxsplit=1)[0].split())
    if not dataclasses.is_dataclass(kind):
        told["properties"] = {name: schema_of(hint, defs, output=output) for name, hint in hints.items()}
        return told | {"required": list(hints)}
    fields = [field for field in dataclasses.fields(kind) if output or "derived" not in field.metadata]
    told["properties"] = {}
    for field in fields:
        hint = hints[field.name] if output else _without_none(hints[field.name])
        schema = bounded(schema_of(hint, defs, output=output), {} if output else field.metadata)
        if not output and isinstance(field.default, str | int | float | bool):
            schema["default"] = field.default
        told["properties"][field.name] = schema
    if output:
        return told | {"required": [field.name for field in fields if "optional" not in field.metadata]}
    needed = [field.name for field in fields if field.default is dataclasses.MISSING]
    return told | {"required": needed, "additionalProperties": False}


def _union(choices: tuple[Any, ...], defs: dict[str, Schema], *, output: bool) -> Schema:
    """`anyOf`, or one list of types where every choice is no more than a type."""
    schemas = [schema_of(choice, defs, output=output) for choice in choices]
    if {} in schemas:
        return {}
    if all(set(schema) == {"type"} for schema in schemas):
        names: list[str] = []
        for schema in schemas:
            listed = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            names += [name for name in listed if name not in names]
        return {"type": names[0] if len(names) == 1 else names}
    return {"anyOf": schemas}


def _without_none(hint: Any) -> Any:
    """TOML has no null: an optional key is left out instead."""
    kept = tuple(argument for argument in typing.get_args(hint) if argument is not type(None))
    is_union = typing.get_origin(hint) in (Union, types.UnionType)
    return kept[0] if is_union and len(kept) == 1 else hint
