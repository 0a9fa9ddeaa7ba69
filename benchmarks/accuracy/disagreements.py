"""Where LogLens, the plain rule and the hand labels of overfitguard_sim do not agree: numbers, and what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.others import OverfitGuard, shared_curves
from benchmarks.accuracy.rules import above_minimum, beside
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.tables import table
from loglens.detector import judge_run
from loglens.detectors.overfitting import Overfitting

HALVES: tuple[Purpose, ...] = ("tuning", "reporting")
SEEN = {
    "card_model3_2": (
        "Down to a minimum at epoch 455, then a slow straight rise over the other half of the run while the train loss "
        "goes on falling. The rise is many times its noise. By eye, on an axis that holds the whole run, it looks flat."
    ),
    "gene_model5_3": (
        "A steep fall to a minimum at epoch 314, then a steady rise by an eighth of that lowest loss, beside a train "
        "loss that goes to zero. On an axis that starts at the untrained loss this is a thin line near the bottom."
    ),
}
"""What a look at the curve showed; one that is not named here has not been looked at."""


def disagreements() -> list[dict[str, Any]]:
    """Every run of both halves on which the label, LogLens and the plain rule do not all say the same."""
    folder = shared_curves()
    rows: list[dict[str, Any]] = []
    if folder is None:
        return rows
    for half in HALVES:
        for run, truth in OverfitGuard(folder, half):
            verdict = judge_run(run, [Overfitting()])[0]
            values, train = beside(run)
            label, rule = "overfitting" in truth.faults, above_minimum(values, train)
            if not label == verdict.is_finding == rule:
                rows.append(
                    {
                        "half": half,
                        "run": run.name,
                        "label": label,
                        "LogLens": verdict.is_finding,
                        "plain rule": rule,
                        "of_progress": verdict.value if verdict.value is not None else verdict.details.get("depth"),
                        "of_lowest": float(values[-5:].mean() / values.min() - 1.0),
                        "seen": SEEN.get(run.name, "Not looked at yet."),
                    }
                )
    return rows


def disagreements_page(rows: Sequence[Mapping[str, Any]]) -> str:
    """The runs of overfitguard_sim on which label, LogLens and plain rule differ, and what a look at them showed."""
    said = {True: "overfitting", False: "none"}
    columns = ("label", "LogLens", "plain rule")
    cells = (
        (
            row["run"],
            row["half"],
            *(said[row[who]] for who in columns),
            f"{100 * row['of_progress']:.1f}",
            f"{100 * row['of_lowest']:.1f}",
        )
        for row in rows
    )
    head = ("run", "half", *columns, "rise, % of the progress", "rise, % of the lowest loss")
    seen = "\n".join(f"- {row['run']}: {row['seen']}" for row in rows)
    return (
        "Every run of overfitguard_sim, of either half, on which the hand label, LogLens and the plain rule do not all "
        f"say the same:\n\n{table(head, cells)}\n{seen}\n\n"
        "All labelled runs of the tuning half rise by more than 6 % of their progress, all others by 4 % or less: "
        "with `min_rise = 0.05` LogLens agrees with each of them. The default is lower, since on short runs a rise of "
        "5 % of the progress is worth a warning.\n"
    )
