"""`loglens detectors`: the checks that are run, one line each."""

from __future__ import annotations

import json

import click

from loglens.cli._look import colour_option, look_for, write_stdout
from loglens.cli._options import format_option

SCHEMA = "loglens.detectors/1"


@click.command(epilog="\b\nExamples:\n  loglens detectors\n  loglens detectors --format json\n")
@format_option(("text", "json"))
@colour_option
def command(*, form: str, colour: bool | None) -> None:
    """List the detectors: what each one finds.

    Those of other installed packages are among them. `loglens explain NAME` tells how one decides.
    """
    from loglens.detector import discover  # noqa: PLC0415  # the detectors import numpy and scipy
    from loglens.detectordoc import document  # noqa: PLC0415
    from loglens.jsonform import to_plain  # noqa: PLC0415
    from loglens.views import detectors  # noqa: PLC0415

    docs = [document(detector) for detector in discover()]
    if form == "json":
        write_stdout(json.dumps({"schema": SCHEMA, "detectors": to_plain(docs)}) + "\n")
    else:
        write_stdout(detectors.render_list(docs, look_for((), colour=colour)))
