"""The texts that were looked at and kept; `python -m tests.views.goldens` writes them anew, to be looked at again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from loglens.report import Report
from loglens.views import text
from loglens.views.text import Look
from tests.views import synthetic, synthetic_runs

FOLDER = Path(__file__).parent / "goldens"

REPORTS: Mapping[str, Callable[[], Report]] = {
    "one": synthetic.one,
    "twelve": synthetic.twelve,
    "thousand": synthetic.thousand,
}
LOOKS: Mapping[str, Look] = {
    "wide": Look(width=140, where="logs"),
    "wide-colour": Look(width=140, colour=True, where="logs"),
    "80": Look(width=80, where="logs"),
    "80-colour": Look(width=80, colour=True, where="logs"),
    "40": Look(width=40, where="logs"),
    "80-ascii": Look(width=80, unicode=False, where="logs"),
    "80-verbose": Look(width=80, verbose=True, everything=True, where="logs"),
}
NAMES = [
    (report, look) for report in REPORTS for look in LOOKS if not (report == "thousand" and look.endswith("verbose"))
]


def path(report: str, look: str) -> Path:
    return FOLDER / f"{report}-{look}.txt"


def rendered(report: str, look: str) -> str:
    return text.render(REPORTS[report](), LOOKS[look])


def write_all() -> None:
    """Write every golden; `git diff` then shows what a change does to what people see."""
    FOLDER.mkdir(exist_ok=True)
    for report, look in NAMES:
        path(report, look).write_text(rendered(report, look), encoding="utf-8")
    for width in synthetic_runs.WIDTHS:
        (FOLDER / f"runs-{width}.txt").write_text(synthetic_runs.text(width), encoding="utf-8")


if __name__ == "__main__":
    write_all()
