"""Makes the pictures of docs/images: the tab in TensorBoard and the shareable page, light and dark, on sample_logs.

    python docs/screenshots.py

Needs Chromium (Debian: apt-get install chromium) and the packages of the dev extra.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ViewportSize, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
LOGS = ROOT / "sample_logs"
SIZE: ViewportSize = {"width": 1280, "height": 800}
WAIT = ".plot[data-drawn]"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main() -> None:
    """Every picture, each under the name of what it shows."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        executable = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        page = Path(folder) / "page.html"
        command = [sys.executable, "-m", "loglens", "analyze", str(LOGS), "--output", f"html:{page}", "--quiet"]
        subprocess.run(command, cwd=ROOT, check=True)
        for dark in (False, True):
            theme = "dark" if dark else "light"
            shoot(browser, page.as_uri(), f"page-table-{theme}", dark=dark)
            shoot(browser, f"{page.as_uri()}#run=overfitting", f"page-run-{theme}", dark=dark, wait=WAIT)
        narrow: ViewportSize = {"width": 400, "height": 800}
        shoot(browser, page.as_uri(), "page-narrow-light", size=narrow)
        both = "#compare=rate-too-high&compare=healthy&compare=cyclic"
        shoot(browser, page.as_uri() + both, "page-overlay-light", wait=WAIT)
        with_tensorboard(browser, Path(folder))
        browser.close()


def with_tensorboard(browser: Browser, folder: Path) -> None:
    """The tab inside the real TensorBoard; dark by TensorBoard's own setting, kept in the browser's storage."""
    info = folder / "loglens-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loglens\nVersion: 0\n")
    entry = "[tensorboard_plugins]\nloglens = tensorboard_plugin_loglens.loader:LogLensLoader\n"
    (info / "entry_points.txt").write_text(entry)
    path = os.pathsep.join([str(folder), str(ROOT), str(ROOT / "tb_plugin")])
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", str(LOGS), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "LOGLENS_CACHE": str(folder / "cache")},
    )
    try:
        assert process.stderr is not None
        url = next(found[1] for line in process.stderr if (found := re.search(r"at (http://\S+?)/? \(Press", line)))
        for dark in (False, True):
            theme = "dark" if dark else "light"
            shoot(browser, f"{url}/#loglens", f"panel-table-{theme}", dark=dark, frame=True)
            run = f"{url}/#loglens&p.loglens.run=overfitting"
            shoot(browser, run, f"panel-run-{theme}", dark=dark, frame=True, wait=WAIT)
    finally:
        process.terminate()
        process.wait()


def shoot(
    browser: Browser,
    url: str,
    name: str,
    *,
    dark: bool = False,
    frame: bool = False,
    size: ViewportSize = SIZE,
    wait: str = "tbody th.name a",
) -> None:
    """One picture, once what it is of is on screen."""
    page = browser.new_page(viewport=size, color_scheme="dark" if dark else "light")
    if frame and dark:
        page.add_init_script("localStorage.setItem('_tb_global_settings', '{\"theme\":\"dark\"}')")
    page.goto(url)
    surface: Any = page.frame_locator("iframe") if frame else page
    surface.locator(wait).first.wait_for(timeout=60_000)
    if frame:
        surface.locator(".progress").wait_for(state="hidden", timeout=60_000)
    page.wait_for_timeout(700)
    page.screenshot(path=IMAGES / f"{name}.png")
    page.close()


if __name__ == "__main__":
    main()
