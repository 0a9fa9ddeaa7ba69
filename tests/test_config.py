"""The config: found where it should be, read whole, every mistake answered with file, line, key and what to write."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from loglens.config import Config, find_config, load_config, read_config
from loglens.events.errors import LogLensError
from loglens.jsonform import to_plain
from loglens.runs.overrides import RoleOverride

WHOLE = r"""
seeds = 'seed[_=-]?\d+'

[detectors.non-finite]
enabled = false

[[role]]
run = "*"
tag = "metrics/score"
phase = "validation"
quantity = "metric"
direction = "max"

[[check]]
runs = "resnet/*"
tag = "val/loss"
statistic = "best"
max = 0.5
level = "warn"

[[check]]
tag = "val/loss"
statistic = "at-step"
step = 1000
rel_tol = 0.05

[[health]]
detectors = ["non-finite"]
level = "fail"

[[waiver]]
rule = "overfitting"
runs = "legacy/*"
reason = "known, being replaced"
expires = 2026-12-31
"""


def write(folder: Path, text: str, name: str = "loglens.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_config(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, WHOLE))
    assert config.seeds == r"seed[_=-]?\d+"
    assert not config.detectors["non-finite"].enabled
    score = RoleOverride(run="*", tag="metrics/score", phase="validation", quantity="metric", direction="max")
    assert config.roles == (score,)
    assert [check.statistic for check in config.checks] == ["best", "at-step"]
    assert config.checks[0].max == 0.5
    assert config.checks[1].step == 1000
    assert config.waivers[0].expires == datetime.date(2026, 12, 31)
    lines = WHOLE.splitlines()
    for line in [rule.line for rule in config.checks] + [config.health[0].line, config.waivers[0].line]:
        assert lines[line - 1].startswith("[[")
    assert config.checks[1].line > config.checks[0].line


def test_the_reports_form_has_the_keys_of_the_file(tmp_path: Path) -> None:
    detail = json.loads(json.dumps(to_plain(read_config(write(tmp_path, WHOLE)).to_detail())))
    assert set(detail) == {"seeds", "detectors", "role", "check", "health", "waiver"}
    assert detail["waiver"][0]["expires"] == "2026-12-31"
    assert detail["check"][1] == {
        "tag": "val/loss",
        "runs": "*",
        "statistic": "at-step",
        "step": 1000,
        "rel_tol": 0.05,
        "test": "welch",
        "level": "fail",
    }


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff# nothing yet\n")
    assert read_config(path) == Config(path=str(path))


def test_the_nearest_file_wins_and_loglens_toml_before_pyproject(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    top = write(tmp_path, "[tool.loglens]\nseeds = 'top'\n", "pyproject.toml")
    assert find_config(deep) == top
    assert load_config(start=deep).seeds == "top"
    write(tmp_path / "a", "[project]\nname = 'loglens-user'\n", "pyproject.toml")
    assert find_config(deep) == top, "a pyproject.toml without our table is passed by"
    near = write(tmp_path / "a", "[tool.loglens]\nseeds = 'near'\n", "pyproject.toml")
    assert find_config(deep) == near
    nearest = write(tmp_path / "a", "seeds = 'own'\n")
    assert find_config(deep) == nearest
    assert load_config(str(top), start=deep).seeds == "top", "--config wins over the search"


def test_a_pyproject_broken_elsewhere_is_not_ours_to_judge(tmp_path: Path) -> None:
    write(tmp_path, "[project\ndependencies = ['loglens']\n", "pyproject.toml")
    assert find_config(tmp_path) is None
    ours = write(tmp_path, "[tool.loglens]\nseeds = \n", "pyproject.toml")
    assert find_config(tmp_path) == ours
    with pytest.raises(LogLensError, match=r"not valid TOML.*line 2"):
        read_config(ours)


def test_lines_and_keys_in_pyproject(tmp_path: Path) -> None:
    path = write(tmp_path, "[project]\nname = 'x'\n[[tool.loglens.check]]\ntags = 'loss'\n", "pyproject.toml")
    with pytest.raises(LogLensError) as caught:
        read_config(path)
    assert f"{path}, line 4: [[check]] has no key 'tags'; did you mean 'tag'?" in str(caught.value)


# what the user wrote -> the line it stands on, and what the answer must hold
MISTAKES = [
    ("seed = 'x'", 1, ["'seed'", "'seeds'"]),
    ("seeds = 3", 1, ["seeds", "text"]),
    ("seeds = '(('", 1, ["seeds", "regular expression"]),
    ("detector = 1", 1, ["'detector'", "'detectors'"]),
    ("detectors = 1", 1, ["[detectors.NAME]"]),
    ("[detectors]\nnon-finite = false", 2, ["detectors.non-finite", "enabled = false"]),
    ("[detectors.non-finte]\nenabled = false", 1, ["'non-finte'", "'non-finite'"]),
    ("[detectors.non-finite]\nenabled = 'no'", 2, ["enabled", "true or false"]),
    ("[detectors.non-finite]\nenabeld = false", 2, ["'enabeld'", "'enabled'"]),
    ("[role]\ntag = 'x'", 1, ["[[role]]"]),
    ("role = 'x'", 1, ["[[role]]"]),
    ("role = ['x']", 1, ["[[role]]"]),
    ("[[roles]]\ntag = 'x'", 1, ["'roles'", "'role'"]),
    ("[[role]]\ntags = 'x'", 2, ["'tags'", "'tag'"]),
    ("[[role]]\ntag = 1", 2, ["tag", "text"]),
    ("[[role]]\nphase = 'valid'", 2, ["phase", "validation"]),
    ("[[role]]\nphase = 'Train'", 2, ["phase", "'train'"]),
    ("[[role]]\nquantity = 'los'", 2, ["quantity", "'loss'"]),
    ("[[role]]\nquantity = 'lr'", 2, ["quantity", "learning-rate"]),
    ("[[role]]\ndirection = 'up'", 2, ["direction", "min, max, none"]),
    ("[[role]]\ndirection = true", 2, ["direction", "min, max, none"]),
    ("[[role]]\nx_unit = 'epochs'", 2, ["x_unit", "'epoch'"]),
    ("[[role]]\npair_with = 'x'", 2, ["'pair_with'", "'pair'"]),
    ("[[role]]\nignore = 'yes'", 2, ["ignore", "true or false"]),
    ("[[role]]\nignore = 1", 2, ["ignore", "true or false"]),
    ("[[role]]\ntag = 'a'\n[[role]]\ntga = 'b'", 4, ["'tga'", "'tag'"]),
    ("[[check]]\nmax = 1", 1, ["lacks", "'tag'"]),
    ("[[check]]\ntag = 'x'\nmaximum = 1", 3, ["'maximum'", "'max'"]),
    ("[[check]]\ntag = 'x'\nmax = '1'", 3, ["max", "number"]),
    ("[[check]]\ntag = 'x'\nmax = nan", 3, ["max", "finite number"]),
    ("[[check]]\ntag = 'x'\nmax = true", 3, ["max", "number"]),
    ("[[check]]\ntag = 'x'\nmin = 2\nmax = 1", 1, ["min", "max"]),
    ("[[check]]\ntag = 'x'\nstatistic = 'last'", 3, ["statistic", "final"]),
    ("[[check]]\ntag = 'x'\nstatistic = 'at_step'\nstep = 1", 3, ["statistic", "'at-step'"]),
    ("[[check]]\ntag = 'x'\nstatistic = 'at-step'", 1, ["needs", "'step'"]),
    ("[[check]]\ntag = 'x'\nstatistic = 'at-epoch'", 1, ["needs", "'epoch'"]),
    ("[[check]]\ntag = 'x'\nstatistic = 'time-to'", 1, ["needs", "'target'"]),
    ("[[check]]\ntag = 'x'\nstatistic = 'best'\nstep = 3", 1, ["'step'", "at-step"]),
    ("[[check]]\ntag = 'x'\nstatistic = 'at-step'\nstep = 1.5", 4, ["step", "whole number"]),
    ("[[check]]\ntag = 'x'\nstatistic = 'at-step'\nstep = -1", 4, ["step", "at least 0"]),
    ("[[check]]\ntag = 'x'\nrel_tol = -0.1", 3, ["rel_tol", "at least 0"]),
    ("[[check]]\ntag = 'x'\nalpha = 5", 3, ["alpha", "between 0 and 1"]),
    ("[[check]]\ntag = 'x'\nmin_seeds = 1", 3, ["min_seeds", "at least 2"]),
    ("[[check]]\ntag = 'x'\nlevel = 'error'", 3, ["level", "off, warn, fail"]),
    ("[[check]]\ntag = 'x'\nline = 3", 3, ["'line'"]),
    ("[[health]]\nlevel = 'fail'", 1, ["lacks", "'detectors'"]),
    ("[[health]]\ndetectors = 'non-finite'", 2, ["detectors", "list"]),
    ("[[health]]\ndetectors = ['nonfinite']", 2, ["'nonfinite'", "'non-finite'"]),
    ("[[health]]\ndetectors = [1]", 2, ["detectors", "text"]),
    ("[[health]]\ndetectors = []\nlevels = 'off'", 3, ["'levels'", "'level'"]),
    ("[[waiver]]\nrule = 'x'\nreason = 'y'", 1, ["lacks", "'expires'"]),
    ("[[waiver]]\nrule = 'x'\nexpires = 2026-12-31", 1, ["lacks", "'reason'"]),
    ("[[waiver]]\nrule = 'x'\nreason = ' '\nexpires = 2026-12-31", 1, ["reason", "empty"]),
    ("[[waiver]]\nrule = 'x'\nreason = 'y'\nexpires = '2026-12-31'", 4, ["expires", "without quotation marks"]),
    ("[[waiver]]\nrule = 'x'\nreason = 'y'\nexpires = 2026-12-31T00:00:00", 4, ["expires", "date"]),
    ("[[waiver]]\nrule = 'x'\nreason = 'y'\nexpires = 2026-13-31", 4, ["not valid TOML"]),
    ("seeds = 'a'\nseeds = 'b'", 2, ["not valid TOML"]),
    ("[[check]\ntag = 'x'", 1, ["not valid TOML"]),
    ('note = """\nseeds = 1\n"""', 1, ["'note'"]),
]


@pytest.mark.parametrize(
    ("text", "line", "words"), MISTAKES, ids=lambda value: repr(value) if isinstance(value, str) else ""
)
def test_every_mistake_names_file_line_and_what_to_write(
    tmp_path: Path, text: str, line: int, words: list[str]
) -> None:
    path = write(tmp_path, "# a comment first\n" + text + "\n")
    with pytest.raises(LogLensError) as caught:
        read_config(path)
    message = str(caught.value)
    assert str(path) in message
    assert f"line {line + 1}" in message
    for word in words:
        assert word in message, message


def test_all_mistakes_are_told_at_once_in_order(tmp_path: Path) -> None:
    path = write(tmp_path, "[[check]]\ntagg = 'x'\n[[role]]\nphase = 'vall'\n")
    with pytest.raises(LogLensError) as caught:
        read_config(path)
    told = str(caught.value).splitlines()
    assert [line.split(": ")[0][-1] for line in told] == ["1", "2", "4"]


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(LogLensError, match="config file"):
        load_config(str(tmp_path / name))


def test_the_example_of_the_documentation_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    config = read_config(write(tmp_path, example))
    assert config.roles
    assert config.checks
    assert config.health
    assert config.waivers
    assert set(config.detectors) == {"overfitting", "metric-conflict"}
