"""The logs that the readers are timed on: six shapes that real writers produce, and two growth curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loglens.events import encode
from loglens.events.encode import SIMPLE_VALUE, TF2_TENSOR, ScalarForm
from loglens.events.writer import EventFileWriter

TAGS = [
    *("train/loss", "train/acc", "train/lr", "train/grad_norm", "train/epoch", "val/loss", "val/acc", "val/f1"),
    *("val/precision", "val/recall", "sys/gpu_mem", "sys/gpu_util", "sys/cpu", "time/step", "time/data", "time/fwd"),
    *("time/bwd", "opt/beta1", "opt/scale", "reward/mean"),
]
LAYER_TAGS = [
    f"layer{layer}/{part}/grad_norm"
    for layer in range(100)
    for part in ("q", "k", "v", "o", "mlp_up", "mlp_down", "ln1", "ln2", "emb", "router")
]
START = 1.7e9  # wall time of the first point

SHAPES = {
    "a": "one file, 20 tags x 100k simple values",
    "b": "one file, 20 tags x 100k TF2 tensors with metadata",
    "c": "one file, 20 values in one event, 2M scalars",
    "d": "500 runs x 10 tags x 500 steps",
    "e": "40k scalars among histograms and images",
    "f": "one file, 1000 tags x 500 steps",
}
GROWTH_SCALARS = (10_000, 100_000, 1_000_000, 10_000_000)
GROWTH_FILES = (1, 10, 100, 1_000, 5_000)
SCALARS_A_FILE = 1_000  # in the growth over files


def make(name: str, root: Path) -> Path:
    """The folder of a shape ("a" to "f"), of "scalars-N" or of "files-N"; written once, found there later."""
    folder = root / name
    if not folder.exists():
        partial = root / f"{name}.partial"
        _write(name, partial)
        partial.rename(folder)
    return folder


def _write(name: str, folder: Path) -> None:
    kind, _, count = name.partition("-")
    if kind == "scalars":
        _grid(folder, TAGS, int(count) // len(TAGS))
    elif kind == "files":
        for run in range(int(count)):
            _grid(folder / f"run{run:05d}", TAGS[:10], SCALARS_A_FILE // 10)
    elif kind == "d":
        for run in range(500):
            _grid(folder / f"run{run:04d}", TAGS[:10], 500)
    elif kind == "f":
        _grid(folder, LAYER_TAGS, 500)
    elif kind in "ab":
        _grid(folder, TAGS, 100_000, TF2_TENSOR if kind == "b" else SIMPLE_VALUE)
    elif kind == "c":
        with EventFileWriter(folder, wall_time=START) as writer:
            for step in range(100_000):
                values = {tag: float(np.exp(-step / 5e4)) + 0.01 * at for at, tag in enumerate(TAGS)}
                writer.add_scalars(values, step, START + step * 1.3e-3)
    else:
        _mixed(folder)


def _grid(folder: Path, tags: list[str], steps: int, form: ScalarForm = SIMPLE_VALUE) -> None:
    """Every tag at every step, in the order in which a training loop writes them."""
    count = len(tags) * steps
    order = np.arange(count)
    step = order // len(tags)
    values = np.exp(-step / 5e4) + 0.01 * np.sin(order * 0.37)
    jitter = np.random.default_rng(0).random(count) * 1e-5
    with EventFileWriter(folder, form=form, wall_time=START) as writer:
        for start in range(0, count, 1 << 20):
            part = slice(start, start + (1 << 20))
            writer.add_columns(
                tags, order[part] % len(tags), step[part], values[part], START + order[part] * 1.3e-4 + jitter[part]
            )


def _mixed(folder: Path) -> None:
    """2,000 steps of 20 scalars; every 10th five histograms (about 15 kB), every 50th an image (about 200 kB)."""
    random = np.random.default_rng(0)
    with EventFileWriter(folder, wall_time=START) as writer:
        writer.add_text("cfg", "hello" * 1000, 0, START)
        for step in range(2_000):
            now = START + step * 0.1
            for at, tag in enumerate(TAGS):
                writer.add_scalar(tag, 0.01 * at + 1.0 / (step + 1), step, now + at * 1e-4)
            if step % 10 == 0:
                for number in range(5):
                    edges = np.sort(random.normal(size=int(random.integers(900, 1000))))
                    counts = random.integers(0, 100, len(edges)).astype(np.float64)
                    buckets = encode.bytes_field(6, edges.tobytes()) + encode.bytes_field(7, counts.tobytes())
                    _add_value(writer, f"h/{number}", encode.bytes_field(5, buckets), (step, now))
            if step % 50 == 0:
                image = encode.varint_field(1, 256) + encode.varint_field(2, 256) + encode.varint_field(3, 3)
                image += encode.bytes_field(4, random.bytes(200_000))
                _add_value(writer, "img/x", encode.bytes_field(4, image), (step, now))


def _add_value(writer: EventFileWriter, tag: str, value: bytes, when: tuple[int, float]) -> None:
    named = encode.bytes_field(1, tag.encode()) + value
    writer.add_event(encode.event(when[1], when[0], encode.summary([named])))
