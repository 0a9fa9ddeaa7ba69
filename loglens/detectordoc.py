"""What a detector says of itself: its docstring, what it judges, its parameters; for `explain`, docs and JSON."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from dataclasses import dataclass

from loglens.detector import Detector
from loglens.verdict import Detail


@dataclass(frozen=True, slots=True)
class ParameterDoc:
    """One parameter: default, unit, bounds (None for none) and where the number comes from."""

    name: str
    default: Detail
    unit: str
    low: float | None
    high: float | None
    source: str


@dataclass(frozen=True, slots=True)
class DetectorDoc:
    """A detector's documentation: `paragraphs` are its docstring, each in one line unless it is laid out."""

    name: str
    title: str
    paragraphs: tuple[str, ...]
    judges: tuple[str, ...]
    reads: tuple[str, ...]
    parameters: tuple[ParameterDoc, ...]


def document(detector: type[Detector]) -> DetectorDoc:
    """The documentation of one detector class."""
    paragraphs = tuple(_unwrapped(part) for part in (inspect.getdoc(detector) or "").split("\n\n") if part.strip())
    return DetectorDoc(
        name=detector.name,
        title=paragraphs[0] if paragraphs else "",
        paragraphs=paragraphs[1:],
        judges=tuple(wanted.in_words() for wanted in detector.judges),
        reads=tuple(wanted.in_words() for wanted in detector.reads),
        parameters=tuple(_parameter(field) for field in dataclasses.fields(typing.cast(typing.Any, detector))),
    )


def _parameter(field: dataclasses.Field[typing.Any]) -> ParameterDoc:
    known = field.metadata
    return ParameterDoc(
        name=field.name,
        default=typing.cast(Detail, field.default),
        unit=known.get("unit", ""),
        low=known.get("low"),
        high=known.get("high"),
        source=known.get("source", ""),
    )


def _unwrapped(paragraph: str) -> str:
    """A paragraph as one line, so that it can be wrapped anew; one with indented lines (a list) is left as it is."""
    lines = paragraph.strip("\n").split("\n")
    if any(line.startswith((" ", "-", "*", "|", ">>>")) for line in lines):
        return "\n".join(lines)
    return " ".join(lines)
