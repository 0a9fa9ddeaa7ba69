"""What comes out of an event file is what went in, in every form that writers use, however the file is read."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.events import encode
from loglens.events.encode import SCALAR_PB, SIMPLE_VALUE, TF2_TENSOR, ScalarForm
from loglens.events.errors import NotAnEventFileError
from loglens.events.follow import EventFileReader
from loglens.events.reader import read_event_file, read_event_files
from loglens.events.series import EventFile, Losses
from loglens.events.tensor import DType
from loglens.events.writer import EventFileWriter
from tests.events.comparison import differences
from tests.events.memory_file import MemoryFile
from tests.events.mutations import FORMS, event_file
from tests.events.plain_reader import read_plainly

EXACT = {  # what each type holds exactly, at its edges
    None: [0.0, -0.0, 1.5, float(np.float32(3.4e38)), math.inf, -math.inf, math.nan],
    DType.FLOAT: [0.0, -0.0, 1.5, float(np.float32(3.4e38)), math.inf, -math.inf, math.nan],
    DType.DOUBLE: [0.1, 1e300, 5e-324, math.inf, -math.inf, math.nan],
    DType.HALF: [0.5, 65504.0, 2.0**-24, math.inf, math.nan],
    DType.BFLOAT16: [0.5, 3.3895313892515355e38, -1.0, math.inf, math.nan],
    DType.INT8: [-128.0, 0.0, 127.0],
    DType.INT16: [-32768.0, 0.0, 32767.0],
    DType.INT32: [-(2.0**31), 0.0, 2.0**31 - 1],
    DType.INT64: [-(2.0**63), -1.0, 0.0, 2.0**53],
    DType.UINT8: [0.0, 255.0],
    DType.UINT16: [0.0, 65535.0],
    DType.UINT32: [0.0, 2.0**32 - 1],
    DType.UINT64: [0.0, 2.0**63],
    DType.BOOL: [0.0, 1.0],
}
STEPS = [0, 1, 127, 128, 16383, 16384, 2**21, 2**28, 2**35, 2**42, 2**49 - 1, 2**49, 2**62, -1, -(2**63)]


def read(data: bytes) -> EventFile:
    reader = EventFileReader(MemoryFile(data))
    reader.refresh()
    return reader.contents()


def scalars(form: ScalarForm, values: list[float], tag: str = "loss") -> list[bytes]:
    return [
        encode.event(
            1.7e9 + at, STEPS[at % len(STEPS)], encode.summary([encode.scalar_value(tag, value, form, first=at == 0)])
        )
        for at, value in enumerate(values)
    ]


def assert_points(result: EventFile, tag: str, values: list[float]) -> None:
    (series,) = [one for one in result.series if one.tag == tag]
    assert series.steps.tolist() == [STEPS[at % len(STEPS)] for at in range(len(values))]
    assert series.wall_times.tolist() == [1.7e9 + at for at in range(len(values))]
    np.testing.assert_array_equal(series.values, values)


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("how", ["whole", "byte by byte", "with trailing data"])
def test_every_form(form: ScalarForm, how: str) -> None:
    values = (EXACT[form.dtype] * 20)[:20]
    data = b"".join(map(encode.framed, scalars(form, values)))
    if how == "byte by byte":
        source = MemoryFile(data)
        reader = EventFileReader(source)
        for visible in range(1, len(data) + 1, 1 if len(data) < 1500 else 7):
            source.visible = visible
            reader.refresh()
        source.visible = len(data)
        reader.refresh()
        result = reader.contents()
    elif how == "with trailing data":
        result = read(data + b"\x18\0\0\0\0\0\0\0\x01")
        assert result.losses == Losses(truncated_bytes=9)
    else:
        result = read(data)
    assert_points(result, "loss", values)
    assert result.end_offset == len(data)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_columns_are_written_as_single_values_are(form: ScalarForm, tmp_path: Path) -> None:
    values = np.array((EXACT[form.dtype] * len(STEPS))[: len(STEPS)])
    indices = np.arange(len(STEPS)) % 2
    with EventFileWriter(tmp_path / "one", form=form, wall_time=1.0) as one:
        for at, step in enumerate(STEPS):
            one.add_scalar("ab"[at % 2], float(values[at]), step, 2.5 + at)
    with EventFileWriter(tmp_path / "many", form=form, wall_time=1.0) as many:
        many.add_columns(["a", "b"], indices, STEPS, values, 2.5 + np.arange(len(STEPS)))
    assert many.path.read_bytes() == one.path.read_bytes()


@given(
    points=st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1), st.floats(width=32), st.floats(allow_nan=False), st.text(max_size=200)
        ),
        min_size=1,
        max_size=30,
    ),
    form=st.sampled_from([SIMPLE_VALUE, TF2_TENSOR, SCALAR_PB, ScalarForm(DType.FLOAT, True, "first")]),
)
@settings(max_examples=150, deadline=None)
def test_what_is_encoded_is_decoded(points: list[tuple[int, float, float, str]], form: ScalarForm) -> None:
    seen: set[str] = set()
    payloads = []
    for step, value, wall_time, tag in points:
        values = [encode.scalar_value(tag, value, form, first=tag not in seen)]
        payloads.append(encode.event(wall_time, step, encode.summary(values)))
        seen.add(tag)
    result = read(b"".join(map(encode.framed, payloads)))
    for series in result.series:
        own = [point for point in points if point[3] == series.tag]
        assert series.steps.tolist() == [point[0] for point in own]
        np.testing.assert_array_equal(series.values, [point[1] for point in own])
        assert series.wall_times.tolist() == [point[2] for point in own]
    assert sum(len(series.steps) for series in result.series) == len(points)


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_the_reader_says_what_the_plain_reader_says(seed: int) -> None:
    data = event_file(np.random.default_rng(seed))
    assert differences(read(data), read_plainly(data), len(data)) == []


@given(st.binary(min_size=1, max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_in_a_sound_record_are_read_alike(payload: bytes) -> None:
    data = encode.framed(encode.event(1.0, 0, encode.file_version(2))) + encode.framed(payload)
    assert differences(read(data), read_plainly(data), len(data)) == []


@given(st.integers(0, 2**32), st.lists(st.integers(0, 6000), max_size=12))
@settings(max_examples=80, deadline=None)
def test_a_growing_file_read_in_steps_equals_the_file_read_once(seed: int, cuts: list[int]) -> None:
    data = event_file(np.random.default_rng(seed))
    source = MemoryFile(data)
    reader = EventFileReader(source)
    for visible in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        source.visible = visible
        assert reader.refresh().started_over == ""
    assert differences(reader.contents(), read_plainly(data), len(data)) == []


def test_joined_files_equal_files_read_alone(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    files = []
    for number in range(60):
        path = tmp_path / f"{number}.tfevents"
        data = event_file(random)
        path.write_bytes(data[: int(random.integers(12, len(data)))] if number % 3 == 0 else data)
        files.append((str(path), f"run{number}"))
    for (name, directory), result in zip(files, read_event_files(files), strict=True):
        data = Path(name).read_bytes()
        if not isinstance(result, EventFile):
            assert not read_plainly(data).recognised
            continue
        assert (result.path, result.directory) == (name, directory)
        assert {series.directory for series in result.series} <= {directory}
        assert differences(result, read_plainly(data), len(data)) == []


def test_one_bad_file_costs_no_other(tmp_path: Path) -> None:
    good = tmp_path / "good.tfevents"
    good.write_bytes(b"".join(map(encode.framed, scalars(SIMPLE_VALUE, [1.0, 2.0]))))
    (tmp_path / "bad.tfevents").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    names = ["good.tfevents", "bad.tfevents", "missing.tfevents", "good.tfevents"]
    first, bad, missing, last = read_event_files([(str(tmp_path / name), ".") for name in names])
    assert isinstance(first, EventFile)
    assert isinstance(last, EventFile)
    assert "PNG" in str(bad)
    assert "missing.tfevents" in str(missing)


def test_arrays_are_read_only(tmp_path: Path) -> None:
    path = tmp_path / "x.tfevents"
    path.write_bytes(b"".join(map(encode.framed, scalars(SIMPLE_VALUE, [1.0, 2.0]))))
    both = read_event_files([(str(path), "."), (str(path), ".")])
    for result in [read_event_file(path), *both]:
        assert isinstance(result, EventFile)
        for array in (result.series[0].steps, result.series[0].wall_times, result.series[0].values):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1


def test_many_tags_of_one_length_keep_apart() -> None:
    """Thousands of tags share hash slots: the templates must still be told apart byte by byte."""
    tags = [f"layer{number:05d}" for number in range(6000)]
    payloads = [
        encode.event(1.0, step, encode.summary([encode.scalar_value(tag, number + step / 4)]))
        for step in range(3)
        for number, tag in enumerate(tags)
    ]
    result = read(b"".join(map(encode.framed, payloads)))
    assert [series.tag for series in result.series] == tags
    for number, series in enumerate(result.series):
        assert series.values.tolist() == [number, number + 0.25, number + 0.5]


def test_a_plugin_holds_from_the_value_that_names_it() -> None:
    """Found by the fuzzer: two values of one tag in one event, and only the second names the plugin."""
    histogram = encode.bytes_field(1, b"loss") + encode.bytes_field(5, b"")
    payload = encode.event(1.0, 0, encode.summary([histogram, encode.scalar_value("loss", 2.0, TF2_TENSOR)]))
    data = encode.framed(payload)
    assert read(data).other_tags == {"loss": "histograms"}
    assert differences(read(data), read_plainly(data), len(data)) == []


def test_files_beyond_a_window_and_records_beyond_one() -> None:
    blob = encode.bytes_field(1, b"image") + encode.bytes_field(4, bytes(9 << 20))
    payloads = scalars(SIMPLE_VALUE, [float(value) for value in range(60_000)])
    payloads.insert(30_000, encode.event(1.0, 0, encode.summary([blob])))
    data = b"".join(map(encode.framed, payloads))
    result = read(data)
    assert result.series[0].values.tolist() == list(range(60_000))
    assert result.other_tags == {"image": "images"}
    assert result.losses == Losses()
    assert result.records == 60_001


def test_records_that_are_no_events_are_refused() -> None:
    example = encode.framed(encode.bytes_field(1, b"a tf.train.Example"))
    with pytest.raises(NotAnEventFileError, match="other data than TensorBoard events"):
        read(example * 3)
