"""The real `tensorboard` command in every mode: it starts, and its tab tells what the command line tells."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.panel.reports import write_log, write_logs
from tests.panel.servers import DATA, ROOT, Server, install

BESIDE = ("state", "message", "progress", "sampled", "logdirs")


def command_line(cwd: Path, *logdirs: str | Path) -> Any:
    """What `loglens analyze --format json` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "loglens", "analyze", *map(str, logdirs), "--format", "json"],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(cwd / "home")},
        capture_output=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def told(report: Any) -> Any:
    return {key: value for key, value in report.items() if key not in BESIDE}


Flags = Callable[[Path], list[str]]


@pytest.mark.parametrize(
    ("flags", "logdirs", "prefix"),
    [
        pytest.param(lambda w: ["--logdir", f"{w}/logs"], ["logs"], "", id="as it is"),
        pytest.param(lambda w: ["--logdir", f"{w}/logs", "--load_fast=false"], ["logs"], "", id="load_fast off"),
        pytest.param(lambda w: ["--logdir", f"{w}/logs", "--load_fast=true"], ["logs"], "", id="load_fast on"),
        pytest.param(lambda w: ["--logdir", f"{w}/logs", "--path_prefix=/a/b"], ["logs"], "", id="path prefix"),
        pytest.param(lambda w: ["--logdir", f"{w}/logs"], ["logs"], "/experiment/some", id="experiment"),
        pytest.param(lambda _: ["--logdir", "logs", "--bind_all"], ["logs"], "", id="relative, all addresses"),
        pytest.param(lambda _: ["--logdir", "~/logs"], ["home/logs"], "", id="home"),
        pytest.param(
            lambda w: [f"--logdir_spec=one:{w}/logs,two:{w}/home/logs"],
            ["one=logs", "two=home/logs"],
            "",
            id="logdir_spec",
        ),
    ],
)
def test_every_mode_tells_what_the_command_line_tells(
    tmp_path: Path, flags: Flags, logdirs: list[str], prefix: str
) -> None:
    write_logs(tmp_path / "logs", 4)
    write_log(tmp_path / "home" / "logs" / "at-home", "oscillation")
    with Server(tmp_path, *flags(tmp_path)) as server:
        server.url += prefix
        listing = server.json("/data/plugins_listing")
        assert listing["loglens"]["enabled"]
        assert listing["loglens"]["tab_name"] == "LogLens"
        report = server.report()
        assert (
            server.get(f"{DATA}{listing['loglens']['loading_mechanism']['module_path'].rpartition('loglens')[2]}")[0]
            == 200
        )
    assert report["state"] == "ready"
    expected = command_line(
        tmp_path, *[text.replace("=", f"={tmp_path}/") if "=" in text else tmp_path / text for text in logdirs]
    )
    assert told(report) == expected
    warnings = [line for line in server.lines if "this warning will become an error" in line or "Traceback" in line]
    assert not warnings


def test_config_flag(tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a")
    (tmp_path / "mine.toml").write_text('[[role]]\ntag = "val/loss"\nphase = "test"\n')
    with Server(tmp_path, "--logdir", tmp_path / "logs", "--loglens_config", tmp_path / "mine.toml") as server:
        (run,) = server.report()["runs"]
    (curve,) = [curve for curve in run["curves"] if curve["tag"] == "val/loss"]
    assert curve["phase"] == "test"
    assert "config" in curve["role_reason"]


def test_a_plugin_that_fails_on_import_stops_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "tensorboard_plugin_loglens"
    broken.mkdir(parents=True)
    for name in ("__init__.py", "loader.py", "failed.py"):
        shutil.copy(ROOT / "tb_plugin" / "tensorboard_plugin_loglens" / name, broken)
    (broken / "plugin.py").write_text("raise ImportError('broken on purpose')\n")
    write_log(tmp_path / "logs" / "a")
    path = os.pathsep.join([str(tmp_path / "broken"), install(tmp_path / "installed")])
    with Server(tmp_path, "--logdir", tmp_path / "logs", path=path) as server:
        assert "scalars" in server.json("/data/plugins_listing")
        status, _, body = server.get(f"{DATA}/failed.js")
    assert status == 200
    assert b"broken on purpose" in body


def test_loading_the_entry_point_imports_nothing_heavy() -> None:
    """TensorBoard loads every plugin's entry point at its start, whether anyone opens the tab or not."""
    code = "import sys, tensorboard.plugins.base_plugin as _; before = set(sys.modules); "
    code += "import tensorboard_plugin_loglens.loader; print(sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tb_plugin")])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "loglens" not in [name.strip("' []\n").split(".")[0] for name in done.stdout.split(",")]
    assert "numpy" not in done.stdout
