"""When a change is told: not while it flickers, at once when it is sure, and never lost."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.changes import CERTAIN, CONFIRMING_POINTS, Change, End, Standing
from loglens.prepared import MOST_POINTS
from loglens.verdict import Status
from loglens.views.watch import json as json_view
from tests.watch.logs import report

STATUSES: tuple[Status, ...] = ("pass", "warn", "fail", "undetermined", "not-applicable", "error")
NOW = "2026-01-01T00:00:00Z"


def told(
    standing: Standing, points: int, status: Status, confidence: float = 0.8
) -> list[tuple[str | None, str | None]]:
    """(old, new) of what is told of one detector."""
    return [(c.old, c.status) for c in standing.changes(report(points, plateau=(status, confidence)), NOW)]


def test_the_first_verdict_is_told_as_it_is() -> None:
    assert told(Standing(), 10, "warn") == [(None, "warn")]


def test_a_change_is_told_when_it_still_stands_after_two_more_points() -> None:
    standing = Standing()
    assert told(standing, 10, "pass") == [(None, "pass")]
    assert told(standing, 11, "warn") == []
    assert told(standing, 11, "warn") == []  # another look at the same points is no confirmation
    assert told(standing, 12, "warn") == []
    assert told(standing, 13, "warn") == [("pass", "warn")]
    assert told(standing, 14, "warn") == []


def test_what_flickers_says_nothing() -> None:
    standing = Standing()
    told(standing, 10, "pass")
    for points in range(11, 200):
        assert told(standing, points, "warn" if points % 3 == 0 else "pass") == []


def test_a_sure_finding_is_told_at_once_a_sure_pass_is_not() -> None:
    standing = Standing()
    told(standing, 10, "pass")
    assert told(standing, 11, "fail", CERTAIN) == [("pass", "fail")]
    assert told(standing, 12, "pass", 0.99) == []


def test_a_verdict_that_swings_for_ever_is_told_ever_more_rarely() -> None:
    """Ten points of sure warnings, ten points of a pass, and so on for 10,000 points."""
    standing = Standing()
    told(standing, 10, "pass")
    said = [told(standing, points, "warn" if points % 20 < 10 else "pass", 0.98) for points in range(11, 10_000)]
    assert 1 <= sum(one == [("pass", "warn")] for one in said) <= 4
    assert told(standing, 10_050, "fail", 0.99) == []
    assert told(standing, 12_000, "fail", 0.99) == [("pass", "fail")]  # what then stays is told all the same


def test_what_alternates_between_two_findings_is_told_as_the_milder() -> None:
    standing = Standing()
    told(standing, 10, "pass")
    said = [told(standing, points, "fail" if points % 2 else "warn") for points in range(11, 30)]
    assert [one for one in said if one] == [[("pass", "warn")]]


def test_undetermined_on_the_way_does_not_count_for_a_finding() -> None:
    standing = Standing()
    told(standing, 10, "pass")
    assert told(standing, 11, "undetermined") == []
    assert told(standing, 12, "undetermined") == []
    assert told(standing, 14, "warn") == []


def test_on_a_long_curve_a_point_is_a_block_of_those_that_detectors_look_at() -> None:
    standing = Standing()
    long = 100 * MOST_POINTS
    told(standing, long, "pass")
    assert told(standing, long + 1, "warn") == []
    assert told(standing, long + 100, "warn") == []
    assert told(standing, long + 1 + CONFIRMING_POINTS * 100, "warn") == [("pass", "warn")]


def test_at_the_end_what_waited_is_told_and_said_to_be_unsettled() -> None:
    standing = Standing()
    told(standing, 10, "pass")
    told(standing, 11, "warn")
    assert standing.waits
    (change,) = standing.changes(report(11, plateau="warn"), NOW, final=True, settled=False)
    assert (change.old, change.status, change.settled) == ("pass", "warn", False)
    assert not standing.waits
    assert [found.detector for found in standing.findings] == ["plateau"]


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(0, 3)), min_size=1, max_size=40))
def test_after_the_end_what_was_told_is_what_is(course: list[tuple[Status, int]]) -> None:
    standing, points, last = Standing(), 10, None
    for status, more in course:
        points += more
        for change in standing.changes(report(points, plateau=status), NOW):
            assert change.old == last
            assert change.status == status
            last = change.status
    for change in standing.changes(report(points, plateau=course[-1][0]), NOW, final=True):
        last = change.status
    assert last == course[-1][0]


@pytest.mark.parametrize(
    "line",
    [
        Change("new-run", NOW, "a/b"),
        Change("verdict", NOW, "a", "plateau", "pass", "warn", 0.8, "Flat.", "Try.", "a", "val/loss", 3, None, 9),
        End("finding", NOW, 12.5, 7, 9, 1, 0, 0, 3, "a", "plateau", "fail"),
    ],
)
def test_json_lines_keep_to_their_schema(line: Change | End) -> None:
    schema = json.loads((Path(__file__).parents[2] / "loglens/schemas/watch.schema.json").read_text())
    text = json_view.render(line)
    assert "\n" not in text
    plain = json.loads(text)
    assert plain["schema"] == "loglens.watch/1"
    jsonschema.Draft202012Validator(schema).validate(plain)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({**plain, "event": "something else"})
