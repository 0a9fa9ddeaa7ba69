"""`loglens.testing` and its pytest plugin, as a training script's own test-suite uses them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from loglens.pipeline import analyze
from loglens.testing import assert_healthy, assert_no_regression, update_baseline
from tests.gate.conftest import config, write_group, write_seed

ROOT = Path(__file__).parents[2]
pytest_plugins = ["pytester"]

SUITE = """
import numpy as np
from loglens.events.writer import EventFileWriter

def train(logdir, level, nan=False):
    steps = np.arange(20)
    for seed in range(3):
        values = np.exp(-steps / 4) + level + 0.01 * np.sin(seed)
        if nan:
            values[15:] = np.nan
        folder = logdir / f"seed{seed}"
        folder.mkdir()
        with EventFileWriter(folder, wall_time=1.7e9) as writer:
            writer.add_series("val/loss", steps, values, 1.7e9 + steps)

def test_health(loglens_run):
    train(loglens_run.logdir, 0.3, nan=NAN)
    loglens_run.assert_healthy(config=CONFIG)

def test_regression(loglens_run):
    train(loglens_run.logdir, LEVEL)
    loglens_run.assert_no_regression("baseline.json")
"""


def test_assert_healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config(tmp_path, '[[health]]\ndetectors = ["non-finite"]')
    good = write_seed(tmp_path / "good", 1)
    bad = write_seed(tmp_path / "bad", 2, nan_from=20)
    assert assert_healthy(good).exit_code == 0
    with pytest.raises(AssertionError, match=r"fail: non-finite: .*val/loss"):
        assert_healthy(bad)
    report = analyze(str(bad), detectors=["non-finite"])
    for judged in (report, report.runs[0]):
        with pytest.raises(AssertionError, match="non-finite"):
            assert_healthy(judged)


def test_assert_no_regression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_group(tmp_path / "old", 4)
    write_group(tmp_path / "same", 4, 100)
    write_group(tmp_path / "worse", 4, 200, worse=0.05)
    update_baseline("old", "b.json")
    assert assert_no_regression("same", "b.json").exit_code == 0
    assert assert_no_regression(tmp_path / "same", tmp_path / "old").exit_code == 0
    with pytest.raises(AssertionError, match=r"best\(\*\) of val/loss.*surely worse"):
        assert_no_regression("worse", "b.json")
    update_baseline("worse", "b.json")
    assert assert_no_regression("worse", "b.json").exit_code == 0


def test_what_cannot_be_decided_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_seed(tmp_path / "a", 1)
    write_seed(tmp_path / "b", 2, worse=1.0)
    with pytest.warns(UserWarning, match="was not decided: 1 seed a side"):
        assert_no_regression("b", "a")


@pytest.mark.parametrize(("nan", "level", "passed", "failed"), [(False, 0.3, 2, 0), (True, 0.5, 0, 2)])
def test_the_fixture_in_a_suite(
    *, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, nan: bool, level: float, passed: int, failed: int
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # where LogLens is installed, it would load it twice
    toml = pytester.path / "health.toml"
    toml.write_text('[[health]]\ndetectors = ["non-finite"]\n')
    pytester.makeini("[pytest]\n")
    plugin = ("-p", "loglens.pytest_plugin")
    suite = SUITE.replace("CONFIG", repr(str(toml)))
    pytester.makepyfile(suite.replace("NAN", "False").replace("LEVEL", "0.3"))
    first = pytester.runpytest(*plugin)
    first.assert_outcomes(passed=1, failed=1)
    first.stdout.fnmatch_lines(
        ["There is no baseline *baseline.json yet: pytest --loglens-update makes it of this run."]
    )
    pytester.runpytest(*plugin, "--loglens-update").assert_outcomes(passed=2)
    assert (pytester.path / "baseline.json").is_file(), "beside the test's own file"
    pytester.makepyfile(suite.replace("NAN", str(nan)).replace("LEVEL", str(level)))
    pytester.runpytest(*plugin).assert_outcomes(passed=passed, failed=failed)


def test_the_plugin_loads_nothing_but_the_standard_library_until_it_is_used() -> None:
    code = (
        "import sys, pytest, _pytest.pytester\n"
        "before = set(sys.modules)\n"
        "import loglens.pytest_plugin, loglens.testing\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)\n"
        "assert new == {'loglens'}, new\n"
        "own = sorted(name for name in sys.modules if name.startswith('loglens'))\n"
        "assert own == ['loglens', 'loglens.pytest_plugin', 'loglens.testing'], own\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_a_suite_that_does_not_use_the_fixture_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_nothing():\n"
        "    loaded = {n.partition('.')[0] for n in sys.modules}\n"
        "    assert not loaded & {'numpy', 'scipy', 'click', 'rich', 'plotly'}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "loglens.pytest_plugin", str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
