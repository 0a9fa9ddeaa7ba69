"""`python -m benchmarks.trainer.scenarios`: does every scenario show its fault? scenarios.json and docs/trainer.md."""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

import loglens
from benchmarks.machine import describe_machine
from loglens.trainer.corpus import FIRST_SEED
from loglens.trainer.device import chosen, device_name
from loglens.trainer.experiments import conduct, experiment, verified
from loglens.trainer.interventions import CHANGES
from loglens.trainer.scenario import Scenario
from loglens.trainer.scenarios import SCENARIOS, scenario

RESULTS = Path(__file__).with_name("scenarios.json")
PAGE = Path(__file__).parent.parent.parent / "docs" / "trainer.md"
BEGIN, END = "<!-- begin {name}: python -m benchmarks.trainer.scenarios --write -->", "<!-- end {name} -->"
WANTED = 0.9  # the share of seeds that must show what their scenario promises
FINAL, KEPT = "final_population_loss", "population_loss_of_the_lowest_validation_loss"


def main() -> None:
    """Train what is asked for, keep what was measured before in scenarios.json, and write the page when told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30, help="reporting seeds of every scenario")
    parser.add_argument("--only", nargs="*", default=[], metavar="SCENARIO", help="measure these, keep the others")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--write", action="store_true", help="write the tables of docs/trainer.md as well")
    parser.add_argument("--no-training", action="store_true", help="only write the page anew from scenarios.json")
    options = parser.parse_args()
    device = chosen(options.device)
    told = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    names = [] if options.no_training else options.only or [one.name for one in SCENARIOS]
    for name in names:
        told[name] = measured(scenario(name), options.seeds, device)
        print(row(told[name]), flush=True)
        RESULTS.write_text(json.dumps(told, indent=1) + "\n")  # minutes of work: kept when the rest is interrupted
    told = {one.name: told[one.name] for one in SCENARIOS if one.name in told}
    RESULTS.write_text(json.dumps(told, indent=1) + "\n")
    if options.write or options.no_training:
        PAGE.write_text(page(PAGE.read_text(), told))
    missed = [name for name, one in told.items() if one["verified"] < WANTED * one["seeds"]]
    if missed:
        raise SystemExit(f"below {WANTED:.0%} of the seeds: {', '.join(missed)}")


def measured(one: Scenario, seeds: int, device: str) -> dict[str, Any]:
    """What became of the first `seeds` reporting seeds: counts of states and causes, and medians of the remedies."""
    first = FIRST_SEED["reporting"]
    outcomes = conduct([experiment(one, first + seed) for seed in range(seeds)], device)
    known = [outcome.truth({}) for outcome in outcomes]
    causes = [truth["states"]["oscillation"] for truth in known]
    return {
        "scenario": one.name,
        "promised": list(one.shows),
        "lacks": list(one.lacks),
        "seeds": seeds,
        "first_seed": first,
        "verified": sum(verified(truth) for truth in known),
        "missed": [first + seed for seed, truth in enumerate(known) if not verified(truth)],
        "present": dict(Counter(name for truth in known for name, s in truth["states"].items() if s["present"])),
        "causes": dict(Counter(state["cause"] for state in causes if state["present"])),
        "remedies": {name: _medians(known, name) for name in one.reruns},
        "machine": {"device": device_name(device), "loglens": loglens.__version__}
        | describe_machine(["torch", "numpy"]),
    }


def _medians(known: Sequence[dict[str, Any]], name: str) -> dict[str, list[float | None]]:
    """Medians over the seeds without and with one thing changed: at the end, and of the epoch that was kept."""

    def median(when: str, number: str) -> float | None:
        values = [truth["interventions"][name][when][number] for truth in known]
        return None if None in values else round(statistics.median(values), 4)

    return {number: [median("before", number), median("after", number)] for number in (FINAL, KEPT)}


def page(text: str, told: dict[str, Any]) -> str:
    """The page with its three marked parts written anew."""
    for name, lines in (("scenarios", table(told)), ("remedies", remedies(told)), ("missed", misses(told))):
        begin, end = BEGIN.format(name=name), END.format(name=name)
        before, _, rest = text.partition(begin)
        after = rest.partition(end)[2]
        if not after:
            raise SystemExit(f"{PAGE} lacks the lines {begin!r} and {end!r}")
        text = "\n".join([before + begin, *lines, end]) + after
    return text


def table(told: dict[str, Any]) -> list[str]:
    """The scenarios, with what made the numbers above."""
    made = Counter(json.dumps([one["seeds"], one["first_seed"], one["machine"]]) for one in told.values())
    lines = []
    for key, count in made.most_common():
        seeds, first, machine = json.loads(key)
        what = "Every scenario" if count == len(SCENARIOS) else f"{count} scenarios"
        versions = ", ".join(f"{name} {machine[name]}" for name in ("loglens", "torch", "numpy", "python"))
        lines.append(f"{what}: {seeds} reporting seeds from {first:,} on, {machine['device']}, {versions}.")
    missing = [one.name for one in SCENARIOS if one.name not in told]
    if missing:
        lines.append(f"Not measured yet: {', '.join(missing)}.")
    lines += ["", "| scenario | promised | verified | share (95 %) | all states present |", "|---|---|---:|---:|---|"]
    return [*lines, *(row(one) for one in told.values())]


def row(one: dict[str, Any]) -> str:
    """One line of the table; the interval is Clopper and Pearson's 1934, exact and never too short."""
    n, k = one["seeds"], one["verified"]
    bounds = binomtest(k, n).proportion_ci(0.95, "exact")
    present = ", ".join(f"{name} {count}" for name, count in Counter(one["present"]).most_common()) or "none"
    causes = [f"{name} {count}" for name, count in Counter(one["causes"]).most_common()]
    if "oscillation" in one["promised"]:
        present += f" (cause: {', '.join(causes)})"
    promised = ", ".join(one["promised"]) or "no fault"
    share = f"{100 * k / n:.0f} % ({100 * bounds.low:.0f}-{100 * bounds.high:.0f})"
    return f"| {one['scenario']} | {promised} | {k} of {n} | {share} | {present} |"


def misses(told: dict[str, Any]) -> list[str]:
    """Which seeds did not show what was promised, so that anyone can look at them."""
    found = [f"{one['scenario']} ({', '.join(map(str, one['missed']))})" for one in told.values() if one["missed"]]
    return [f"Seeds that did not: {'; '.join(found)}." if found else "No seed missed."]


def remedies(told: dict[str, Any]) -> list[str]:
    """What helps against overfitting and oscillation: reruns whose scenario shows one of the two."""
    lines = [
        "| fault | remedy | end before | end after | early stopping before | early stopping after |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for one in told.values():
        if not {"overfitting", "oscillation", "metric-conflict"} & {*one["promised"]}:
            continue
        for i, (name, medians) in enumerate(one["remedies"].items()):
            (end, end_after), (kept, kept_after) = medians[FINAL], medians[KEPT]
            fault, before, stopped = (one["scenario"], _n(end), _n(kept)) if i == 0 else ("", "", "")
            after = f"{_n(end_after)} | {stopped} | {_n(kept_after)}"
            lines.append(f"| {fault} | {CHANGES[name][0]} | {before} | {after} |")
    return lines


def _n(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
