"""The files of trainings that are running: each look reads only what was appended since the last."""

from __future__ import annotations

from loglens.events.errors import LogLensError
from loglens.events.follow import EventFileReader
from loglens.events.series import EventFile
from loglens.events.source import source_of
from loglens.judge import Chunk, Plan, judge_chunk, judge_loaded
from loglens.runs.load import put_together
from loglens.runs.source import RunSource, SourceFile
from tensorboard_plugin_loglens.prepared import Prepared, prepare

MOST_FILES = 256
"""Files held open for more, with all they held so far; those that grew longest ago give way and are read anew."""


class GrowingFiles:
    """One reader a file, used by one thread."""

    def __init__(self) -> None:
        self._readers: dict[str, EventFileReader] = {}  # latest last

    def judge(self, source: RunSource, key: str, plan: Plan) -> Prepared:
        """The source as it is now; the bytes that were taken in before are not read again."""
        try:
            judged = judge_loaded(
                [put_together(source, [self._contents(f) for f in source.files], plan.settings)], plan
            )
        except Exception:  # judged again from the start: if that fails too, it is the source's own `Unreadable`
            self._readers.clear()
            judged = judge_chunk(Chunk((source,), plan))
        return prepare(key, judged)

    def _contents(self, file: SourceFile) -> EventFile | LogLensError:
        reader = self._readers.pop(file.path, None) or EventFileReader(source_of(file.path), file.directory)
        self._readers[file.path] = reader
        while len(self._readers) > MOST_FILES:
            self._readers.pop(next(iter(self._readers)))
        try:
            reader.refresh()
            return reader.contents()
        except LogLensError as error:
            return error
