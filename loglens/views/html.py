"""The report as one HTML file: self-contained, opens offline by a double click, may be mailed.

The modules of the page are embedded through an import map of data: URLs, since a browser loads no module over
file://. Data and plotly.js are gzipped; each run is its own piece, unpacked when it is opened.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from loglens.display import MAX_POINTS, thin
from loglens.events.series import Floats
from loglens.jsonform import to_plain
from loglens.report import DisplayCurve, Report, RunReport
from loglens.views.figures import finite_or_none
from loglens.views.page import STATIC, plotly_script, run_payload, static_files
from loglens.views.rows import run_row

CURVES_BUDGET = 6_000_000
"""Bytes of embedded curves aimed at: with plotly.js (2 MB) and the verdicts the file stays below 10 MB, which mail
and issue trackers still take. Reports with more curves than that hold get fewer points a curve."""

BYTES_PER_POINT = 8.0
"""Of a thinned point after gzip and base64, measured on 5,000 noisy curves (7.4); benchmarks/panel repeats it."""

FEWEST_POINTS = 40
"""Below this a curve no longer shows its course; more than some 20,000 curves then make a larger file."""

TIME_LEVELS = 20_000
"""Wall times are embedded to this part of a run's duration: finer than a chart's pixels."""

_IMPORT = re.compile(r'(\bfrom\s+")\./([\w.-]+\.js")')


def render(report: Report) -> str:
    """The page with everything in it."""
    points = points_per_curve(report.runs)
    header = {
        "loglens_version": report.loglens_version,
        "schema": report.schema,
        "config": to_plain(report.config),
        "rows": [run_row(run) for run in report.runs],
        "unreadable": [to_plain(item) for item in report.unreadable],
        "points": points,
    }
    pieces = [("loglens-report", _packed_json(header))]
    pieces += [(f"loglens-run-{i}", _packed_json(_run_piece(run, points))) for i, run in enumerate(report.runs)]
    pieces.append(("loglens-plotly", _packed(plotly_script().read_bytes())))
    import_map = json.dumps({"imports": _modules()})
    start = 'import { render } from "loglens/index.js"; render();'
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(import_map)} {_hash(start)} data: blob:",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    title = f"LogLens: {len(report.runs)} {'run' if len(report.runs) == 1 else 'runs'}"
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{html.escape(title)}</title>",
        f"<style>{(STATIC / 'style.css').read_text(encoding='utf-8')}</style>",
        f'<script type="importmap">{import_map}</script>',
        "</head>",
        "<body>",
        "<noscript>This page draws its tables and charts with JavaScript: please allow it for this file.</noscript>",
        *(f'<script type="text/plain" id="{name}">{piece}</script>' for name, piece in pieces),
        f'<script type="module">{start}</script>',
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def points_per_curve(runs: Sequence[RunReport]) -> int:
    """Points of each curve that keep the file within its budget, as many as there are when all fit."""
    counts = np.sort(np.array([len(curve.steps) for run in runs for curve in run.display], dtype=np.int64))
    allowed = CURVES_BUDGET / BYTES_PER_POINT
    if counts.sum() <= allowed:
        return MAX_POINTS
    below = np.concatenate([[0], np.cumsum(counts)[:-1]])  # points of all shorter curves, which stay whole
    shares = (allowed - below) / np.arange(len(counts), 0, -1)
    whole = np.flatnonzero(counts > shares)
    return max(FEWEST_POINTS, int(shares[whole[0]]))


def _modules() -> dict[str, str]:
    """The page's modules by name, as data: URLs; what one imports by path is imported by name."""
    modules = {}
    for name, path in static_files().items():
        if name.endswith(".js"):
            source = _IMPORT.sub(r"\1loglens/\2", path.read_text(encoding="utf-8"))
            encoded = base64.b64encode(source.encode()).decode()
            modules[f"loglens/{name}"] = f"data:text/javascript;charset=utf-8;base64,{encoded}"
    return modules


def _run_piece(run: RunReport, max_points: int) -> dict[str, Any]:
    display = [pack_curve(curve, max_points) for curve in run.display]
    return run_payload(run, display)


def pack_curve(curve: DisplayCurve, max_points: int) -> dict[str, Any]:
    """A display curve in few bytes: steps and times as differences, values to six digits.

    `epochs` are [first, per step] where they rise evenly with the steps, else all of them; None when unknown.
    `time` is [first wall time, seconds a unit]; the page's `unpackCurve` is the inverse.
    """
    keep = thin(curve.values, max_points)
    steps, times, values = curve.steps[keep], curve.wall_times[keep], curve.values[keep]
    unit = float(np.ptp(times)) / TIME_LEVELS if len(times) and np.ptp(times) > 0 else 1.0
    ticks = np.round((times - times[:1]) / unit).astype(np.int64)
    return {
        "dir": curve.dir,
        "tag": curve.tag,
        "steps": _differences(steps),
        "time": [float(times[0]) if len(times) else 0.0, unit],
        "ticks": _differences(ticks),
        "values": [None if value is None else float(f"{value:.6g}") for value in finite_or_none(values)],
        "epochs": None if curve.epochs is None else _packed_epochs(curve.steps[keep], curve.epochs[keep]),
    }


def _packed_epochs(steps: np.ndarray[Any, Any], epochs: Floats) -> Any:
    if len(steps) > 1:
        slope = float(epochs[-1] - epochs[0]) / float(steps[-1] - steps[0])
        line = epochs[0] + slope * (steps - steps[0])
        if np.allclose(line, epochs, rtol=1e-6, atol=1e-6):
            return [float(epochs[0]), slope]
    return {"values": [float(f"{epoch:.8g}") for epoch in epochs.tolist()]}


def _differences(values: np.ndarray[Any, Any]) -> list[int]:
    return [int(item) for item in np.diff(values, prepend=0).tolist()]


def _packed_json(value: Any) -> str:
    return _packed(json.dumps(value, separators=(",", ":"), allow_nan=False).encode())


def _packed(content: bytes) -> str:
    """gzip in base64: letters that no HTML parser can take for markup."""
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode()


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
