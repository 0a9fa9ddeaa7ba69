"""What people see, in real Chromium: the tab inside TensorBoard while logs grow, and the shareable file."""

from __future__ import annotations

import csv
import json
import re
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from loglens.events.series import SeriesKey
from loglens.events.writer import EventFileWriter
from loglens.health import health_of
from loglens.report import Report
from loglens.verdict import Verdict
from loglens.views import html
from loglens.views.text.words import percent
from tests.panel.conftest import Open
from tests.panel.reports import HOSTILE, hostile_run, losses, make_report, make_run, write_log, write_logs
from tests.panel.servers import Server, install

Surface = Page | FrameLocator
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
LIVE = 20_000  # milliseconds within which a change of the log must show: the page asks every 5 s


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A TensorBoard on twelve runs; tests that write use names of their own."""
    work = tmp_path_factory.mktemp("live")
    write_logs(work / "logs", 12)
    with Server(work, "--logdir", work / "logs") as running:
        yield running


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a file with a report of every kind of run."""
    return save(tmp_path_factory.mktemp("file"), everything())


def everything() -> Report:
    extra = [hostile_run(), make_run("no-validation", validation=False), make_run("damaged", "damaged")]
    return make_report(30, extra=extra)


def save(folder: Path, report: Report) -> str:
    path = folder / "report.html"
    path.write_text(html.render(report), encoding="utf-8")
    return path.as_uri()


def tab(page: Page) -> FrameLocator:
    """The LogLens tab's own document."""
    return page.frame_locator("iframe[src*='loglens'], iframe")


def names(surface: Surface) -> list[str]:
    return surface.locator("tbody th.name a").all_text_contents()


def opened(surface: Surface) -> Locator:
    """The first chart, once it is drawn."""
    chart = surface.locator(".plot[data-drawn]").first
    expect(chart).to_be_visible()
    return chart


def link(url: str, *runs: str, key: str = "run") -> str:
    return f"{url}#" + "&".join(f"{key}={urllib.parse.quote(run, safe='')}" for run in runs)


def test_tab_shows_the_worst_first_and_finds_runs(server: Server, open_page: Open) -> None:
    surface = tab(open_page(f"{server.url}/#loglens"))
    expect(surface.locator("tbody th.name a")).to_have_count(12)
    expect(surface.get_by_role("table")).to_be_visible()
    report = server.report()
    bad = {run["name"] for run in report["runs"] if any(v["status"] == "fail" for v in run["verdicts"])}
    assert bad
    assert set(names(surface)[: len(bad)]) == bad
    surface.get_by_label("Search runs by name").fill("model-002 seed1")
    expect(surface.locator("tbody th.name a")).to_have_text(["sweep/model-002/seed1"])
    surface.get_by_label("Search runs by name").fill("nothing is called so")
    expect(surface.get_by_text("No run matches")).to_be_visible()
    surface.get_by_role("button", name="Clear search and filters").click()
    expect(surface.locator("tbody th.name a")).to_have_count(12)


def test_deep_link_opens_a_run_and_the_address_follows(server: Server, open_page: Open) -> None:
    name = "sweep/model-000/seed1"
    page = open_page(f"{server.url}/#loglens&p.loglens.run={urllib.parse.quote(name, safe='')}")
    surface = tab(page)
    opened(surface)
    expect(surface.get_by_role("heading", level=1)).to_have_text(name)
    surface.get_by_role("button", name="All runs").click()
    expect(surface.locator("tbody th.name a")).to_have_count(12)
    assert "p.loglens.run" not in page.url
    surface.get_by_role("link", name="sweep/model-001/seed0").click()
    opened(surface)
    page.wait_for_url(f"**/#loglens&p.loglens.run={urllib.parse.quote('sweep/model-001/seed0', safe='')}")
    page.reload()
    expect(tab(page).get_by_role("heading", level=1)).to_have_text("sweep/model-001/seed0")


def test_a_run_opens_with_what_was_loaded_meanwhile_and_draws_each_chart_once(saved: str, open_page: Open) -> None:
    page = open_page(saved)
    expect(page.locator("tbody th.name a").first).to_be_visible()
    expect(page.locator("head script[src^='blob:']")).to_have_count(1)  # plotly.js, before anything was opened
    page.locator("tbody th.name a").first.click()
    drawn = opened(page)
    page.wait_for_timeout(300)  # the observers of size and sight have had their say
    assert drawn.get_attribute("data-drawn") == "1"
    page.set_viewport_size({"width": 700, "height": 800})
    expect(drawn).to_have_attribute("data-drawn", "2")


def test_tab_follows_the_dark_mode_switch(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/#loglens")
    surface = tab(page)
    expect(surface.locator("tbody th.name a")).to_have_count(12)
    root = surface.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Dark mode").or_(page.locator("app-header-dark-mode-toggle button")).first.click()
    menu = page.get_by_role("menuitem", name="Dark")
    if menu.count():
        menu.first.click()
    expect(root).to_have_attribute("data-theme", "dark")


def test_tab_grows_with_the_log(server: Server, open_page: Open) -> None:
    train, validation = losses("healthy", 150, 0)
    with EventFileWriter(server.work / "logs" / "growing") as writer:

        def log(first: int, last: int) -> None:
            for i in range(first, last):
                writer.add_scalars({"train/loss": train[i], "val/loss": validation[i]}, (i + 1) * 100)
            writer.flush()

        log(0, 60)
        surface = tab(open_page(f"{server.url}/#loglens"))
        row = surface.locator("tr[data-run='growing']")
        expect(row.locator(".last_step")).to_have_text("6,000", timeout=LIVE)
        surface.get_by_role("link", name="growing").click()
        opened(surface)
        log(60, 150)
        write_log(server.work / "logs" / "later")
        end = surface.locator(".plot").first.locator(".xtick text").last
        expect(end).to_have_text(re.compile(r"^1[0-9]k$"), timeout=LIVE)  # the open chart goes on, too
        surface.get_by_role("button", name="All runs").click()
        expect(surface.locator("tr[data-run='later']")).to_be_visible(timeout=LIVE)
        expect(row.locator(".last_step")).to_have_text("15,000", timeout=LIVE)


def test_tab_says_when_tensorboard_is_gone(tmp_path: Path, open_page: Open) -> None:
    write_log(tmp_path / "logs" / "a")
    with Server(tmp_path, "--logdir", tmp_path / "logs") as mine:
        page = open_page(f"{mine.url}/#loglens", strict=False)  # the browser reports the lost connection itself
        surface = tab(page)
        expect(surface.locator("tbody th.name a")).to_have_count(1)
    expect(surface.get_by_role("alert")).to_contain_text("Is TensorBoard still running?", timeout=LIVE)
    expect(surface.locator("tbody th.name a")).to_have_count(1)  # what is known stays


def test_tab_without_logs_says_what_to_do(tmp_path: Path, open_page: Open) -> None:
    (tmp_path / "logs").mkdir()
    with Server(tmp_path, "--logdir", tmp_path / "logs") as mine:
        page = open_page(f"{mine.url}/#loglens")
        surface = tab(page)
        expect(surface.get_by_text("has the training started")).to_be_visible()
        with page.expect_response("**/plotly.min.js", timeout=LIVE) as behind:  # it comes once the table is there
            write_log(tmp_path / "logs" / "a")
            expect(surface.locator("tbody th.name a")).to_have_count(1, timeout=LIVE)
        behind.value.finished()  # before the server goes


def test_a_failed_plugin_shows_its_message(tmp_path: Path, open_page: Open) -> None:
    broken = tmp_path / "broken" / "loglens" / "views"
    broken.mkdir(parents=True)
    (broken.parent / "__init__.py").write_text("raise ImportError('no numpy here')\n")
    path = f"{tmp_path / 'broken'}:{install(tmp_path / 'installed')}"
    write_log(tmp_path / "logs" / "a")
    with Server(tmp_path, "--logdir", tmp_path / "logs", path=path) as mine:
        surface = tab(open_page(f"{mine.url}/#loglens"))
        expect(surface.get_by_text("no numpy here")).to_be_visible()
        expect(surface.get_by_text("pip install --upgrade loglens")).to_be_visible()


def test_file_opens_offline_and_filters_sorts_groups(saved: str, open_page: Open) -> None:
    page = open_page(saved)
    expect(page.locator("tbody th.name a").first).to_be_visible()
    health = Counter(health_of(run) for run in everything().runs)
    words = {"fail": "Fail", "warn": "Warning", "not-judged": "Not judged", "healthy": "Healthy"}
    for state, count in health.items():
        expect(page.locator(f".segments button.{state}")).to_have_text(f"{words[state]}{count}")
    page.get_by_role("button", name="Warning").click()
    expect(page.get_by_role("status").filter(has_text="6 of 33 runs")).to_be_visible()
    assert all("oscillation" in text for text in page.locator("tbody td.severity").all_text_contents())
    page.get_by_role("button", name="All", exact=False).first.click()
    page.get_by_label("Filter by verdict").select_option("overfitting")
    expect(page.get_by_role("status").filter(has_text="of 33 runs")).to_be_visible()
    assert all("overfitting" in text for text in page.locator("tbody td.severity").all_text_contents())
    page.get_by_label("Filter by verdict").select_option("")
    page.get_by_role("button", name="Best step").click()
    expect(page.locator("th[aria-sort='ascending']")).to_have_text("Best step")
    steps = [
        int(text.replace(",", ""))
        for text in page.locator("tbody td.best_step").all_text_contents()
        if text[0].isdigit()
    ]
    assert steps == sorted(steps)
    page.get_by_label("Group seeds").check()
    group = page.locator("tr.group").first
    expect(group).to_contain_text("3 seeds")
    shown = page.locator("tbody tr.inside").count()
    group.get_by_role("button").first.click()
    assert page.locator("tbody tr.inside").count() < shown or page.locator("tr.group:not(.open)").count() == 1


def test_run_view_shows_evidence_and_display_changes_no_verdict(saved: str, open_page: Open) -> None:
    name = "sweep/model-000/seed1"
    page = open_page(link(saved, name))
    chart = opened(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    card = page.locator("article[data-detector='overfitting']")
    for text in ("Fail", "97 % sure", "rises since step", "What to do"):
        expect(card).to_contain_text(text)
    expect(card.locator("dl")).to_contain_text("31 % of progress")
    said = page.locator(".verdicts").inner_text()
    run = make_run(name, "overfitting", seed=1)
    onset, last = run.verdicts[0].start_step, run.curves[0].last_step

    def drawn() -> Any:
        return chart.evaluate("node => ({shapes: node.layout.shapes, traces: node.data.length})")

    state = drawn()
    assert [onset, last] in [[shape["x0"], shape["x1"]] for shape in state["shapes"]]
    page.get_by_label("Epoch", exact=True).check()
    page.wait_for_function("document.querySelector('.plot').layout.xaxis.title.text === 'epoch'")
    assert onset is not None
    assert onset / 100 in [shape["x0"] for shape in drawn()["shapes"]]
    page.get_by_label("Time", exact=True).check()
    page.wait_for_function("document.querySelector('.plot').layout.xaxis.title.text.includes('since the run began')")
    page.get_by_label("Log scale").check()
    page.wait_for_function("document.querySelector('.plot').layout.yaxis.type === 'log'")
    page.get_by_label("Smoothing, for display only").fill("0.8")
    page.wait_for_function(f"document.querySelector('.plot').data.length > {state['traces']}")
    assert page.locator(".verdicts").inner_text() == said
    button = card.get_by_role("button", name="On the chart")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(f"document.querySelector('.plot').layout.shapes.length < {len(state['shapes'])}")


def test_of_two_curves_the_one_whose_checkpoint_is_kept_stands_first(tmp_path: Path, open_page: Open) -> None:
    run = make_run("two")
    loss = next(verdict for verdict in run.verdicts if verdict.detector == "stopping")
    surer = replace(
        loss, summary="Another step by accuracy.", tags=(SeriesKey("two", "val/accuracy"),), confidence=0.99
    )
    page = open_page(link(save(tmp_path, make_report(0, extra=[replace(run, verdicts=(surer, *run.verdicts))])), "two"))
    said = [loss.summary, surer.summary]
    expect(page.locator("article[data-detector='stopping'] > .summary")).to_have_text(said)


@pytest.mark.parametrize("share", [0.5, 0.974, 0.976, 0.985, 0.99, 0.991, 0.9999])
def test_the_page_is_as_sure_as_the_terminal(tmp_path: Path, open_page: Open, share: float) -> None:
    run = make_run("run", "overfitting")
    run = replace(run, verdicts=(replace(run.verdicts[0], confidence=share),))
    page = open_page(link(save(tmp_path, Report("0", {}, (run,))), "run"))
    expect(page.locator("article .sure").first).to_have_text(f"{percent(share)} sure")


def test_runs_are_overlaid(saved: str, open_page: Open) -> None:
    page = open_page(saved)
    for name in ("sweep/model-000/seed0", "sweep/model-000/seed2"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_role("button", name="Overlay 2 runs").click()
    chart = opened(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("2 runs overlaid")
    assert chart.evaluate("node => node.data.map(trace => trace.name)") == [
        "sweep/model-000/seed0",
        "sweep/model-000/seed2",
    ]
    page.go_back()
    expect(page.locator("tbody th.name a").first).to_be_visible()


def test_roles_can_be_overridden_by_pasting(saved: str, open_page: Open) -> None:
    page = open_page(link(saved, "no-validation"))
    expect(page.get_by_text("No validation curve was found.")).to_be_visible()
    page.get_by_role("button", name="Curves and roles").click()
    expect(page.get_by_text("the tag 'train/loss' says so")).to_be_visible()
    page.get_by_label("phase of train/loss").select_option("validation")
    expect(page.get_by_label("Lines for loglens.toml")).to_have_value(
        '[[role]]\nrun = "no-validation"\ntag = "train/loss"\nphase = "validation"'
    )


def test_a_run_of_very_many_guessed_and_long_tags_can_be_read(open_page: Open, tmp_path: Path) -> None:
    """What is missing is named by its first three, guesses are counted on the tab, and no tag widens the page."""
    run = make_run("multi-task")
    long = SeriesKey("multi-task", "val/" + "encoder_layers_" * 20 + "loss")
    guessed = tuple(replace(c, role_confidence=0.7, pair=long) for c in run.curves)
    missing = tuple(f"role of val/task{i}" for i in range(500))
    open_one = Verdict("overfitting", "undetermined", "Not judged: what they are could not be told.", missing=missing)
    report = Report("0", {}, (replace(run, curves=guessed, verdicts=(open_one,)),))
    page = open_page(link(save(tmp_path, report), run.name), width=1600)
    told = page.locator(".missing").first
    expect(told).to_have_text("Would decide it: role of val/task0, role of val/task1, role of val/task2 and 497 more")
    page.get_by_role("tab", name=f"Curves and roles ({len(guessed)}, {len(guessed)} guessed)").click()
    expect(page.get_by_text("70 %, not judged").first).to_be_visible()
    wide = page.locator(".roles .wide")
    assert wide.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_downloads(saved: str, open_page: Open, tmp_path: Path) -> None:
    name = "sweep/model-000/seed1"
    page = open_page(saved)

    def fetched(click: Any) -> Path:
        with page.expect_download() as download:
            click()
        target = tmp_path / download.value.suggested_filename
        download.value.save_as(target)
        return target

    page.locator("summary", has_text="Download").click()
    report = json.loads(fetched(page.get_by_role("button", name="Report as JSON").click).read_text())
    extra = [hostile_run(), make_run("no-validation", validation=False), make_run("damaged", "damaged")]
    assert report == json.loads(make_report(30, extra=extra).to_json())
    page.goto(link(saved, name))
    opened(page)
    page.locator("summary", has_text="Download").last.click()
    lines = list(
        csv.DictReader(fetched(lambda: page.get_by_role("button", name="Verdicts as CSV").click()).open(newline=""))
    )
    assert [line["detector"] for line in lines] == ["overfitting", "stopping", "loss-spike"]
    page.locator("summary", has_text="Download").last.click()
    points = list(
        csv.DictReader(fetched(lambda: page.get_by_role("button", name="Curves as shown").click()).open(newline=""))
    )
    assert len(points) == 4 * 60
    png = fetched(page.get_by_role("button", name="PNG").first.click)
    assert png.read_bytes().startswith(b"\x89PNG")


def test_names_are_text_never_markup(saved: str, open_page: Open) -> None:
    page = open_page(link(saved, HOSTILE))
    opened(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.locator("article[data-detector='overfitting'] .summary")).to_have_text(HOSTILE)
    page.get_by_role("tab", name="Curves and roles").click()
    page.get_by_role("tab", name="Charts").click()
    page.locator(".plot").last.scroll_into_view_if_needed()
    expect(page.locator(".plot").last).to_have_attribute("data-drawn", re.compile(r"\d"))
    assert page.locator("img").count() == 0
    assert HOSTILE in page.locator(".legendtext").all_text_contents()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_has_contrast_and_statuses_have_words(saved: str, open_page: Open, dark: bool) -> None:
    """WCAG 2 AA: 4.5 to 1, computed from what the browser drew, for every text of the table and of a run."""
    page = open_page(saved, dark=dark)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark" if dark else "light")
    expect(page.locator("tbody th.name a").first).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    for chip in page.locator("td.severity").all()[:10]:
        assert chip.inner_text().strip()
    page.goto(link(saved, "sweep/model-000/seed1"))
    opened(page)
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", [400, 700, 1920])
def test_every_width_without_sideways_scrolling(saved: str, open_page: Open, width: int) -> None:
    page = open_page(saved, width=width, height=800)
    expect(page.locator("tbody th.name a").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(
        "document.querySelector('.scroller').scrollWidth <= document.querySelector('.scroller').clientWidth"
    )
    page.locator("tbody th.name a").nth(3).click()
    chart = opened(page)
    box = chart.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("tab", name="Curves and roles").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keyboard_alone(saved: str, open_page: Open) -> None:
    page = open_page(saved)
    expect(page.locator("tbody th.name a").first).to_be_visible()
    page.locator("tbody th.name a").first.focus()
    first, second = names(page)[:2]
    page.keyboard.press("ArrowDown")
    expect(page.locator("a:focus")).to_have_attribute("title", second)
    page.keyboard.press("Enter")
    opened(page)
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("h1")).to_have_text(second)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="All runs")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("a:focus")).to_have_attribute("title", second)  # back where one was
    page.keyboard.press("ArrowUp")
    expect(page.locator("a:focus")).to_have_attribute("title", first)


def test_a_thousand_runs_stay_a_handful_of_rows(tmp_path: Path, open_page: Open) -> None:
    page = open_page(save(tmp_path, make_report(1000, points=30)))
    expect(page.locator(".counter")).to_have_text("1,000 runs")
    assert page.locator("tbody tr").count() < 60
    table = page.get_by_role("table")
    expect(table).to_have_attribute("aria-rowcount", "1001")
    page.locator("tbody th.name a").first.focus()
    page.keyboard.press("End")
    expect(page.locator("tr:has(a:focus)")).to_have_attribute("aria-rowindex", "1001")
    assert page.locator("tbody tr").count() < 60
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("tbody th.name a").first).to_have_text("sweep/model-000/seed0")
    page.mouse.move(600, 500)
    page.mouse.wheel(0, 20_000)
    page.wait_for_function("document.querySelector('tbody tr[aria-rowindex]').getAttribute('aria-rowindex') > 100")
    page.get_by_label("Search runs by name").fill("model-333")
    expect(page.locator("tbody th.name a")).to_have_text(["sweep/model-333/seed0"])


def test_a_run_that_is_not_there_is_told(saved: str, open_page: Open) -> None:
    page = open_page(link(saved, "nobody"))
    expect(page.get_by_role("alert")).to_contain_text("no run named nobody")
    page.get_by_role("button", name="All runs").click()
    expect(page.locator("tbody th.name a").first).to_be_visible()


def test_damage_and_unreadable_files_are_told(saved: str, open_page: Open) -> None:
    page = open_page(saved)
    page.get_by_text("1 file or folder gave nothing").click()
    expect(page.get_by_text("is no event file")).to_be_visible()
    page.goto(link(saved, "damaged"))
    expect(page.get_by_text("Part of this log could not be read: 3 bad records")).to_be_visible()
