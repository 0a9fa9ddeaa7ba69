"""What the page is given, in TensorBoard and in the shareable file alike: rows for its table, one payload a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loglens.health import doubtful_curves
from loglens.jsonform import to_plain
from loglens.lead import kept
from loglens.report import RunReport
from loglens.views.figures import run_figures, without_points

STATIC = Path(__file__).parent / "static"
"""The page itself: plain ES modules and one style sheet, used as they stand."""


def run_payload(run: RunReport, display: Any = None) -> dict[str, Any]:
    """One run with its display curves, its figures, how many curves are a guess, and which verdict names the best step.

    The curve traces of the figures take their points from `display`, which the page may be given in another form.
    """
    verdict = kept(run)
    return {
        "run": run.to_plain(),
        "display": to_plain(run.display) if display is None else display,
        "figures": [without_points(figure) for figure in run_figures(run)],
        "guessed": len(doubtful_curves(run)),
        "kept": next((number for number, one in enumerate(run.verdicts) if one is verdict), None),
    }


def static_files() -> dict[str, Path]:
    """Every file of the page by its path below the static folder; nothing else is ever served or embedded."""
    return {path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*")) if path.is_file()}


def plotly_script() -> Path:
    """plotly.js as the plotly package ships it, found without importing the package (.14 s)."""
    from importlib.util import find_spec  # noqa: PLC0415

    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package plotly is not installed: pip install plotly")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
