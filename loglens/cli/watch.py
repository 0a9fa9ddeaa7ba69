"""`loglens watch`: live verdicts while training goes on; can stop a bad run early, or call a command."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from loglens.cli._hook import Hook, parse_hook
from loglens.cli._look import colour_option
from loglens.cli._options import cache_option, complete_detectors, config_option, format_option, logdirs_argument
from loglens.cli._progress import progress_bar
from loglens.cli._screen import Screen, reader_is_gone, screen_for
from loglens.cli._signals import Signals, Stopped
from loglens.exit_codes import FINDINGS, FINE, INTERRUPTED, TERMINATED

if TYPE_CHECKING:
    from loglens.changes import Change, Ending
    from loglens.watching import Watch

EXIT_CODES: Mapping[Ending, int] = MappingProxyType(
    {"finding": FINDINGS, "idle": FINE, "interrupted": INTERRUPTED, "terminated": TERMINATED}
)

REFRESH_SECONDS = 1.0
"""Between two drawings of the table, so that "12 s ago" moves."""

DRAWINGS = 20.0
"""Drawing takes at most one part in so many of the time, however many runs there are."""

BREATHERS = 2.0
"""The pause is at least so many times as long as the look before it took: at most a third of a core."""

EPILOG = """\b
Examples:
  loglens watch runs/                            a table on a terminal, a line for each change in a pipe
  loglens watch runs/ --format json | jq .       a JSON object a line
  loglens watch runs/ --fail-on fail             exit with 1 as soon as a run that is being written fails
  loglens watch runs/ --fail-on fail --on non-finite --on divergence || kill $TRAINING
  loglens watch runs/ --exec './stop.sh'         run a program; it gets LOGLENS_RUN, _DETECTOR and _STATUS
  loglens watch runs/ --idle 3600                leave with 0 when nothing was written for an hour

\b
Exit codes: 1 when --fail-on is met, 0 after --idle, 130 after Ctrl-C, 143 after SIGTERM, 2 usage errors.
"""


def _hook(ctx: click.Context, param: click.Parameter, value: str | None) -> Hook | None:
    del ctx, param
    return None if value is None else parse_hook(value)


def _detectors(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    del ctx, param
    if value:
        from loglens.detector import discover  # noqa: PLC0415  # imports numpy
        from loglens.runs.overrides import ended, nearest  # noqa: PLC0415

        known = [detector.name for detector in discover()]
        for name in value:
            if name not in known:
                raise click.BadParameter(ended(f"there is no detector {name!r}{nearest(name, known)}"))
    return value


@click.command(epilog=EPILOG)
@logdirs_argument
@format_option(("text", "json"), note="JSON is one object a line, each with its schema.")
@click.option(
    "--interval",
    metavar="SECONDS",
    type=click.FloatRange(min=0.01),
    default=2.0,
    show_default=True,
    help="Time between two looks; longer by itself where a look takes long.",
)
@click.option("--fail-on", type=click.Choice(["warn", "fail"]), help="End with 1 when a verdict is at least this bad.")
@click.option("--exec", "hook", metavar="CMD", callback=_hook, help="Run CMD for each finding, without a shell.")
@click.option(
    "--exec-on",
    type=click.Choice(["warn", "fail"]),
    default="fail",
    show_default=True,
    help="How bad a finding must be for --exec.",
)
@click.option(
    "--on",
    "detectors",
    metavar="DETECTOR",
    multiple=True,
    callback=_detectors,
    shell_complete=complete_detectors,
    help="Only findings of this detector count for --fail-on and --exec; may be given several times.",
)
@click.option(
    "--idle",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    help="Leave when nothing was written for so long.",
)
@click.option("--all", "everything", is_flag=True, help="Tell changes between pass and undetermined, too.")
@click.option("--lines", is_flag=True, help="No table: lines on a terminal as in a pipe.")
@config_option
@cache_option
@colour_option
def command(
    *,
    logdirs: tuple[str, ...],
    form: str,
    interval: float,
    fail_on: str | None,
    hook: Hook | None,
    exec_on: str,
    detectors: tuple[str, ...],
    idle: float | None,
    everything: bool,
    lines: bool,
    config_path: str | None,
    no_cache: bool,
    colour: bool | None,
) -> int:
    """Judge the runs under LOGDIR again and again while they are written, and tell what changes.

    The verdicts are those of `loglens analyze`. A change is told when it still stands after two more points of its
    curve (1 % of a long one), at once when it is surer than 95 %; so a verdict that flickers says nothing. LOGDIR need
    not be there yet. --fail-on and --exec look at runs that grow or appear while they are watched, not at old ones.
    """
    from loglens.config import load_config  # noqa: PLC0415
    from loglens.watching import Watch  # noqa: PLC0415  # numpy and the detectors load only now

    if detectors and not (fail_on or hook):
        raise click.UsageError("--on says which findings --fail-on and --exec look at: give one of them, too.")
    watch = Watch(logdirs, load_config(config_path), cache=not no_cache)
    screen = screen_for(logdirs, form, colour, lines=lines, hint=f"every {interval:g} s; Ctrl-C ends")
    session = _Session(
        watch, screen, everything=everything, hook=hook, exec_on=exec_on, fail_on=fail_on, detectors=detectors
    )
    signals = Signals()
    with signals.heard():
        try:
            reason = session.finish(session.run(signals, interval, math.inf if idle is None else idle))
        finally:
            screen.close()
        screen.end(watch.end(reason, session.met))
    return EXIT_CODES[reason]


class _Session:
    """The watch, where it is shown, and what is done about findings."""

    def __init__(
        self,
        watch: Watch,
        screen: Screen,
        *,
        everything: bool,
        hook: Hook | None,
        exec_on: str,
        fail_on: str | None,
        detectors: tuple[str, ...],
    ) -> None:
        self._watch, self._screen, self._everything, self._hook = watch, screen, everything, hook
        self._exec_on, self._fail_on, self._detectors = _levels(exec_on), _levels(fail_on), detectors
        self._remarked: dict[str, str] = {}
        self.met: Change | None = None

    def run(self, signals: Signals, interval: float, idle: float) -> Ending:
        """Look until there is a reason to end. Raises BrokenPipeError when nobody reads stdout any more."""
        try:
            began = time.monotonic()
            with signals.at_once(), progress_bar() as progress:  # nothing is told yet that could be torn
                changes = self._watch.look(progress)
            while True:
                met = self._tell(changes)
                if signals.asked or met:
                    return "finding" if met else signals.asked or "interrupted"
                if self._watch.idle_seconds > idle:
                    return "idle"
                self._wait(signals, max(interval, BREATHERS * (time.monotonic() - began)))
                began = time.monotonic()
                changes = self._watch.look()
        except Stopped:
            return signals.asked or "interrupted"

    def finish(self, reason: Ending) -> Ending:
        """Tell what was still waiting for more points; the reason is a finding if that meets --fail-on."""
        return "finding" if self._tell(self._watch.close()) else reason

    def _tell(self, changes: Sequence[Change]) -> bool:
        """Show what changed and act on what stands; whether --fail-on is met."""
        self._screen.show([change for change in changes if self._everything or change.is_news])
        self._remark()
        for found in self._watch.findings:
            if self._detectors and found.detector not in self._detectors:
                continue
            if self._hook and found.status in self._exec_on and (said := self._hook.call(found)):
                self._screen.remark(said)
            if found.status in self._fail_on and self.met is None:
                self.met = found
        if self._hook:
            for change in changes:
                if change.event != "verdict":
                    self._hook.forget(change.run)
        self._screen.refresh(self._watch)
        return self.met is not None

    def _remark(self) -> None:
        """What cannot be read, once, until it can be and cannot again."""
        problems = self._watch.problems
        waiting = "" if self._watch.runs else "Waiting. "
        for path, reason in problems.items():
            if self._remarked.get(path) != reason:
                self._screen.remark(waiting + (reason if path in reason else f"{path}: {reason}"))
        self._remarked = problems

    def _wait(self, signals: Signals, seconds: float) -> None:
        """Until the next look, with the table's times moving on."""
        until = time.monotonic() + seconds
        drawing = 0.0
        while (left := until - time.monotonic()) > 0:
            signals.sleep(min(left, max(REFRESH_SECONDS, DRAWINGS * drawing)))
            if reader_is_gone():
                raise BrokenPipeError
            began = time.monotonic()
            if began < until:
                self._screen.refresh(self._watch)
                drawing = time.monotonic() - began


def _levels(least: str | None) -> frozenset[str]:
    return frozenset({"warn": ("warn", "fail"), "fail": ("fail",)}.get(least or "", ()))
