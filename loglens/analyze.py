"""The one pipeline from log directories to a Report: find, load, judge, measure, thin for display."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from loglens import __version__
from loglens.config import Config
from loglens.detector import Detector, discover, judge_run
from loglens.display import MAX_POINTS, display_curves
from loglens.engines import cores, map_chunks
from loglens.errors import LogLensError
from loglens.report import CurveReport, Lost, Report, RunReport, Unreadable
from loglens.runs.curve import Curve, Run
from loglens.runs.find import RunSource, find_runs
from loglens.runs.groups import group_names
from loglens.runs.load import RunSettings, load_many
from loglens.runs.memory import run_from_arrays

CHUNK_BYTES = 16 << 20
"""Event file bytes a chunk: as many small files as are decoded joined in one buffer (loglens.events)."""

CHUNK_RUNS = 64
"""Runs a chunk at most, so that progress moves and a dead worker costs little."""

PARALLEL_BYTES = 24 << 20
"""Below this, other processes cost more than they save (measured: benchmarks/engines)."""
