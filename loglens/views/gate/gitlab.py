"""GitLab: a Code Quality report, shown in merge requests: only what is new against the target branch."""

from __future__ import annotations

import json

from loglens.gate.result import GateResult
from loglens.views.gate.places import line_of, path_of, subject_of

SEVERITY = {"fail": "major", "warn": "minor"}
"""Of GitLab's info, minor, major, critical, blocker."""


def render(result: GateResult) -> str:
    """A JSON list of findings (docs.gitlab.com, "Code Quality report format"); fingerprints are unique in it."""
    seen: dict[str, int] = {}
    issues = []
    for found in result.findings:
        number = seen.get(found.fingerprint, 0)
        seen[found.fingerprint] = number + 1
        issues.append(
            {
                "description": " ".join(filter(None, (f"{subject_of(found)}: {found.summary}", found.advice))),
                "check_name": found.rule,
                "fingerprint": found.fingerprint + (f"-{number}" if number else ""),
                "severity": SEVERITY[found.result],
                "location": {"path": path_of(result), "lines": {"begin": line_of(found)}},
            }
        )
    return json.dumps(issues, allow_nan=False, indent=1, ensure_ascii=False) + "\n"
