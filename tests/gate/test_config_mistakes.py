"""Every key of the config, mistyped and with a wrong value: the answer names file, line, key and what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.gate.conftest import Call, write_seed

CONFIG = """\
seeds = 'seed\\d+'

[detectors.non-finite]
enabled = true

[[role]]
run = "*"
tag = "metrics/score"
phase = "validation"
quantity = "metric"
direction = "max"
x_unit = "epoch"
pair = "train/score"
ignore = false

[[check]]
runs = "net/*"
tag = "val/loss"
statistic = "best"
max = 0.9
min = 0.1
rel_tol = 0.01
abs_tol = 0.01
alpha = 0.05
min_seeds = 3
test = "welch"
level = "fail"

[[check]]
tag = "val/loss"
statistic = "at-step"
step = 100

[[check]]
tag = "val/loss"
statistic = "at-epoch"
epoch = 2.5

[[check]]
tag = "val/loss"
statistic = "steps-to"
target = 0.5

[[health]]
detectors = ["non-finite"]
runs = "*"
level = "warn"

[[waiver]]
rule = "best(val/loss)"
runs = "legacy/*"
reason = "known, being replaced"
expires = 2999-12-31
"""
LINES = CONFIG.splitlines()
KEYS = [(number, line.split(" = ")[0]) for number, line in enumerate(LINES, start=1) if " = " in line]
WRONG = {
    "seeds": "'(('",
    "enabled": '"yes"',
    "phase": '"valid"',
    "quantity": '"score"',
    "direction": '"up"',
    "x_unit": '"epochs"',
    "ignore": "1",
    "statistic": '"last"',
    "alpha": "5",
    "min_seeds": "1",
    "test": '"anova"',
    "level": '"error"',
    "expires": '"2999-12-31"',
    "reason": '" "',
    "detectors": '["non-finte"]',
}
TOLD = {  # what must stand in the answer beside the key: the word to write, or the bound
    "seeds": "regular expression",
    "enabled": "true or false",
    "phase": "'validation'",
    "quantity": "metric",
    "direction": "min, max, none",
    "x_unit": "'epoch'",
    "ignore": "true or false",
    "statistic": "final",
    "alpha": "between 0 and 1",
    "min_seeds": "at least 2",
    "test": "welch, rcp",
    "level": "off, warn, fail",
    "expires": "without quotation marks",
    "reason": "say why",
    "detectors": "'non-finite'",
}
TEXTS = ("run", "runs", "tag", "pair", "rule")


def mistyped(key: str) -> str:
    """The key as one mistypes it: two letters in the middle change places."""
    middle = len(key) // 2
    swapped = f"{key[: middle - 1]}{key[middle]}{key[middle - 1]}{key[middle + 1 :]}"
    return swapped if len(key) > 3 and swapped != key else f"{key}s"


def mutations() -> list[tuple[int, str, str, str]]:
    """(line, the line written instead, what the answer must name, and what to write) for every key, twice."""
    found = []
    for number, key in KEYS:
        line = LINES[number - 1]
        found.append((number, line.replace(key, mistyped(key), 1), mistyped(key), f"'{key}'"))
        wrong = WRONG.get(key, "7" if key in TEXTS else '"0.5"')
        told = TOLD.get(key, "text" if key in TEXTS else "number")
        found.append((number, f"{key} = {wrong}", key, told))
    return found


def answer(loglens: Call, folder: Path, text: str) -> str:
    """What `loglens check` says of a config, when it refuses it."""
    (folder / "loglens.toml").write_text(text)
    result = loglens("check", "logs")
    assert result.code == 2
    assert result.out == ""
    return result.err


def test_there_are_enough_of_them() -> None:
    assert len(mutations()) >= 50


def test_the_config_itself_is_right(loglens: Call, tmp_path: Path) -> None:
    write_seed(tmp_path / "logs" / "net" / "seed1", 1)
    (tmp_path / "loglens.toml").write_text(CONFIG)
    assert loglens("check", "logs").err == ""


@pytest.mark.parametrize(("line", "written", "named", "told"), mutations(), ids=lambda value: str(value)[:24])
def test_every_mistake_is_answered(
    *, loglens: Call, tmp_path: Path, line: int, written: str, named: str, told: str
) -> None:
    text = "\n".join([*LINES[: line - 1], written, *LINES[line:]])
    said = answer(loglens, tmp_path, text)
    assert str(tmp_path / "loglens.toml") in said
    assert named in said
    assert told in said
    (where,) = {found for row in said.splitlines() if named in row for found in re.findall(r"line (\d+)", row)}
    heading = max(n for n, content in enumerate(LINES[:line], start=1) if content.startswith("[") or n == 1)
    assert int(where) in (line, heading), "the line itself, or its table's"
