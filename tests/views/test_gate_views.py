"""Every output of the gate read back by its real consumer, schema or documented grammar, hostile names included."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import JUnitXml

from loglens.gate.power import Power
from loglens.gate.result import Decision, GateResult, Outcome
from loglens.report import Unreadable
from loglens.views.gate import concise, github, gitlab, jsonl, junit, markdown, sarif, text
from loglens.views.gate import json as gate_json
from loglens.views.text.look import Look

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(__file__).parent / "schemas"
HOSTILE = 'a|b`c`\n::error::x,y:z %0A <img src=x> "q" & @octocat \x00\x1b[31m \ud800 ❌'

POWER = Power(2.0, 0.02, 0.577, 0.31, 10, 0.996)
DECISION = Decision(
    rule="best(val/loss)",
    statistic="best",
    group="resnet",
    baseline_group="resnet",
    dir=".",
    tag="val/loss",
    direction="min",
    method="welch",
    answer="worse",
    reason="surely worse (p = 0.001 <= 0.05)",
    alpha=0.05,
    baseline=(0.31, 0.32, 0.3),
    current=(0.4, 0.41, None),
    baseline_mean=0.31,
    current_mean=0.405,
    effect=0.095,
    effect_low=0.07,
    effect_high=0.12,
    harm=float("inf"),
    p_value=0.0005,
    adjusted_p=0.001,
    permutation_p=0.05,
    smallest_permutation_p=0.05,
    power=POWER,
)
OUTCOMES = (
    Outcome("health", "overfitting", "resnet/seed0", "fail", "val/loss rises from step 11 on.", "Stop there.", step=11),
    Outcome("health", "non-finite", "resnet/seed0", "pass", "All finite."),
    Outcome("health", "plateau", "resnet/seed0", "undetermined", "Too short to tell."),
    Outcome("threshold", "best(val/loss)", "resnet/seed0", "warn", "0.4 is above 0.3", tag="val/loss", line=7),
    Outcome("regression", "best(val/loss)", "resnet", "fail", "surely worse", tag="val/loss", value=0.4, line=7),
    Outcome("threshold", "final(x)", "legacy", "waived", "1 is above 0", waiver="known (until 2026-12-31)", line=9),
    Outcome("health", HOSTILE, HOSTILE, "fail", HOSTILE, HOSTILE, dir=HOSTILE, tag=HOSTILE),
    Outcome("health", HOSTILE, HOSTILE, "fail", HOSTILE, HOSTILE, dir=HOSTILE, tag=HOSTILE),
)
RESULT = GateResult(
    loglens_version="1.2.3",
    config="ci/loglens config.toml",
    baseline="baseline.json",
    runs=2,
    outcomes=OUTCOMES,
    decisions=(DECISION,),
    notes=("A note.",),
    unreadable=(Unreadable("x", "gone"),),
)
EMPTY = GateResult("1.2.3", "", "", 0, ())


def written(text_: str) -> str:
    """As a file would hold it: a lone surrogate of a broken file name is spelled out."""
    return text_.encode("utf-8", "backslashreplace").decode("utf-8")


def test_junit_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(written(junit.render(RESULT)), encoding="utf-8")
    suites = JUnitXml.fromfile(str(path))
    assert (suites.tests, suites.failures, suites.skipped, suites.errors) == (8, 4, 2, 0)
    cases = {(case.classname, case.name): case for suite in suites for case in suite}
    (failure,) = cases["resnet", "regression: best(val/loss)"].result
    assert (type(failure).__name__, failure.message, failure.type) == ("Failure", "surely worse", "regression")
    assert "ci/loglens config.toml:7" in failure.text
    assert cases["resnet/seed0", "health: non-finite"].result == []
    warned = cases["resnet/seed0", "threshold: best(val/loss)"]
    assert warned.is_passed
    assert "0.4 is above 0.3" in warned.system_out
    (waived,) = cases["legacy", "threshold: final(x)"].result
    assert (type(waived).__name__, waived.message) == ("Skipped", "waived: known (until 2026-12-31)")
    assert {suite.name for suite in suites} >= {"resnet", "resnet/seed0", "legacy"}
    path.write_text(junit.render(EMPTY), encoding="utf-8")
    assert JUnitXml.fromfile(str(path)).tests == 0


@pytest.mark.parametrize("result", [RESULT, EMPTY], ids=["findings", "empty"])
def test_sarif_is_of_the_published_schema(result: GateResult) -> None:
    schema = json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    log = json.loads(written(sarif.render(result)))
    jsonschema.Draft4Validator.check_schema(schema)
    jsonschema.Draft4Validator(schema).validate(log)
    (run,) = log["runs"]
    for found in run["results"]:
        assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
        assert re.fullmatch(r"[\w/.%:-]+", found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def test_sarif_says_what_was_found() -> None:
    (run,) = json.loads(sarif.render(RESULT))["runs"]
    told = [(r["ruleId"], r["level"], "suppressions" in r) for r in run["results"]]
    assert told[:2] == [("overfitting", "error", False), ("best(val/loss)", "error", False)]
    assert ("best(val/loss)", "warning", False) in told
    assert told[-1] == ("final(x)", "note", True)
    assert "non-finite" not in [rule["id"] for rule in run["tool"]["driver"]["rules"]]


def test_gitlab_code_quality_by_its_documented_grammar() -> None:
    issues = json.loads(written(gitlab.render(RESULT)))
    assert len(issues) == 5, "fails and warnings; what is waived is accepted"
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert set(issue["location"]) == {"path", "lines"}
        assert isinstance(issue["location"]["lines"]["begin"], int)
        assert not issue["location"]["path"].startswith(("/", "./"))
        assert all(isinstance(issue[key], str) and issue[key] for key in ("description", "check_name", "fingerprint"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues), "GitLab drops what has one fingerprint twice"
    assert json.loads(gitlab.render(EMPTY)) == []


def test_fingerprints_do_not_hold_the_value() -> None:
    moved = dataclasses.replace(OUTCOMES[4], value=0.5, summary="surely worse by more")
    assert moved.fingerprint == OUTCOMES[4].fingerprint
    assert len({outcome.fingerprint for outcome in OUTCOMES}) == len(OUTCOMES) - 1


COMMAND = re.compile(r"::(?P<name>error|warning|notice)(?: (?P<properties>[^\r\n]*?))?::(?P<data>[^\r\n]*)")


def runner_reads(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as GitHub's runner parses and unescapes it (actions/runner, ActionCommand.cs)."""
    match = COMMAND.fullmatch(line)
    assert match, line
    properties = {}
    for pair in filter(None, (match["properties"] or "").split(",")):
        key, _, value = pair.partition("=")
        properties[key] = unescaped(value, {"%3A": ":", "%2C": ","})
    return match["name"], properties, unescaped(match["data"], {})


def unescaped(value: str, more: dict[str, str]) -> str:
    for code, character in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        value = value.replace(code, character)
    return value


def test_github_annotations_as_the_runner_reads_them() -> None:
    *commands, last = github.render(RESULT).split("\n")[:-1]
    read = [runner_reads(command) for command in commands]
    assert [name for name, _, _ in read] == ["error"] * 4 + ["warning"]
    _, properties, data = read[0]
    assert properties == {"file": "ci/loglens config.toml", "line": "1", "title": "overfitting: resnet/seed0"}
    assert data == "val/loss rises from step 11 on. Stop there."
    assert HOSTILE in read[2][2], "nothing of a hostile name is lost or becomes a command"
    assert not last.startswith("::")
    assert github.render(EMPTY) == "PASS: nothing was looked at; 0 runs\n"


def test_github_shows_ten_of_a_kind_and_tells_of_the_rest() -> None:
    many = dataclasses.replace(RESULT, outcomes=OUTCOMES[:1] * 25)
    errors = [line for line in github.render(many).splitlines() if line.startswith("::error")]
    assert len(errors) == 10
    assert "and 16 more: see the step summary" in errors[-1]


@pytest.mark.parametrize("result", [RESULT, EMPTY], ids=["findings", "empty"])
def test_json_is_of_its_schema(result: GateResult) -> None:
    schema = json.loads((ROOT / "loglens" / "schemas" / "gate.schema.json").read_text(encoding="utf-8"))
    plain = json.loads(written(gate_json.render(result)))
    jsonschema.validate(plain, schema)
    assert plain["exit_code"] == result.exit_code
    assert sum(plain["counts"].values()) == len(result.outcomes)


def test_json_lines_are_one_object_each() -> None:
    rows: list[dict[str, Any]] = [json.loads(line) for line in written(jsonl.render(RESULT)).splitlines()]
    assert [row["type"] for row in rows] == ["gate", *["outcome"] * 8, "decision"]
    assert rows[0]["exit_code"] == 1
    assert rows[-1]["harm"] is None, "what is not finite is null"


def test_text_names_logdir_as_typed_and_gives_one_advice_once() -> None:
    advice = "Keep the checkpoint near step 1200."
    outcomes = tuple(Outcome("health", "overfitting", name, "fail", "It rises.", advice) for name in (".", "a", "b"))
    out = text.render(dataclasses.replace(RESULT, outcomes=outcomes), Look(where="runs/it"))
    assert "overfitting  runs/it" in out
    assert out.count(advice) == 1
    assert out.count("as above") == 2


def test_markdown_keeps_names_out_of_its_markup() -> None:
    shown = markdown.render(RESULT)
    assert "<img" not in shown.replace("\\<img", "")
    assert "@octocat" not in shown, "nobody is mentioned"
    tables = [line for line in shown.splitlines() if line.startswith("|")]
    for line in tables:
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        assert cells in (5, 9), line
    assert "10 would see 99.6 %" in shown
    assert "waived: known" in shown


def test_concise_names_no_config_that_is_not_there() -> None:
    assert concise.render(dataclasses.replace(RESULT, config="")).startswith("fail: overfitting: ")


def test_markdown_names_no_config_that_is_not_there() -> None:
    assert "`ci/loglens config.toml:1`" in markdown.render(RESULT)
    without = markdown.render(dataclasses.replace(RESULT, config=""))
    assert "loglens.toml" not in without
    assert "no config: default rules" in without


def test_markdown_fits_into_a_comment() -> None:
    many = dataclasses.replace(RESULT, outcomes=OUTCOMES[:1] * 2000)
    assert len(markdown.render(many)) < 65_536
    assert "Cut here" in markdown.render(many)


def test_concise_is_one_line_a_finding() -> None:
    lines = concise.render(RESULT).splitlines()
    assert len(lines) == 6
    assert lines[0] == ("ci/loglens config.toml:1: fail: overfitting: resnet/seed0: val/loss rises from step 11 on.")
    assert lines[-1] == "FAIL: 4 fail, 1 warn, 1 waived, 1 undetermined, 1 pass; 2 runs"


@pytest.mark.parametrize("width", [30, 80, 200])
def test_text_tells_the_findings_and_no_control_characters(width: int) -> None:
    shown = text.render(RESULT, Look(width=width))
    words = " ".join(shown.split())
    assert words.startswith("FAIL: 4 fail, 1 warn, 1 waived")
    for part in ("overfitting", "Stop there.", "known (until", "A note."):
        assert part in words
    assert "\x1b" not in shown
    assert "\x00" not in shown
    assert "With 3 seeds a val/loss 2 sd (0.02) worse is seen 58 % of the time" in words
    assert "10 would see 99.6 %" in words
    assert "All finite." not in shown
    assert "All finite." in text.render(RESULT, Look(width=width, verbose=True))


def test_exit_code_and_order() -> None:
    assert (RESULT.exit_code, EMPTY.exit_code) == (1, 0)
    only_warnings = dataclasses.replace(RESULT, outcomes=tuple(o for o in OUTCOMES if o.result != "fail"))
    assert only_warnings.exit_code == 0
    assert [found.result for found in RESULT.findings] == ["fail"] * 4 + ["warn"]
