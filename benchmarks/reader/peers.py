"""One reader on one folder in a process of its own: python -m benchmarks.reader.peers PEER FOLDER -> one line of JSON.

Timed from the first look at the folder to arrays of steps, wall times and values of every point; imports are not.
`seconds` is wall time, `cpu_seconds` user and system time of all processes involved, `peak_bytes` the growth of the
largest resident set over that of the importing process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Count = Callable[[str], int]
_SERVER_DONE = b"load cycle"  # what rustboard logs when it has read everything once


def loglens_reader() -> Count:
    from loglens.events.listing import list_event_files  # noqa: PLC0415  (imports are not timed, and are each peer's own)
    from loglens.events.reader import read_event_files  # noqa: PLC0415

    def read(folder: str) -> int:
        found = list_event_files(folder).files
        results: list[Any] = list(read_event_files([(file.path, file.directory) for file in found]))
        return sum(len(series.values) for result in results for series in result.series)

    return read


def event_accumulator() -> Count:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415
    from tensorboard.util import tensor_util  # noqa: PLC0415

    everything = {"scalars": 0, "tensors": 0, "histograms": 1, "images": 1, "compressedHistograms": 1}

    def read(folder: str) -> int:
        count = 0
        for path in _event_files(folder):
            accumulator = EventAccumulator(path, size_guidance=everything)
            accumulator.Reload()
            tags = accumulator.Tags()
            for tag in tags["scalars"]:
                events = accumulator.Scalars(tag)
                count += len(_arrays(events, [event.value for event in events]))
            for tag in tags["tensors"]:
                if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
                    events = accumulator.Tensors(tag)
                    values = [tensor_util.make_ndarray(event.tensor_proto).item() for event in events]
                    count += len(_arrays(events, values))
        return count

    return read


def _arrays(events: list[Any], values: list[float]) -> np.ndarray[Any, Any]:
    np.array([event.step for event in events], np.int64)
    np.array([event.wall_time for event in events])
    return np.array(values)


def tbparse_reader() -> Count:
    from tbparse import SummaryReader  # noqa: PLC0415

    def read(folder: str) -> int:
        reader = SummaryReader(
            folder, pivot=False, extra_columns={"wall_time", "dir_name"}, event_types={"scalars", "tensors"}
        )
        count = len(reader.scalars)
        return count if count else len(reader.tensors)

    return read


def rustboard() -> Count:
    """TensorBoard's data server, checksums on, keeping every point, and the answer of its ReadScalars as arrays."""
    import grpc  # noqa: PLC0415
    import tensorboard_data_server  # noqa: PLC0415
    from tensorboard.data.proto import data_provider_pb2, data_provider_pb2_grpc  # noqa: PLC0415

    def read(folder: str) -> int:
        with tempfile.TemporaryDirectory() as scratch:
            port_file = Path(scratch) / "port"
            options = ["--port", "0", "--port-file", str(port_file), "--reload", "once", "-v", "--checksum"]
            command = [tensorboard_data_server.server_binary(), "--logdir", folder, *options]
            with subprocess.Popen([*command, "--samples-per-plugin", "scalars=all"], stderr=subprocess.PIPE) as server:
                started = time.perf_counter()
                assert server.stderr is not None
                for line in server.stderr:
                    if _SERVER_DONE in line.lower() and b"starting" not in line.lower():
                        break
                EXTRA["load_seconds"] = time.perf_counter() - started
                channel = grpc.insecure_channel(
                    f"localhost:{port_file.read_text().strip()}", options=[("grpc.max_receive_message_length", -1)]
                )
                request = data_provider_pb2.ReadScalarsRequest(experiment_id="x")
                request.plugin_filter.plugin_name = "scalars"
                request.downsample.num_points = 1 << 40
                count = 0
                for run in data_provider_pb2_grpc.TensorBoardDataProviderStub(channel).ReadScalars(request).runs:
                    for tag in run.tags:
                        steps, _, _ = (
                            np.array(column) for column in (tag.data.step, tag.data.wall_time, tag.data.value)
                        )
                        count += len(steps)
                status = Path(f"/proc/{server.pid}/status").read_text()
                EXTRA["server_bytes"] = int(status.split("VmHWM:")[1].split()[0]) * 1024
                server.terminate()
        return count

    return read


EXTRA: dict[str, float] = {}
PEERS: dict[str, Callable[[], Count]] = {
    "loglens": loglens_reader,
    "rustboard": rustboard,
    "EventAccumulator": event_accumulator,
    "tbparse": tbparse_reader,
}


def _event_files(folder: str) -> list[str]:
    return sorted(str(path) for path in Path(folder).rglob("*tfevents*"))


def _cpu_seconds() -> float:
    parts = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    peer, folder = sys.argv[1:]
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    warnings.simplefilter("ignore")
    read = PEERS[peer]()
    before, cpu, started = _peak_bytes(), _cpu_seconds(), time.perf_counter()
    count = read(folder)
    seconds = time.perf_counter() - started
    result = {
        "peer": peer,
        "scalars": count,
        "seconds": seconds,
        "cpu_seconds": _cpu_seconds() - cpu,
        "peak_bytes": _peak_bytes() - before + int(EXTRA.pop("server_bytes", 0)),
        **EXTRA,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
