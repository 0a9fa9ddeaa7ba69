"""The Dask engine against real schedulers and workers on loopback: killed, absent, wrong, or without the logs."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from loglens import analyze, dask_engine, pipeline
from loglens.cli.main import run
from loglens.dask_engine import dask_workers
from loglens.engines import Done, map_chunks
from loglens.events.errors import LogLensError
from loglens.pipeline import Progress
from tests.cli.conftest import write_run
from tests.pipeline.clusters import Cluster, cluster, judge_or_die, judge_slowly, until

RUNS = 24
NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/cwd").exists(), reason="needs a path that every process sees differently"
)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """24 runs and a file of garbage beside them, cut two runs a chunk; the working directory is the one above."""
    for number in range(RUNS):
        write_run(tmp_path / "logs" / f"run{number:02d}", points=20 + number)
    (tmp_path / "logs" / "bad").mkdir()
    (tmp_path / "logs" / "bad" / "events.out.tfevents.1.x").write_bytes(b"no event file at all" * 9)
    monkeypatch.setattr(pipeline, "CHUNK_RUNS", 2)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "logs"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers that live as long as this module's tests."""
    with cluster(tmp_path_factory.mktemp("cluster"), 2) as made:
        yield made


def error_of(*arguments: str | Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says on stderr when it ends with 2; nothing on stdout, no traceback."""
    capsys.readouterr()
    assert run([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_the_report_of_two_workers_is_the_local_one(two: Cluster, logs: Path) -> None:
    del logs
    seen: list[Progress] = []
    with dask_workers(two.address) as workers:
        there = analyze("logs", executor=workers, progress=seen.append)  # relative: the workers stand elsewhere
    here = analyze("logs")
    assert there.to_json(curves=True) == here.to_json(curves=True)
    assert len(here.runs) == RUNS
    assert [item.path for item in here.unreadable] == ["logs/bad/events.out.tfevents.1.x"]
    assert [progress.done for progress in seen][-1] == RUNS + 1
    assert len(seen) > RUNS // 2  # it moved chunk by chunk


def test_a_worker_killed_in_the_middle_costs_nothing(tmp_path: Path, logs: Path) -> None:
    with cluster(tmp_path / "cluster", 2) as own, dask_workers(own.address) as workers:
        until(lambda: len(workers.threads()) == 2)

        def kill_once(progress: Progress) -> None:
            if progress.done >= 6 and own.workers[0].poll() is None:
                own.workers[0].send_signal(signal.SIGKILL)
                own.workers[0].wait()

        there = analyze(str(logs), executor=workers, progress=kill_once)
        assert len(workers.threads()) == 1
    assert there.to_json(curves=True) == analyze(str(logs)).to_json(curves=True)


def test_a_run_that_kills_workers_is_found_alone(tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(logs / "killer")
    monkeypatch.setattr(pipeline, "CHUNK_RUNS", 4)  # the killer shares its chunk
    monkeypatch.setattr(pipeline, "judge_packed", judge_or_die)
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "1")
    with cluster(tmp_path / "cluster", 2, "--nanny") as own, dask_workers(own.address) as workers:
        there = analyze(str(logs), executor=workers)
    here = analyze(str(logs), jobs=2)
    assert [item.path for item in here.unreadable] == [str(logs / "bad" / "events.out.tfevents.1.x"), "killer"]
    assert "died every time" in here.unreadable[1].reason
    assert len(here.runs) == RUNS
    assert there.to_json(curves=True) == here.to_json(curves=True)


def test_an_interrupt_cancels_what_is_queued(
    two: Cluster, logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "CHUNK_RUNS", 1)
    monkeypatch.setattr(pipeline, "judge_packed", judge_slowly)

    def begun() -> int:
        return len(list(logs.parent.glob("begun-*")))

    def interrupt() -> None:
        until(lambda: begun() > 0)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    code = run(["analyze", str(logs), "--engine", "dask", "--scheduler", two.address])
    thread.join()
    assert code == 130
    assert capsys.readouterr().err.endswith("Interrupted.\n")
    with dask_workers(two.address) as workers:  # the cluster is free for the next one, and does only that
        assert [done.result for done in map_chunks(abs, [-7], executor=workers)] == [7]
    assert begun() <= 6  # two were running, and a worker may have fetched one more


def test_a_scheduler_that_goes_away_is_told(
    tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "judge_packed", judge_slowly)
    with cluster(tmp_path / "cluster", 1) as own:

        def kill() -> None:
            until(lambda: any(tmp_path.glob("begun-*")))
            own.scheduler.kill()

        thread = threading.Thread(target=kill)
        thread.start()
        error = error_of("analyze", logs, "--engine", "dask", "--scheduler", own.address, capsys=capsys)
        thread.join()
    assert f"The Dask scheduler at {own.address} went away" in error


def test_workers_that_all_go_away_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglens.engines.CHECK_SECONDS", 0.5)
    with cluster(tmp_path / "cluster") as own:
        worker = own.add_worker()
        with dask_workers(own.address) as workers:
            monkeypatch.setattr(dask_engine, "WORKER_SECONDS", 1.0)
            results: Iterator[Done[int, int]] = map_chunks(abs, range(1000), executor=workers)
            next(results)
            worker.kill()
            with pytest.raises(LogLensError, match="has had no worker for 1 seconds"):
                list(results)


@NEEDS_PROC
def test_a_worker_must_see_the_same_logs(two: Cluster, logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del logs
    through_proc = "/proc/self/cwd/logs"  # this process's folder here, the worker's own there
    engine = ("--engine", "dask", "--scheduler", two.address)
    error = error_of("analyze", through_proc, *engine, capsys=capsys)
    assert "cannot read /proc/self/cwd/logs/" in error
    assert "shared file system" in error
    for folder in Path("logs").iterdir():
        for file in folder.iterdir():
            (two.folder / file).parent.mkdir(parents=True)
            (two.folder / file).write_bytes(b"of another training")
    assert "sees another file at /proc/self/cwd/logs/" in error_of("analyze", through_proc, *engine, capsys=capsys)


def test_no_scheduler_there(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as held:  # bound, never listening: nobody answers
        held.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{held.getsockname()[1]}"
        error = error_of("analyze", logs, "--engine", "dask", "--scheduler", address, capsys=capsys)
    assert f"No Dask scheduler answers at {address}" in error
    assert "No Dask scheduler answers at what" in error_of(
        "check", logs, "--engine", "dask", "--scheduler", "what ever", capsys=capsys
    )


def test_workers_absent_without_loglens_or_with_another(
    tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with cluster(tmp_path / "cluster") as own:
        command = ("analyze", logs, "--engine", "dask", "--scheduler", own.address)
        with monkeypatch.context() as patience:
            patience.setattr(dask_engine, "WORKER_SECONDS", 0.5)
            assert f"has no workers. Start some: dask worker {own.address}" in error_of(*command, capsys=capsys)
        nothing = tmp_path / "nothing" / "loglens"  # before the LogLens that may be installed beside this Python
        nothing.mkdir(parents=True)
        (nothing / "__init__.py").write_text(
            "raise ModuleNotFoundError(\"No module named 'loglens'\", name='loglens')\n"
        )
        bare = own.add_worker(path=nothing.parent)
        assert "has no LogLens: install it there too" in error_of(*command, capsys=capsys)
        bare.kill()
        bare.wait()
        old = tmp_path / "old" / "loglens"
        old.mkdir(parents=True)
        (old / "__init__.py").write_text('__version__ = "0.0.1"\n')
        own.add_worker(path=old.parent)
        assert "has LogLens 0.0.1, here it is" in error_of(*command, capsys=capsys)


def test_without_distributed(logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    error = error_of("analyze", logs, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", capsys=capsys)
    assert "pip install 'loglens[dask]'" in error


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--engine", "dask"], "--scheduler tcp://HOST:8786"), (["--scheduler", "tcp://h:1"], "--engine dask")],
)
def test_options_that_do_not_go_together(
    options: list[str], message: str, logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    assert message in error_of("analyze", logs, *options, capsys=capsys)
