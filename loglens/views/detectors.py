"""The detectors as text: the list, and one explained in full."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from loglens.detectordoc import DetectorDoc, ParameterDoc
from loglens.views.text.layout import Words, blank, command_line, heading, indented, line, printed, rows
from loglens.views.text.look import Look
from loglens.views.text.words import number


def render_list(docs: Sequence[DetectorDoc], look: Look) -> str:
    """One detector a row: name and what it finds."""
    width = max((len(doc.name) for doc in docs), default=0)
    labelled: list[tuple[str, Words]] = [(doc.name, doc.title) for doc in docs]
    parts = [rows(labelled, look, by=0, label_width=width), blank(), line("How one decides, and its parameters:")]
    return printed([*parts, command_line(f"loglens explain {docs[0].name if docs else 'NAME'}")], look)


def render_one(doc: DetectorDoc, look: Look) -> str:
    """A detector's documentation, what it judges, and its parameters as they stand in the config."""
    parts: list[RenderableType] = [heading(doc.name), blank(), line(doc.title)]
    for paragraph in doc.paragraphs:
        parts += [blank(), Text(paragraph, no_wrap=True) if "\n" in paragraph else line(paragraph)]
    inputs: list[tuple[str, Words]] = [("judges" if i == 0 else "", text) for i, text in enumerate(doc.judges)]
    inputs += [("reads too" if i == 0 else "", text) for i, text in enumerate(doc.reads)]
    parts += [blank(), heading("Curves"), rows(inputs, look)]
    if doc.parameters:
        parts += [blank(), heading("Parameters"), line(f"In loglens.toml, below [detectors.{doc.name}]:")]
        for parameter in doc.parameters:
            parts.append(indented(line((f"{parameter.name} = {number(parameter.default)}", "bold"), _unit(parameter))))
            if parameter.source:
                parts.append(indented(line(parameter.source), by=6))
    return printed(parts, look)


def _unit(parameter: ParameterDoc) -> str:
    told = [parameter.unit] if parameter.unit else []
    if parameter.low is not None and parameter.high is not None:
        told.append(f"{number(float(parameter.low))} to {number(float(parameter.high))}")
    return f"  {'; '.join(told)}" if told else ""
