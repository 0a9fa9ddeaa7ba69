"""Real servers on loopback that count what is asked of them: S3 (moto's, a process of its own) and a web server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "loopback",
    "AWS_SECRET_ACCESS_KEY": "loopback",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it; `span` is its Range header, "" where it asked for all or nothing is known."""

    method: str
    path: str
    span: str = ""


class S3:
    """An S3 server process; what it was asked is read from its own log."""

    def __init__(self, **environment: str) -> None:
        self.url = ""
        self._log: list[Request] = []
        self._known = threading.Event()
        self._said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **environment},
        )
        threading.Thread(target=self._read, daemon=True).start()
        if not self._known.wait(60) or not self.url:
            self.stop()
            raise RuntimeError("the S3 server did not start:\n" + "".join(self._said))

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to find this server and be let in."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url}

    @contextmanager
    def counted(self) -> Iterator[list[Request]]:
        """What is asked of the server in the meantime; filled in at the end."""
        self._settle()
        before = len(self._log)
        found: list[Request] = []
        yield found
        self._settle()
        found += [request for request in self._log[before:] if not request.path.startswith("/moto-api")]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _settle(self) -> None:
        """Wait until a question of ours stands in the log: then all earlier ones do."""
        mark = f"/moto-api/mark-{time.monotonic_ns()}"
        try:
            urllib.request.urlopen(self.url + mark, timeout=30).close()
        except urllib.error.HTTPError as error:
            error.close()
        deadline = time.monotonic() + 30
        while not any(mark in request.path for request in self._log[-50:]):
            assert time.monotonic() < deadline, "the server's log has stopped"
            time.sleep(0.005)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._said.append(line)
            del self._said[:-50]
            if found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", line):
                self.url = found[1]
                self._known.set()
            elif found := re.search(r"(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP/", line):
                self._log.append(Request(found[1], found[2]))
        self._known.set()

    def __enter__(self) -> S3:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Files(SimpleHTTPRequestHandler):
    """Folders as pages and files as they are, as `python -m http.server` sends them; with ranges where asked to."""

    server: Web

    def do_GET(self) -> None:
        self._note()
        status = self.server.failing.get(unquote(self.path))
        if status:
            self.send_error(status)
            return
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not span or not self.server.ranges or not path.is_file():
            super().do_GET()
            return
        data = path.read_bytes()
        start, end = int(span[1]), min(int(span[2]) + 1, len(data))
        if start >= len(data):
            self.send_error(416)
            return
        self.send_response(206)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        self.wfile.write(data[start:end])

    def do_HEAD(self) -> None:
        self._note()
        status = self.server.failing.get(unquote(self.path))
        if status:
            self.send_error(status)
            return
        super().do_HEAD()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _note(self) -> None:
        self.server.requests.append(Request(self.command, self.path, self.headers.get("Range", "")))


class Web(ThreadingHTTPServer):
    """A web server over a folder. `failing` maps paths to the status they answer; `ranges` may be switched off."""

    daemon_threads = True

    def __init__(self, folder: Path, *, ranges: bool = True) -> None:
        self.requests: list[Request] = []
        self.failing: dict[str, int] = {}
        self.ranges = ranges
        super().__init__(("127.0.0.1", 0), lambda *given: _Files(*given, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()
