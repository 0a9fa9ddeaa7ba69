"""Installs frameworks, trains something tiny with each, and checks what LogLens makes of the logs.

    python -m tests.frameworks NAME... | --light | --all   [--keep]

NAME is a script of tests/frameworks/train. The environments, with LogLens beside the framework, are made in
$LOGLENS_FRAMEWORKS (default: a folder of the system's temporary files). --keep replaces the logs of
tests/frameworks/logs.
Exits with 1 when LogLens gets anything wrong, an installation fails, or its dependencies clash.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.frameworks.check import problems
from tests.frameworks.suite import FRAMEWORKS, Framework

ROOT = Path(__file__).resolve().parent.parent.parent
LOGS = Path(__file__).resolve().parent / "logs"
CACHE = Path(os.environ.get("LOGLENS_FRAMEWORKS") or Path(tempfile.gettempdir()) / "loglens-frameworks")


def main(arguments: list[str]) -> int:
    """Run the chosen frameworks; the exit code."""
    names = [argument for argument in arguments if not argument.startswith("--")]
    every, light = "--all" in arguments, "--light" in arguments
    chosen = [one for one in FRAMEWORKS if every or one.script in names or (light and one.light)]
    unknown = set(names) - {one.script for one in FRAMEWORKS}
    if unknown or not chosen:
        known = ", ".join(one.script for one in FRAMEWORKS)
        print(f"unknown: {', '.join(sorted(unknown)) or 'nothing chosen'}; there are {known}", file=sys.stderr)
        return 2
    wrong = 0
    for framework in chosen:
        try:
            found = run(framework, keep="--keep" in arguments)
        except subprocess.CalledProcessError as error:
            found = [f"{' '.join(map(str, error.cmd))} failed:\n{error.stdout}{error.stderr}"]
        print(f"{framework.script}: {'; '.join(found) or 'as the framework reports'}", flush=True)
        wrong += found != list(framework.known)
    return int(wrong > 0)


def run(framework: Framework, *, keep: bool) -> list[str]:
    """Install, train, check; every disagreement as a sentence."""
    python = environment(framework)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / framework.script
        call(python, "-m", f"tests.frameworks.train.{framework.script}", str(out))
        anonymous(out)
        reported: dict[str, Any] = json.loads((out / "reported.json").read_text(encoding="utf-8"))
        read = json.loads(call(python, "-I", str(ROOT / "tests" / "frameworks" / "read.py"), str(out)))
        if keep:
            shutil.rmtree(LOGS / framework.script, ignore_errors=True)
            shutil.copytree(out, LOGS / framework.script)
        return problems(reported, read) + (panel(python, out) if framework.panel else [])


def environment(framework: Framework) -> Path:
    """The Python of the framework's environment, everything installed, LogLens of this tree too."""
    place = CACHE / framework.environment
    python = place / "bin" / "python"
    if not python.exists():
        call(Path(sys.executable), "-m", "venv", str(place))
    if framework.first:
        call(python, "-m", "pip", "install", "-q", *framework.first)
    call(python, "-m", "pip", "install", "-q", *framework.first, *framework.packages)
    call(python, "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps", str(ROOT))
    call(python, "-m", "pip", "install", "-q", *framework.first, str(ROOT))
    call(python, "-m", "pip", "check")
    return python


def anonymous(out: Path) -> None:
    """Leave only logs and the report, and take out the name of the machine, after which event files are called."""
    for file in [file for file in out.rglob("*") if file.is_file()]:
        if not ("tfevents" in file.name or file.name.startswith(("vdlrecords", "reported.json"))):
            file.unlink()
    for folder in sorted((folder for folder in out.rglob("*") if folder.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    for file in out.rglob(f"*{socket.gethostname()}*"):
        file.rename(file.with_name(file.name.replace(socket.gethostname(), "host")))


def panel(python: Path, out: Path) -> list[str]:
    """What is wrong with the TensorBoard of this environment, started with LogLens beside it: nothing."""
    command = [str(python.with_name("tensorboard")), "--logdir", str(out), "--port", "0", "--host", "127.0.0.1"]
    with tempfile.TemporaryFile("w+") as said, subprocess.Popen(command, stderr=said, text=True) as server:
        try:
            for _ in range(60):
                time.sleep(1)
                said.seek(0)
                address = re.search(r"http://127\.0\.0\.1:\d+/", said.read())
                if address or server.poll() is not None:
                    break
            else:
                address = None
            if not address:
                said.seek(0)
                return [f"TensorBoard does not start: {said.read()[-500:]}"]
            listed = fetch(address[0] + "data/plugins_listing")
            runs = fetch(address[0] + "data/runs")
        finally:
            server.terminate()
    missing = {"scalars", "loglens"} - {name for name, about in listed.items() if about["enabled"]}
    return [f"TensorBoard lists no {sorted(missing)}"] * bool(missing) + ["TensorBoard has no runs"] * (not runs)


def fetch(url: str) -> Any:
    """The JSON at this address of the server just started."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def call(python: Path, *arguments: str) -> str:
    """What the command prints; raises CalledProcessError with its output."""
    ran = subprocess.run([str(python), *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return ran.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
