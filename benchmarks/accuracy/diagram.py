"""The reliability diagram as an SVG: plotly.js of the PyPI package draws it in Chromium."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LEAST = 30
"""Verdicts in a bin, for a point worth drawing."""


def draw(reliability: Mapping[str, Sequence[Mapping[str, Any]]], path: Path) -> bool:
    """Write the picture; False, with a line on stderr, where there is no Chromium to draw it."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        print(f"No Chromium: {path.name} was not drawn anew (Debian: apt-get install chromium).", file=sys.stderr)
        return False
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a package of the dev extra
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - only here, and slow to import

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content("<div id=plot></div>")
        page.add_script_tag(content=get_plotlyjs())
        picture = page.evaluate(
            "async (figure) => { const plot = await Plotly.newPlot('plot', figure.data, figure.layout);"
            " return await Plotly.toImage(plot, {format: 'svg', width: 720, height: 560}); }",
            json.loads(json.dumps(figure(reliability))),
        )
        browser.close()
    from urllib.parse import unquote  # noqa: PLC0415

    path.write_text(unquote(picture.split(",", 1)[1]) + "\n", encoding="utf-8")
    return True


def figure(reliability: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Share of right verdicts over their mean confidence, a line a detector, with 95 % intervals."""
    traces: list[dict[str, Any]] = [
        {
            "x": [0.5, 1.0],
            "y": [0.5, 1.0],
            "mode": "lines",
            "line": {"color": "#999", "dash": "dash"},
            "name": "right as often as said",
        }
    ]
    for name, rows in reliability.items():
        shown = [row for row in rows if row["right"]["count"] >= LEAST]
        if not shown:
            continue
        rights = [row["right"] for row in shown]
        traces.append(
            {
                "x": [row["confidence"] for row in shown],
                "y": [right["value"] for right in rights],
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [right["high"] - right["value"] for right in rights],
                    "arrayminus": [right["value"] - right["low"] for right in rights],
                    "thickness": 1,
                },
                "mode": "lines+markers",
                "name": name,
                "line": {"width": 3 if name == "all" else 1},
            }
        )
    axis = {"tickformat": ".0%", "gridcolor": "#ddd", "zeroline": False}
    layout = {
        "xaxis": {**axis, "title": {"text": "confidence given"}, "range": [0.3, 1.02]},
        "yaxis": {**axis, "title": {"text": "share that was right"}, "range": [0.3, 1.02]},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "legend": {"x": 0.02, "y": 0.98},
        "margin": {"l": 70, "r": 20, "t": 20, "b": 60},
    }
    return {"data": traces, "layout": layout}
