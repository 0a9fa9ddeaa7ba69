"""Starting up: what is loaded for which command, --help, --version, completion, errors and interruptions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import loglens
from loglens.cli.main import cli, run
from tests.cli.conftest import Call, shell

ROOT = Path(__file__).parents[2]
HEAVY = ("scipy", "plotly", "pandas", "pyarrow", "torch", "tensorboard")


def modules_loaded_by(*arguments: str | Path) -> set[str]:
    """The names in sys.modules after `loglens ARGUMENTS` in a fresh interpreter."""
    code = (
        "import sys; from loglens.cli.main import run; run(sys.argv[1:]); sys.stdout.flush();"
        "print('\\nMODULES', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.rpartition("MODULES")[2].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["analyze", "--help"], ["completion", "zsh"]])
def test_light_commands_load_no_numerics(arguments: list[str]) -> None:
    loaded = modules_loaded_by(*arguments)
    for name in ("numpy", "rich", *HEAVY):
        assert name not in loaded, f"loglens {' '.join(arguments)} loads {name}"


def test_only_the_command_that_is_asked_for_is_loaded() -> None:
    loaded = modules_loaded_by("completion", "bash")
    assert {name for name in loaded if name.startswith("loglens.cli.") and "._" not in name} == {
        "loglens.cli.main",
        "loglens.cli.completion",
    }


def test_analysing_loads_neither_plotly_nor_the_slow_parts_of_scipy(logs: Path) -> None:
    loaded = modules_loaded_by("analyze", logs, "--format", "json")
    for name in ("plotly", "rich", "scipy.stats", "scipy.signal", "pandas", "torch", "tensorboard"):
        assert name not in loaded


def test_version() -> None:
    assert shell("--version").out == f"loglens {loglens.__version__}\n"


@pytest.mark.parametrize("name", ["analyze", "watch", "runs", "export", "detectors", "explain", "completion"])
def test_commands_teach_with_examples(loglens: Call, name: str) -> None:
    result = loglens(name, "--help")
    assert result.code == 0
    assert re.search(r"Examples?:|start file", result.out)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"loglens {name} {parameter.opts[0]} has no help"


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
def test_completion_scripts_call_back_into_loglens(loglens: Call, kind: str) -> None:
    result = loglens("completion", kind)
    assert result.code == 0
    assert f"_LOGLENS_COMPLETE={kind}_complete" in result.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [("loglens an", "analyze"), ("loglens analyze --form", "--format"), ("loglens explain non", "non-finite")],
)
def test_the_shell_gets_completions(words: str, expected: str) -> None:
    count = str(len(words.split()) - 1)
    done = shell(COMP_WORDS=words, COMP_CWORD=count, _LOGLENS_COMPLETE="bash_complete")
    assert expected in done.out


def test_without_arguments_the_help_is_shown(loglens: Call) -> None:
    result = loglens()
    assert "analyze" in result.out + result.err
    assert result.code == 2


def test_an_unexpected_error_is_no_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(cli, "main", broken)
    assert run([]) == 2
    err = capsys.readouterr().err
    assert "bug in LogLens" in err
    assert "oops" in err
    assert "Traceback" not in err
    monkeypatch.setenv("LOGLENS_DEBUG", "1")
    run([])
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    assert run([]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
