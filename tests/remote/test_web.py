"""Logs behind a plain web server: folders are pages, ranges are used where the server knows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import loglens
from loglens.events.errors import LogLensError
from loglens.events.follow import EventFileReader
from loglens.events.reader import read_event_file
from loglens.events.remote import file as remote_file
from loglens.events.source import source_of
from loglens.runs.find import find_runs
from loglens.runs.load import RunSettings, load_many
from tests.remote.conftest import said, same, write_run
from tests.remote.servers import Web

Serve = Callable[..., Web]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Some runs, one with a name that a URL must escape."""
    for number, name in enumerate(("exp/seed0", "exp/seed1", "Tue 19:43 #1 50%/train", "Tue 19:43 #1 50%/validation")):
        write_run(tmp_path / "logs" / name, number, tags=["loss", "accuracy"])
    (tmp_path / "logs" / "notes.txt").write_text("no log")
    return tmp_path / "logs"


@pytest.mark.parametrize("ranges", [True, False])
def test_the_report_is_that_of_the_folder(web: Serve, logs: Path, ranges: bool) -> None:
    server = web(logs, ranges=ranges)
    remote = loglens.analyze(server.url)
    assert [run.name for run in remote.runs] == ["Tue 19:43 #1 50%", "exp/seed0", "exp/seed1"]
    assert said(remote, server.url) == said(loglens.analyze(str(logs)), logs)
    pages = [request for request in server.requests if request.path.endswith("/")]
    files = [(request.method, request.path) for request in server.requests if "tfevents" in request.path]
    assert len(pages) == 1 + 7  # a look at LOGDIR, then a page a folder
    assert len(files) == len(set(files)) == 2 * 4  # a look and a read a file


def test_a_repeated_look_reads_no_file(web: Serve, logs: Path) -> None:
    server = web(logs)
    first = find_runs([server.url])
    assert all(file.mtime_ns or file.etag for source in first.sources for file in source.files)
    server.requests.clear()
    assert find_runs([server.url]) == first
    assert not [r for r in server.requests if r.method == "GET" and "tfevents" in r.path]


def test_one_file_and_a_glob(web: Serve, logs: Path) -> None:
    server = web(logs)
    (path,) = (logs / "exp/seed1").iterdir()
    one = loglens.analyze(f"{server.url}/exp/seed1/{path.name}")
    assert [run.name for run in one.runs] == ["."]
    assert [source.name for source in find_runs([f"{server.url}/exp/*"]).sources] == ["seed0", "seed1"]
    assert [source.name for source in find_runs([f"{server.url}/**/seed1"]).sources] == ["exp/seed1"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_large_file(web: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ranges: bool) -> None:
    path = write_run(tmp_path / "big", 1, points=60_000)
    size = path.stat().st_size
    assert size > 2 << 20  # beyond what is fetched in one piece with others
    monkeypatch.setattr(remote_file, "RANGE_BYTES", 1 << 20)
    server = web(tmp_path, ranges=ranges)
    assert same(read_event_file(f"{server.url}/big/{path.name}"), read_event_file(path))
    reads = [request.span for request in server.requests if request.method == "GET"]
    if ranges:
        assert len(reads) == 1 + -(-size // (1 << 20))  # one byte to see that the server knows ranges
        assert all(reads)
    else:
        assert len([span for span in reads if not span]) == 1  # once whole, to a file on disk


def test_a_growing_file_asks_for_the_new_bytes(web: Serve, tmp_path: Path) -> None:
    whole = write_run(tmp_path / "whole", 1, points=500).read_bytes()
    live = tmp_path / "logs/run/events.out.tfevents.1"
    live.parent.mkdir(parents=True)
    server = web(tmp_path / "logs")
    reader = EventFileReader(source_of(f"{server.url}/run/{live.name}"))
    end = 0
    for size in (10_000, 30_000, len(whole)):
        live.write_bytes(whole[:size])
        server.requests.clear()
        reader.refresh()
        spans = [request.span for request in server.requests if request.method == "GET"]
        assert spans == (["bytes=0-511"] if end else []) + [f"bytes={end}-{size - 1}"]
        end = reader.contents().end_offset
    assert same(reader.contents(), read_event_file(tmp_path / "whole" / next((tmp_path / "whole").iterdir()).name))


def test_what_the_server_refuses_is_told(web: Serve, logs: Path) -> None:
    server = web(logs)
    (gone,), (forbidden,) = ((logs / name).iterdir() for name in ("exp/seed0", "exp/seed1"))
    server.failing[f"/exp/seed0/{gone.name}"] = 404
    server.failing["/Tue 19:43 #1 50%/"] = 500
    found = find_runs([server.url])
    assert [source.name for source in found.sources] == ["exp/seed1"]
    reasons = " ".join(problem.reason for problem in found.problems)
    assert f"exp/seed0/{gone.name}" in reasons
    assert "Tue%2019" in reasons
    server.failing = {f"/exp/seed1/{forbidden.name}": 403}
    sources = find_runs([f"{server.url}/exp"]).problems
    assert "credentials" in sources[0].reason
    server.failing = {}
    found = find_runs([f"{server.url}/exp"])
    gone.unlink()

    first, second = load_many(found.sources, RunSettings())
    assert "There is no http://" in first.problems[0].reason
    assert second.runs


def test_nothing_there_and_nobody_there(web: Serve, logs: Path) -> None:
    server = web(logs)
    with pytest.raises(LogLensError, match="There is no http"):
        find_runs([f"{server.url}/expo"])
    (logs / "none").mkdir()
    with pytest.raises(LogLensError, match="There is nothing at"):
        find_runs([f"{server.url}/none"])
    (logs / "none/results.csv").write_text("no log")
    with pytest.raises(LogLensError, match="no TensorBoard event files"):
        find_runs([f"{server.url}/none"])
    server.__exit__()
    with pytest.raises(LogLensError, match="cannot be reached"):
        find_runs([server.url])
