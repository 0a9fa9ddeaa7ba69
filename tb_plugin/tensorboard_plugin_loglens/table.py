"""The table as it grows: every source's results with their revision, and what is news to whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from loglens.runs.groups import group_names
from loglens.runs.source import RunSource
from tensorboard_plugin_loglens.prepared import Prepared


class Table:
    """Thread-safe. Revisions rise and start at the time of day, so that those of an earlier process are too old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first = self.revision = time.time_ns() // 1_000_000
        self._done: dict[str, Prepared] = {}
        self._sources: dict[str, RunSource] = {}
        self._revisions: dict[str, int] = {}  # of each run's row
        self._owners: dict[str, str] = {}  # run -> the source that holds it
        self._removed: dict[str, int] = {}
        self.seeds = ""

    def key(self, name: str) -> str | None:
        """The state of the source's files that the table shows."""
        done = self._done.get(name)
        return done.key if done else None

    def put(self, source: RunSource, prepared: Prepared) -> None:
        """These are the runs of this source now."""
        with self._lock:
            self.revision += 1
            before = self._done.get(source.name)
            names = {row["name"] for row in prepared.rows}
            for row in before.rows if before else ():
                if row["name"] not in names:
                    self._forget(row["name"])
            for row in prepared.rows:
                row["group"] = group_names([row["name"]], self.seeds)[row["name"]]
                self._revisions[row["name"]] = self.revision
                self._owners[row["name"]] = source.name
                self._removed.pop(row["name"], None)
            self._done[source.name] = prepared
            self._sources[source.name] = source

    def keep_only(self, names: set[str]) -> None:
        """Drop the sources that are gone."""
        with self._lock:
            for name in [name for name in self._done if name not in names]:
                self.revision += 1
                for row in self._done.pop(name).rows:
                    self._forget(row["name"])
                del self._sources[name]

    def clear(self, seeds: str) -> None:
        """Begin afresh: under another config every verdict may differ."""
        self.keep_only(set())
        self.seeds = seeds

    def since(self, revision: int) -> dict[str, Any]:
        """The rows that are newer, and the names that are gone; `full` when all rows are sent."""
        with self._lock:
            full = not self._first <= revision <= self.revision
            rows = [
                row
                for done in self._done.values()
                for row in done.rows
                if full or self._revisions[row["name"]] > revision
            ]
            removed = [] if full else [name for name, at in self._removed.items() if at > revision]
            return {
                "revision": self.revision,
                "full": full,
                "rows": rows,
                "removed": removed,
                "unreadable": self._unreadable(),
            }

    def owner(self, run: str) -> tuple[RunSource, Prepared, int] | None:
        """The source that holds the run, its results, and the run's place among them."""
        with self._lock:
            name = self._owners.get(run)
            if name is None:
                return None
            prepared = self._done[name]
            place = next(i for i, row in enumerate(prepared.rows) if row["name"] == run)
            return self._sources[name], prepared, place

    def report(self, frame: Mapping[str, Any]) -> dict[str, Any]:
        """`frame`, an empty report as plain data, with all runs put in: the order and the groups of `assemble`."""
        with self._lock:
            done = list(self._done.values())
            unreadable = self._unreadable()
        runs = sorted((run.to_plain() for one in done for run in one.judged().runs), key=lambda run: str(run["name"]))
        groups = group_names([run["name"] for run in runs], self.seeds)
        for run in runs:
            run["group"] = groups[run["name"]]
        return {**frame, "runs": runs, "unreadable": [*frame["unreadable"], *unreadable]}

    def _unreadable(self) -> Sequence[Mapping[str, Any]]:
        return sorted((item for done in self._done.values() for item in done.unreadable), key=lambda item: item["path"])

    def _forget(self, run: str) -> None:
        self._revisions.pop(run, None)
        self._owners.pop(run, None)
        self._removed[run] = self.revision
