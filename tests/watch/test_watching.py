"""A watch says what `analyze` says, after every piece that was written and whatever happens to the files."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from loglens import following
from loglens.changes import Change
from loglens.config import Config
from loglens.events.follow import EventFileReader, Refresh
from loglens.pipeline import analyze
from loglens.report import RunReport
from loglens.watching import GONE_LOOKS, QUIET_SECONDS, Watch
from tests.watch.logs import Training

SAMPLES = Path(__file__).parents[2] / "sample_logs"


class Clock:
    """A time that goes on when told to."""

    def __init__(self) -> None:
        self.now = 1.8e9

    def __call__(self) -> float:
        return self.now


def bare(runs: Sequence[RunReport]) -> list[RunReport]:
    """The runs with all that a watch keeps of a report."""
    return [
        dataclasses.replace(
            run,
            display=(),
            measurements=(),
            verdicts=tuple(dataclasses.replace(verdict, evidence=()) for verdict in run.verdicts),
        )
        for run in runs
    ]


def events(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """What happened to runs, verdicts left out."""
    return [(change.event, change.run) for change in changes if change.event != "verdict"]


@pytest.mark.parametrize("name", ["overfitting", "memorisation", "resumed", "not-a-number", "loss-spike"])
def test_after_every_piece_it_says_what_analyze_says(name: str, tmp_path: Path) -> None:
    """Pieces end anywhere, in the middle of a record too."""
    files = sorted((SAMPLES / name).rglob("*tfevents*"))
    watch = Watch([str(tmp_path / "logs")])
    for share in (0.25, 0.4, 0.41, 0.6, 0.8, 1.0):
        for file in files:
            content = file.read_bytes()
            copy = tmp_path / "logs" / file.relative_to(SAMPLES)
            copy.parent.mkdir(parents=True, exist_ok=True)
            with copy.open("ab") as stream:
                stream.write(content[copy.stat().st_size : int(share * len(content))])
        watch.look()
        expected = analyze(str(tmp_path / "logs")).runs
        assert bare(watch.runs) == bare(expected)
    assert len(watch.runs) == 1


def test_what_was_told_at_the_end_is_what_analyze_says(tmp_path: Path) -> None:
    training = Training(tmp_path / "run")
    watch = Watch([str(tmp_path)])
    stands: dict[str | None, str | None] = {}
    for rising in [0.0] * 15 + [0.02 * step for step in range(30)]:
        training.log(rising=rising)
        stands |= {change.detector: change.status for change in watch.look() if change.event == "verdict"}
    stands |= {change.detector: change.status for change in watch.close()}
    (run,) = analyze(str(tmp_path)).runs
    order = ("not-applicable", "pass", "undetermined", "error", "warn", "fail")
    for detector in {verdict.detector for verdict in run.verdicts}:
        worst = max((v.status for v in run.verdicts if v.detector == detector), key=order.index)
        assert stands[detector] == worst
    assert stands["overfitting"] == "fail"


def test_only_new_bytes_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    refresh = EventFileReader.refresh

    def counted(reader: EventFileReader) -> Refresh:
        found = refresh(reader)
        taken.append(found.new_bytes)
        return found

    training = Training(tmp_path / "run").log(200)
    watch = Watch([str(tmp_path)])
    watch.look()
    training.log()
    watch.look()  # the file is held from now on
    monkeypatch.setattr(EventFileReader, "refresh", counted)
    training.log(2)
    watch.look()
    watch.look()
    assert len(taken) == 1
    assert 0 < taken[0] < 500


def test_new_runs_and_runs_that_are_gone(tmp_path: Path) -> None:
    Training(tmp_path / "a").log(20)
    watch = Watch([str(tmp_path)])
    assert events(watch.look()) == []
    Training(tmp_path / "b").log(20)
    assert events(watch.look()) == [("new-run", "b")]
    shutil.rmtree(tmp_path / "a")
    for _ in range(GONE_LOOKS - 1):
        assert watch.look() == []
    assert events(watch.look()) == [("gone-run", "a")]
    assert [run.name for run in watch.runs] == ["b"]
    Training(tmp_path / "a").log(20)
    assert events(watch.look()) == [("new-run", "a")]


def test_a_run_that_is_away_for_a_moment_is_not_gone(tmp_path: Path) -> None:
    """A network drive that does not answer, a folder that is being moved."""
    training = Training(tmp_path / "logs" / "a").log(20)
    watch = Watch([str(tmp_path / "logs")])
    watch.look()
    for _ in range(4):
        (tmp_path / "logs").rename(tmp_path / "away")
        assert watch.look() == []
        assert [run.name for run in watch.runs] == ["a"]
        (tmp_path / "away").rename(tmp_path / "logs")
        training.log()
        assert events(watch.look()) == []
    assert bare(watch.runs) == bare(analyze(str(tmp_path / "logs")).runs)


@pytest.mark.parametrize("how", ["replaced", "truncated", "rewritten in place", "another name"])
def test_a_log_that_starts_over_is_another_run(tmp_path: Path, how: str) -> None:
    first = Training(tmp_path / "run").log(20).log(5, broken=True)
    watch = Watch([str(tmp_path)])
    watch.look()
    first.log(broken=True)
    watch.look()
    other = Training(tmp_path / "other", wall_time=1.9e9).log(10 if how == "truncated" else 60)
    if how == "replaced":
        other.writer.path.rename(first.writer.path)
    elif how == "another name":
        first.writer.path.unlink()
        other.writer.path.rename(first.writer.path.with_name("events.out.tfevents.1900000000.x"))
    else:
        first.writer.path.write_bytes(other.writer.path.read_bytes())
    shutil.rmtree(tmp_path / "other")
    changes = watch.look()
    assert events(changes) == [("started-over", "run")]
    assert {change.old for change in changes if change.event == "verdict"} == {None}
    assert bare(watch.runs) == bare(analyze(str(tmp_path)).runs)


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    Training(tmp_path / "here" / "a").log(20)
    watch = Watch([str(tmp_path / "here"), str(tmp_path / "there")])
    watch.look()
    assert [run.name for run in watch.runs] == ["here:a"]
    assert "there" in watch.problems[str(tmp_path / "there")]
    Training(tmp_path / "there" / "b").log(20)
    assert events(watch.look()) == [("new-run", "there:b")]
    assert watch.problems == {}


def test_a_later_time_alone_is_no_growth(tmp_path: Path) -> None:
    """Network drives set the time of a file late."""
    clock = Clock()
    training = Training(tmp_path / "a").log(20)
    watch = Watch([str(tmp_path)], clock=clock)
    watch.look()
    clock.now += 100
    os.utime(training.writer.path, (clock.now, clock.now))
    assert watch.look() == []
    assert watch.idle_seconds == 100
    assert watch.findings == []
    training.log()
    watch.look()
    assert watch.idle_seconds == 0


def test_findings_are_those_of_runs_that_are_written_now(tmp_path: Path) -> None:
    Training(tmp_path / "old").log(20).log(5, broken=True)
    training = Training(tmp_path / "young").log(20).log(5, broken=True)
    watch = Watch([str(tmp_path)])
    watch.look()
    assert watch.findings == []
    training.log(broken=True)
    watch.look()
    assert {(found.run, found.detector) for found in watch.findings if found.status == "fail"} == {
        ("young", "non-finite")
    }


def test_a_change_at_the_end_of_a_training_is_told_when_no_more_points_come(tmp_path: Path) -> None:
    clock = Clock()
    training = Training(tmp_path / "a").log(30)
    watch = Watch([str(tmp_path)], clock=clock)
    watch.look()
    training.log(broken=True)  # one NaN at the end: two in three that it stays
    assert [c for c in watch.look() if c.detector == "non-finite"] == []
    clock.now += 0.9 * QUIET_SECONDS
    assert watch.look() == []
    clock.now += 0.2 * QUIET_SECONDS
    assert [(c.status, c.settled) for c in watch.look() if c.detector == "non-finite"] == [("fail", True)]


def test_a_file_that_cannot_be_read_is_named_when_it_stays_so(tmp_path: Path) -> None:
    clock = Clock()
    Training(tmp_path / "a").log(20)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "events.out.tfevents.1").write_bytes(b"this is no event file at all" * 9)
    watch = Watch([str(tmp_path)], clock=clock)
    watch.look()
    assert watch.problems == {}
    clock.now += 2 * QUIET_SECONDS
    assert list(watch.problems) == [str(tmp_path / "b" / "events.out.tfevents.1")]
    assert [run.name for run in watch.runs] == ["a"]


def test_the_config_counts(tmp_path: Path) -> None:
    from loglens.config.settings import DetectorSettings  # noqa: PLC0415

    Training(tmp_path / "a").log(20)
    config = Config(detectors={"plateau": DetectorSettings(enabled=False)})
    watch = Watch([str(tmp_path)], config)
    watch.look()
    assert "plateau" not in {verdict.detector for verdict in watch.runs[0].verdicts}
    assert bare(watch.runs) == bare(analyze(str(tmp_path), config=config).runs)


@pytest.mark.parametrize(("bound", "value"), [("MOST_FILES", 3), ("MOST_POINTS", 150)])
def test_what_is_held_is_bounded_and_stays_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(following, bound, value)
    trainings = [Training(tmp_path / f"run{number}").log(20) for number in range(8)]
    watch = Watch([str(tmp_path)])
    for _ in range(3):
        watch.look()
        for training in trainings:
            training.log()
    watch.look()
    held = watch._growing._held
    assert 1 <= len(held) <= 3
    assert sum(one.points for one in held.values()) <= 150
    assert bare(watch.runs) == bare(analyze(str(tmp_path)).runs)
