"""What is said when a store cannot be read: which package to install, what is missing, which credentials."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

import loglens
from loglens.cli.main import run
from loglens.events.errors import LogLensError
from loglens.events.reader import read_event_file
from loglens.runs.find import find_runs
from tests.remote.conftest import said, same, upload, write_run
from tests.remote.servers import CREDENTIALS, S3

ROOT = Path(__file__).parents[2]


@pytest.fixture
def fresh_s3() -> Iterator[None]:
    """s3fs keeps one client a process; these tests change what it finds in the environment."""
    kind = fsspec.get_filesystem_class("s3")
    kind.clear_instance_cache()
    yield
    kind.clear_instance_cache()


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """What `loglens analyze URL` says on stderr; it must exit with 2 and print no traceback."""

    def tell(url: str) -> str:
        assert run(["analyze", url]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "Traceback" not in captured.err
        return captured.err

    return tell


@pytest.mark.parametrize(
    ("missing", "url", "command"),
    [
        ("fsspec", "s3://bucket/logs", "pip install 'loglens[remote]' (or: pip install fsspec s3fs)"),
        ("fsspec", "sftp://host/logs", "pip install 'loglens[remote]'"),
        ("s3fs", "s3://bucket/logs", "pip install 'loglens[remote]' (or: pip install fsspec s3fs)"),
        ("gcsfs", "gs://bucket/logs", "pip install 'loglens[remote]' (or: pip install fsspec gcsfs)"),
        ("aiohttp", "http://host/logs", "pip install 'loglens[remote]' (or: pip install fsspec aiohttp)"),
        ("adlfs", "abfs://box/logs", "pip install adlfs"),
    ],
)
def test_a_missing_package_is_named_with_its_command(missing: str, url: str, command: str, tmp_path: Path) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from loglens.cli.main import run; sys.exit(run(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "analyze", url],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"loglens: Reading {url} needs the package {missing}: {command}")


def test_local_logs_load_nothing_of_it(tmp_path: Path) -> None:
    write_run(tmp_path / "a", 1)
    code = (
        "import sys; from loglens.cli.main import run; run(['analyze', sys.argv[1], '--format', 'json']);"
        "print('\\nMODULES', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.rpartition("MODULES")[2].split())
    assert not loaded & {"fsspec", "s3fs", "aiohttp", "asyncio", "loglens.events.remote"}


def test_a_bucket_that_is_not_there(s3: S3, told: Callable[[str], str]) -> None:
    del s3
    assert "There is no bucket no-such-bucket" in told("s3://no-such-bucket/logs")


def test_a_folder_that_is_not_there_names_the_nearest(
    s3: S3, bucket: str, tmp_path: Path, told: Callable[[str], str]
) -> None:
    del s3
    write_run(tmp_path / "a", 1)
    upload(tmp_path, f"s3://{bucket}/experiments")
    assert f"did you mean s3://{bucket}/experiments?" in told(f"s3://{bucket}/experiment")
    assert "Nothing matches" in told(f"s3://{bucket}/experiments/z*")


@pytest.mark.usefixtures("fresh_s3")
def test_no_credentials(s3: S3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: Callable[[str], str]) -> None:
    del s3
    for name in CREDENTIALS:
        if name != "AWS_EC2_METADATA_DISABLED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    message = told("s3://bucket/logs")
    assert "credentials" in message
    assert "AWS_PROFILE" in message


@pytest.mark.usefixtures("fresh_s3")
def test_wrong_credentials(monkeypatch: pytest.MonkeyPatch, told: Callable[[str], str]) -> None:
    with S3(INITIAL_NO_AUTH_ACTION_COUNT="0") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        message = told("s3://bucket/logs")
    assert "cannot be read with the credentials that were found" in message
    assert "does not exist in our records" in message  # the server's own words


@pytest.mark.usefixtures("fresh_s3")
def test_nobody_answers(s3: S3, monkeypatch: pytest.MonkeyPatch, told: Callable[[str], str]) -> None:
    del s3
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # the discard port: nothing listens
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    message = told("s3://bucket/logs")
    assert "cannot be reached" in message
    assert "AWS_ENDPOINT_URL" in message


def test_a_protocol_nobody_knows(told: Callable[[str], str]) -> None:
    assert "fsspec knows no store tape://" in told("tape://vault/logs")


def test_memory_and_file_urls(tmp_path: Path) -> None:
    path = write_run(tmp_path / "logs" / "lr=0.1" / "a", 1)
    upload(tmp_path / "logs", "memory://box/logs")
    local = loglens.analyze(str(tmp_path / "logs"))
    assert said(loglens.analyze("memory://box/logs")) == said(local)
    assert said(loglens.analyze(f"file://{tmp_path}/logs")) == said(local)
    assert same(read_event_file(f"file://{path}"), read_event_file(path))
    before = find_runs(["memory://box/logs"])
    assert find_runs(["memory://box/logs"]) == before
    fsspec.filesystem("memory").pipe(f"/box/logs/lr=0.1/a/{path.name}", path.read_bytes())
    after = find_runs(["memory://box/logs"])
    assert after.sources[0].files[0].state != before.sources[0].files[0].state
    with pytest.raises(LogLensError, match="did you mean memory://box/logs"):
        find_runs(["memory://box/log"])
