"""What is measured of the panel: in the real TensorBoard, and the page as a file, in real Chromium; milliseconds."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from loglens.events.writer import EventFileWriter
from loglens.views import html
from tests.panel.reports import losses, make_report
from tests.panel.servers import DATA, Server

OLD = 1_700_000_000.0


IDLE_SECONDS = 3.0
"""Between the table on screen and the first click on a run: somebody has to read it first."""


def write(folder: Path, runs: int) -> None:
    """Long finished runs: a loss pair and eight others, 500 steps each."""
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


def start(browser: Browser, work: Path, runs: int, rounds: int) -> dict[str, Any]:
    """From "TensorBoard ready" to a usable table and to all runs: without and with what an earlier one left."""
    write(work / "logs", runs)
    found: dict[str, Any] = {"runs": runs}
    for state in ("cold", "warm"):
        took: list[dict[str, float]] = []
        for _ in range(rounds):
            if state == "cold":
                shutil.rmtree(work / "cache", ignore_errors=True)
            with Server(work, "--logdir", work / "logs") as server:
                took.append(start_once(browser, server, runs))
        found |= {f"{state}_{key}": round(statistics.median(one[key] for one in took)) for key in took[0]}
    with Server(work, "--logdir", work / "logs") as server:
        names = [row["name"] for row in server.report()["runs"][:8]]
        found |= open_runs(browser, server, names)
    return found


def start_once(browser: Browser, server: Server, runs: int) -> dict[str, float]:
    """TensorBoard's own page is told apart: no tab can be there before it."""
    began = time.perf_counter()

    def passed() -> float:
        return 1000 * (time.perf_counter() - began)

    one = browser.new_page()
    one.goto(f"{server.url}/#loglens")
    one.locator("iframe").first.wait_for(timeout=120_000)
    found = {"tensorboard_ms": passed()}
    surface = one.frame_locator("iframe")
    surface.locator("tbody th.name a").first.wait_for(timeout=120_000)
    found["usable_ms"] = passed()
    found["own_ms"] = found["usable_ms"] - found["tensorboard_ms"]
    found["rows_then"] = float(surface.locator("table.runs").get_attribute("aria-rowcount") or 1) - 1
    while (progress := server.json(f"{DATA}/table?since=0"))["state"] == "reading":
        time.sleep(0.1)
    found["all_ms"] = passed()
    assert len(progress["rows"]) == runs
    one.close()
    return found


def open_runs(browser: Browser, server: Server, names: list[str]) -> dict[str, Any]:
    """From the click on a run to its first chart: at once after the table came, the first after a pause, the others."""
    hasty = browser.new_page()
    first = open_run(hasty, f"{server.url}/#loglens", names[0])
    hasty.close()
    one = browser.new_page()
    one.goto(f"{server.url}/#loglens")
    one.frame_locator("iframe").locator("tbody th.name a").first.wait_for()
    time.sleep(IDLE_SECONDS)
    took = [open_run(one, "", name) for name in names]
    one.close()
    return {
        "open_at_once_ms": round(first),
        "open_first_ms": round(took[0]),
        "open_run_ms": round(statistics.median(took[1:])),
        "open_run_longest_ms": round(max(took[1:])),
    }


def open_run(one: Page, address: str, name: str) -> float:
    """Milliseconds from the click to the chart."""
    if address:
        one.goto(address)
    surface = one.frame_locator("iframe")
    surface.get_by_label("Search runs by name").fill(name)
    link = surface.locator(f"tr[data-run='{name}'] a")
    link.wait_for()
    began = time.perf_counter()
    link.click()
    surface.locator(".plot[data-drawn]").first.wait_for()
    took = 1000 * (time.perf_counter() - began)
    surface.get_by_role("button", name="All runs").click()
    return took


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
