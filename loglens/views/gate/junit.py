"""JUnit XML: a test suite a run or group, a test case a rule, as CI systems' test pages read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from loglens.gate.result import GateResult, Outcome
from loglens.views.gate.places import line_of, path_of

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold, even escaped (W3C, Extensible Markup Language 1.0, 2.2)."""


def render(result: GateResult) -> str:
    """Fails are failures, warnings pass with their text as output, waived and undetermined outcomes are skipped."""
    by_subject: dict[str, list[Outcome]] = {}
    for outcome in result.outcomes:
        by_subject.setdefault(outcome.subject, []).append(outcome)
    suites = ElementTree.Element("testsuites", {"name": "loglens", **_counts(result.outcomes)})
    for subject, outcomes in by_subject.items():
        suite = ElementTree.SubElement(suites, "testsuite", {"name": _clean(subject), **_counts(outcomes)})
        for outcome in outcomes:
            _add_case(suite, outcome, f"{path_of(result)}:{line_of(outcome)}")
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(outcome.result == "fail" for outcome in outcomes)),
        "errors": "0",
        "skipped": str(sum(outcome.result in ("waived", "undetermined") for outcome in outcomes)),
        "time": "0",
    }


def _add_case(suite: ElementTree.Element, outcome: Outcome, place: str) -> None:
    where = "" if not outcome.tag or outcome.tag in outcome.rule else f" [{outcome.tag}]"
    name = _clean(f"{outcome.kind}: {outcome.rule}{where}")
    case = ElementTree.SubElement(suite, "testcase", {"classname": _clean(outcome.subject), "name": name, "time": "0"})
    text = _clean("\n".join(filter(None, (outcome.summary, outcome.advice, place))))
    summary = _clean(outcome.summary)
    if outcome.result == "fail":
        ElementTree.SubElement(case, "failure", {"message": summary, "type": outcome.kind}).text = text
    elif outcome.result == "waived":
        ElementTree.SubElement(case, "skipped", {"message": _clean(f"waived: {outcome.waiver}")}).text = text
    elif outcome.result == "undetermined":
        ElementTree.SubElement(case, "skipped", {"message": f"undetermined: {summary}"}).text = text
    elif outcome.result == "warn":
        ElementTree.SubElement(case, "system-out").text = f"warning: {text}"


def _clean(text: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
