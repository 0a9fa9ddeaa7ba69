"""Measure how often LogLens and the usual rules are right: `python -m benchmarks.accuracy [--runs N] [--write]`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.accuracy.foreign import foreign_curves
from benchmarks.accuracy.outcome import Outcome, outcome
from benchmarks.accuracy.pages import page
from benchmarks.accuracy.rates import Estimate
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.summary import family_summary, live, plateaus, reliability
from benchmarks.accuracy.synthetic import HEALTHY, SHAPES, Setting, Synthetic
from loglens.detector import discover, judge_run
from loglens.runs.curve import Run

ROOT = Path(__file__).parent.parent.parent
CHUNK = 100
WHITE = Setting(noise="white", sd=0.01)
NARROWED: dict[str, tuple[str, Setting]] = {
    **{f"white .01: overfitting {d:g}": (f"overfitting {d:g}", WHITE) for d in (0.05, 0.1, 0.2, 0.4)},
    **{
        f"white .01: overfitting {d:g} nominal": (f"overfitting {d:g}", Setting(noise="white", sd=0.01, nominal=True))
        for d in (0.05, 0.1, 0.2, 0.4)
    },
    **{f"white: {name}": (name, Setting(noise="white")) for name in HEALTHY},
    **{f"ar .8: {name}": (name, Setting(noise="ar.8")) for name in ("converged", "lr-drop", "warm-up", "slow")},
    **{f"t3: {name}": (name, Setting(noise="t3")) for name in ("converged", "lr-drop", "warm-up", "slow")},
}
"""Families with some of what is otherwise drawn held fixed, for the bars that name a noise."""
LENGTHS_OF_BAR = (20, 30, 50)


def main() -> int:
    """Run the families, print the page, and write the results with --write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="runs a family")
    parser.add_argument("--live-runs", type=int, default=200, help="healthy runs a family, judged at every evaluation")
    parser.add_argument("--purpose", choices=("tuning", "reporting"), default="reporting")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write benchmarks/accuracy/results.json, docs/accuracy.md")
    arguments = parser.parse_args()
    results = measure(arguments.purpose, arguments.runs, arguments.live_runs, arguments.processes)
    text = page(results)
    sys.stdout.write(text)
    if arguments.write:
        (ROOT / "benchmarks/accuracy/results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (ROOT / "docs/accuracy.md").write_text(text, encoding="utf-8")
    return 0


def measure(purpose: Purpose, runs: int, live_runs: int, processes: int) -> dict[str, Any]:
    """All numbers as plain data, estimates as {value, low, high, count}."""
    families = [(name, name, Setting()) for name in SHAPES] + [(k, *v) for k, v in NARROWED.items()]
    jobs = [
        (label, name, narrow, purpose, start, min(start + CHUNK, runs))
        for label, name, narrow in families
        for start in range(0, runs, CHUNK)
    ]
    by_family: dict[str, list[Outcome]] = {label: [] for label, _, _ in families}
    with ProcessPoolExecutor(processes) as pool:
        for job, outcomes in zip(jobs, pool.map(_outcomes, jobs), strict=True):
            by_family[job[0]].extend(outcomes)
        ever = pool.map(_ever_flagged, [(name, purpose, live_runs) for name in HEALTHY])
        flagged = dict(zip(HEALTHY, ever, strict=True))
    detectors = [kind.name for kind in discover()]
    healthy = [o for name in HEALTHY for o in by_family[name]]
    everything = [o for name in SHAPES for o in by_family[name]]
    results = {
        "purpose": purpose,
        "runs": runs,
        "families": {label: family_summary(outcomes, detectors) for label, outcomes in by_family.items()},
        "plateaus": {
            "mixed noise": plateaus(healthy),
            **{
                noise: plateaus([o for o in healthy if o.noise == noise])
                for noise in sorted({o.noise for o in healthy})
            },
        },
        "reliability": reliability(everything),
        "live": live(flagged),
        "others": foreign_curves(purpose),
    }
    plain = _plain(results)
    assert isinstance(plain, dict)
    return plain


def _outcomes(job: tuple[str, str, Setting, Purpose, int, int]) -> list[Outcome]:
    label, name, narrow, purpose, start, end = job
    detectors = [kind() for kind in discover()]
    outcomes = []
    for number in range(start, end):
        fixed = narrow
        if label.startswith("white .01"):
            fixed = dataclasses.replace(narrow, length=LENGTHS_OF_BAR[number % len(LENGTHS_OF_BAR)])
        run, truth = Synthetic(name, purpose, fixed).run(number)
        outcomes.append(outcome(run, truth, detectors))
    return outcomes


def _ever_flagged(job: tuple[str, Purpose, int]) -> list[bool]:
    """Whether each healthy run is flagged by any detector at any of its evaluations from the fifth on."""
    name, purpose, runs = job
    detectors = [kind() for kind in discover()]
    ever = []
    for number in range(runs):
        run, truth = Synthetic(name, purpose).run(number)
        steps = run.curves[0].steps
        allowed = truth.unclear | truth.faults
        ever.append(
            any(
                v.is_finding and v.detector not in allowed
                for step in steps[4:]
                for v in judge_run(_until(run, int(step)), detectors)
            )
        )
    return ever


def _until(run: Run, step: int) -> Run:
    """The run as its log stood at `step`."""
    curves = []
    for curve in run.curves:
        n = int((curve.steps <= step).sum())
        epochs = None if curve.epochs is None else curve.epochs[:n]
        curves.append(
            dataclasses.replace(
                curve, steps=curve.steps[:n], wall_times=curve.wall_times[:n], values=curve.values[:n], epochs=epochs
            )
        )
    return dataclasses.replace(run, curves=tuple(curves))


def _plain(value: Any) -> Any:
    """Estimates and containers as what JSON knows."""
    if isinstance(value, Estimate):
        return {k: round(v, 5) if isinstance(v, float) else v for k, v in dataclasses.asdict(value).items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return round(value, 5) if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())
