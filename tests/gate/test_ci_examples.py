"""The action, the GitLab template, the pre-commit hook and the examples of docs/ci.md: valid, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import JUnitXml
from pre_commit.clientlib import load_config, load_manifest
from ruamel.yaml import YAML

from tests.gate.conftest import Call, write_group

ROOT = Path(__file__).parents[2]
pytest_plugins = ["pytester"]

CONFIG = '[[check]]\ntag = "val/loss"\nstatistic = "best"\n[[health]]\ndetectors = ["non-finite"]\n'


def load(text: str) -> Any:
    """YAML as plain data."""
    return YAML(typ="safe", pure=True).load(text)


def schema(name: str) -> Any:
    """A schema that check-jsonschema carries."""
    return json.loads(files("check_jsonschema").joinpath(f"builtin_schemas/vendor/{name}.json").read_text("utf-8"))


def example(section: str, language: str, number: int = 0) -> str:
    """A code block of a section of docs/ci.md."""
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```", body, re.MULTILINE | re.DOTALL)
    return blocks[number]


@pytest.fixture
def project(loglens: Call, projects: Path) -> Path:
    """A repository with a config, a baseline and a command `loglens` on its path."""
    (projects / "loglens.toml").write_text(CONFIG)
    assert loglens("baseline", "save", "old", "-o", "baseline.json").code == 0
    command = projects / "bin" / "loglens"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m loglens "$@"\n')
    command.chmod(0o755)
    return projects


def bash(script: str, project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A script as a CI runner runs it: stopping at the first error."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=project,
        env={"PATH": f"{project / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def action_environment(step: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    """The environment of a composite action's step, its inputs filled in as GitHub does."""
    inputs = load((ROOT / "action.yml").read_text())["inputs"]
    values = {name: given.get(name, spec.get("default", "")) for name, spec in inputs.items()}
    assert set(given) <= set(inputs)
    return {
        key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], text)
        for key, text in step["env"].items()
    }


def run_action(project: Path, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The check step of the action, with GitHub's files."""
    (step,) = [s for s in load((ROOT / "action.yml").read_text())["runs"]["steps"] if s.get("id") == "check"]
    files_ = {"GITHUB_OUTPUT": str(project / "output"), "GITHUB_STEP_SUMMARY": str(project / "summary.md")}
    return bash(step["run"], project, **action_environment(step, given), **files_)


def test_the_action_and_its_example_are_valid() -> None:
    action = load((ROOT / "action.yml").read_text())
    jsonschema.validate(action, schema("github-actions"))
    workflow = load(example("GitHub", "yaml"))
    jsonschema.validate(workflow, schema("github-workflows"))
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "an input inside a script is a way to inject commands"
    (install,) = [step for step in action["runs"]["steps"] if step["name"] == "Install LogLens"]
    assert "$GITHUB_ACTION_PATH" in install["run"], "the LogLens of the action's own version"


@pytest.mark.parametrize(("logs", "code"), [("same", 0), ("worse", 1), ("nowhere", 2)])
def test_the_action_as_the_example_uses_it(project: Path, logs: str, code: int) -> None:
    steps = load(example("GitHub", "yaml"))["jobs"]["check"]["steps"]
    (given,) = [step["with"] for step in steps if step.get("uses", "").startswith("loglens/loglens@")]
    (project / "runs").symlink_to(project / logs)
    done = run_action(project, given)
    assert done.returncode == code, done.stderr
    assert (project / "output").read_text() == f"exit-code={code}\n"
    if code == 2:
        return
    assert ("::error file=loglens.toml,line=1," in done.stdout) == (code == 1)
    assert "LogLens:" in (project / "summary.md").read_text()
    reports = project / "loglens-report"
    assert json.loads((reports / "loglens.json").read_text())["exit_code"] == code
    assert JUnitXml.fromfile(str(reports / "loglens.xml")).failures == code
    (upload,) = [step["with"]["sarif_file"] for step in steps if "upload-sarif" in step.get("uses", "")]
    assert (project / upload).is_file()


def test_several_folders_and_arguments_with_blanks(project: Path) -> None:
    write_group(project / "more logs", 2)
    given = {"logdir": "a=same\nb=more logs\n", "arguments": "--allow-empty\n--output\ntext:my report.txt\n"}
    done = run_action(project, given)
    assert done.returncode == 0, done.stderr
    assert "6 runs" in (project / "my report.txt").read_text()


@pytest.mark.parametrize(("logs", "code"), [("same", 0), ("worse", 1)])
def test_gitlab(project: Path, logs: str, code: int) -> None:
    template = load((ROOT / "ci" / "loglens.gitlab-ci.yml").read_text())
    used = load(example("GitLab", "yaml"))
    for pipeline in (template, used):
        jsonschema.Draft7Validator(schema("gitlab-ci")).validate(pipeline)
    job = template[used["check-training"]["extends"]]
    variables = {**job["variables"], **used["check-training"]["variables"]}
    (project / "runs").symlink_to(project / logs)
    done = bash("\n".join(job["script"]), project, **variables)
    assert done.returncode == code, done.stderr
    issues = json.loads((project / job["artifacts"]["reports"]["codequality"]).read_text())
    assert len(issues) == code
    assert JUnitXml.fromfile(str(project / job["artifacts"]["reports"]["junit"])).failures == code
    assert (project / job["artifacts"]["paths"][0]).is_file()


@pytest.mark.parametrize(("logs", "code"), [("same", 0), ("worse", 1)])
def test_pre_commit(project: Path, logs: str, code: int) -> None:
    (hook,) = load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))
    (project / ".pre-commit-config.yaml").write_text(example("pre-commit", "yaml"))
    ((use,),) = [repo["hooks"] for repo in load_config(str(project / ".pre-commit-config.yaml"))["repos"]]
    assert use["id"] == hook["id"]
    (project / "runs").symlink_to(project / logs)
    done = bash(" ".join([hook["entry"], *use["args"]]), project)
    assert done.returncode == code, done.stderr
    for name in ("runs/events.out.tfevents.1.host", "loglens.toml", "ci/baseline.json"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "train.py")


TRAIN = """
import numpy as np
from loglens.events.writer import EventFileWriter

LIFT = 0.0

def train(logdir, seed):
    logdir.mkdir(parents=True)
    steps = np.arange(30)
    values = np.exp(-steps / 6) + 0.3 + 0.01 * np.random.default_rng(seed).normal() + LIFT
    with EventFileWriter(logdir, wall_time=1.7e9) as writer:
        writer.add_series("val/loss", steps, values, 1.7e9 + steps)
"""


def test_pytest_example(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # where LogLens is installed, it would load it twice
    pytester.makeini("[pytest]\npythonpath = .\n")
    (pytester.path / "loglens.toml").write_text('[[health]]\ndetectors = ["non-finite"]\n')
    (pytester.path / "train.py").write_text(TRAIN)
    pytester.makepyfile(example("pytest", "python"))
    plugin = ("-p", "loglens.pytest_plugin")
    pytester.runpytest_subprocess(*plugin, "--loglens-update").assert_outcomes(passed=1)
    pytester.runpytest_subprocess(*plugin).assert_outcomes(passed=1)
    (pytester.path / "train.py").write_text(TRAIN.replace("LIFT = 0.0", "LIFT = 0.2"))
    result = pytester.runpytest_subprocess(*plugin)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*best(*)*val/loss*surely worse*"])


def test_assertions_example(project: Path) -> None:
    script = example("pytest", "python", 1)
    for logs, passes in (("same", True), ("worse", False)):
        (project / "runs").unlink(missing_ok=True)
        (project / "runs").symlink_to(project / logs)
        (project / "example.py").write_text(script)
        done = bash(f'"{sys.executable}" example.py', project)
        assert (done.returncode == 0) == passes, done.stderr
