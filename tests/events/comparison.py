"""Whether the reader and the reference reader say the same of a file."""

from __future__ import annotations

import numpy as np

from loglens.events.series import EventFile
from tests.events.plain_reader import Plain


def differences(fast: EventFile, plain: Plain, size: int) -> list[str]:
    """What differs, in words; `size` is the file's in bytes. Bit patterns of NaN do not count."""
    found = []
    if [series.tag for series in fast.series] != list(plain.series):
        found.append(f"tags {[series.tag for series in fast.series]} != {list(plain.series)}")
    for series in fast.series:
        points = plain.series.get(series.tag, [])
        expected = np.array(points, np.float64).reshape(-1, 3)
        steps = np.array([step for step, _, _ in points], np.int64)
        for name, got, want in (
            ("steps", series.steps, steps),
            ("wall times", series.wall_times, expected[:, 1]),
            ("values", series.values, expected[:, 2]),
        ):
            if not np.array_equal(got, want, equal_nan=name != "steps"):
                found.append(f"{name} of {series.tag!r}: {got} != {want}")
    notes = [(note.tag, note.plugin, note.step, note.wall_time, note.text) for note in fast.notes]
    starts = [(start.step, start.wall_time, sorted(start.points_before.items())) for start in fast.session_starts]
    plain_starts = [(step, wall_time, sorted(counts.items())) for step, wall_time, counts in plain.starts]
    lost = fast.losses
    pairs = {
        "notes": (repr(notes), repr(plain.notes)),  # as text: NaN differs from itself
        "starts": (repr(starts), repr(plain_starts)),
        "other tags": (dict(fast.other_tags), plain.other_tags),
        "file version": (fast.file_version, plain.file_version),
        "records": (fast.records, plain.records),
        "end offset": (fast.end_offset, plain.end_offset),
        "undecodable values": (lost.undecodable_values, plain.undecodable),
    }
    found += [f"{name}: {one} != {two}" for name, (one, two) in pairs.items() if one != two]
    tail = size - plain.end_offset
    at_end = lost.truncated_bytes + lost.zero_bytes + (lost.skipped_bytes - plain.skipped_bytes)
    bad_tail = lost.bad_records - plain.bad_records
    if not (0 <= at_end <= tail and bad_tail in (0, 1) and (bad_tail or at_end == tail)):
        found.append(f"losses {lost} against {plain.bad_records} bad, {plain.skipped_bytes} skipped, {tail} left")
    return found
