"""What a baseline holds: its groups, rules, seeds and means."""

from __future__ import annotations

import json

from loglens.digits import plural
from loglens.gate.baseline import Baseline, digest
from loglens.gate.samples import Sample


def render(baseline: Baseline, *, as_json: bool = False) -> str:
    """One line a sample under its group, as text or as JSON."""
    if as_json:
        return json.dumps(_plain(baseline), allow_nan=False, indent=1, ensure_ascii=False) + "\n"
    lines = [f"made by LogLens {baseline.loglens_version} on {baseline.created}, {baseline.environment}"]
    for group in baseline.groups:
        lines.append(f"\n{group.name}  {plural(len(group.runs), 'run')}, experiment {digest(group)}")
        lines += [f"  {_told(sample)}" for sample in group.samples if sample.statistic != "curve"]
        curves = sum(sample.statistic == "curve" for sample in group.samples)
        lines += [f"  and {curves} reduced curve{'' if curves == 1 else 's'}"] if curves else []
    return "\n".join(lines) + "\n"


def _told(sample: Sample) -> str:
    values = [seed.value for seed in sample.seeds if seed.value is not None]
    low, high = (f"{end(values):.6g}" for end in (min, max)) if values else ("no value", "no value")
    shown = low if low == high else f"{low} to {high}"
    missing = len(sample.seeds) - len(values)
    where = "" if sample.tag in sample.rule else f" {sample.tag}"
    return f"{sample.rule}{where}: {shown}, {plural(len(values), 'seed')}" + (
        f", {missing} without a value" if missing else ""
    )


def _plain(baseline: Baseline) -> dict[str, object]:
    return {
        "schema": "loglens.baseline-list/1",
        "loglens_version": baseline.loglens_version,
        "created": baseline.created,
        "environment": baseline.environment,
        "groups": [
            {
                "name": group.name,
                "experiment": digest(group),
                "runs": list(group.runs),
                "samples": [
                    {"rule": s.rule, "dir": s.dir, "tag": s.tag, "values": [seed.value for seed in s.seeds]}
                    for s in group.samples
                ],
            }
            for group in baseline.groups
        ],
    }
