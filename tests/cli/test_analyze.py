"""`loglens analyze`: exit codes, what goes to which stream, and an answer to every mistake people make."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call, shell, write_run


def test_verdicts_do_not_change_the_exit_code_unless_asked(loglens: Call, logs: Path) -> None:
    assert loglens("analyze", logs).code == 0
    assert loglens("analyze", logs, "--fail-on", "fail").code == 1
    assert loglens("analyze", logs, "--fail-on", "warn").code == 1
    assert loglens("analyze", logs / "net", "--detector", "non-finite", "--fail-on", "warn").code == 0


def test_the_text_names_the_broken_run_its_step_and_what_to_try(loglens: Call, logs: Path) -> None:
    result = loglens("analyze", logs)
    assert result.out.startswith("3 runs:  \N{BALLOT X} 1 fail")
    head, first_run = result.out.splitlines()[2:4]
    assert head.split() == ["run", "course", "verdict", "best", "loss"]
    assert "broken" in first_run
    assert "non-finite from" in first_run
    assert "step 25" in result.out
    assert "try" in result.out
    assert result.err == ""


def test_json_is_the_contracts_shape_and_nothing_else_is_on_stdout(logs: Path) -> None:
    result = shell("analyze", logs, "--format", "json")
    assert (result.code, result.err) == (0, "")
    report = json.loads(result.out)
    assert list(report)[:4] == ["schema", "loglens_version", "config", "runs"]
    assert report["schema"] == "loglens.report/1"
    assert [run["name"] for run in report["runs"]] == ["broken", "net/seed0", "net/seed1"]
    run = report["runs"][0]
    for key in ("name", "group", "steps_per_epoch", "batch_size", "lost", "curves", "verdicts", "measurements"):
        assert key in run
    assert "display" not in run
    assert {"bad_records", "truncated_bytes", "repeated_steps"} <= set(run["lost"])
    verdict = next(v for v in run["verdicts"] if v["detector"] == "non-finite")
    assert verdict["tags"][0] == {"dir": "broken", "tag": "train/loss"}


def test_curves_are_added_on_request(loglens: Call, logs: Path) -> None:
    report = json.loads(loglens("analyze", logs, "--format", "json", "--curves").out)
    curve = report["runs"][0]["display"][0]
    assert len(curve["steps"]) == len(curve["values"]) == 40
    assert curve["values"][30] is None


def test_outputs_are_files_beside_stdout(loglens: Call, logs: Path, tmp_path: Path) -> None:
    result = loglens(
        "analyze", logs, "--output", f"json:{tmp_path / 'r.json'}", "--output", f"text:{tmp_path / 'r.txt'}"
    )
    assert json.loads((tmp_path / "r.json").read_text())["schema"] == "loglens.report/1"
    assert (tmp_path / "r.txt").read_text().startswith("3 runs")
    assert result.out.startswith("3 runs")


def test_quiet_leaves_the_exit_code_and_the_files(loglens: Call, logs: Path, tmp_path: Path) -> None:
    result = loglens("analyze", logs, "--quiet", "--fail-on", "fail", "--output", f"json:{tmp_path / 'r.json'}")
    assert (result.code, result.out, result.err) == (1, "", "")
    assert (tmp_path / "r.json").exists()


def test_detectors_can_be_picked(loglens: Call, logs: Path) -> None:
    report = json.loads(loglens("analyze", logs, "--format", "json", "--detector", "non-finite").out)
    assert {verdict["detector"] for run in report["runs"] for verdict in run["verdicts"]} == {"non-finite"}


def test_a_run_judged_by_one_detector_only_is_not_called_healthy(loglens: Call, logs: Path) -> None:
    out = loglens("analyze", logs / "net", "--detector", "non-finite").out
    assert "healthy" not in out.replace("too little to call it healthy", "").splitlines()[0]
    assert "not judged" in out


def test_a_run_whose_roles_are_unknown_is_never_called_healthy(loglens: Call, tmp_path: Path) -> None:
    write_run(tmp_path / "odd", tag="qqq")
    result = loglens("analyze", tmp_path / "odd")
    assert "healthy" not in result.out
    assert "not judged" in result.out
    assert f"loglens runs {tmp_path / 'odd'}" in result.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyze"], ["loglens analyze runs/"]),
        (["analyze", "LOGS", "--format", "jsn"], ["'jsn'", "'json'"]),
        (["analyze", "LOGS", "--output", "jsn:x"], ["'jsn'", "'json'"]),
        (["analyze", "LOGS", "--output", "report.json"], ["FMT:PATH"]),
        (["analyze", "LOGS", "--output", "json:/no/such/folder/x.json"], ["/no/such/folder", "create it"]),
        (["analyze", "LOGS", "--output", "json:."], ["is a folder"]),
        (["analyze", "LOGS", "--output", "json:/proc/version/x"], ["Not a directory"]),
        (["analyze", "LOGS", "--detector", "nonfinite"], ["nonfinite", "non-finite"]),
        (["analyze", "LOGS", "--config", "absent.toml"], ["absent.toml", "does not exist"]),
        (["analyze", "LOGS", "--fail-on", "error"], ["'error'", "warn", "fail"]),
        (["analyze", "LOGS", "--jobs", "0"], ["--jobs"]),
        (["analyze", "LOGS", "--detektor", "x"], ["--detektor", "--detector"]),
        (["analyse", "LOGS"], ["'analyse'", "'analyze'"]),
        (["LOGS"], ["loglens analyze"]),
        (["analyze", "LOGS/brokn"], ["brokn", "broken"]),
        (["analyze", "LOGS/nowhere/at/all"], ["nowhere"]),
        (["analyze", "LOGS/z*"], ["Nothing", "z*"]),
    ],
    ids=" ".join,
)
def test_usage_mistakes_exit_2_with_an_answer_and_without_output(
    loglens: Call, logs: Path, arguments: list[str], words: list[str]
) -> None:
    result = loglens(*[argument.replace("LOGS", str(logs)) for argument in arguments])
    assert result.code == 2
    assert result.out == ""
    assert "Traceback" not in result.err
    for word in words:
        assert word in result.err, result.err


def test_folders_and_files_without_scalars_exit_2_and_say_what_they_are(loglens: Call, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "metrics.csv").write_text("a,b\n")
    (notes / "README.md").write_text("# no logs")
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "events.out.tfevents.1.gz").write_bytes(gzip.compress(b"x" * 100))
    blank = tmp_path / "blank"
    blank.mkdir()
    (blank / "events.out.tfevents.1").write_bytes(b"")
    for path, words in [
        (empty, ["empty"]),
        (notes, ["no TensorBoard event files", ".csv"]),
        (notes / "README.md", ["README.md"]),
        (packed, ["gzip"]),
        (blank, ["blank"]),
    ]:
        result = loglens("analyze", path)
        assert (result.code, result.out) == (2, ""), path
        assert str(path) in result.err
        for word in words:
            assert word in result.err, result.err


def test_one_point_is_not_judged_and_says_so(loglens: Call, tmp_path: Path) -> None:
    result = loglens("analyze", write_run(tmp_path / "short", points=1))
    assert result.code == 0
    assert "not judged" in result.out
    assert "healthy" not in result.out.replace("too little to call it healthy", "")


def test_one_bad_file_among_good_ones_is_told_not_fatal(loglens: Call, logs: Path) -> None:
    (logs / "net" / "seed1" / "events.out.tfevents.9").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    result = loglens("analyze", logs)
    assert result.code == 0
    assert "events.out.tfevents.9" in result.out.replace("\n", "").replace(" ", "")
    assert "PNG" in result.out


def test_strange_names_are_shown_as_they_are(loglens: Call, tmp_path: Path) -> None:
    for name in ("[red]x", "[bold]", "日本語 実験", "Ünïcode run", "a b"):
        write_run(tmp_path / "odd" / name)
    out = loglens("analyze", tmp_path / "odd").out
    for name in ("[red]x", "[bold]", "日本語 実験", "Ünïcode run", "a b"):
        assert name in out
    assert "\x1b" not in out


def test_a_name_cannot_send_control_codes_to_the_terminal(loglens: Call, tmp_path: Path) -> None:
    write_run(tmp_path / "odd" / "a\x1b[31mb", nan_from=3)
    write_run(tmp_path / "odd" / "c\u202ed", nan_from=3)
    out = loglens("analyze", tmp_path / "odd").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "a\\x1b[31mb" in out


@pytest.mark.parametrize(
    ("flags", "environment", "coloured"),
    [
        ([], [], False),
        ([], ["FORCE_COLOR"], True),
        ([], ["FORCE_COLOR", "NO_COLOR"], False),
        (["--color"], ["NO_COLOR"], True),
        (["--no-color"], ["FORCE_COLOR"], False),
    ],
)
def test_colour_follows_flag_then_no_color_then_force_color_then_terminal(
    logs: Path, flags: list[str], environment: list[str], coloured: bool
) -> None:
    assert ("\x1b[" in shell("analyze", logs, *flags, **dict.fromkeys(environment, "1")).out) == coloured


def test_an_ascii_stdout_gets_ascii(logs: Path) -> None:
    result = shell("analyze", logs, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert result.code == 0
    assert result.out.isascii()
    assert "non-finite" in result.out


@pytest.mark.parametrize("asked", ["analyze {logs} --all", "train --list"])
def test_a_reader_that_leaves_early_is_no_error(logs: Path, asked: str) -> None:
    command = f"{sys.executable} -m loglens {asked.format(logs=logs)} | head -n 1; echo code ${{PIPESTATUS[0]}}"
    root = Path(__file__).parents[2]
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=root)
    assert done.stderr == ""
    assert "code 0" in done.stdout


def test_the_config_is_found_from_the_working_directory_and_never_in_logdir(
    loglens: Call, logs: Path, tmp_path: Path
) -> None:
    off = "[detectors.non-finite]\nenabled = false\n"
    (logs / "loglens.toml").write_text(off)
    report = json.loads(loglens("analyze", logs, "--format", "json").out)
    assert "detectors" not in report["config"]
    (tmp_path / "cwd" / "loglens.toml").write_text(off)
    report = json.loads(loglens("analyze", logs, "--format", "json").out)
    assert report["config"]["detectors"] == {"non-finite": {"enabled": False}}
    assert all(verdict["detector"] != "non-finite" for run in report["runs"] for verdict in run["verdicts"])


def test_a_mistaken_config_exits_2_naming_the_line(loglens: Call, logs: Path, tmp_path: Path) -> None:
    (tmp_path / "cwd" / "loglens.toml").write_text("# ours\nseedz = 'x'\n")
    result = loglens("analyze", logs)
    assert (result.code, result.out) == (2, "")
    assert "line 2" in result.err
    assert "'seeds'" in result.err
