"""`loglens explain`: one detector in full, from its own docstring and fields."""

from __future__ import annotations

import json

import click

from loglens.cli._look import colour_option, look_for, write_stdout
from loglens.cli._options import complete_detectors, format_option
from loglens.events.errors import LogLensError

SCHEMA = "loglens.detector/1"


@click.command(epilog="\b\nExamples:\n  loglens explain overfitting\n  loglens explain oscillation --format json\n")
@click.argument("name", metavar="DETECTOR", shell_complete=complete_detectors)
@format_option(("text", "json"))
@colour_option
def command(*, name: str, form: str, colour: bool | None) -> None:
    """Explain DETECTOR: what it finds, why that matters, what to do, how it decides.

    Its parameters are listed as they are set in loglens.toml, each with its bounds and where the number comes from.
    """
    from loglens.detector import discover  # noqa: PLC0415  # the detectors import numpy and scipy
    from loglens.detectordoc import document  # noqa: PLC0415
    from loglens.jsonform import to_plain  # noqa: PLC0415
    from loglens.runs.overrides import ended, nearest  # noqa: PLC0415
    from loglens.views import detectors  # noqa: PLC0415

    known = {detector.name: detector for detector in discover()}
    if name not in known:
        raise LogLensError(ended(f"No detector is called {name!r}{nearest(name, known)}"))
    doc = document(known[name])
    if form == "json":
        write_stdout(json.dumps({"schema": SCHEMA, **to_plain(doc)}) + "\n")
    else:
        write_stdout(detectors.render_one(doc, look_for((), colour=colour)))
