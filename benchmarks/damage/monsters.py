"""Logs made to break a reader: huge numbers of things, huge things, and promises of huge things."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from loglens.events import encode
from loglens.events.encode import bytes_field, event, framed, scalar_value, summary
from loglens.events.writer import EventFileWriter

NAME = "events.out.tfevents.1700000000.host.1.0"
HEAD = framed(event(1.7e9, 0, encode.file_version(2)))


def point(tag: str, step: int, value: float = 1.0) -> bytes:
    """One scalar as a record."""
    return framed(event(1.7e9 + step % 1000, step, summary([scalar_value(tag, value)])))


def one_file(records: Callable[[], bytes]) -> Callable[[Path], None]:
    """A folder with one file of these records, made when it is wanted."""

    def make(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NAME).write_bytes(HEAD + records())

    return make


def many_tags(count: int, points: int, length: int = 0) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        tags = [f"layer{number}/weight/norm{'x' * length}" for number in range(count)]
        with EventFileWriter(folder, wall_time=1.7e9) as writer:
            for step in range(points):
                steps = np.full(count, step)
                writer.add_columns(tags, np.arange(count), steps, np.arange(count) / 7.0, 1.7e9 + steps)

    return make


def deep_folders(folder: Path) -> None:
    """A thousand folders in one another, made without a path longer than the system takes."""
    import os  # noqa: PLC0415

    folder.mkdir(parents=True)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open(NAME, os.O_CREAT | os.O_WRONLY, dir_fd=here)
    os.write(file, HEAD + b"".join(point("train/loss", step) for step in range(50)))
    os.close(file)
    os.close(here)


def many_folders(folder: Path) -> None:
    for number in range(20_000):
        (folder / f"run{number}").mkdir(parents=True)


def empty_files(folder: Path) -> None:
    for number in range(10_000):
        path = folder / f"run{number}"
        path.mkdir(parents=True)
        (path / NAME).touch()


def nested_message(depth: int) -> bytes:
    """A message in a message in a message, as the fields of a tensor's metadata may be."""
    inner = b"\x08\x01"
    for _ in range(depth):
        inner = bytes_field(2, inner)
    return inner


def bomb_tensor() -> bytes:
    """A scalar's tensor that claims a shape of 2**60 elements and holds four bytes."""
    shape = bytes_field(2, bytes_field(2, b"\x08" + encode.varint(1 << 60)))
    tensor = b"\x08\x01" + shape + bytes_field(4, b"\0\0\x80\x3f")
    value = bytes_field(1, b"loss") + bytes_field(8, tensor)
    return framed(event(1.7e9, 1, summary([value])))


MONSTERS: dict[str, Callable[[Path], None]] = {
    "100,000 tags, one point each": many_tags(100_000, 1),
    "100,000 tags, ten points each": many_tags(100_000, 10),
    "20,000 tags of 1,000 letters": many_tags(20_000, 2, 1_000),
    "a tag of 10 MB, 5 points": one_file(lambda: b"".join(point("x" * 10_000_000, step) for step in range(5))),
    "10 MB of one tag's bytes that are no UTF-8": one_file(
        lambda: framed(event(1.7e9, 1, summary([bytes_field(1, b"\xff" * 10_000_000) + b"\x15\0\0\x80\x3f"])))
    ),
    "a folder 1,000 deep": deep_folders,
    "20,000 empty folders": many_folders,
    "10,000 empty files": empty_files,
    "a million empty records": one_file(lambda: framed(b"") * 1_000_000),
    "a million records of an unknown field": one_file(lambda: framed(b"\xfa\x3e\x01a") * 1_000_000),
    "one record of 200 MB": one_file(lambda: framed(event(1.7e9, 1, bytes_field(4, bytes(200_000_000))))),
    "a record that claims 2**62 bytes": one_file(
        lambda: (1 << 62).to_bytes(8, "little") + b"\0" * 4 + b"".join(point("loss", step) for step in range(100))
    ),
    "a million messages in one another": one_file(lambda: framed(bytes_field(5, nested_message(20_000)))),
    "a tensor that claims 2**60 elements": one_file(lambda: bomb_tensor() * 1_000),
    "a summary of a million values without a tag": one_file(
        lambda: framed(event(1.7e9, 1, bytes_field(5, bytes_field(1, b"") * 1_000_000)))
    ),
    "a million values of one tag in one event": one_file(
        lambda: framed(event(1.7e9, 1, summary([scalar_value("loss", 1.0)] * 1_000_000)))
    ),
    "10,000 restarts": one_file(lambda: b"".join(point("train/loss", step % 5) for step in range(50_000))),
    "10,000 session starts": one_file(
        lambda: b"".join(
            framed(event(1.7e9, step, encode.session_start())) + point("train/loss", step) for step in range(10_000)
        )
    ),
    "a million points of one step": one_file(lambda: point("train/loss", 7) * 1_000_000),
    "steps from -2**63 to 2**63": one_file(
        lambda: b"".join(point("train/loss", step) for step in (-(1 << 63), -1, 0, 1, (1 << 62), (1 << 63) - 1))
    ),
    "values at the ends of the floats": one_file(
        lambda: b"".join(
            point("val/loss", step, value) for step, value in enumerate([3e38, -3e38, 1e-45, 0.0, -0.0] * 20)
        )
    ),
    "wall times beyond every calendar": one_file(
        lambda: b"".join(
            framed(event(time, step, summary([scalar_value("val/loss", 1 / (step + 1))])))
            for step, time in enumerate([float("nan"), float("inf"), -1e300, 0.0, 1e300, 1.7e9] * 10)
        )
    ),
    "50 MB of noise": one_file(lambda: np.random.default_rng(3).integers(0, 256, 50_000_000, dtype=np.uint8).tobytes()),
    "50 MB of zeros": one_file(lambda: bytes(50_000_000)),
    "5 MB of headers that hold and payloads that do not": one_file(
        lambda: b"".join(bytearray(point("loss", 1))[:-1] + b"\0" for _ in range(100_000))
    ),
}
