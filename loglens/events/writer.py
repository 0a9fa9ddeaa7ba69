"""Writing event files that TensorBoard reads: single values, and whole columns at once."""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from loglens.events import encode
from loglens.events.columns import Points, encode_columns
from loglens.events.encode import SIMPLE_VALUE, ScalarForm

_FILE_NUMBERS = itertools.count()  # the <n> of file names: files of one process in one second stay apart
_COLUMN_POINTS = 65536  # points encoded at once: a few MB


class EventFileWriter:
    """One new event file `events.out.tfevents.<time>.<host>.<pid>.<n><suffix>` in `directory`.

    `form` is how scalars are put on the wire, `file_version` None leaves out the first record (as CatBoost does),
    `wall_time` is the time of the file itself (default: now). A context manager; not safe between threads.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        form: ScalarForm = SIMPLE_VALUE,
        file_version: int | None = 2,
        wall_time: float | None = None,
        suffix: str = "",
    ) -> None:
        now = time.time() if wall_time is None else wall_time
        name = f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}.{os.getpid()}.{next(_FILE_NUMBERS)}{suffix}"
        self.path = Path(directory) / name
        self.form = form
        self._seen: set[str] = set()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("wb")
        if file_version is not None:
            self.add_event(encode.event(now, 0, encode.file_version(file_version)))

    def add_event(self, payload: bytes) -> None:
        """One encoded Event as one record (see encode.event)."""
        self._file.write(encode.framed(payload))

    def add_scalar(self, tag: str, value: float, step: int, wall_time: float | None = None) -> None:
        """One point; `wall_time` in seconds since 1970, default now."""
        self.add_scalars({tag: value}, step, wall_time)

    def add_scalars(self, values: Mapping[str, float], step: int, wall_time: float | None = None) -> None:
        """Several points of one step in one event."""
        encoded = [
            encode.scalar_value(tag, value, self.form, first=tag not in self._seen) for tag, value in values.items()
        ]
        self._seen.update(values)
        self._add_values(encoded, step, wall_time)

    def add_series(
        self, tag: str, steps: npt.ArrayLike, values: npt.ArrayLike, wall_times: npt.ArrayLike | None = None
    ) -> None:
        """Every point of one tag at once; the arrays are of one length, wall times default to now."""
        count = len(np.atleast_1d(np.asarray(steps)))
        self.add_columns([tag], np.zeros(count, np.int64), steps, values, wall_times)

    def add_columns(
        self,
        tags: Sequence[str],
        tag_indices: npt.ArrayLike,
        steps: npt.ArrayLike,
        values: npt.ArrayLike,
        wall_times: npt.ArrayLike | None = None,
    ) -> None:
        """Points of several tags in the order they are to stand in the file, one event each.

        `tag_indices` int[n] point into `tags`; `steps` int[n], `values` float[n] and `wall_times` float[n]
        (seconds since 1970, default now) go with them. Raises ValueError when the lengths differ.
        """
        indices = np.asarray(tag_indices, np.int64)
        times = np.full(len(indices), time.time()) if wall_times is None else np.asarray(wall_times, np.float64)
        points = Points(indices, np.asarray(steps, np.int64), times, np.asarray(values, np.float64))
        if not len(indices) == len(points.steps) == len(points.values) == len(times):
            raise ValueError("add_columns: tag_indices, steps, values and wall_times must have one length")
        for start in range(0, len(indices), _COLUMN_POINTS):
            part = points[start : start + _COLUMN_POINTS]
            self._file.write(encode_columns(tags, part, self.form, self._seen))

    def add_text(self, tag: str, text: str, step: int = 0, wall_time: float | None = None) -> None:
        """A text summary."""
        self._add_values([encode.text_value(tag, text)], step, wall_time)

    def add_hparams(self, hparams: Mapping[str, float | bool | str], wall_time: float | None = None) -> None:
        """The hyper-parameters of this run, for TensorBoard's HPARAMS tab."""
        now = time.time() if wall_time is None else wall_time
        self._add_values([encode.hparams_value(hparams, now)], 0, now)

    def add_session_start(self, step: int, wall_time: float | None = None) -> None:
        """Say that training resumes at `step`: TensorBoard drops earlier points from there on."""
        self.add_event(encode.event(time.time() if wall_time is None else wall_time, step, encode.session_start()))

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Flush and close; nothing can be added after."""
        self._file.close()

    def __enter__(self) -> EventFileWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _add_values(self, values: list[bytes], step: int, wall_time: float | None) -> None:
        self.add_event(encode.event(time.time() if wall_time is None else wall_time, step, encode.summary(values)))
