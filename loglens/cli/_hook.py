"""The user's own command, run when a verdict is bad enough: told by its environment and its standard input."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from loglens.changes import Change

PATIENCE_SECONDS = 60.0
"""A hook that runs longer is ended, since nothing is watched meanwhile; one that has more to do goes to the
background itself."""

SHOWN_CHARACTERS = 4000
"""Of what a hook prints; it goes to stderr, never between the lines of the result."""


@dataclass(slots=True)
class Hook:
    """A program with its arguments; called once for each run, detector and status."""

    words: list[str]
    _called: set[tuple[str, str | None, str | None]] = field(default_factory=set)

    def call(self, change: Change) -> str:
        """Run it for this change, as a line of JSON on its stdin; what is to be said of that, "" for nothing."""
        from loglens.views.watch import json  # noqa: PLC0415

        which = (change.run, change.detector, change.status)
        if which in self._called:
            return ""
        self._called.add(which)
        told = {"RUN": change.run, "DETECTOR": change.detector, "STATUS": change.status, "TAG": change.tag}
        environment = {f"LOGLENS_{name}": (value or "").replace("\0", " ") for name, value in told.items()}
        with tempfile.TemporaryFile() as output:
            try:
                done = subprocess.run(
                    self.words,
                    input=json.render(change).encode() + b"\n",
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=os.environ | environment,
                    timeout=PATIENCE_SECONDS,
                    check=False,
                )
                ended = f"exit code {done.returncode}" if done.returncode else ""
            except subprocess.TimeoutExpired:
                ended = f"ended after {PATIENCE_SECONDS:.0f} s; let it go to the background if it needs longer"
            except OSError as error:
                ended = f"could not be run: {error.strerror or error}"
            output.seek(0)
            printed = output.read(SHOWN_CHARACTERS).decode(errors="replace").rstrip()
        return "\n".join(part for part in (printed, ended and f"--exec {self.words[0]}: {ended}") if part)

    def forget(self, run: str) -> None:
        """The run is another now."""
        self._called = {which for which in self._called if which[0] != run}


def parse_hook(text: str) -> Hook:
    """The command as a shell would split it, but run without one. Raises click.BadParameter."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} cannot be split into words: {error}.") from error
    if not words:
        raise click.BadParameter("it is empty: name a program and its arguments.")
    if shutil.which(words[0]) is None:
        raise click.BadParameter(
            f"there is no program {words[0]!r}. It is run without a shell; for one write: sh -c '...'"
        )
    return Hook(words)
