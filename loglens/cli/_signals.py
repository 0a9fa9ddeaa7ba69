"""Ctrl-C and SIGTERM as an orderly end: a look that is under way is finished, unless asked twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loglens.changes import Ending


class Stopped(BaseException):
    """Raised where nothing is lost by it; no `except Exception` takes it for an error."""


class Signals:
    """What was asked for while the handlers are installed ("" for nothing yet)."""

    def __init__(self) -> None:
        self.asked: Ending | None = None
        self._at_once = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """SIGINT and SIGTERM come here inside; afterwards they do what they did before."""
        before: list[tuple[signal.Signals, Callable[[int, FrameType | None], object] | int | None]] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            before.append((number, signal.signal(number, self._hear)))
        try:
            yield
        finally:
            for number, handler in before:
                signal.signal(number, handler)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Inside, a signal ends what is being done. Raises Stopped."""
        self._at_once = True
        try:
            if self.asked:
                raise Stopped
            yield
        finally:
            self._at_once = False

    def sleep(self, seconds: float) -> None:
        """Wait. Raises Stopped as soon as a signal comes."""
        with self.at_once():
            time.sleep(max(0.0, seconds))

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del frame
        again = self.asked is not None
        self.asked = self.asked or ("interrupted" if number == signal.SIGINT else "terminated")
        if self._at_once or again:
            raise Stopped
