"""Chromium for the page's tests, watched: no console error and no request to any other host goes unnoticed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Open = Callable[..., Page]
expect.set_options(timeout=20_000)  # a machine busy with other things is slow, not wrong


def find_chromium() -> str | None:
    """The Chromium that LOGLENS_CHROMIUM names, else one on the PATH."""
    return os.environ.get("LOGLENS_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium. `.ci/run` names one, so that these tests cannot skip there."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium is installed: apt-get install chromium, or name one in LOGLENS_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """`open_page(url, width=..., height=..., dark=...)`; at the end of the test, what went wrong is asserted."""
    contexts: list[Any] = []
    problems: list[str] = []

    def open_one(url: str, *, width: int = 1280, height: int = 800, dark: bool = False, strict: bool = True) -> Page:
        scheme: Any = "dark" if dark else "light"
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        host = urlsplit(url).netloc

        def requested(address: str) -> None:
            parts = urlsplit(address)
            if parts.scheme not in ("data", "blob", "file") and parts.netloc != host:
                problems.append(f"foreign request: {address}")
            if parts.scheme == "file" and not url.startswith("file:"):
                problems.append(f"file request: {address}")

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and strict:
                problems.append(f"console: {message.text} {message.location}")

        page.on("request", lambda request: requested(request.url))
        page.on("console", said)
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not problems
