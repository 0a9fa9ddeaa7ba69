"""Logs on a real S3 server: the same report as from disk, from few requests, whatever happens in between."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

import fsspec
import numpy as np
import pytest

import loglens
from loglens.cli.main import run
from loglens.events.errors import LogLensError
from loglens.events.follow import EventFileReader
from loglens.events.reader import read_event_file, read_event_files
from loglens.events.remote import file as remote_file
from loglens.events.remote.listing import list_remote
from loglens.events.series import EventFile
from loglens.events.source import LocalFile, source_of
from loglens.events.writer import EventFileWriter
from loglens.inventory import RawRun, raw_runs
from loglens.runs.find import find_runs
from tests.remote.conftest import said, same, upload, write_run
from tests.remote.servers import S3, Request

ROOT = Path(__file__).parents[2]


def kinds(requests: list[Request]) -> dict[str, int]:
    """How many of each kind: listings, looks at one object, reads, and whatever else."""
    counts: Counter[str] = Counter()
    for request in requests:
        if request.method == "GET":
            counts["list" if "list-type=2" in request.path else "get"] += 1
        else:
            counts[request.method.lower()] += 1
    return dict(counts)


def test_five_hundred_runs_are_judged_as_from_disk_with_a_request_each(s3: S3, bucket: str, tmp_path: Path) -> None:
    for number in range(500):
        write_run(tmp_path / "logs" / f"exp{number // 5}" / f"seed{number % 5}", number, points=12)
    upload(tmp_path / "logs", f"s3://{bucket}/logs")
    fsspec.filesystem("s3").pipe({f"{bucket}/logs/exp0/weights/{number}.pt": b"x" for number in range(501)})
    with s3.counted() as requests:
        remote = loglens.analyze(f"s3://{bucket}/logs")
    assert kinds(requests) == {"list": 2, "get": 500}  # 1,001 objects are two pages of the listing
    assert len(remote.runs) == 500
    assert said(remote, f"s3://{bucket}") == said(loglens.analyze(str(tmp_path / "logs")), tmp_path)


def test_an_unchanged_log_has_the_same_state_from_the_listing_alone(s3: S3, bucket: str, tmp_path: Path) -> None:
    for number in range(4):
        write_run(tmp_path / f"run_{number}", number)
    write_run(tmp_path, 9)  # so that run_0 could be a folder of add_scalars: its first bytes must be asked for, once
    upload(tmp_path, f"s3://{bucket}/logs")
    first = find_runs([f"s3://{bucket}/logs"])
    with s3.counted() as requests:
        second = find_runs([f"s3://{bucket}/logs"])
    assert second == first
    assert kinds(requests) == {"list": 1}
    assert all(file.etag and file.size and file.mtime_ns for source in second.sources for file in source.files)
    fsspec.filesystem("s3").pipe(first.sources[2].files[0].path, write_run(tmp_path / "new", 77).read_bytes())
    third = find_runs([f"s3://{bucket}/logs"])
    assert [a.name for a, b in zip(first.sources, third.sources, strict=True) if a != b] == ["run_1"]
    assert first.sources[2].files[0].state != third.sources[2].files[0].state


def test_a_repeated_analysis_reads_nothing_but_the_listing(
    s3: S3, bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        write_run(tmp_path / f"run{number}", number)
    upload(tmp_path, f"s3://{bucket}/logs")
    command = ["analyze", f"s3://{bucket}/logs/", "--format", "json"]
    told, asked = [], []
    for _ in range(2):
        with s3.counted() as requests:
            assert run(command) == 0
        told.append(capsys.readouterr().out)
        asked.append(kinds(requests))
    assert told[0] == told[1]
    assert asked == [{"list": 1, "get": 5}, {"list": 1}]
    fsspec.filesystem("s3").pipe(
        find_runs([f"s3://{bucket}/logs"]).sources[3].files[0].path, write_run(tmp_path / "other", 50).read_bytes()
    )
    with s3.counted() as requests:
        assert run(command) == 0
    assert kinds(requests) == {"list": 1, "get": 1}
    assert capsys.readouterr().out != told[0]


def test_folders_of_add_scalars_are_grouped_as_on_disk(s3: S3, bucket: str, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    write_run(logs / "exp", 1, tags=["lr"])
    write_run(logs / "exp/loss_train", 2, tags=["loss"])
    write_run(logs / "exp/loss_val", 3, tags=["loss"])
    write_run(logs / "exp/other_run", 4, tags=["loss"])
    upload(logs, f"s3://{bucket}/logs")
    with s3.counted() as requests:
        remote = loglens.analyze(f"s3://{bucket}/logs")
    assert [run.name for run in remote.runs] == ["exp", "exp/other_run"]
    assert said(remote, f"s3://{bucket}/logs") == said(loglens.analyze(str(logs)), logs)
    assert kinds(requests) == {"list": 1, "get": 4 + 1}  # the first bytes of the one that may be


@pytest.mark.parametrize("pattern", ["*", "exp*/seed[01]", "**/seed1", "exp1", "*/seed0/*tfevents*", "e*", "**"])
def test_globs_mean_what_they_mean_on_disk(s3: S3, bucket: str, tmp_path: Path, pattern: str) -> None:
    del s3
    for name in ("exp1/seed0", "exp1/seed1", "exp1/seed2", "exp2/seed1/train", ".hidden/seed1", "other/x"):
        write_run(tmp_path / "logs" / name, len(name))
    upload(tmp_path / "logs", f"s3://{bucket}/logs")
    remote, local = (find_runs([f"{base}/logs/{pattern}"]) for base in (f"s3://{bucket}", tmp_path))
    assert [source.name for source in remote.sources] == [source.name for source in local.sources]
    for theirs, ours in zip(remote.sources, local.sources, strict=True):
        assert [file.directory for file in theirs.files] == [file.directory for file in ours.files]


def test_one_file_and_several_named_places(s3: S3, bucket: str, tmp_path: Path) -> None:
    del s3
    path = write_run(tmp_path / "logs", 1)
    upload(tmp_path / "logs", f"s3://{bucket}/old")
    fsspec.filesystem("s3").pipe(f"{bucket}/named otherwise", path.read_bytes())
    assert [s.name for s in find_runs([f"s3://{bucket}/old/{path.name}"]).sources] == ["."]
    assert [s.name for s in find_runs([f"s3://{bucket}/named otherwise"]).sources] == ["."]
    both = find_runs([f"new={tmp_path}/logs", f"was=s3://{bucket}/old"])
    assert [source.name for source in both.sources] == ["new:.", "was:."]
    assert [source.name for source in find_runs([f"s3://{bucket}/old", f"file://{tmp_path}/logs"]).sources] == [
        "logs:.",
        "old:.",
    ]


def test_every_command_takes_a_url(
    s3: S3, bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del s3
    for number in range(6):
        write_run(tmp_path / "logs" / f"exp{number // 3}" / f"seed{number % 3}", number)
    upload(tmp_path / "logs", f"s3://{bucket}/logs")
    here, there = str(tmp_path / "logs"), f"s3://{bucket}/logs"
    monkeypatch.setenv("COLUMNS", "300")  # the longer name must not break lines elsewhere
    for command in (
        ["analyze", "LOGS", "--format", "json"],
        ["runs", "LOGS"],
        ["export", "LOGS"],
        ["check", "LOGS", "--baseline", "LOGS/exp0"],
        ["compare", "LOGS/exp0", "LOGS/exp1"],
        ["analyze", "a=LOGS/exp0", "b=LOGS/exp1", "--format", "json"],
    ):
        told = []
        for place in (here, there):
            code = run([word.replace("LOGS", place) for word in command])
            printed = capsys.readouterr()
            told.append((code, printed.out.replace(place, "LOGS"), printed.err.replace(place, "LOGS")))
        assert told[0][0] in (0, 1), told[0]
        assert told[0] == told[1]


def test_raw_series_are_those_on_disk(s3: S3, bucket: str, tmp_path: Path) -> None:
    for number in range(5):
        write_run(tmp_path / "logs" / f"r{number}", number)
    upload(tmp_path / "logs", f"s3://{bucket}/logs")
    here, there = loglens.read_scalars(tmp_path / "logs"), loglens.read_scalars(f"s3://{bucket}/logs")
    assert list(here) == list(there)
    for key, series in here.items():
        for column in ("steps", "wall_times", "values"):
            assert np.array_equal(getattr(series, column), getattr(there[key], column))
    with s3.counted() as requests:
        raw = [one for one in raw_runs([f"s3://{bucket}/logs"]) if isinstance(one, RawRun)]
    assert [one.name for one in raw] == ["r0", "r1", "r2", "r3", "r4"]
    assert kinds(requests) == {"list": 1, "get": 5}


def test_a_large_file_is_read_in_a_few_ranges(s3: S3, bucket: str, tmp_path: Path) -> None:
    path = write_run(tmp_path / "big", 1, points=400_000, tags=["loss"])
    size = path.stat().st_size
    assert size > 2 * remote_file.RANGE_BYTES
    upload(tmp_path, f"s3://{bucket}/logs")
    with s3.counted() as requests:
        content = read_event_file(f"s3://{bucket}/logs/big/{path.name}")
    assert same(content, read_event_file(path))
    assert kinds(requests) == {"head": 2, "get": -(-size // remote_file.RANGE_BYTES)}  # looked at before and after


def test_a_growing_file_is_read_from_where_it_ended(s3: S3, bucket: str, tmp_path: Path) -> None:
    fs = fsspec.filesystem("s3")
    url = f"s3://{bucket}/run/events.out.tfevents.1"
    remote = EventFileReader(source_of(url))
    with EventFileWriter(tmp_path, wall_time=1.7e9) as writer:
        local = EventFileReader(LocalFile(str(writer.path)))
        for step in range(0, 5000, 1000):
            steps = np.arange(step, step + 1000)
            writer.add_series("loss", steps, 1 / (1 + steps), 1.7e9 + steps)
            writer.flush()
            fs.pipe(url, writer.path.read_bytes())
            with s3.counted() as requests:
                new = remote.refresh()
            assert new == local.refresh()
            assert same(remote.contents(), local.contents())
            assert kinds(requests) == {"head": 1, "get": 2 if step else 1}  # its first bytes, then the new ones
    with s3.counted() as requests:
        assert remote.refresh().new_bytes == 0
    assert kinds(requests) == {"head": 1}
    other = write_run(tmp_path / "other", 5, points=4000)
    fs.pipe(url, other.read_bytes())
    assert remote.refresh().started_over
    assert same(remote.contents(), read_event_file(other))


def test_what_vanishes_or_shrinks_after_the_listing_is_told(s3: S3, bucket: str, tmp_path: Path) -> None:
    del s3
    for number in range(4):
        write_run(tmp_path / f"r{number}", number)
    big = write_run(tmp_path / "r4", 4, points=60_000)
    upload(tmp_path, f"s3://{bucket}/logs")
    listed = list_remote(f"s3://{bucket}/logs").files
    fs = fsspec.filesystem("s3")
    fs.rm(listed[0].path)
    fs.pipe(listed[1].path, next((tmp_path / "r1").iterdir()).read_bytes()[:500])
    fs.pipe(listed[2].path, b"")
    fs.rm(listed[4].path)
    assert big.stat().st_size > 2 << 20
    results = read_event_files([(file.path, file.directory) for file in listed], {f.path: f.size for f in listed})
    gone, short, empty, whole, gone_too = results
    assert isinstance(gone, LogLensError)
    assert "There is no s3://" in str(gone)
    assert isinstance(gone_too, LogLensError)
    assert "There is no s3://" in str(gone_too)
    assert isinstance(short, EventFile)
    assert short.series  # what is there now is read
    assert isinstance(empty, LogLensError)
    assert isinstance(whole, EventFile)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        report = loglens.analyze(f"s3://{bucket}/logs")
    assert [run.name for run in report.runs] == ["r1", "r3"]


def test_a_large_file_replaced_while_it_is_read_is_read_anew(
    s3: S3, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del s3
    first = write_run(tmp_path / "a", 1, points=200_000, tags=["loss"])
    second = write_run(tmp_path / "b", 2, points=190_000, tags=["loss"])
    monkeypatch.setattr(remote_file, "RANGE_BYTES", 1 << 20)
    fs = fsspec.filesystem("s3")
    url = f"s3://{bucket}/run/events.out.tfevents.1"
    fs.pipe(url, first.read_bytes())
    fetch, count = remote_file.RemoteFile._fetch, iter(range(100))

    def replaced_halfway(self: remote_file.RemoteFile, at: int, asked: int) -> None:
        if next(count) == 1:
            fs.pipe(url, second.read_bytes())
        fetch(self, at, asked)

    monkeypatch.setattr(remote_file.RemoteFile, "_fetch", replaced_halfway)
    assert same(read_event_file(url), read_event_file(second))


def test_foreign_damaged_and_empty_objects_cost_no_other(s3: S3, bucket: str, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    good, cut = write_run(logs / "good", 1), write_run(logs / "cut", 2)
    cut.write_bytes(cut.read_bytes()[:-7])
    flipped = write_run(logs / "flipped", 3)
    data = bytearray(flipped.read_bytes())
    data[len(data) // 2] ^= 0xFF
    flipped.write_bytes(data)
    for name, held in (("foreign", b"%PDF-1.7 and so on" * 20), ("empty", b"")):
        (logs / name).mkdir()
        (logs / name / good.name).write_bytes(held)
    upload(logs, f"s3://{bucket}/logs")
    with s3.counted() as requests:
        remote = loglens.analyze(f"s3://{bucket}/logs")
    assert said(remote, f"s3://{bucket}/logs") == said(loglens.analyze(str(logs)), logs)
    assert [run.name for run in remote.runs] == ["cut", "flipped", "good"]
    assert kinds(requests) == {"list": 1, "get": 4, "head": 1}  # no file is fetched twice; the empty one is looked at


def test_a_chain_of_protocols(s3: S3, bucket: str, tmp_path: Path) -> None:
    del s3
    write_run(tmp_path / "logs/a", 1)
    upload(tmp_path / "logs", f"s3://{bucket}/logs")
    chained = loglens.analyze(f"simplecache::s3://{bucket}/logs")
    assert said(chained) == said(loglens.analyze(str(tmp_path / "logs")))


def test_other_processes_read_for_themselves(s3: S3, bucket: str, tmp_path: Path) -> None:
    for number in range(70):
        write_run(tmp_path / "logs" / f"r{number}", number, points=8)
    upload(tmp_path / "logs", f"s3://{bucket}/logs")
    done = subprocess.run(
        [sys.executable, "-m", "loglens", "analyze", f"s3://{bucket}/logs", "--jobs", "2", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **s3.environment},
    )
    local = loglens.analyze(str(tmp_path / "logs"))
    assert json.loads(done.stdout)["runs"] == said(local)["runs"]
