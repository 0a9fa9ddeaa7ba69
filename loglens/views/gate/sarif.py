"""SARIF 2.1.0 (OASIS standard): for code scanning pages and editors."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from loglens.gate.result import GateResult, Outcome
from loglens.views.gate.places import line_of, path_of, subject_of

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"fail": "error", "warn": "warning", "waived": "note"}


def render(result: GateResult) -> str:
    """Findings and waived outcomes (as suppressed results); rules by their names, in order of appearance."""
    shown = [*result.findings, *(outcome for outcome in result.outcomes if outcome.result == "waived")]
    rules = list(dict.fromkeys(found.rule for found in shown))
    kinds = {found.rule: found.kind for found in reversed(shown)}
    log = {
        "$schema": SCHEMA_URI,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "LogLens",
                        "version": result.loglens_version,
                        "rules": [
                            {"id": rule, "shortDescription": {"text": f"{kinds[rule]}: {rule}"}} for rule in rules
                        ],
                    }
                },
                "results": [_result(found, rules.index(found.rule), result) for found in shown],
                "columnKind": "unicodeCodePoints",
            }
        ],
    }
    return json.dumps(log, allow_nan=False, indent=1, ensure_ascii=False) + "\n"


def _result(found: Outcome, index: int, result: GateResult) -> dict[str, Any]:
    told: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": LEVELS[found.result],
        "message": {"text": " ".join(filter(None, (f"{subject_of(found)}: {found.summary}", found.advice)))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(path_of(result), safe="/:")},
                    "region": {"startLine": line_of(found)},
                },
                "logicalLocations": [{"name": found.tag or found.subject, "fullyQualifiedName": subject_of(found)}],
            }
        ],
        "partialFingerprints": {"loglens/v1": found.fingerprint},
    }
    if found.result == "waived":
        told["suppressions"] = [{"kind": "external", "status": "accepted", "justification": found.waiver}]
    return told
