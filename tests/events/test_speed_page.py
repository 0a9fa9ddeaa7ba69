"""docs/speed.md says what the measurements beside the benchmark say."""

from __future__ import annotations

import json

from benchmarks.reader.__main__ import PAGE, RESULTS
from benchmarks.reader.report import summary, table


def test_the_page_is_made_from_the_results() -> None:
    assert PAGE.read_text() == table(json.loads(RESULTS.read_text()))


def test_ratios_are_of_medians() -> None:
    rounds = [
        ("loglens", 1.0),
        ("loglens", 3.0),
        ("loglens", 2.0),
        ("rustboard", 8.0),
        ("rustboard", 100.0),
        ("rustboard", 12.0),
    ]
    measurements = [
        {"log": "a", "peer": peer, "scalars": 10, "seconds": seconds, "cpu_seconds": seconds / 2, "peak_bytes": 500}
        for peer, seconds in rounds
    ]
    log = summary(measurements, processors=2)["logs"]["a"]
    assert log["loglens"]["seconds"] == 2.0
    assert log["loglens"]["peak_bytes_a_scalar"] == 50.0
    assert log["rustboard"]["times_loglens"] == 6.0
