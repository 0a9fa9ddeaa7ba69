"""What TensorBoard's own code reads and writes is what ours does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.events import encode
from loglens.events.encode import SCALAR_PB, SIMPLE_VALUE, TF2_TENSOR
from loglens.events.event import parse_event
from loglens.events.reader import read_event_file
from loglens.events.series import EventFile
from loglens.events.writer import EventFileWriter

SHARED = os.environ.get("LOGLENS_SHARED")


def accumulated(path: str) -> dict[str, list[tuple[int, float, float]]]:
    """Every scalar that EventAccumulator finds in a file."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415  (slow to import)
    from tensorboard.util import tensor_util  # noqa: PLC0415

    accumulator = EventAccumulator(path, size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=False)
    accumulator.Reload()
    points: dict[str, list[tuple[int, float, float]]] = {}
    for tag in accumulator.Tags()["scalars"]:
        points[tag] = [(event.step, event.wall_time, event.value) for event in accumulator.Scalars(tag)]
    for tag in accumulator.Tags()["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            points[tag] = [
                (event.step, event.wall_time, float(tensor_util.make_ndarray(event.tensor_proto).item()))
                for event in accumulator.Tensors(tag)
            ]
    return points


def assert_equal(result: EventFile, points: dict[str, list[tuple[int, float, float]]], where: object) -> None:
    assert {series.tag for series in result.series} == set(points), where
    for series in result.series:
        expected = points[series.tag]
        assert series.steps.tolist() == [step for step, _, _ in expected], where
        assert series.wall_times.tolist() == [wall_time for _, wall_time, _ in expected], where
        np.testing.assert_array_equal(series.values, [value for _, _, value in expected], err_msg=str(where))


@pytest.mark.skipif(not SHARED, reason="the corpus of real logs is not part of the project: set LOGLENS_SHARED")
def test_every_file_of_the_corpus_that_event_accumulator_reads_whole() -> None:
    compared = 0
    for path in sorted((Path(SHARED or "") / "corpus" / "files").rglob("*tfevents*")):
        if path.stat().st_size > 2 << 20 or path.is_dir():
            continue  # the large ones cost EventAccumulator minutes
        try:
            result = read_event_file(path)
        except Exception:  # what is no event file is another test's business
            continue
        if not result.series or result.losses.bad_records or result.losses.skipped_bytes:
            continue
        assert_equal(result, accumulated(str(path)), path)
        compared += 1
    assert compared > 300


@pytest.mark.parametrize("form", [SIMPLE_VALUE, TF2_TENSOR, SCALAR_PB], ids=["simple", "tf2", "scalar_pb"])
def test_event_accumulator_reads_what_we_write(form: encode.ScalarForm, tmp_path: Path) -> None:
    steps = np.arange(0, 40_000, 37)
    with EventFileWriter(tmp_path, form=form, wall_time=1.7e9) as writer:
        writer.add_columns(["loss", "val/ü"], np.arange(len(steps)) % 2, steps, np.sin(steps), 1.7e9 + steps)
        writer.add_text("note", "hello")
        writer.add_hparams({"lr": 0.1, "optimizer": "adam", "nesterov": True})
    result = read_event_file(writer.path)
    assert len(result.series) == 2
    assert_equal(result, accumulated(str(writer.path)), form)
    assert [(note.plugin, note.text) for note in result.notes] == [("text", "hello"), ("hparams", "")]


def event_proto() -> Any:
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415

    return Event


def test_our_bytes_are_those_of_protobuf() -> None:
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb  # noqa: PLC0415

    theirs = event_proto()(wall_time=1.5, step=300, summary=scalar_pb("loss", 0.25)).SerializeToString()
    value = encode.scalar_value("loss", 0.25, SCALAR_PB)
    ours = encode.event(1.5, 300, encode.summary([value]))
    assert ours == theirs
    simple = event_proto()(wall_time=1.5, step=-1)
    simple.summary.value.add(tag="loss", simple_value=0.25)
    assert encode.event(1.5, -1, encode.summary([encode.scalar_value("loss", 0.25)])) == simple.SerializeToString()
    session = event_proto()(wall_time=2.0, step=7)
    session.session_log.status = 1
    assert encode.event(2.0, 7, encode.session_start()) == session.SerializeToString()


def test_hparams_are_those_of_tensorboard() -> None:
    from tensorboard.plugins.hparams import plugin_data_pb2  # noqa: PLC0415

    payload = encode.event(1.0, 0, encode.summary([encode.hparams_value({"lr": 0.1, "adam": True, "name": "x"}, 5.0)]))
    (value,) = parse_event(payload).values
    data = plugin_data_pb2.HParamsPluginData.FromString(payload[slice(*value.content)])
    values = data.session_start_info.hparams
    assert (values["lr"].number_value, values["adam"].bool_value, values["name"].string_value) == (0.1, True, "x")
    assert data.session_start_info.start_time_secs == 5.0


def test_tensorboardx_writes_what_the_benchmark_shapes_hold(tmp_path: Path) -> None:
    import tensorboardX  # noqa: PLC0415  # like TensorBoard above: loaded where it is compared with

    writer = tensorboardX.SummaryWriter(str(tmp_path / "theirs"))
    for step in (0, 1, 300):
        writer.add_scalar("loss", 0.5, step, walltime=1.7e9 + step)
    writer.close()
    with EventFileWriter(tmp_path / "ours") as ours:
        ours.add_series("loss", [0, 1, 300], [0.5] * 3, [1.7e9, 1.7e9 + 1, 1.7e9 + 300])
    (theirs,) = (tmp_path / "theirs").iterdir()
    head = len(encode.framed(encode.event(1.0, 0, encode.file_version(2))))
    assert theirs.read_bytes()[head:] == ours.path.read_bytes()[head:]


def test_importing_the_reader_is_light() -> None:
    """No scipy, plotly, rich or tensorboard comes with it."""
    code = "import sys, loglens.events.reader, loglens.events.writer; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"scipy", "plotly", "rich", "tensorboard", "torch", "hypothesis", "pandas"}
    assert not heavy & {module.split(".")[0] for module in modules}
