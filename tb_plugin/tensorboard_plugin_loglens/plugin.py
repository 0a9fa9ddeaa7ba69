"""The plugin: routes over the follower's answers, and the files of the page. GET only, nothing outside is served."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import werkzeug
from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from tensorboard.plugins.scalar import metadata

from loglens.judge import Plan
from loglens.runs.source import RunSource
from loglens.views.page import plotly_script, static_files
from tensorboard_plugin_loglens.follower import Follower
from tensorboard_plugin_loglens.logdirs import logdirs_of
from tensorboard_plugin_loglens.prepared import Prepared
from tensorboard_plugin_loglens.sampled import sampled_runs

TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

Answer = tuple[Any, int]


class LogLensPlugin(base_plugin.TBPlugin):  # type: ignore[misc]  # tensorboard ships no types
    """Serves the tab. The log directory is read by LogLens itself, in full, not through TensorBoard's sample."""

    plugin_name = "loglens"

    def __init__(self, context: Any) -> None:
        provider = context.data_provider

        def fallback(plan: Plan) -> Iterator[tuple[RunSource, Prepared]]:
            return sampled_runs(provider, plan)

        self._follower = Follower(
            logdirs_of(context),
            getattr(context.flags, "loglens_config", "") or "",
            None if provider is None else fallback,
        )

    def get_plugin_apps(self) -> Mapping[str, Callable[..., Any]]:
        routes: dict[str, Callable[..., Any]] = {
            "/table": _json_route(self._table),
            "/report": _json_route(self._report),
            "/run": _json_route(self._run),
            "/plotly.min.js": _file_route(plotly_script()),
        }
        # One route a file: what is not in the list does not exist, however a path is spelled.
        routes |= {f"/static/{name}": _file_route(path) for name, path in static_files().items()}
        return routes

    def is_active(self) -> bool:
        return True

    def data_plugin_names(self) -> tuple[str, ...]:
        return (self.plugin_name, metadata.PLUGIN_NAME)

    def frontend_metadata(self) -> Any:
        return base_plugin.FrontendMetadata(es_module_path="/static/index.js", tab_name="LogLens")

    def _table(self, request: werkzeug.Request) -> Answer:
        self._follower.ask()
        since = request.args.get("since", "0")
        if not since.isdecimal():
            return {"message": "since must be a revision number"}, 400
        return self._follower.table(int(since)), 200

    def _report(self, request: werkzeug.Request) -> Answer:
        del request
        self._follower.ask()
        return self._follower.report(), 200

    def _run(self, request: werkzeug.Request) -> Answer:
        name = request.args.get("name")
        if not name:
            return {"message": "name the run: ?name=..."}, 400
        run = self._follower.run(name)
        if run is None:
            return {"message": f"No run is called {name!r}, or it has not been read yet."}, 404
        return run, 200


def _json_route(answer: Callable[[werkzeug.Request], Answer]) -> Callable[..., Any]:
    def respond(request: werkzeug.Request) -> Any:
        if request.method not in ("GET", "HEAD"):
            return _refuse(request)
        content, code = answer(request)
        text = json.dumps(content, separators=(",", ":"), allow_nan=False)
        return http_util.Respond(request, text, "application/json", code=code)

    return werkzeug.Request.application(respond)


def _file_route(path: Path) -> Callable[..., Any]:
    """The file, gzipped once, with an ETag: the browser asks again and is told that nothing changed."""

    def respond(request: werkzeug.Request) -> Any:
        if request.method not in ("GET", "HEAD"):
            return _refuse(request)
        stat = path.stat()
        etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
        kind = TYPES.get(path.suffix, "text/plain")
        if request.headers.get("If-None-Match") == etag:
            response = http_util.Respond(request, b"", kind, code=304, content_encoding="identity")
            response.headers["ETag"] = etag
            return response
        content = _zipped(str(path), etag)
        return http_util.Respond(request, content, kind, content_encoding="gzip", headers=[("ETag", etag)])

    return werkzeug.Request.application(respond)


@cache
def _zipped(path: str, etag: str) -> bytes:
    del etag  # part of the cache's key: an edited file is zipped anew
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


def _refuse(request: werkzeug.Request) -> Any:
    return http_util.Respond(request, "GET only", "text/plain", code=405, headers=[("Allow", "GET, HEAD")])
