"""The real `tensorboard` command, with the plugin found through its entry point as after `pip install`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
ENTRY_POINT = "tensorboard_plugin_loglens.loader:LogLensLoader"
PYTHON = os.environ.get("LOGLENS_TENSORBOARD_PYTHON", sys.executable)  # another one: tests/frameworks
DATA = "/data/plugin/loglens"


def install(folder: Path, entry_point: str = ENTRY_POINT) -> str:
    """A PYTHONPATH on which LogLens is installed: the tree, and the metadata that names its entry point."""
    info = folder / "loglens-0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loglens\nVersion: 0\n")
    (info / "entry_points.txt").write_text(f"[tensorboard_plugins]\nloglens = {entry_point}\n")
    return os.pathsep.join([str(folder), str(ROOT), str(ROOT / "tb_plugin")])


class Server:
    """A running TensorBoard. `url` has no slash at its end and holds the path prefix."""

    def __init__(
        self,
        work: Path,
        *flags: str | Path,
        path: str | None = None,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        command = [PYTHON, "-m", "tensorboard.main", "--port", "0", *map(str, flags)]
        surroundings = {
            "PATH": os.environ["PATH"],
            "HOME": str(work / "home"),
            "PYTHONPATH": path or install(work / "installed"),
            "LOGLENS_CACHE": str(work / "cache"),
            "PYTHONWARNINGS": "ignore",
            **(environment or {}),
        }
        (work / "home").mkdir(exist_ok=True)
        self.work = work
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=cwd or work, env=surroundings
        )
        self.lines: list[str] = []
        self.url = ""
        self._known = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._known.wait(60) or not self.url:
            self.stop()
            raise RuntimeError("TensorBoard did not start:\n" + "".join(self.lines))

    def get(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> tuple[int, Any, bytes]:
        """Status, headers and body."""
        request = urllib.request.Request(self.url + path, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def json(self, path: str) -> Any:
        status, _, body = self.get(path)
        assert status == 200, (status, body)
        return json.loads(body)

    def report(self, until: Callable[[Any], bool] = lambda report: report["state"] == "ready") -> Any:
        """The plugin's report, once it is as wanted."""
        deadline = time.monotonic() + 60
        while True:
            report = self.json(f"{DATA}/report")
            if until(report):
                return report
            assert time.monotonic() < deadline, report
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"at (http://\S+?)/? \(Press", line)
            if found:
                self.url = re.sub(r"//[^:/]+:", "//127.0.0.1:", found[1])
                self._known.set()
        self._known.set()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
