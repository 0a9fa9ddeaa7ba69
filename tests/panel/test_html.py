"""The shareable file: whole, small, inert where it must be. What a browser makes of it is in test_browser.py."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from loglens.report import DisplayCurve
from loglens.views import html
from loglens.views.page import STATIC, static_files
from tests.panel.reports import HOSTILE, hostile_run, make_report, make_run


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts by id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._script: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._script = (dict(attrs).get("id") or dict(attrs).get("type") or "") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._script = None

    def json(self, name: str) -> Any:
        return json.loads(gzip.decompress(base64.b64decode(self.scripts[name])))


def test_file_holds_every_run_and_refers_to_nothing_outside() -> None:
    report = make_report(12)
    page = Page(html.render(report))
    assert [row["name"] for row in page.json("loglens-report")["rows"]] == [run.name for run in report.runs]
    for i, run in enumerate(report.runs):
        assert page.json(f"loglens-run-{i}")["run"] == run.to_plain()
    assert not [tag for tag, attributes in page.elements if {"src", "href", "action"} & set(attributes)]
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_same_report_same_file() -> None:
    assert html.render(make_report(3)) == html.render(make_report(3))


def test_markup_in_names_never_reaches_the_page_as_markup() -> None:
    text = html.render(make_report(3, extra=[hostile_run()]))
    assert "onerror" not in text
    page = Page(text)
    names = [row["name"] for row in page.json("loglens-report")["rows"]]
    assert HOSTILE in names
    assert {tag for tag, _ in page.elements} == {"html", "head", "meta", "title", "style", "script", "body", "noscript"}


def test_modules_import_each_other_by_names_the_map_knows() -> None:
    imports = json.loads(Page(html.render(make_report(1))).scripts["importmap"])["imports"]
    assert set(imports) == {f"loglens/{name}" for name in static_files() if name.endswith(".js")}
    for url in imports.values():
        source = base64.b64decode(url.split(",")[1]).decode()
        for specifier in re.findall(r'^import .*?from "([^"]+)"', source, re.MULTILINE):
            assert specifier in imports


def test_static_sources_build_no_markup_from_data() -> None:
    for path in STATIC.glob("*.js"):
        text = path.read_text()
        for forbidden in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "http:",
            "https:",
        ):
            assert forbidden not in text.replace('"http://www.w3.org/2000/svg"', ""), f"{path.name}: {forbidden}"


def test_packed_curve_says_the_same() -> None:
    """The page's unpackCurve, written here a second time, gives back what was packed."""
    curve = make_run("run", "non-finite", points=300).display[0]
    packed = html.pack_curve(curve, 500)
    steps = np.cumsum(packed["steps"])
    assert steps.tolist() == curve.steps.tolist()
    start, unit = packed["time"]
    times = start + unit * np.cumsum(packed["ticks"])
    np.testing.assert_allclose(times, curve.wall_times, atol=np.ptp(curve.wall_times) / 10_000)
    values = np.array([np.nan if value is None else value for value in packed["values"]])
    np.testing.assert_allclose(values, curve.values, rtol=1e-5)
    assert curve.epochs is not None
    np.testing.assert_allclose(packed["epochs"][0] + packed["epochs"][1] * (steps - steps[0]), curve.epochs, rtol=1e-5)


def test_epochs_that_do_not_follow_the_steps_are_kept_one_by_one() -> None:
    curve = make_run("run").display[0]
    assert curve.epochs is not None
    uneven = dataclasses.replace(curve, epochs=curve.epochs**2)
    assert html.pack_curve(uneven, 500)["epochs"]["values"][-1] == pytest.approx(60.0**2)


def test_five_hundred_runs_of_ten_noisy_tags_stay_below_ten_megabytes() -> None:
    """Noise is the worst case: smooth curves compress better."""
    noise = np.random.default_rng(5)
    base = make_run("run", "overfitting", points=500)
    display = tuple(
        DisplayCurve(
            "run",
            f"tag-{i}",
            base.display[0].steps,
            noise.uniform(0, 1e6, 500).cumsum(),
            noise.normal(size=500),
            base.display[0].epochs,
        )
        for i in range(10)
    )
    curves = tuple(dataclasses.replace(base.curves[-1], tag=f"tag-{i}") for i in range(10))
    runs = tuple(dataclasses.replace(base, name=f"run-{i}", display=display, curves=curves) for i in range(500))
    report = dataclasses.replace(make_report(1), runs=runs)
    assert len(html.render(report)) < 10_000_000


def test_thinning_spares_short_curves() -> None:
    long = make_run("long", points=500)
    runs = [dataclasses.replace(long, name=f"long-{i}") for i in range(1000)]
    points = html.points_per_curve([*runs, make_run("short", points=20)])
    assert 20 < points < 500
    assert html.points_per_curve(runs[:3]) == 500
