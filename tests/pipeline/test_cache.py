"""The cache: the same report from it, nothing judged twice, nothing stale, and no failure of it costs a result."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import numpy as np
import pytest

import loglens.cache
import loglens.judge
import loglens.packed
from loglens.cache import FILE_NAME, Cache, default_folder
from loglens.config import CheckRule, Config, DetectorSettings
from loglens.detector import Inputs, Wanted
from loglens.events.writer import EventFileWriter
from loglens.judge import Chunk, Plan, make_plan
from loglens.packed import judge_packed
from loglens.pipeline import analyze
from loglens.report import Report
from loglens.runs.find import find_runs
from loglens.runs.source import RunSource, SourceFile
from loglens.stamp import stamp_of
from loglens.verdict import Verdict
from loglens.watching import Watch

LONG_AGO = 1.7e9


def write_run(folder: Path, seed: int = 0, *, age: bool = True) -> Path:
    steps = np.arange(30)
    noise = np.random.default_rng(seed).normal(0, 0.01, (2, 30))
    with EventFileWriter(folder, wall_time=LONG_AGO) as writer:
        writer.add_series("train/loss", steps, np.exp(-steps / 5) + noise[0], LONG_AGO + steps)
        writer.add_series("val/loss", steps, np.exp(-steps / 5) + 0.1 + noise[1], LONG_AGO + steps)
    if age:
        os.utime(writer.path, (LONG_AGO, LONG_AGO))
    return writer.path


@pytest.fixture
def logdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOGLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("loglens.pipeline.CHUNK_RUNS", 2)
    for seed in range(5):
        write_run(tmp_path / "logs" / "net" / f"seed{seed}", seed)
    return tmp_path / "logs"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The names of the runs judged since it was last asked."""
    names: list[str] = []
    judge = loglens.judge.judge

    def spy(run: object, plan: Plan) -> object:
        names.append(getattr(run, "name", ""))
        return judge(run, plan)  # type: ignore[arg-type]

    def since() -> list[str]:
        told = names.copy()
        names.clear()
        return told

    monkeypatch.setattr("loglens.judge.judge", spy)
    return since


Judged = Callable[[], list[str]]


def whole(report: Report) -> str:
    return report.to_json(curves=True)


def test_a_second_analysis_judges_nothing_and_is_the_same(logdir: Path, judged: Judged) -> None:
    fresh = analyze(str(logdir))
    first = analyze(str(logdir), cache=True)
    assert len(judged()) == 10
    second = analyze(str(logdir), cache=True)
    assert judged() == []
    assert whole(fresh) == whole(first) == whole(second)


def test_without_the_cache_nothing_is_written(logdir: Path) -> None:
    analyze(str(logdir))
    folder = default_folder()
    assert folder is not None
    assert not folder.exists()


def test_a_watch_begins_with_what_analyze_judged_and_the_other_way_round(logdir: Path, judged: Judged) -> None:
    expected = analyze(str(logdir), cache=True)
    judged()
    watch = Watch([str(logdir)], cache=True)
    watch.look()
    assert judged() == []
    assert [(run.name, [v.summary for v in run.verdicts]) for run in watch.runs] == [
        (run.name, [v.summary for v in run.verdicts]) for run in expected.runs
    ]
    write_run(logdir / "net" / "seed9", 9)
    watch.look()
    assert judged() == ["net/seed9"]
    analyze(str(logdir), cache=True)
    assert judged() == []


def test_only_what_changed_is_judged_again(logdir: Path, judged: Judged) -> None:
    analyze(str(logdir), cache=True)
    judged()
    with next((logdir / "net" / "seed3").iterdir()).open("ab") as stream:
        stream.write(b"\x00" * 12)
    write_run(logdir / "net" / "seed9", 9)
    shutil.rmtree(logdir / "net" / "seed0")
    report = analyze(str(logdir), cache=True)
    assert sorted(judged()) == ["net/seed3", "net/seed9"]
    assert whole(report) == whole(analyze(str(logdir)))


@pytest.mark.parametrize(
    "config",
    [
        Config(detectors={"overfitting": DetectorSettings(parameters={"min_rise": 0.5})}),
        Config(detectors={"plateau": DetectorSettings(enabled=False)}),
        Config(checks=(CheckRule(tag="val/loss", statistic="best"),)),
        Config(seeds="net"),
    ],
    ids=["parameter", "detector", "check", "seeds"],
)
def test_another_config_is_judged_by_itself(logdir: Path, judged: Judged, config: Config) -> None:
    analyze(str(logdir), cache=True)
    judged()
    report = analyze(str(logdir), config=config, cache=True)
    assert len(judged()) == 5
    assert whole(report) == whole(analyze(str(logdir), config=config))
    judged()
    analyze(str(logdir), cache=True)
    assert judged() == []


def test_fewer_detectors_or_points_are_another_request(logdir: Path, judged: Judged) -> None:
    analyze(str(logdir), cache=True)
    judged()
    analyze(str(logdir), detectors=["plateau"], cache=True)
    analyze(str(logdir), max_points=9, cache=True)
    assert len(judged()) == 10


def test_a_replaced_file_of_one_size_and_time_is_seen(logdir: Path, judged: Judged) -> None:
    analyze(str(logdir), cache=True)
    (old,) = (logdir / "net" / "seed1").iterdir()
    new = write_run(logdir.parent / "other", 77)
    os.utime(new, ns=(old.stat().st_mtime_ns, old.stat().st_mtime_ns))
    assert old.stat().st_size == new.stat().st_size
    new.replace(old)
    judged()
    analyze(str(logdir), cache=True)
    assert judged() == ["net/seed1"]


def test_a_file_that_is_just_being_written_is_not_trusted(logdir: Path, judged: Judged) -> None:
    """Overwritten in place within the clock's step, with size and time as they were: nothing would tell."""
    path = write_run(logdir / "net" / "live", 1, age=False)
    analyze(str(logdir), cache=True)
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-200:] = bytes(200)
    with path.open("r+b") as stream:
        stream.write(data)
    os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    judged()
    report = analyze(str(logdir), cache=True)
    assert judged() == ["net/live"]
    assert whole(report) == whole(analyze(str(logdir)))


def test_an_etag_needs_no_clock(tmp_path: Path) -> None:
    cache = Cache(tmp_path, make_plan(Config()))
    now = time.time_ns()
    source = RunSource("a", (SourceFile("s3://bucket/a", "a", 5, now, 0, "etag"),))
    (packed,) = judge_packed(Chunk((RunSource("x", ()),), make_plan(Config(), ["plateau"])))
    assert cache.store([(source, packed)], now)
    assert list(cache.load([source])) == [packed]
    changed = RunSource("a", (SourceFile("s3://bucket/a", "a", 5, now, 0, "other"),))
    assert list(cache.load([changed])) == [None]


def test_a_server_that_tells_no_state_is_not_trusted(tmp_path: Path) -> None:
    cache = Cache(tmp_path, make_plan(Config()))
    source = RunSource("a", (SourceFile("https://host/a", "a", 5),))
    (packed,) = judge_packed(Chunk((RunSource("x", ()),), make_plan(Config(), ["plateau"])))
    cache.store([(source, packed)], time.time_ns())
    assert list(cache.load([source])) == [None]


def test_what_could_not_be_read_is_tried_again(logdir: Path) -> None:
    (path,) = (logdir / "net" / "seed2").iterdir()
    data = path.read_bytes()
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    os.utime(path, (LONG_AGO, LONG_AGO))
    first = analyze(str(logdir), cache=True)
    second = analyze(str(logdir), cache=True)
    assert whole(first) == whole(second)
    assert len(second.unreadable) == 1
    path.write_bytes(data)
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert len(analyze(str(logdir), cache=True).runs) == 5


def test_a_detector_that_failed_is_tried_again(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("loglens.detectors.plateau.Plateau.judge", lambda *_: 1 / 0)
        failed = analyze(str(logdir), cache=True)
    assert any(verdict.status == "error" for verdict in failed.runs[0].verdicts)
    assert whole(analyze(str(logdir), cache=True)) == whole(analyze(str(logdir)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda _: b"",
        lambda _: b"not a database" * 1000,
        lambda data: data[:100] + os.urandom(len(data) - 100),
        lambda data: bytes(byte ^ 0x55 if i > 5000 and i % 97 == 0 else byte for i, byte in enumerate(data)),
    ],
    ids=["cut", "empty", "another file", "noise", "flipped bytes"],
)
def test_a_damaged_cache_costs_time_only(logdir: Path, damage: Callable[[bytes], bytes]) -> None:
    fresh = whole(analyze(str(logdir), cache=True))
    file = logdir.parent / "cache" / FILE_NAME
    file.write_bytes(damage(file.read_bytes()))
    for _ in range(3):
        assert whole(analyze(str(logdir), cache=True)) == fresh


def test_a_damaged_cache_heals(logdir: Path, judged: Judged) -> None:
    analyze(str(logdir), cache=True)
    (logdir.parent / "cache" / FILE_NAME).write_bytes(b"not a database" * 1000)
    analyze(str(logdir), cache=True)
    judged()
    analyze(str(logdir), cache=True)
    assert judged() == []


def test_a_cache_that_cannot_be_written_costs_nothing(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (logdir.parent / "file").write_text("")
    for place in (logdir.parent / "file", logdir.parent / "file" / "below", Path("/proc/nowhere")):
        monkeypatch.setenv("LOGLENS_CACHE", str(place))
        assert len(analyze(str(logdir), cache=True).runs) == 5


def test_a_locked_cache_is_gone_without(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analyze(str(logdir), cache=True)
    monkeypatch.setattr("loglens.cache._PATIENCE_SECONDS", 0.01)
    other = sqlite3.connect(logdir.parent / "cache" / FILE_NAME)
    other.execute("BEGIN EXCLUSIVE")
    assert len(analyze(str(logdir), cache=True).runs) == 5
    other.close()


def _analyze(logdir: str) -> str:
    return whole(analyze(logdir, cache=True))


def test_several_processes_write_at_once(logdir: Path) -> None:
    for seed in range(5, 30):
        write_run(logdir / "net" / f"seed{seed}", seed)
    with ProcessPoolExecutor(4) as pool:
        reports = set(pool.map(_analyze, [str(logdir)] * 8))
    assert reports == {whole(analyze(str(logdir)))}


def test_the_least_recently_used_go_first(logdir: Path, judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr("loglens.cache.time.time", lambda: clock[0])
    analyze(str(logdir), cache=True)
    file = logdir.parent / "cache" / FILE_NAME
    with sqlite3.connect(file) as database:
        (held,) = database.execute("SELECT sum(bytes) FROM runs").fetchone()
    clock[0] += 200_000
    analyze(str(logdir / "net" / "seed4"), cache=True)  # another name, so another entry
    monkeypatch.setattr("loglens.cache.MAX_BYTES", held)
    clock[0] += 200_000
    analyze(str(logdir / "net" / "seed4"), cache=True)  # used
    analyze(str(logdir / "net" / "seed3"), cache=True)  # stored: what is too much goes
    with sqlite3.connect(file) as database:
        (left,) = database.execute("SELECT sum(bytes) FROM runs").fetchone()
    assert left <= held
    judged()
    analyze(str(logdir / "net" / "seed4"), cache=True)
    assert judged() == []
    analyze(str(logdir), cache=True)
    assert 0 < len(judged()) <= 5


def test_threads_and_spellings_share(logdir: Path, judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    analyze(str(logdir), cache=True)
    judged()
    monkeypatch.chdir(logdir.parent)
    for spelling in ("logs", "logs/", "./logs", f"{logdir}/../logs"):
        analyze(spelling, cache=True)
    assert judged() == []
    analyze("logs/net", cache=True)  # the runs have other names there
    assert len(judged()) == 5


@dataclass(frozen=True, slots=True)
class Foreign:
    """Somebody else's detector."""

    limit: float = 1.0
    name: ClassVar[str] = "foreign"
    judges: ClassVar[tuple[Wanted, ...]] = (Wanted(("validation",), ("loss",)),)
    reads: ClassVar[tuple[Wanted, ...]] = ()

    def judge(self, inputs: Inputs) -> tuple[Verdict, ...]:
        del inputs
        return (Verdict("foreign", "pass", "fine"),)


def test_another_s_detector_is_part_of_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(Config())

    def stamp(file: Path, *detectors: Foreign) -> str | None:
        module = ModuleType("foreign_detector")
        module.__file__ = str(file)
        monkeypatch.setitem(sys.modules, "foreign_detector", module)
        monkeypatch.setattr(Foreign, "__module__", "foreign_detector")
        return stamp_of(Plan(plan.settings, (*plan.detectors, *detectors)))

    files = [tmp_path / "one.py", tmp_path / "two.py"]
    files[0].write_text("limit = 1")
    files[1].write_text("limit = 2")
    stamps = [stamp(files[0]), stamp(files[0], Foreign()), stamp(files[0], Foreign(2.0)), stamp(files[1], Foreign())]
    assert None not in stamps
    assert len(set(stamps)) == 4


def test_a_detector_without_a_file_is_never_kept(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Foreign, "__module__", "__main__")
    plan = make_plan(Config())
    plan = Plan(plan.settings, (*plan.detectors, Foreign()))
    cache = Cache(logdir.parent / "cache", plan)
    sources = find_runs([str(logdir)]).sources
    packed = judge_packed(Chunk(sources[:1], plan))
    assert not cache.store([(sources[0], packed[0])], time.time_ns())
    assert list(cache.load(sources[:1])) == [None]


def test_an_edit_of_our_code_is_seen(tmp_path: Path) -> None:
    """A copy of LogLens with one number changed has another stamp; with the same contents it has the same."""
    root = Path(loglens.__path__[0])
    program = (
        "from loglens.stamp import stamp_of; from loglens.judge import make_plan; from loglens.config import Config;"
        "print(stamp_of(make_plan(Config())))"
    )

    def stamp() -> str:
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True,
            env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        return done.stdout

    shutil.copytree(root, tmp_path / "loglens", ignore=shutil.ignore_patterns("__pycache__"))
    first = stamp()
    edited = tmp_path / "loglens" / "detectors" / "plateau.py"
    os.utime(edited)
    assert stamp() == first
    edited.write_text(edited.read_text() + "\n")
    second = stamp()
    table = next((tmp_path / "loglens").rglob("*.tsv"))
    table.write_text(table.read_text() + "\n")
    assert len({first, second, stamp()}) == 3
