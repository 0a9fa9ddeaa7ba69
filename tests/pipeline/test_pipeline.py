"""The pipeline from folder to Report: the same whatever runs it, and one bad run never costs another."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import loglens.judge
from loglens.config import Config, DetectorSettings
from loglens.detector import Inputs, Wanted
from loglens.events.errors import LogLensError
from loglens.events.writer import EventFileWriter
from loglens.jsonform import to_plain
from loglens.judge import make_plan
from loglens.pipeline import Progress, analyze, analyze_curves, assemble, chunked, judge_sources
from loglens.report import Report
from loglens.runs.find import find_runs
from loglens.verdict import Verdict

EPOCHS = 20


def write_run(folder: Path, seed: int = 0) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.01, (2, EPOCHS))
    steps = np.arange(EPOCHS)
    with EventFileWriter(folder, wall_time=1.7e9) as writer:
        writer.add_series("train/loss", steps, np.exp(-steps / 5) + noise[0], 1.7e9 + steps)
        writer.add_series("val/loss", steps, np.exp(-steps / 5) + 0.1 + noise[1], 1.7e9 + steps)


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    for seed in range(6):
        write_run(tmp_path / "net" / f"seed{seed}", seed)
    return tmp_path


def plain(report: Report) -> str:
    return json.dumps(to_plain(report), sort_keys=True, allow_nan=False)


def test_every_run_is_judged_and_grouped_by_seed(logdir: Path) -> None:
    report = analyze(str(logdir))
    assert [run.name for run in report.runs] == [f"net/seed{n}" for n in range(6)]
    assert {run.group for run in report.runs} == {"net"}
    detectors = {d.name for d in make_plan(Config()).detectors}
    for run in report.runs:
        assert {verdict.detector for verdict in run.verdicts} == detectors
        assert {(curve.phase, curve.quantity, curve.points) for curve in run.curves} == {
            ("train", "loss", EPOCHS),
            ("validation", "loss", EPOCHS),
        }


def test_every_engine_gives_the_same_report(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglens.pipeline.CHUNK_RUNS", 2)
    alone = plain(analyze(str(logdir)))
    assert plain(analyze(str(logdir), jobs=2)) == alone
    with ThreadPoolExecutor(3) as executor:
        assert plain(analyze(str(logdir), executor=executor)) == alone


def test_a_run_is_judged_the_same_among_others_and_alone(logdir: Path) -> None:
    together = analyze(str(logdir)).runs[3]
    alone = analyze(str(logdir / "net" / "seed3")).runs[0]
    assert [(v.detector, v.status, v.confidence, v.start_step) for v in alone.verdicts] == [
        (v.detector, v.status, v.confidence, v.start_step) for v in together.verdicts
    ]


def test_a_damaged_file_is_reported_and_the_others_are_judged(logdir: Path) -> None:
    (pointer,) = (logdir / "net" / "seed2").iterdir()
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    report = analyze(str(logdir))
    assert len(report.runs) == 5
    (bad,) = report.unreadable
    assert "seed2" in bad.path
    assert "LFS" in bad.reason


def test_our_own_failure_on_a_run_is_its_own(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = loglens.judge.judge

    def fails_on_one(run: object, plan: object) -> object:
        if getattr(run, "name", "") == "net/seed4":
            raise ZeroDivisionError("made to fail")
        return judge(run, plan)  # type: ignore[arg-type]

    monkeypatch.setattr("loglens.judge.judge", fails_on_one)
    report = analyze(str(logdir))
    assert len(report.runs) == 5
    assert [bad.path for bad in report.unreadable] == ["net/seed4"]
    assert "made to fail" in report.unreadable[0].reason


def test_progress_ends_at_the_number_of_sources(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglens.pipeline.CHUNK_RUNS", 4)
    seen: list[Progress] = []
    analyze(str(logdir), progress=seen.append)
    assert [(p.done, p.total) for p in seen] == [(4, 6), (6, 6)]


def test_chunks_cover_the_sources_in_order(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglens.pipeline.CHUNK_BYTES", 1)
    sources = find_runs([str(logdir)]).sources
    assert [source for part in chunked(sources) for source in part] == list(sources)
    assert all(len(part) == 1 for part in chunked(sources))


def test_parts_of_a_report_can_be_put_together_by_others(logdir: Path) -> None:
    sources = find_runs([str(logdir)]).sources
    parts = [part for source in reversed(sources) for part in judge_sources([source], make_plan(Config()))]
    report = assemble((run for _, judged in parts for run in judged.runs), (), Config())
    assert plain(report) == plain(analyze(str(logdir)))


def test_arrays_are_judged_like_the_same_values_in_a_log(logdir: Path) -> None:
    logged = analyze(str(logdir)).runs[0]
    series = {c.tag: (c.steps, c.values) for c in logged.display}
    assert set(series) == {"train/loss", "val/loss"}
    given = analyze_curves(series, name="net/seed0")
    assert given.group == "net"
    assert [(v.detector, v.status) for v in given.verdicts] == [(v.detector, v.status) for v in logged.verdicts]


def test_lost_records_are_in_the_report(logdir: Path) -> None:
    (file,) = (logdir / "net" / "seed1").iterdir()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    lost = {run.name: run.lost for run in analyze(str(logdir)).runs}
    assert lost["net/seed1"].bad_records + lost["net/seed1"].skipped_bytes > 0
    assert lost["net/seed0"].bad_records == 0


def test_an_unknown_detector_names_the_nearest(logdir: Path) -> None:
    with pytest.raises(LogLensError, match=r"'non-finit'.*non-finite"):
        analyze(str(logdir), detectors=["non-finit"])


def test_a_detector_can_be_asked_for_alone_or_switched_off(logdir: Path) -> None:
    only = analyze(str(logdir), detectors=["non-finite"])
    assert {v.detector for run in only.runs for v in run.verdicts} == {"non-finite"}
    without = analyze(str(logdir), config=Config(detectors={"non-finite": DetectorSettings(enabled=False)}))
    assert "non-finite" not in {v.detector for run in without.runs for v in run.verdicts}


def test_nothing_readable_is_an_error_that_says_why(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1.host").write_bytes(b"")
    with pytest.raises(LogLensError, match=r"events\.out\.tfevents\.1\.host"):
        analyze(str(tmp_path))


def test_two_logdirs_keep_their_names_apart(logdir: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(logdir / "net", other / "net")
    report = analyze([f"a={logdir}", f"b={other}"])
    assert {run.name.split("/")[0] for run in report.runs} == {"a:net", "b:net"}
    assert len(report.runs) == 12


@dataclass(frozen=True, slots=True)
class Failing:
    """A detector that always fails."""

    name: ClassVar[str] = "failing"
    judges: ClassVar[tuple[Wanted, ...]] = (Wanted(("validation",), ("loss",)),)
    reads: ClassVar[tuple[Wanted, ...]] = ()

    def judge(self, inputs: Inputs) -> tuple[Verdict, ...]:
        raise RuntimeError(f"on {inputs.run}")


def test_a_failing_detector_is_an_error_verdict_and_no_more(logdir: Path) -> None:
    sources = find_runs([str(logdir)]).sources
    plan = make_plan(Config())
    with_failing = loglens.judge.Plan(plan.settings, (*plan.detectors, Failing()))
    for _, judged in judge_sources(sources, with_failing):
        for run in judged.runs:
            statuses = {verdict.detector: verdict.status for verdict in run.verdicts}
            assert statuses.pop("failing") == "error"
            assert "error" not in statuses.values()
