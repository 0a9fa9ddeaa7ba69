"""The work behind the tab: whenever somebody looks, finds runs and judges what is new or has grown."""

from __future__ import annotations

import json
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from loglens import __version__
from loglens.cache import Cache, is_lasting, is_settled, open_cache
from loglens.config import Config, load_config
from loglens.engines import cores, map_chunks
from loglens.events.errors import LogLensError
from loglens.following import GrowingFiles
from loglens.judge import Plan, make_plan
from loglens.pipeline import assemble
from loglens.runs.find import find_runs, split_name
from loglens.runs.source import RunSource
from loglens.views.page import run_payload
from tensorboard_plugin_loglens.prepared import Prepared, Work, do, from_cache, note_of, prepare, state_key
from tensorboard_plugin_loglens.table import Table

START_SECONDS = 0.5
"""After TensorBoard's start, what an earlier one left is made ready, so that the tab opens at once."""

PATIENCE_SECONDS = 0.25
"""How long an answer waits for a look at the log directory: most looks are over by then, and nobody notices."""

PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
"""Between two looks; twice as long as the last one took, between these bounds: at most a third of a core."""

REMOTE_PAUSE_SECONDS = 5.0
"""At least, where a look is a listing of a store: it is paid for. TensorBoard's own --reload_interval is the same."""

SETTLED_NS = 60_000_000_000
"""A file untouched for this long is taken for finished, and its results are worth keeping on disk."""

KEPT_AT_ONCE = 32
"""Sources written to the cache together: the disk is waited for once."""

SOURCES_A_PIECE = 4
"""Sources judged between two updates of the table, so that it fills in steadily."""

WORTH_PROCESSES = 24
"""Sources to judge from which other processes pay: they cost some 1.5 s to start, a run some 30 ms to judge."""

Fallback = Callable[[Plan], Iterator[tuple[RunSource, Prepared]]]


class Follower:
    """Answers at once from what is known; a daemon thread finds out the rest."""

    def __init__(self, logdirs: Sequence[str], config_path: str, fallback: Fallback | None) -> None:
        self._logdirs = list(logdirs)
        self._config_path = config_path
        self._fallback = fallback
        self._table = Table()
        self._state = "reading"
        self._message = ""
        self._sampled = ""
        self._done = self._total = 0
        self._problems: list[dict[str, str]] = []
        self._config = Config()
        self._config_stamp: object = None
        self._plan: Plan | None = None
        self._cache: Cache | None = None
        self._growing = GrowingFiles()
        self._wake = threading.Event()
        self._looked = threading.Event()
        self._wanted = False
        threading.Thread(target=self._work, name="loglens", daemon=True).start()

    def ask(self) -> None:
        """Somebody is looking, so the log directory is looked at; an open page asks every few seconds."""
        self._wanted = True
        self._looked.clear()
        self._wake.set()
        self._looked.wait(PATIENCE_SECONDS)

    def table(self, since: int) -> dict[str, Any]:
        """State, progress and the rows that changed after revision `since`."""
        changes = self._table.since(since)
        changes["unreadable"] = [*self._problems, *changes["unreadable"]]
        return {**self._status(), **changes, "loglens_version": __version__}

    def report(self) -> dict[str, Any]:
        """The JSON report of what is known, with state and progress beside it while that is not all."""
        frame = assemble((), (), self._config).to_plain()
        report = self._table.report({**frame, "unreadable": self._problems})
        report["unreadable"].sort(key=lambda item: item["path"])
        return {**report, **self._status()}

    def run(self, name: str) -> dict[str, Any] | None:
        """One run with its display curves and figures; None when unknown."""
        found = self._table.owner(name)
        if found is None:
            return None
        _, prepared, place = found
        return run_payload(replace(prepared.judged().runs[place], group=prepared.rows[place]["group"]))

    def _status(self) -> dict[str, Any]:
        return {
            "state": self._state,
            "message": self._message,
            "progress": {"done": self._done, "total": self._total},
            "sampled": self._sampled,
            "logdirs": self._logdirs,
        }

    def _work(self) -> None:
        self._wake.wait(START_SECONDS)
        while True:
            self._wake.clear()
            began = time.monotonic()
            try:
                self._look()
            except LogLensError as error:
                self._say("error" if self._table.since(0)["rows"] == [] else "ready", str(error))
            except RuntimeError as error:
                if "after shutdown" in str(error):
                    return  # TensorBoard is ending, and with it the processes that judge
                self._failed(error)
            except Exception as error:  # whatever it is, the tab says it and the next look may succeed
                self._failed(error)
            if not self._wake.is_set():
                self._looked.set()
            if not self._wanted:
                self._wake.wait()
                continue
            least = REMOTE_PAUSE_SECONDS if any("://" in logdir for logdir in self._logdirs) else PAUSE_SECONDS
            time.sleep(min(LONGEST_PAUSE_SECONDS, max(least, 2 * (time.monotonic() - began))))
            self._wake.wait()

    def _failed(self, error: Exception) -> None:
        logging.getLogger(__name__).exception("LogLens failed while reading")
        self._say("error", f"LogLens failed: {type(error).__name__}: {error}")

    def _look(self) -> None:
        self._read_config()
        assert self._plan is not None
        listed_ns = time.time_ns()
        try:
            found = find_runs(self._logdirs)
        except LogLensError as error:
            if not self._use_fallback(str(error)):
                raise
            return
        self._sampled = ""
        self._problems = [{"path": problem.path, "reason": problem.reason} for problem in found.problems]
        self._table.keep_only({source.name for source in found.sources})
        changed = [
            (source, key) for source in found.sources if self._table.key(source.name) != (key := state_key(source))
        ]
        known = len(found.sources) - len(changed)
        if changed and (known == 0 or len(changed) >= SOURCES_A_PIECE):
            self._progress(known, len(found.sources))
        left = self._from_cache(changed)
        if left and not self._wanted:  # nobody has opened the tab: what was judged before is at hand, no more is done
            return
        fresh: list[tuple[RunSource, Prepared]] = []
        for source, prepared in self._judged(left):
            self._table.put(source, prepared)
            self._done += 1
            fresh.append((source, prepared))
            if len(fresh) == KEPT_AT_ONCE:
                self._keep(fresh, listed_ns)
        self._keep(fresh, listed_ns)
        self._say("ready" if found.sources else "error", "")

    def _judged(self, sources: Sequence[tuple[RunSource, str]]) -> Iterator[tuple[RunSource, Prepared]]:
        assert self._plan is not None
        grown = [(source, key) for source, key in sources if self._table.key(source.name) is not None]
        for source, key in grown:
            yield source, prepare(key, self._growing.judge(source, self._plan).judged)
        sources = [pair for pair in sources if pair not in grown]
        pieces = list(_pieces(sources, self._plan))
        if len(sources) < WORTH_PROCESSES:
            for piece in pieces:
                yield from zip(piece.sources, do(piece), strict=True)
            return
        workers = max(1, cores() - 1)  # one core is left to TensorBoard itself
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            for finished in map_chunks(do, pieces, jobs=workers, executor=pool):
                if finished.result is not None:
                    yield from zip(finished.chunk.sources, finished.result, strict=True)

    def _from_cache(self, changed: Sequence[tuple[RunSource, str]]) -> list[tuple[RunSource, str]]:
        """Put what was judged before into the table, by whichever face; the sources that are left."""
        if self._cache is None:
            return list(changed)
        left: list[tuple[RunSource, str]] = []
        unnoted: list[tuple[RunSource, bytes]] = []
        sources = [source for source, _ in changed]
        for (source, key), packed, note in zip(
            changed, self._cache.load(sources), self._cache.notes(sources), strict=True
        ):
            try:
                prepared = None if packed is None else from_cache(key, packed, note)
            except ValueError:  # damaged where no sum could tell
                prepared = None
            if prepared is None:
                left.append((source, key))
                continue
            self._table.put(source, prepared)
            self._done += 1
            if note is None:
                unnoted.append((source, note_of(prepared)))
        if unnoted:
            self._cache.note(unnoted)
        return left

    def _keep(self, fresh: list[tuple[RunSource, Prepared]], listed_ns: int) -> None:
        """On disk what has settled, for the next TensorBoard and the command line; `fresh` is emptied."""
        settled = [
            (source, prepared)
            for source, prepared in fresh
            if is_settled(source, listed_ns - SETTLED_NS) and is_lasting(prepared.judged())
        ]
        fresh.clear()
        stored = [(source, prepared.packed) for source, prepared in settled]
        if settled and self._cache is not None and self._cache.store(stored, listed_ns):
            self._cache.note([(source, note_of(prepared)) for source, prepared in settled])

    def _use_fallback(self, why: str) -> bool:
        """Whether TensorBoard's own, sampled data could stand in for a log directory that cannot be read."""
        readable = any(Path(split_name(logdir)[1]).exists() for logdir in self._logdirs)
        if self._fallback is None or self._plan is None or readable:
            return False
        runs = list(self._fallback(self._plan))
        if not runs:
            return False
        self._sampled = (
            f"LogLens cannot read the log directory itself, so these verdicts rest on the points TensorBoard kept, at "
            f"most 1,000 a curve unless --samples_per_plugin says otherwise. {why}"
        )
        self._table.keep_only({source.name for source, _ in runs})
        for source, prepared in runs:
            if self._table.key(source.name) != prepared.key:
                self._table.put(source, prepared)
        self._done = self._total = len(runs)
        self._say("ready", "")
        return True

    def _read_config(self) -> None:
        """The config, again when its file was edited: an override of a role shows without a restart."""
        config = load_config(self._config_path or None)
        stamp = json.dumps([config.path, config.to_detail()], default=str)
        if stamp != self._config_stamp or self._plan is None:
            plan = make_plan(config)
            self._table.clear(config.seeds)
            self._config, self._plan, self._config_stamp = config, plan, stamp
            self._cache = open_cache(plan)

    def _progress(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._say("reading", "")

    def _say(self, state: str, message: str) -> None:
        self._state, self._message = state, message
        if state == "ready":
            self._total = self._done = max(self._total, self._done)


def _pieces(sources: Sequence[tuple[RunSource, str]], plan: Plan) -> Iterator[Work]:
    for start in range(0, len(sources), SOURCES_A_PIECE):
        part = sources[start : start + SOURCES_A_PIECE]
        yield Work(tuple(source for source, _ in part), tuple(key for _, key in part), plan)
