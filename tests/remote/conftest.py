"""The S3 server of the session, logs to put on it, and a way to compare what is said of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from fsspec.core import url_to_fs

from loglens.events.series import EventFile
from loglens.events.writer import EventFileWriter
from loglens.report import Report
from tests.remote.servers import S3, Web


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    with S3() as server:
        yield server


@pytest.fixture
def s3(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The server, and the environment in which s3fs finds it as it would find a store of one's own."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server


@pytest.fixture
def bucket(s3: S3, request: pytest.FixtureRequest) -> str:
    """A new bucket of this test's own."""
    del s3
    name = "b-" + str(abs(hash(request.node.nodeid)))[:16]
    fsspec.filesystem("s3").mkdir(name)
    return name


@pytest.fixture
def web() -> Iterator[Callable[..., Web]]:
    """`web(folder, ranges=True)`: a web server over it."""
    servers: list[Web] = []

    def serve(folder: Path, **options: Any) -> Web:
        servers.append(Web(folder, **options))
        return servers[-1]

    yield serve
    for server in servers:
        server.__exit__()


def upload(folder: Path, url: str) -> None:
    """All files below a folder to a store."""
    fs, root = url_to_fs(url)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    fs.pipe({f"{root}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files})


def write_run(folder: Path, seed: int, points: int = 40, tags: Sequence[str] = ("train/loss", "val/loss")) -> Path:
    """One event file of losses that fall, with noise of that seed."""
    x = np.arange(points)
    noise = np.random.default_rng(seed).normal(0, 0.01, (len(tags), points))
    with EventFileWriter(folder, wall_time=1.7e9) as writer:
        for tag, own in zip(tags, noise, strict=True):
            writer.add_series(tag, x, np.exp(-x / 8) + 0.1 + own, 1.7e9 + x)
    return writer.path


def same(one: EventFile, other: EventFile) -> bool:
    """Whether two readings of a file agree, bit by bit; where it lies does not count."""

    def plain(file: EventFile) -> Any:
        return (
            [(s.tag, s.steps.tobytes(), s.wall_times.tobytes(), s.values.tobytes()) for s in file.series],
            (file.notes, file.losses, file.records, file.end_offset, file.file_version),
        )

    return bool(plain(one) == plain(other))


def said(report: Report, *roots: str | Path) -> Any:
    """The report as plain data with the place of the logs taken out: all else must be the same wherever they lie."""
    text = json.dumps(report.to_plain())
    for root in roots:
        text = text.replace(str(root), "ROOT")
    return json.loads(text)
