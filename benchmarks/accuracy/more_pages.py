"""The parts of docs/accuracy.md on all detectors, the installed peers and the trainer's corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.tables import Numbers, percent, short, table


def every_detector(scores: Mapping[str, Any], families: Mapping[str, Numbers]) -> str:
    """A row for each fault of each family: recall, alarms of that detector on healthy runs, and the onset."""
    rows = []
    for name, s in scores["faults"].items():
        onset = families[s["family"]]["onset_error"].get(s["detector"], {})
        rows.append(
            (
                s["detector"],
                s["family"],
                percent(s["recall"]),
                percent(s["false_alarms"]),
                percent(s.get("precision")),
                percent(s.get("macro_f1")),
                " / ".join(short(onset.get(key)) for key in ("median", "p90")) if onset else "",
            )
        )
        del name
    intro = (
        "Recall on the family that has the fault; false alarms of the same detector over all healthy families; "
        "precision and macro-F1 as if half of the runs had the fault. Onset: median / 90th percentile of the error, in "
        "percent of the run. late-recovery is never a finding: told or not told. All in percent.\n\n"
    )
    head = ("detector", "family", "recall", "false alarms", "precision", "macro-F1", "onset error")
    return intro + table(head, rows)


def scores_page(scores: Mapping[str, Any]) -> str:
    """Which rules of the tables above are better in both ways."""
    beaten = scores["beaten"]
    if not beaten:
        return "No rule has both a higher recall and fewer false alarms (over all healthy families), in any family.\n"
    said = "; ".join(f"{family}: {', '.join(rules)}" for family, rules in beaten.items())
    return f"With both a higher recall and fewer false alarms (over all healthy families) than LogLens: {said}.\n"


def peers_page(peers: Mapping[str, Any]) -> str:
    """The installed peers beside LogLens: alarms on healthy runs, recall, and who is better in both."""
    if not peers["versions"]:
        return f"Not installed, so not measured: {', '.join(peers['absent'])} (see `benchmarks/accuracy/peers.py`).\n"
    versions = ", ".join(f"{name} {version}" for name, version in peers["versions"].items())
    absent = f" Not installed, so not measured: {', '.join(peers['absent'])}." if peers["absent"] else ""
    tools = ["LogLens", *peers["versions"]]
    healthy = table(
        ("any finding on healthy runs", *tools),
        ((name, *(percent(row[who]) for who in tools)) for name, row in peers["healthy"].items()),
    )
    faulty = table(
        ("fault found / same alarm on healthy runs", *tools, "better in both"),
        (
            (
                name,
                *(f"{short(f['tools'][who]['recall'])} / {short(f['tools'][who]['false_alarms'])}" for who in tools),
                ", ".join(f["beaten_by"]) or "none",
            )
            for name, f in peers["faulty"].items()
        ),
    )
    better = {name: f["beaten_by"] for name, f in peers["faulty"].items() if f["beaten_by"]}
    verdict = (
        "No peer has both a higher recall and fewer false alarms, in any family."
        if not better
        else "A peer has both a higher recall and fewer false alarms in: "
        + "; ".join(f"{name} ({', '.join(who)})" for name, who in better.items())
        + "."
    )
    silent = ", ".join(f"{who} {short(share)} %" for who, share in peers["no_answer"].items() if share["value"])
    no_answer = f" Stopped with an error instead of an answer: {silent} of the logs." if silent else ""
    return (
        f"{versions}, as installed from PyPI (`benchmarks/accuracy/peers.py` has the line), with their own defaults, "
        f"on the first {peers['runs']} runs of each family, written as event files that all of them read; sk-autod "
        "reads lists, and got the two losses an epoch. What a peer calls a finding (not what it calls info) is "
        f"counted; in percent.{no_answer}{absent}\n\n{healthy}\n{faulty}\n{verdict}\n"
    )


def corpus_page(corpus: Mapping[str, Any]) -> str:
    """The trainer's scenarios: found of what was verified, alarms besides, onset, regret, cause."""
    intro = (
        "Trainings by `loglens train --corpus` on reporting seeds: truth is what was measured on fresh samples and by "
        "reruns with one thing changed (docs/trainer.md), logs are in the styles of four frameworks. Found: of the "
        "runs in which the fault was verified. Other alarms: runs with any finding that the truth rules out; what it "
        "leaves open is neither right nor wrong to report. Overfitting is not ruled out where the population loss, "
        "averaged over the seeds of the scenario, surely ends above its lowest epoch by more than 2 % of the progress "
        "after the first epoch, which is where logs begin, while the train loss went on falling (rate-drop: small "
        "networks that memorise a little once the rate has dropped). A spike that nobody injected is not ruled out "
        "where the train loss on fixed weights rose from one epoch to the next by a tenth of the untrained loss, nor "
        "slow learning where three times the epochs add less than they do to the slowest course of the healthy family "
        "slow. Regret: mean, on the population loss, in percent "
        "of the progress. Cause: of the oscillations found, right of those decided; undetermined where the train loss "
        "is logged within the epochs; and where it is not, as it should be. In percent.\n\n"
    )
    rows = [_corpus_row(name, s) for name, s in corpus.items()]
    head = (
        "scenario",
        "runs",
        "found",
        "other alarms",
        "which",
        "neither right nor wrong",
        "onset error",
        "regret LogLens / argmin / patience 10",
        "set covers",
        "cause right / undetermined / not logged, left open",
    )
    return intro + table(head, rows)


def _corpus_row(name: str, s: Numbers) -> tuple[str, ...]:
    regrets = (
        [f"{100 * s['regret'][who]['value']:.2f}" for who in ("LogLens", "argmin", "patience 10")]
        if s["regret"]
        else []
    )
    told = [s.get(f"cause_{what}") for what in ("right", "undetermined", "unlogged_left_open")]
    cause = " / ".join(short(share) or "-" for share in told) if any(told) else ""
    if s["cause_open_left_open"] and not cause:
        cause = f"left open {short(s['cause_open_left_open'])}"
    return (
        name,
        str(s["runs"]),
        "; ".join(f"{fault} {percent(found)}" for fault, found in s["found"].items()),
        percent(s["false_alarms"]),
        ", ".join(f"{who} {short(share)}" for who, share in s["false_alarms_of"].items()),
        ", ".join(f"{who} {short(share)}" for who, share in s["neither_of"].items()),
        short(s["onset_error_median"]),
        " / ".join(regrets),
        percent(s["covered"]),
        cause,
    )


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
