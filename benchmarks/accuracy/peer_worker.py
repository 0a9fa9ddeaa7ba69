"""Runs the peers that are installed beside this interpreter: `python peer_worker.py FOLDER`, one JSON line a log.

`python peer_worker.py FOLDER PEER` runs that one alone.

A script of its own, started by peers.py, so that the peers' environment need not hold LogLens. FOLDER has a folder
of event files a run, and beside.json: by run, the train and validation losses as plain lists, for the peer that
reads nothing else. The first line gives the versions.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

Found = list[tuple[str, str]]
"""What a peer reported: its own name of the finding, and its severity."""


def trainspotter(place: Path, beside: list[list[float]]) -> Found:
    del beside
    peer = importlib.import_module("trainspotter")
    findings = peer.run_all(peer.load_run(str(place), fmt="tensorboard"))
    return [(f"{one.detector}: {one.title}", str(one.severity)) for one in findings]


def runmedic(place: Path, beside: list[list[float]]) -> Found:
    del beside
    loaders, roles = importlib.import_module("runmedic.loaders"), importlib.import_module("runmedic.roles")
    checks = importlib.import_module("runmedic.checks")
    found = [one for run in loaders.load(str(place)) for one in checks.run_checks(run, roles.detect(run))]
    return [(str(one.check), str(one.severity)) for one in found]


def trainproof(place: Path, beside: list[list[float]]) -> Found:
    del beside
    report = importlib.import_module("trainproof.epoch").check_epoch(str(place))
    return [(str(one["id"]), str(one["level"]).lower()) for one in report["findings"]]


def sk_autod(place: Path, beside: list[list[float]]) -> Found:
    del place
    report = importlib.import_module("sk_autod").diagnose(*beside)
    return [(str(one.detector_name), str(one.severity.value).lower()) for one in report.findings]


PEERS: dict[str, tuple[str, Callable[[Path, list[list[float]]], Found]]] = {
    "trainspotter": ("trainspotter", trainspotter),
    "runmedic": ("runmedic", runmedic),
    "trainproof": ("trainproof", trainproof),
    "sk-autod": ("sk_autod", sk_autod),
}


def main() -> None:
    """One line of versions, then one a run: its name and what each peer found, or the error it stopped with."""
    warnings.filterwarnings("ignore")
    folder = Path(sys.argv[1])
    beside = json.loads((folder / "beside.json").read_text())
    asked = sys.argv[2:] or tuple(PEERS)
    found_here = {name for name, (module, _) in PEERS.items() if importlib.util.find_spec(module)}
    present = {name: judge for name, (_, judge) in PEERS.items() if name in asked and name in found_here}
    line(versions={name: importlib.metadata.version(name) for name in present})
    for name, losses in beside.items():
        found: dict[str, Any] = {}
        for peer, judge in present.items():
            try:
                found[peer] = judge(folder / name, losses)
            except Exception as error:
                found[peer] = f"{type(error).__name__}: {error}"
        line(run=name, found=found)


def line(**content: Any) -> None:
    sys.stdout.write(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
