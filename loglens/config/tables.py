"""One table of the config to one frozen dataclass: unknown keys, wrong types, bounds and missing keys are told."""

from __future__ import annotations

import dataclasses
import datetime
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, Union

from loglens.config.lines import Place
from loglens.events.errors import LogLensError
from loglens.runs.overrides import nearest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it stands, and a sentence without its full stop."""

    place: Place
    text: str


Problems = list[Problem]


def read_rows(kind: type[T], rows: object, place: Place, problems: Problems) -> tuple[T, ...]:
    """The `[[name]]` tables as values of `kind`; a row with a mistake is left out and told in `problems`."""
    if rows is None:
        return ()
    name = str(place[-1])
    if isinstance(rows, Mapping):
        problems.append(
            Problem(place, f"[{name}] is written with double brackets, since there may be several: [[{name}]]")
        )
        return ()
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        problems.append(Problem(place, f"{name} must be tables written [[{name}]], not {show(rows)}"))
        return ()
    read = (read_row(kind, row, (*place, index), problems) for index, row in enumerate(rows))
    return tuple(row for row in read if row is not None)


def read_row(kind: type[T], row: Mapping[str, Any], place: Place, problems: Problems) -> T | None:
    """One table as a value of `kind`, or None when it holds a mistake."""
    before = len(problems)
    title = f"[[{place[-2]}]]"
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind) if "derived" not in f.metadata}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name not in fields:
            problems.append(Problem((*place, name), f"{title} has no key {name!r}{nearest(name, fields)}"))
            continue
        try:
            values[name] = convert(hints[name], value)
            check_bounds(values[name], fields[name].metadata)
        except ValueError as error:
            problems.append(Problem((*place, name), f"{title} {name} = {show(value)}: {error}"))
    for name, known in fields.items():
        if name not in row and known.default is dataclasses.MISSING and known.default_factory is dataclasses.MISSING:
            doc = known.metadata.get("doc")
            problems.append(Problem(place, f"{title} lacks the key {name!r}{f' ({doc})' if doc else ''}"))
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except (ValueError, LogLensError) as error:
        problems.append(Problem(place, f"{title} {str(error).rstrip('.')}"))
        return None


def convert(hint: Any, value: object) -> Any:
    """The TOML value as the type `hint`. Raises ValueError that says what is expected instead."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):  # only `X | None` occurs; TOML has no null
        return convert(next(a for a in arguments if a is not type(None)), value)
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"must be one of {', '.join(arguments)}{_guess(value, arguments)}")
        return value
    if origin is tuple:
        if isinstance(value, str) or not isinstance(value, list):
            raise ValueError(f"must be a list, as in [{show(value)}]")
        return tuple(convert(arguments[0], item) for item in value)
    return _convert_simple(hint, value)


def _convert_simple(hint: Any, value: object) -> Any:
    if hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError("must be a finite number")
        return float(value)
    if hint is int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("must be a whole number")
        return value
    if hint is datetime.date:
        if isinstance(value, datetime.datetime) or not isinstance(value, datetime.date):
            raise ValueError("must be a date without quotation marks, as in 2026-12-31")
        return value
    if not isinstance(value, hint):
        raise ValueError({str: "must be a text in quotation marks", bool: "must be true or false"}[hint])
    return value


def check_bounds(value: object, metadata: Mapping[str, Any]) -> None:
    """Raises ValueError when a number lies outside the bounds that its field declares."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return
    low = metadata.get("low")
    high = metadata.get("high")
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    if low <= value <= high:
        return
    unit = f" ({metadata['unit']})" if metadata.get("unit") else ""
    if math.isinf(high):
        raise ValueError(f"must be at least {low:g}{unit}")
    if math.isinf(low):
        raise ValueError(f"must be at most {high:g}{unit}")
    raise ValueError(f"must lie between {low:g} and {high:g}{unit}")


def show(value: object) -> str:
    """A value as it would be written in TOML, cut short."""
    text = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
    return text if len(text) <= 60 else text[:57] + "..."


def _guess(value: object, words: tuple[str, ...]) -> str:
    told = nearest(str(value), words)
    return told if "did you mean" in told else ""
