"""The panel over remote logs: the full verdicts, what has grown read on, and TensorBoard's sample where it cannot."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fsspec
import pytest

import loglens
from loglens.events.reader import read_event_file
from tests.panel.servers import DATA, Server
from tests.panel.test_plugin import Panel, as_json, beside, context_for
from tests.remote.conftest import said, upload, write_run
from tests.remote.servers import S3


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No config and no cache but the test's own."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setenv("LOGLENS_CACHE", str(tmp_path / "cache"))


def test_the_panel_shows_full_verdicts_and_reads_on(s3: S3, bucket: str, tmp_path: Path) -> None:
    url = f"s3://{bucket}/logs"
    for number in range(3):
        write_run(tmp_path / "logs" / f"r{number}", number)
    whole = write_run(tmp_path / "whole", 7, points=2000).read_bytes()
    live = tmp_path / "logs/live/events.out.tfevents.1"
    live.parent.mkdir()
    live.write_bytes(whole[: len(whole) // 2])
    upload(tmp_path / "logs", url)
    panel = Panel(context_for(url))
    assert beside(panel.report()) == as_json(loglens.analyze(url).to_plain())
    assert panel.report()["sampled"] == ""
    assert panel.json("/run?name=live")["run"]["name"] == "live"
    fsspec.filesystem("s3").pipe(f"{bucket}/logs/live/{live.name}", whole)
    expected = as_json(loglens.analyze(url).to_plain())
    with s3.counted() as requests:
        deadline = time.monotonic() + 60
        while beside(panel.json("/report")) != expected:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    asked = [request.path for request in requests if "list-type=2" not in request.path]
    assert asked
    assert all("/live/" in path for path in asked)


def test_a_store_that_cannot_be_read_leaves_the_sample(s3: S3, tmp_path: Path) -> None:
    del s3
    content = read_event_file(write_run(tmp_path / "a", 1))
    points: dict[str, Any] = {
        series.tag: [
            SimpleNamespace(step=step, wall_time=wall, value=value)
            for step, wall, value in zip(series.steps, series.wall_times, series.values, strict=True)
        ]
        for series in content.series
    }
    provider = SimpleNamespace(read_scalars=lambda *_, **__: {"a": points})
    report = Panel(context_for("s3://no-such-bucket/logs", provider=provider)).report()
    assert [run["name"] for run in report["runs"]] == ["a"]
    assert "points TensorBoard kept" in report["sampled"]
    assert "There is no bucket no-such-bucket" in report["sampled"]


def test_the_real_tensorboard_on_a_bucket(s3: S3, bucket: str, tmp_path: Path) -> None:
    for number in range(3):
        write_run(tmp_path / "logs" / f"r{number}", number)
    upload(tmp_path / "logs", f"s3://{bucket}/logs")
    (tmp_path / "work").mkdir()
    with Server(tmp_path / "work", "--logdir", f"s3://{bucket}/logs", environment=s3.environment) as server:
        report = server.report(lambda report: report["state"] == "ready" and len(report["runs"]) == 3)
        assert report["sampled"] == ""
        assert report["runs"] == said(loglens.analyze(str(tmp_path / "logs")))["runs"]
        status, _, _ = server.get(f"{DATA}/table?since=0")
        assert status == 200
