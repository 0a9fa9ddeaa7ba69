"""Measures the panel in the real TensorBoard and the page in real Chromium; prints JSON.

    python -m benchmarks.panel [--runs 500] [--rows 5000]

Wall times in milliseconds, with the machine they were measured on; each with what it is a share of where that tells
more. "usable" is a table on screen whose rows can be searched and opened, counted from TensorBoard being ready.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import describe_machine
from loglens.events.writer import EventFileWriter
from loglens.views import html
from tests.panel.conftest import FLAGS, find_chromium
from tests.panel.reports import losses, make_report
from tests.panel.servers import DATA, Server

OLD = 1_700_000_000.0


@click.command()
@click.option("--runs", default=500, help="Runs of the log directory; 10 tags of 500 steps each.")
@click.option("--rows", default=5000, help="Rows of the table that is scrolled and sorted.")
def main(runs: int, rows: int) -> None:
    """All measurements as one JSON object."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        found: dict[str, Any] = {"machine": describe_machine(["tensorboard", "plotly", "playwright"])}
        found |= start(browser, Path(name), runs)
        found |= page(browser, Path(name), rows)
        browser.close()
    click.echo(json.dumps(found, indent=1))


def write(folder: Path, runs: int) -> None:
    """Long finished runs: a loss pair and eight others, 500 steps each."""
    import os  # noqa: PLC0415

    steps = np.arange(500)
    kinds = ("healthy", "overfitting", "oscillation")
    for i in range(runs):
        train, validation = losses(kinds[i % 3], 500, i)
        with EventFileWriter(folder / f"group-{i // 5}" / f"seed{i % 5}", wall_time=OLD) as writer:
            for tag, values in {"train/loss": train, "val/loss": validation}.items():
                writer.add_series(tag, steps, values, OLD + steps)
            for other in range(8):
                noise = np.random.default_rng([i, other]).standard_normal(500).cumsum()
                writer.add_series(f"val/metric-{other}", steps, noise, OLD + steps)
        os.utime(writer.path, (OLD, OLD))


def start(browser: Browser, work: Path, runs: int) -> dict[str, Any]:
    """From "TensorBoard ready" to a usable table, and to all runs; without and with what an earlier one left."""
    write(work / "logs", runs)
    found: dict[str, Any] = {"runs": runs}
    for state in ("cold", "warm"):
        with Server(work, "--logdir", work / "logs") as server:
            ready = time.perf_counter()
            one = browser.new_page()
            one.goto(f"{server.url}/#loglens")
            surface = one.frame_locator("iframe")
            surface.locator("tbody th.name a").first.wait_for(timeout=120_000)
            found[f"{state}_usable_ms"] = round(1000 * (time.perf_counter() - ready))
            found[f"{state}_rows_then"] = int(surface.locator("table.runs").get_attribute("aria-rowcount") or 1) - 1
            while (progress := server.json(f"{DATA}/table?since=0"))["state"] == "reading":
                time.sleep(0.1)
            found[f"{state}_all_ms"] = round(1000 * (time.perf_counter() - ready))
            assert len(progress["rows"]) == runs
            one.close()
            if state == "warm":
                found |= open_runs(browser, server, [row["name"] for row in progress["rows"][:6]])
    return found


def open_runs(browser: Browser, server: Server, names: list[str]) -> dict[str, Any]:
    """From the click on a run to its first chart; plotly.js is loaded by the first, which is told apart."""
    one = browser.new_page()
    one.goto(f"{server.url}/#loglens")
    surface = one.frame_locator("iframe")
    took = []
    for name in names:
        surface.get_by_label("Search runs by name").fill(name)
        link = surface.locator(f"tr[data-run='{name}'] a")
        link.wait_for()
        began = time.perf_counter()
        link.click()
        surface.locator(".plot[data-drawn]").first.wait_for()
        took.append(1000 * (time.perf_counter() - began))
        surface.get_by_role("button", name="All runs").click()
    one.close()
    return {"open_first_run_ms": round(took[0]), "open_run_ms": round(statistics.median(took[1:]))}


def page(browser: Browser, work: Path, rows: int) -> dict[str, Any]:
    """The file with many runs: its size, scrolling and sorting as the browser's own clock sees them."""
    report = make_report(rows, points=20)
    began = time.process_time()
    text = html.render(report)
    rendered = 1000 * (time.process_time() - began)
    path = work / "page.html"
    path.write_text(text)
    one = browser.new_page(viewport={"width": 1280, "height": 800})
    began = time.perf_counter()
    one.goto(path.as_uri())
    one.locator("tbody th.name a").first.wait_for()
    opened = 1000 * (time.perf_counter() - began)
    found = {
        "rows": rows,
        "file_mb": round(len(text) / 1e6, 2),
        "render_cpu_ms": round(rendered),
        "open_file_ms": round(opened),
        "sort_ms": steps(one, [f"document.querySelectorAll('thead th button')[{i % 5}].click()" for i in range(12)]),
        "scroll_ms": steps(one, [f"document.querySelector('.scroller').scrollTop = {i * 9000}" for i in range(1, 25)]),
        "search_ms": steps(one, [type_in(text) for text in ("m", "model-1", "model-12 seed1", "")], settle=100),
    }
    one.close()
    return found


def type_in(text: str) -> str:
    field = "document.querySelector('input[type=search]')"
    return f"{field}.value = {json.dumps(text)}; {field}.dispatchEvent(new Event('input'))"


def steps(one: Page, actions: list[str], settle: int = 0) -> dict[str, int]:
    """Median and longest time from an action to the next picture on screen; `settle` is a wait that is meant."""
    script = """async ([action, settle]) => {
      const began = performance.now();
      (0, eval)(action);
      if (settle) await new Promise((done) => setTimeout(done, settle));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      return performance.now() - began - settle;
    }"""
    one.context.new_cdp_session(one).send("Page.setBypassCSP", {"enabled": True})
    took = [float(one.evaluate(script, [action, settle])) for action in actions]
    return {"median": round(statistics.median(took)), "longest": round(max(took))}


if __name__ == "__main__":
    main()
