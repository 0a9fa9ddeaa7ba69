"""Measure how often LogLens, the usual rules and the installed peers are right: `python -m benchmarks.accuracy`.

The whole measurement: `loglens train --corpus reporting --seeds 20 --output CORPUS`, then
`python -m benchmarks.accuracy --processes 2 --corpus CORPUS --peers PEERS/bin/python --write`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.accuracy.corpus import Corpus
from benchmarks.accuracy.diagram import draw
from benchmarks.accuracy.measure import Sizes, measure
from benchmarks.accuracy.pages import page

ROOT = Path(__file__).parent.parent.parent


def main() -> int:
    """Run everything, print the page, and write the results with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="runs a family")
    parser.add_argument("--live-runs", type=int, default=400, help="healthy runs a family, judged at every evaluation")
    parser.add_argument("--peer-runs", type=int, default=200, help="runs a family that the installed peers read")
    parser.add_argument("--purpose", choices=("tuning", "reporting"), default="reporting")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--families", default="", help="only families whose names hold one of these, by commas")
    parser.add_argument("--peers", default=sys.executable, help="interpreter of the environment that has the peers")
    parser.add_argument("--corpus", type=Path, help="folder given to `loglens train --corpus --output`")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=Path(tempfile.gettempdir()) / "loglens-accuracy",
        help="where finished parts are kept, so that a stopped measurement goes on",
    )
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--write", action="store_true", help="write results.json beside this file and docs/accuracy.md")
    arguments = parser.parse_args()
    if arguments.corpus and not Corpus(arguments.corpus, arguments.purpose).places():
        place = arguments.corpus / arguments.purpose
        parser.error(f"no training with its truth.json in {place}: make them with `loglens train --corpus`")
    sizes = Sizes(arguments.runs, arguments.live_runs, arguments.peer_runs)
    wanted = tuple(part for part in arguments.families.split(",") if part)
    results = measure(
        arguments.purpose,
        sizes,
        processes=arguments.processes,
        python=arguments.peers,
        corpus=arguments.corpus,
        checkpoint=arguments.checkpoint,
        wanted=wanted,
    )
    text = page(results)
    sys.stdout.write(text)
    written = [arguments.json] if arguments.json else []
    if arguments.write:
        written.append(ROOT / "benchmarks/accuracy/results.json")
        (ROOT / "docs/accuracy.md").write_text(text, encoding="utf-8")
        draw(results["reliability"], ROOT / "docs/images/reliability.svg")
    for path in written:
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
