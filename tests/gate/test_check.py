"""`loglens check` end to end: what it finds, what it lets pass, and what it exits with."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from tests.gate.conftest import Call, config, write_group, write_seed

BEST = '[[check]]\ntag = "val/loss"\nstatistic = "best"\n'


def test_a_sane_run_passes_and_a_broken_one_fails(loglens: Call, tmp_path: Path) -> None:
    config(tmp_path, '[[health]]\ndetectors = ["non-finite"]')
    write_group(tmp_path / "logs", 2)
    assert loglens("check", "logs").code == 0
    write_seed(tmp_path / "logs" / "broken", 9, nan_from=20)
    result = loglens("check", "logs", "--format", "json")
    assert result.code == 1
    assert result.findings() == [("fail", "health", "non-finite")]
    (found,) = [o for o in result.json["outcomes"] if o["result"] == "fail"]
    assert (found["subject"], found["tag"], found["step"]) == ("broken", "val/loss", 2000)


@pytest.mark.parametrize(("level", "code", "findings"), [("warn", 0, 1), ("off", 0, 0), ("fail", 1, 1)])
def test_levels_of_health(loglens: Call, tmp_path: Path, level: str, code: int, findings: int) -> None:
    config(tmp_path, f'[[health]]\ndetectors = ["non-finite"]\nlevel = "{level}"\n{BEST}max = 99')
    write_seed(tmp_path / "logs" / "a", 1, nan_from=20)
    result = loglens("check", "logs", "--format", "json")
    assert (result.code, len(result.findings())) == (code, findings)


def test_the_first_health_rule_that_names_run_and_detector_decides(loglens: Call, tmp_path: Path) -> None:
    write_seed(tmp_path / "logs" / "legacy" / "a", 1, nan_from=20)
    write_seed(tmp_path / "logs" / "new" / "a", 1, nan_from=20)
    config(
        tmp_path,
        '[[health]]\ndetectors = ["non-finite"]\nruns = "legacy/*"\nlevel = "warn"\n'
        '[[health]]\ndetectors = ["non-finite"]\n',
    )
    result = loglens("check", "logs", "--format", "json")
    assert sorted((o["subject"], o["result"]) for o in result.json["outcomes"] if o["result"] != "pass") == [
        ("legacy/a", "warn"),
        ("new/a", "fail"),
    ]


def test_without_a_config_every_detector_counts_by_its_own_status(loglens: Call, tmp_path: Path) -> None:
    write_seed(tmp_path / "logs" / "a", 1, nan_from=20)
    result = loglens("check", "logs", "--format", "json")
    assert result.code == 1
    assert ("fail", "health", "non-finite") in result.findings()


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ('statistic = "best"\nmax = 0.9', 0),
        ('statistic = "best"\nmax = 0.1', 1),
        ('statistic = "best"\nmax = 0.1\nlevel = "warn"', 0),
        ('statistic = "final"\nmin = 0.1\nmax = 0.9', 0),
        ('statistic = "final"\nmin = 0.9', 1),
        ('statistic = "at-step"\nstep = 1000\nmax = 0.9', 0),
        ('statistic = "at-step"\nstep = 99999\nmax = 0.9', 1),
        ('statistic = "steps-to"\ntarget = 0.5\nmax = 2000', 0),
        ('statistic = "steps-to"\ntarget = 0.5\nmax = 100', 1),
        ('statistic = "steps-to"\ntarget = 0.01\nmax = 99999', 1),
        ('statistic = "time-to"\ntarget = 0.5\nmax = 300', 0),
        ('statistic = "throughput"\nmin = 9', 0),
        ('statistic = "throughput"\nmin = 11', 1),
    ],
)
def test_thresholds(loglens: Call, tmp_path: Path, rule: str, code: int) -> None:
    config(tmp_path, f'[[check]]\ntag = "val/loss"\n{rule}')
    write_seed(tmp_path / "logs" / "a", 1)
    assert loglens("check", "logs").code == code


def test_a_number_that_cannot_be_taken_is_a_finding_that_says_why(loglens: Call, tmp_path: Path) -> None:
    config(tmp_path, '[[check]]\ntag = "val/loss"\nstatistic = "steps-to"\ntarget = 0.01\nmax = 99999')
    write_seed(tmp_path / "logs" / "a", 1)
    assert "never reaches the target" in loglens("check", "logs", "--format", "concise").out


@pytest.mark.parametrize(
    ("logs", "answer", "code"), [("same", "no-difference-seen", 0), ("worse", "worse", 1), ("better", "better", 0)]
)
def test_regressions_over_seeds(loglens: Call, projects: Path, logs: str, answer: str, code: int) -> None:
    config(projects, BEST)
    assert loglens("baseline", "save", "old", "--output", "b.json").code == 0
    by_file = loglens("check", logs, "--baseline", "b.json", "--format", "json")
    by_logs = loglens("check", logs, "--baseline", "old", "--format", "json")
    assert by_file.code == by_logs.code == code
    assert by_file.json["decisions"] == by_logs.json["decisions"], "a file and the logs it was made of say the same"
    (decision,) = by_file.json["decisions"]
    assert (decision["answer"], decision["method"], decision["group"]) == (answer, "welch", "net")
    assert decision["power"]["power"] == pytest.approx(0.77, abs=0.02), "4 seeds a side, exact formula"


def test_a_higher_metric_is_better(loglens: Call, projects: Path) -> None:
    config(projects, '[[check]]\ntag = "val/accuracy"\nstatistic = "final"')
    assert loglens("check", "worse", "--baseline", "old").code == 1
    assert loglens("check", "better", "--baseline", "old").code == 0


def test_harm_within_the_tolerance_passes_however_sure(loglens: Call, projects: Path) -> None:
    config(projects, BEST + "abs_tol = 0.1")
    result = loglens("check", "worse", "--baseline", "old", "--format", "json")
    assert result.code == 0
    (decision,) = result.json["decisions"]
    assert decision["adjusted_p"] < 0.05
    assert "within the tolerance" in decision["reason"]


def test_the_whole_curve_and_where_it_parts(loglens: Call, tmp_path: Path) -> None:
    write_group(tmp_path / "old", 6)
    write_group(tmp_path / "worse", 6, 200, worse=0.05)
    config(tmp_path, '[[check]]\ntag = "val/loss"\nstatistic = "curve"')
    result = loglens("check", "worse", "--baseline", "old", "--format", "json")
    (decision,) = result.json["decisions"]
    assert (result.code, decision["method"]) == (1, "permutation-band")
    assert 1500 <= decision["parts_at_step"] <= 1900, "it was lifted from step 1500 on"


def test_few_seeds_fall_back_to_the_tolerance_and_say_so(loglens: Call, tmp_path: Path) -> None:
    write_group(tmp_path / "old", 1)
    write_group(tmp_path / "new", 1, 7, worse=0.05)
    config(tmp_path, BEST)
    result = loglens("check", "new", "--baseline", "old", "--format", "json")
    (decision,) = result.json["decisions"]
    assert (result.code, decision["answer"]) == (0, "undetermined"), "no tolerance, no significance: no alarm"
    assert "1 seed a side, fewer than the 3 asked for" in decision["reason"]
    for tolerance, code in ((0.5, 0), (0.01, 1)):
        config(tmp_path, f"{BEST}abs_tol = {tolerance}")
        result = loglens("check", "new", "--baseline", "old", "--format", "json")
        assert result.code == code
        assert "the tolerance alone decides, not significance" in result.json["decisions"][0]["reason"]


def test_holm_over_all_comparisons(loglens: Call, projects: Path) -> None:
    config(projects, '[[check]]\ntag = "val/loss"\n[[check]]\ntag = "val/accuracy"\n[[check]]\ntag = "train/loss"')
    decisions = loglens("check", "worse", "--baseline", "old", "--format", "json").json["decisions"]
    raw = sorted(d["p_value"] for d in decisions)
    adjusted = sorted(d["adjusted_p"] for d in decisions)
    assert adjusted[0] == pytest.approx(3 * raw[0])
    assert adjusted == sorted(adjusted)


def test_different_experiments_are_never_compared_in_silence(loglens: Call, tmp_path: Path) -> None:
    write_group(tmp_path / "old", 4)
    write_group(tmp_path / "longer", 4, points=60)
    config(tmp_path, BEST)
    result = loglens("check", "longer", "--baseline", "old", "--format", "json")
    assert result.code == 1
    assert result.findings() == [("fail", "experiment", "experiment")]
    assert result.json["decisions"] == []
    assert "val/loss: last step: 2900 in the baseline, 5900 in the logs" in result.out
    accepted = loglens("check", "longer", "--baseline", "old", "--allow-different", "--format", "json")
    assert accepted.code == 0
    assert accepted.findings() == [("warn", "experiment", "experiment")]
    assert len(accepted.json["decisions"]) == 1


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ('tag = "val/los"', "'val/loss'"),
        ('tag = "val/loss"\nruns = "nets/*"', "'net/seed0'"),
    ],
)
def test_a_rule_that_matches_nothing_fails(loglens: Call, tmp_path: Path, rule: str, told: str) -> None:
    config(tmp_path, f"[[check]]\n{rule}\nmax = 1")
    write_group(tmp_path / "logs", 1)
    result = loglens("check", "logs")
    assert result.code == 1
    assert told in result.out
    assert loglens("check", "logs", "--allow-empty").code == 0


def test_nothing_to_look_at(loglens: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert loglens("check", "empty").code == 1
    assert loglens("check", "empty", "--allow-empty").code == 0
    assert loglens("check", "nowhere").code == 2
    assert loglens("check").code == 2
    config(tmp_path, "")
    write_group(tmp_path / "logs", 1)
    assert loglens("check", "logs").code == 1, "no rule at all"


def test_a_tag_or_group_that_got_lost(loglens: Call, projects: Path) -> None:
    config(projects, BEST)
    loglens("baseline", "save", "old", "-o", "b.json")
    text = (projects / "b.json").read_text()
    (projects / "b.json").write_text(text.replace('"tag": "val/loss"', '"tag": "val/lost"'))
    config(projects, '[[check]]\ntag = "val/los*"\nstatistic = "best"')
    (projects / "b.json").write_text((projects / "b.json").read_text().replace("best(val/loss)", "best(val/los*)"))
    result = loglens("check", "same", "--baseline", "b.json", "--format", "concise")
    assert result.code == 1
    assert "val/lost is in the baseline b.json but was not logged by net" in result.out
    assert "holds no best(val/los*) of val/loss for net" in result.out


def test_new_groups_warn(loglens: Call, projects: Path) -> None:
    config(projects, BEST)
    write_seed(projects / "same" / "other" / "seed0", 1)
    result = loglens("check", "same", "--baseline", "old", "--format", "json")
    assert result.findings() == [("warn", "unmatched", "baseline")]
    assert result.code == 0


def test_waivers(loglens: Call, projects: Path) -> None:
    def waiver(day: str, rule: str = "val/loss") -> str:
        return f'[[waiver]]\nrule = "{rule}"\nruns = "net*"\nreason = "until the data is fixed"\nexpires = {day}\n'

    tomorrow = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)).date().isoformat()
    config(projects, BEST + waiver(tomorrow))
    result = loglens("check", "worse", "--baseline", "old", "--format", "json")
    assert result.code == 0
    assert result.json["counts"]["waived"] == 1
    assert "until the data is fixed" in result.out
    config(projects, BEST + waiver("2020-01-01"))
    result = loglens("check", "worse", "--baseline", "old", "--format", "json")
    assert [kind for _, kind, _ in result.findings()] == ["regression", "waiver"]
    assert "expired on 2020-01-01; it was given because: until the data is fixed" in result.out
    assert loglens("check", "same", "--baseline", "old").code == 1, "an expired waiver fails by itself"
    config(projects, BEST + waiver(tomorrow, "best(val/loss)"))
    assert "is not needed" in loglens("check", "same", "--baseline", "old").out


def test_times_are_compared_within_one_kind_of_machine(loglens: Call, projects: Path) -> None:
    config(projects, '[[check]]\ntag = "val/loss"\nstatistic = "throughput"\nrel_tol = 0.1')
    loglens("baseline", "save", "old", "-o", "b.json", "--environment", "a100")
    same = loglens("check", "same", "--baseline", "b.json", "--environment", "a100", "--format", "json")
    assert len(same.json["decisions"]) == 1
    other = loglens("check", "same", "--baseline", "b.json", "--environment", "laptop", "--format", "json")
    assert other.json["decisions"] == []
    assert "the baseline comes from a100, the logs from laptop" in other.out


def test_runs_that_never_got_there_are_the_worst(loglens: Call, tmp_path: Path) -> None:
    write_group(tmp_path / "old", 5)
    write_group(tmp_path / "worse", 5, 50, worse=0.3)
    config(tmp_path, '[[check]]\ntag = "val/loss"\nstatistic = "steps-to"\ntarget = 0.35')
    (decision,) = loglens("check", "worse", "--baseline", "old", "--format", "json").json["decisions"]
    assert (decision["method"], decision["answer"]) == ("rank", "worse")
    assert decision["p_value"] == pytest.approx(1 / 252)


def test_mlperfs_limit_decides_where_asked(loglens: Call, tmp_path: Path) -> None:
    write_group(tmp_path / "old", 6)
    write_group(tmp_path / "worse", 4, 50, worse=0.3)
    config(tmp_path, BEST + 'test = "rcp"')
    (decision,) = loglens("check", "worse", "--baseline", "old", "--format", "json").json["decisions"]
    assert (decision["method"], decision["answer"]) == ("rcp", "worse")
    assert decision["baseline_mean"] < decision["limit"] < decision["current_mean"]


@pytest.mark.usefixtures("projects")
def test_without_rules_the_best_of_every_validation_curve_is_compared(loglens: Call) -> None:
    result = loglens("check", "worse", "--baseline", "old", "--format", "json")
    assert {d["tag"] for d in result.json["decisions"]} == {"val/loss", "val/accuracy"}
    assert {d["answer"] for d in result.json["decisions"]} == {"worse"}
    assert result.code == 1


def test_several_outputs_at_once(loglens: Call, projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config(projects, BEST)
    names = ("text", "concise", "json", "jsonl", "junit", "github", "gitlab", "sarif", "markdown")
    outputs = [part for name in names for part in ("--output", f"{name}:out.{name}")]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(projects / "summary.md"))
    (projects / "summary.md").write_text("before\n")
    result = loglens("check", "worse", "--baseline", "old", "--format", "github", *outputs)
    assert result.code == 1
    assert result.err == ""
    assert all((projects / f"out.{name}").stat().st_size for name in names)
    assert result.out == (projects / "out.github").read_text()
    assert (projects / "summary.md").read_text() == "before\n" + (projects / "out.markdown").read_text()
    assert json.loads((projects / "out.json").read_text())["schema"] == "loglens.gate/1"
    assert loglens("check", "worse", "--format", "junitxml").code == 2
    assert loglens("check", "worse", "--output", "junit").code == 2


def test_quiet_says_nothing_but_the_exit_code(loglens: Call, projects: Path) -> None:
    config(projects, BEST)
    result = loglens("check", "worse", "--baseline", "old", "--quiet")
    assert (result.code, result.out, result.err) == (1, "", "")


def test_the_config_is_shown_from_the_root_of_the_repository(
    loglens: Call, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(projects, BEST)
    monkeypatch.chdir(projects / "worse")
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.setenv(name, str(projects))
        out = loglens("check", ".", "--baseline", "../old", "--format", "github").out
        assert "file=loglens.toml,line=1," in out
        monkeypatch.delenv(name)


def test_a_pass_by_tolerance_alone_is_told(loglens: Call, tmp_path: Path) -> None:
    write_group(tmp_path / "old", 1)
    write_group(tmp_path / "new", 1, 7)
    config(tmp_path, BEST + "rel_tol = 0.5")
    for form in ("text", "markdown"):
        result = loglens("check", "new", "--baseline", "old", "--format", form)
        assert result.code == 0
        assert "the tolerance alone decides, not significance" in " ".join(result.out.split())
