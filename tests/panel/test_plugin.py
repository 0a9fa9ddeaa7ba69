"""The plugin over WSGI: its routes, its manners, and the same report as the command line gives."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tensorboard.backend import application, security_validator
from tensorboard.plugins import base_plugin
from werkzeug.test import Client, TestResponse

from loglens.events.follow import EventFileReader, Refresh
from loglens.events.writer import EventFileWriter
from loglens.pipeline import analyze
from loglens.views.page import static_files
from tensorboard_plugin_loglens import follower
from tensorboard_plugin_loglens.failed import FailedPlugin
from tensorboard_plugin_loglens.loader import LogLensLoader
from tensorboard_plugin_loglens.logdirs import logdirs_of
from tensorboard_plugin_loglens.plugin import LogLensPlugin
from tests.panel.reports import HOSTILE, losses, write_log, write_logs

PREFIX = "/data/plugin/loglens"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No config and no cache but the test's own."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setenv("LOGLENS_CACHE", str(tmp_path / "cache"))


def context_for(logdir: str | Path = "", spec: str = "", config: str = "", provider: Any = None) -> Any:
    flags = SimpleNamespace(logdir=str(logdir), logdir_spec=spec, loglens_config=config)
    return base_plugin.TBContext(flags=flags, logdir=str(logdir), data_provider=provider)


class Panel:
    """The plugin inside TensorBoard's own router and security validator."""

    def __init__(self, context: Any) -> None:
        self.plugin = LogLensPlugin(context)
        app = application.TensorBoardWSGI([self.plugin], "", None, [], {}, [])
        self.client = Client(security_validator.SecurityValidatorMiddleware(app))

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(PREFIX + path, **options)

    def json(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.text
        return json.loads(response.data)

    def report(self) -> Any:
        """The report once everything has been read."""
        deadline = time.monotonic() + 60
        while (report := self.json("/report"))["state"] == "reading":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return report


def beside(report: Any) -> Any:
    """The report without what the panel puts beside it."""
    return {
        key: value for key, value in report.items() if key not in ("state", "message", "progress", "sampled", "logdirs")
    }


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_report_is_the_command_lines_to_the_letter(tmp_path: Path) -> None:
    write_logs(tmp_path / "logs", 6)
    write_log(tmp_path / "logs" / "keras" / "train")
    (tmp_path / "logs" / "broken").mkdir()
    (tmp_path / "logs" / "broken" / "events.out.tfevents.1").write_bytes(b"this is no event file at all" * 9)
    report = Panel(context_for(tmp_path / "logs")).report()
    assert report["state"] == "ready"
    assert beside(report) == as_json(analyze(str(tmp_path / "logs")).to_plain())


def test_second_start_answers_from_the_cache_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_logs(tmp_path / "logs", 6)
    for path in (tmp_path / "logs").rglob("*tfevents*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))  # long finished: worth keeping
    first = Panel(context_for(tmp_path / "logs"))
    expected = first.report()
    run = first.json("/run?name=sweep/model-000/seed1")
    monkeypatch.setattr(follower, "do", lambda work: pytest.fail(f"judged again: {work.sources}"))
    second = Panel(context_for(tmp_path / "logs"))
    assert second.report() == expected
    assert second.json("/run?name=sweep/model-000/seed1") == run


def test_what_the_command_line_judged_the_panel_has_and_the_other_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, logs in enumerate((tmp_path / "one", tmp_path / "two")):
        write_logs(logs, 6)
        for path in logs.rglob("*tfevents*"):
            os.utime(path, (1_700_000_000, 1_700_000_000))
        fresh = analyze(str(logs))
        report = analyze(str(logs), cache=True) if number == 0 else None
        panel = Panel(context_for(logs))
        if report is None:
            assert beside(panel.report()) == as_json(fresh.to_plain())
        with monkeypatch.context() as patch:
            patch.setattr("loglens.judge.judge", lambda run, _: pytest.fail(f"judged again: {run.name}"))
            assert beside(panel.report()) == as_json(fresh.to_plain())
            assert analyze(str(logs), cache=True).to_json(curves=True) == fresh.to_json(curves=True)
            rows = panel.json("/table?since=0")["rows"]
            again = Panel(context_for(logs))  # with the rows as they were noted
            assert again.report() == panel.report()
            assert again.json("/table?since=0")["rows"] == rows


def test_a_broken_cache_costs_time_only(tmp_path: Path) -> None:
    write_logs(tmp_path / "logs", 2)
    for path in (tmp_path / "logs").rglob("*tfevents*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    expected = Panel(context_for(tmp_path / "logs")).report()
    (stored,) = (tmp_path / "cache").iterdir()
    for damaged in (stored.read_bytes()[:5000], b"no database" * 500):
        stored.write_bytes(damaged)
        assert Panel(context_for(tmp_path / "logs")).report() == expected


def test_table_sends_only_what_changed(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    write_logs(logs, 3)
    panel = Panel(context_for(logs))
    panel.report()
    table = panel.json("/table?since=0")
    assert table["full"]
    assert len(table["rows"]) == 3
    assert panel.json(f"/table?since={table['revision']}")["rows"] == []
    write_log(logs / "sweep/model-000/seed0", "overfitting", points=240)  # a second file: it has grown
    write_log(logs / "new")
    (gone,) = (logs / "sweep/model-000/seed2").iterdir()
    gone.unlink()
    deadline = time.monotonic() + 30
    while True:
        changes = panel.json(f"/table?since={table['revision']}")
        if {row["name"] for row in changes["rows"]} >= {"new", "sweep/model-000/seed0"} and changes["removed"]:
            break
        assert time.monotonic() < deadline, changes
        time.sleep(0.05)
    assert not changes["full"]
    assert "sweep/model-000/seed1" not in {row["name"] for row in changes["rows"]}
    assert changes["removed"] == ["sweep/model-000/seed2"]


def test_a_growing_log_is_read_on_and_judged_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After every piece the report is the command line's; from the second look on, only new bytes are taken in."""
    taken: list[int] = []
    refresh = EventFileReader.refresh

    def counted(reader: EventFileReader) -> Refresh:
        found = refresh(reader)
        taken.append(found.new_bytes)
        return found

    train, validation = losses("overfitting", 200, 1)
    with EventFileWriter(tmp_path / "logs" / "live") as writer:
        panel = Panel(context_for(tmp_path / "logs"))
        for last in range(50, 201, 50):
            for i in range(last - 50, last):
                writer.add_scalars({"train/loss": train[i], "val/loss": validation[i]}, i + 1)
            writer.flush()
            expected = as_json(analyze(str(tmp_path / "logs")).to_plain())  # reads with a reader of its own
            monkeypatch.setattr(EventFileReader, "refresh", counted)
            deadline = time.monotonic() + 30
            while beside(panel.json("/report")) != expected:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            monkeypatch.setattr(EventFileReader, "refresh", refresh)
        size = writer.path.stat().st_size
    assert taken[-1] < 0.3 * size


def test_a_revision_of_an_earlier_process_gets_everything(tmp_path: Path) -> None:
    write_logs(tmp_path / "logs", 2)
    panel = Panel(context_for(tmp_path / "logs"))
    panel.report()
    assert panel.json("/table?since=12345")["full"]


def test_run_has_its_display_curves_and_figures(tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a", "overfitting")
    panel = Panel(context_for(tmp_path / "logs"))
    report = panel.report()
    run = panel.json("/run?name=a")
    assert run["run"] == report["runs"][0]
    assert {curve["tag"] for curve in run["display"]} == {"train/loss", "val/loss", "lr"}
    assert all(len(curve["steps"]) <= 500 for curve in run["display"])
    assert run["figures"][0]["layout"]["meta"]["curves"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/run?name=nobody", 404), ("/run", 400), ("/run?name=", 400), ("/table?since=-1", 400), ("/table?since=x", 400)],
)
def test_bad_requests_are_told_so(tmp_path: Path, path: str, status: int) -> None:
    write_log(tmp_path / "logs" / "a")
    response = Panel(context_for(tmp_path / "logs")).get(path)
    assert response.status_code == status
    assert json.loads(response.data)["message"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/table", "/report", "/run?name=a", "/static/index.js", "/plotly.min.js"])
def test_only_get(tmp_path: Path, method: str, path: str) -> None:
    write_log(tmp_path / "logs" / "a")
    response = Panel(context_for(tmp_path / "logs")).client.open(PREFIX + path, method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../plugin.py",
        "/static/%2e%2e/plugin.py",
        "/static/..%2f..%2fplugin.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/",
        "/static/nothing.js",
        "/static/index.js/../../page.py",
        "/../page.py",
    ],
)
def test_nothing_outside_the_static_folder_is_served(tmp_path: Path, path: str) -> None:
    response = Panel(context_for(tmp_path)).get(path)
    assert response.status_code == 404


def test_headers_please_the_validator(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_log(tmp_path / "logs" / "a")
    panel = Panel(context_for(tmp_path / "logs"))
    panel.report()
    routes = ["/table", "/report", "/run?name=a", "/run?name=none", "/plotly.min.js"]
    for route in [*routes, *(f"/static/{name}" for name in static_files())]:
        response = panel.get(route)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Type"]
    assert "this warning will become an error" not in caplog.text


def test_files_are_gzipped_and_asked_for_once(tmp_path: Path) -> None:
    panel = Panel(context_for(tmp_path))
    response = panel.get("/plotly.min.js", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.data) < 2_000_000
    assert b"plotly.js" in gzip.decompress(response.data)[:200]
    again = panel.get("/plotly.min.js", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_markup_in_a_run_name_stays_data(tmp_path: Path) -> None:
    name = HOSTILE.replace("/", "|")
    write_log(tmp_path / "logs" / name)
    panel = Panel(context_for(tmp_path / "logs"))
    report = panel.report()
    assert [run["name"] for run in report["runs"]] == [name]
    response = panel.get("/run", query_string={"name": name})
    assert response.headers["Content-Type"].startswith("application/json")
    assert json.loads(response.data)["run"]["name"] == name


def test_config_is_read_and_read_again_when_edited(tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a")
    config = tmp_path / "mine.toml"
    config.write_text('[[role]]\ntag = "val/loss"\nphase = "test"\n')
    panel = Panel(context_for(tmp_path / "logs", config=str(config)))

    def phase(report: Any) -> str:
        return str(next(c["phase"] for c in report["runs"][0]["curves"] if c["tag"] == "val/loss"))

    assert phase(panel.report()) == "test"
    config.write_text('[[role]]\ntag = "val/loss"\nphase = "none"\n')
    deadline = time.monotonic() + 30
    while not ((report := panel.json("/report"))["runs"] and phase(report) == "none"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("text", "said"), [("[[role]]\nfase = 1\n", "fase"), (None, "does not exist")])
def test_a_wrong_config_is_told_in_the_tab(tmp_path: Path, text: str | None, said: str) -> None:
    write_log(tmp_path / "logs" / "a")
    config = tmp_path / "mine.toml"
    if text is not None:
        config.write_text(text)
    report = Panel(context_for(tmp_path / "logs", config=str(config))).report()
    assert report["state"] == "error"
    assert said in report["message"]


def test_an_empty_folder_is_told_and_watched(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    panel = Panel(context_for(tmp_path / "logs"))
    report = panel.report()
    assert report["state"] == "error"
    assert "is empty" in report["message"]
    write_log(tmp_path / "logs" / "a")
    deadline = time.monotonic() + 30
    while panel.json("/report")["state"] != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("logdir", "spec", "expected"),
    [
        ("/logs", "", ["/logs"]),
        ("logs/here", "", ["logs/here"]),
        ("~/logs", "", ["{home}/logs"]),
        ("gs://bucket/logs", "", ["gs://bucket/logs"]),
        ("", "a:/x,b:~/y,/z", ["a=/x", "b={home}/y", "/z"]),
        ("", "/with:colon,s3://bucket/x,n:rel", ["/with:colon", "s3://bucket/x", "n=rel"]),
        ("", "", []),
    ],
)
def test_flags_become_the_command_lines_arguments(logdir: str, spec: str, expected: list[str]) -> None:
    home = os.path.expanduser("~")  # noqa: PTH111
    assert logdirs_of(context_for(logdir, spec)) == [text.format(home=home) for text in expected]


class Provider:
    """A data provider with one run, as a stand-in for what TensorBoard has of a place LogLens cannot read."""

    def read_scalars(self, ctx: Any, **wanted: Any) -> Any:
        assert ctx is not None
        assert wanted["plugin_name"] == "scalars"
        points = [SimpleNamespace(step=i, wall_time=1e9 + i, value=1 / (1 + i)) for i in range(60)]
        return {"far/train": {"loss": points}, "far/validation": {"loss": points}}


def test_what_cannot_be_read_is_shown_from_the_sample_and_says_so() -> None:
    report = Panel(context_for("/nowhere/at/all", provider=Provider())).report()
    assert report["state"] == "ready"
    assert "at most 1,000" in report["sampled"]
    (run,) = report["runs"]
    assert run["name"] == "far"
    assert {curve["phase"] for curve in run["curves"]} == {"train", "validation"}
    assert any("sample" in note for note in run["notes"])


def test_a_readable_folder_is_never_shown_from_the_sample(tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a")
    report = Panel(context_for(tmp_path / "logs", provider=Provider())).report()
    assert report["sampled"] == ""
    assert [run["name"] for run in report["runs"]] == ["a"]


def test_a_failure_to_load_becomes_a_tab_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object) -> None:
        del given
        raise ImportError("numpy is too old </script>")

    monkeypatch.setattr(LogLensPlugin, "__init__", fail)
    plugin = LogLensLoader().load(context_for("/logs"))
    assert isinstance(plugin, FailedPlugin)
    app = application.TensorBoardWSGI([plugin], "", None, [], {}, [])
    response = Client(app).get(f"{PREFIX}{plugin.frontend_metadata().es_module_path}")
    assert response.status_code == 200
    assert "numpy is too old" in response.text


SAMPLES = Path(__file__).parents[2] / "sample_logs"


def test_panel_equals_the_command_line_on_the_sample_logs() -> None:
    report = Panel(context_for(SAMPLES)).report()
    assert len(report["runs"]) == len([path for path in SAMPLES.iterdir() if (path / "truth.json").exists()])
    assert beside(report) == as_json(analyze(str(SAMPLES)).to_plain())


CORPUS = Path(os.environ.get("LOGLENS_SHARED", "")) / "corpus" / "files"


@pytest.mark.skipif("LOGLENS_SHARED" not in os.environ, reason="LOGLENS_SHARED names no folder with a corpus")
def test_panel_equals_the_command_line_on_real_logs() -> None:
    report = Panel(context_for(CORPUS)).report()
    assert len(report["runs"]) > 200
    assert beside(report) == as_json(analyze(str(CORPUS), jobs=None).to_plain())
