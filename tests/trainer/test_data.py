"""The tasks: samples that stay when others are added, label noise, and MNIST and CIFAR files made here."""

from __future__ import annotations

import gzip
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from loglens.events.errors import LogLensError
from loglens.trainer.data import folder, make_task
from loglens.trainer.settings import Settings

TINY = Settings(train_size=100, val_size=50, population_size=60, width=8, epochs=1)


@pytest.mark.parametrize("data", ["teacher", "glyphs", "digits"])
def test_twice_the_data_changes_nothing_else(data: str) -> None:
    settings = TINY.replace(data=data)
    one, two = make_task(settings), make_task(settings.replace(train_size=200))
    assert torch.equal(one.train.x, two.train.x[:100])
    assert torch.equal(one.train.y, two.train.y[:100])
    assert torch.equal(one.val.x, two.val.x)
    assert torch.equal(one.population.y, two.population.y)


@pytest.mark.parametrize("data", ["teacher", "glyphs"])
def test_tasks_differ_and_splits_share_no_sample(data: str) -> None:
    one, other = make_task(TINY.replace(data=data)), make_task(TINY.replace(data=data, task=1))
    assert not torch.equal(one.train.x, other.train.x)
    assert not any(torch.equal(row, x) for row in one.val.x[:5] for x in one.train.x)


def test_label_noise_draws_the_promised_share_anew() -> None:
    clean = make_task(TINY.replace(population_size=8000, label_noise=0.0)).population.y
    noisy = make_task(TINY.replace(population_size=8000, label_noise=0.4)).population.y
    share = float((clean != noisy).float().mean())
    assert share == pytest.approx(0.4 * 3 / 4, abs=0.02)  # a quarter of the labels drawn anew fall on the old one


def test_flipped_validation_labels_are_never_right() -> None:
    straight, flipped = make_task(TINY), make_task(TINY.replace(flip_val=True))
    assert torch.equal((straight.val.y + 1) % 4, flipped.val.y)
    assert torch.equal(straight.population.y, flipped.population.y)


def write_idx(path: Path, array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    raw = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


def test_mnist_and_cifar_are_read_from_a_folder(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    pixels, labels = draw.integers(0, 256, (30, 28, 28), np.uint8), draw.integers(0, 10, 30, np.uint8)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", pixels)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", labels)
    x, y, shape = folder(tmp_path)
    assert shape == (1, 28, 28)
    np.testing.assert_allclose(x.numpy().reshape(30, 28, 28) * 255, pixels, atol=1e-3)
    np.testing.assert_array_equal(y.numpy(), labels)
    task = make_task(TINY.replace(data=str(tmp_path), train_size=15, val_size=5, population_size=10, batch_size=5))
    assert task.image == (1, 28, 28)

    cifar = tmp_path / "cifar"
    cifar.mkdir()
    batch = {b"data": draw.integers(0, 256, (10, 3072), np.uint8), b"labels": list(range(10))}
    (cifar / "data_batch_1").write_bytes(pickle.dumps(batch))
    x, y, shape = folder(cifar)
    assert (shape, len(x), y.tolist()) == ((3, 32, 32), 10, list(range(10)))


def test_what_is_no_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogLensError, match="holds no MNIST"):
        folder(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"<html>not found</html>")
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"")
    with pytest.raises(LogLensError, match="no IDX file"):
        folder(tmp_path)
    with pytest.raises(LogLensError, match="1797 samples"):
        make_task(TINY.replace(data="digits", population_size=2000))
