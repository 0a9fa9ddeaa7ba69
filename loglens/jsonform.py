"""The JSON form of the result types: frozen dataclasses to plain data and back."""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, Union

import numpy as np

T = TypeVar("T")
Plain = Any  # str | int | float | bool | None | list[Plain] | dict[str, Plain]


def to_plain(value: object) -> Plain:
    """Lists, dicts, strings and finite numbers for `json.dumps(..., allow_nan=False)`; NaN and Inf become None."""
    kind: Any = type(value)
    if kind in _PLAIN:  # nearly all values of a report: asked first, since a report holds millions
        return value
    if kind is float:
        return value if math.isfinite(typing.cast(float, value)) else None
    if kind is tuple or kind is list:
        return _items_to_plain(typing.cast("Sequence[object]", value))
    if names := _field_names(kind):
        return {
            name: item if type(item := getattr(value, name)) in _PLAIN else to_plain(item)  # saves a call for most
            for name in names
        }
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.ndarray):
        return _array_to_plain(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return _items_to_plain(tuple(value))
    raise TypeError(f"a {kind.__name__} has no JSON form: convert it where it is made")


def _items_to_plain(items: Sequence[object]) -> list[Plain]:
    """Long rows of numbers take no call each: their types are looked at together."""
    kinds = set(map(type, items))
    if kinds <= _PLAIN or (kinds == {float} and all(map(math.isfinite, typing.cast("Sequence[float]", items)))):
        return list(items)
    return [to_plain(item) for item in items]


_PLAIN = frozenset((str, int, bool, type(None)))


@functools.cache
def _field_names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass or a named tuple; none of anything else."""
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return tuple(getattr(kind, "_fields", ())) if issubclass(kind, tuple) else ()


def _array_to_plain(array: np.ndarray[Any, Any]) -> list[Plain]:
    """Arrays hold most of a report's numbers: those of floats take no look at each one's type."""
    if array.ndim == 1 and array.dtype.kind == "f" and not np.isfinite(array).all():
        return [item if math.isfinite(item) else None for item in array.tolist()]
    return _items_to_plain(array.tolist())


def from_plain(kind: type[T], plain: Plain) -> T:
    """The value of type `kind` whose plain form this is; keys that `kind` does not know are ignored.

    Raises ValueError, naming the field, where the data does not fit.
    """
    return typing.cast(T, _build(kind, plain, getattr(kind, "__name__", str(kind))))


def _build(kind: Any, plain: Plain, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) or (isinstance(kind, type) and hasattr(kind, "_fields")):
        return _build_record(kind, plain, where)
    if origin in (Union, types.UnionType):
        return _build_union(arguments, plain, where)
    if origin is Literal:
        if plain not in arguments:
            raise ValueError(f"{where}: {plain!r} is none of {', '.join(map(repr, arguments))}")
        return plain
    if origin is np.ndarray:
        return _build_array(arguments, plain, where)
    if origin in (tuple, Sequence):
        if not isinstance(plain, list):
            raise ValueError(f"{where}: expected a list, found {type(plain).__name__}")
        as_they_are = _kept(arguments[0])
        if all(type(item) in as_they_are for item in plain):
            return tuple(plain)  # long curves of a baseline: no call a number
        return tuple(_build(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(plain))
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if isinstance(kind, type) and isinstance(plain, kind):
        return plain
    if origin in (Mapping, dict) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return {key: _freeze(item) for key, item in plain.items()}
    raise ValueError(f"{where}: expected {getattr(kind, '__name__', kind)}, found {plain!r}")


@functools.cache
def _kept(kind: Any) -> frozenset[type]:
    """The types of plain data that are a `kind` without any change; none where a look inside is needed."""
    if typing.get_origin(kind) in (Union, types.UnionType):
        parts = [_kept(choice) for choice in typing.get_args(kind)]
        return frozenset().union(*parts) if all(parts) else frozenset()
    return frozenset((kind,)) if kind in (str, int, float, bool, type(None)) else frozenset()


@functools.cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _build_record(kind: Any, plain: Plain, where: str) -> Any:
    if not isinstance(plain, dict):
        raise ValueError(f"{where}: expected an object, found {type(plain).__name__}")
    hints = _hints(kind)
    values = {name: _build(hint, plain[name], f"{where}.{name}") for name, hint in hints.items() if name in plain}
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from error


def _build_array(arguments: tuple[Any, ...], plain: Plain, where: str) -> Any:
    if not isinstance(plain, list):
        raise ValueError(f"{where}: expected a list of numbers, found {type(plain).__name__}")
    (dtype,) = typing.get_args(arguments[1])
    array = np.array([math.nan if item is None else item for item in plain], dtype)
    array.flags.writeable = False
    return array


def _build_union(choices: tuple[Any, ...], plain: Plain, where: str) -> Any:
    if plain is None and type(None) in choices:
        return None
    if isinstance(plain, dict) and "kind" in plain:  # the closed union of evidence
        for choice in choices:
            if dataclasses.is_dataclass(choice) and choice.__dataclass_fields__["kind"].default == plain["kind"]:
                return _build_record(choice, plain, where)
    problems: list[str] = []
    for choice in choices:
        try:
            return _build(choice, plain, where)
        except ValueError as error:
            problems.append(str(error))
    raise ValueError(problems[0])


def _freeze(plain: Plain) -> Any:
    return tuple(_freeze(item) for item in plain) if isinstance(plain, list) else plain
