"""The tasks: samples that stay when others are added, label noise, and MNIST and CIFAR files made here."""

from __future__ import annotations

import gzip
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from loglens.events.errors import LogLensError
from loglens.trainer.data import check_sizes, make_task
from loglens.trainer.image_files import images_in
from loglens.trainer.models import initial_weights
from loglens.trainer.settings import Settings
from loglens.trainer.trainings import train_many

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


def test_mnist_is_read_from_a_folder(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    pixels, labels = draw.integers(0, 256, (30, 28, 28), np.uint8), draw.integers(0, 10, 30, np.uint8)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", pixels)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", labels)
    x, y, shape = images_in(tmp_path)
    assert shape == (1, 28, 28)
    np.testing.assert_allclose(x.numpy().reshape(30, 28, 28) * 255, pixels, atol=1e-3)
    np.testing.assert_array_equal(y.numpy(), labels)
    task = make_task(TINY.replace(data=str(tmp_path), train_size=15, val_size=5, population_size=10, batch_size=5))
    assert task.image == (1, 28, 28)


def test_files_as_torchvision_leaves_them_are_read_once(tmp_path: Path) -> None:
    """It keeps the packed beside the unpacked file: read twice, samples would be in the train and validation set."""
    place = tmp_path / "MNIST" / "raw"
    place.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for part, size in (("train", 20), ("t10k", 7)):
        pixels, labels = draw.integers(0, 256, (size, 28, 28), np.uint8), draw.integers(0, 10, size, np.uint8)
        for ending in ("", ".gz"):
            write_idx(place / f"{part}-images-idx3-ubyte{ending}", pixels)
        write_idx(place / f"{part}-labels-idx1-ubyte.gz", labels)
    x, y, shape = images_in(tmp_path)
    assert (x.shape, y.shape, shape) == ((27, 784), (27,), (1, 28, 28))
    assert len(torch.unique(x, dim=0)) == 27


def write_cifar(place: Path, sizes: dict[str, int], protocol: int) -> dict[str, dict[bytes, Any]]:
    draw = np.random.default_rng(1)
    made = {}
    place.mkdir(parents=True)
    for name, size in sizes.items():
        made[name] = {
            b"batch_label": name.encode(),
            b"data": draw.integers(0, 256, (size, 3072), np.uint8),
            b"labels": [int(label) for label in draw.integers(0, 10, size)],
            b"filenames": [b"a.png"] * size,
        }
        (place / name).write_bytes(pickle.dumps(made[name], protocol))
    return made


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_cifars_batches_are_read_in_order(tmp_path: Path, protocol: int) -> None:
    sizes = {"data_batch_1": 10, "data_batch_2": 10, "test_batch": 5}
    made = write_cifar(tmp_path / "cifar-10-batches-py", sizes, protocol)
    for path in (tmp_path, tmp_path / "cifar-10-batches-py"):
        x, y, shape = images_in(path)
        assert shape == (3, 32, 32)
        np.testing.assert_allclose(x.numpy() * 255, np.concatenate([one[b"data"] for one in made.values()]), atol=1e-3)
        assert y.tolist() == [label for one in made.values() for label in one[b"labels"]]


def test_a_network_trains_on_a_folder_of_cifar(tmp_path: Path) -> None:
    """Colour images of 32 x 32 go through the convolutions: the loss of torch's own, on random pixels."""
    write_cifar(tmp_path / "cifar", {"data_batch_1": 60}, 2)
    settings = Settings(
        data=str(tmp_path / "cifar"),
        train_size=32,
        val_size=8,
        population_size=16,
        label_noise=0.0,
        batch_size=8,
        epochs=2,
        model="cnn",
        width=2,
        depth=2,
    )
    task = make_task(settings)
    w = initial_weights(settings, 3072, 10, (3, 32, 32))
    image = task.val.x.view(-1, 3, 32, 32)
    for layer in (0, 2):
        kernel = w[layer].T.view(w[layer].shape[1], -1, 3, 3)
        image = torch.nn.functional.conv2d(image, kernel, w[layer + 1][0], padding=1)
        image = torch.nn.functional.max_pool2d(torch.relu(image), 2)
    expected = torch.nn.functional.cross_entropy(image.flatten(1) @ w[4] + w[5], task.val.y).item()
    history = train_many([settings])[0]
    assert history.val_loss[0] == pytest.approx(expected, rel=1e-4)
    assert history.train_loss[-1] < history.train_loss[0]


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("code of the file ran",))


def test_a_batch_that_would_run_code_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps({b"data": Attack()}))
    with pytest.raises(LogLensError, match=r"asks for builtins\.print"):
        images_in(tmp_path)
    assert not capsys.readouterr().out
    (tmp_path / "data_batch_1").write_bytes(b"<html>not found</html>")
    with pytest.raises(LogLensError, match="is no python batch of CIFAR-10"):
        images_in(tmp_path)


def test_sizes_are_checked_before_anything_is_trained() -> None:
    fits = TINY.replace(data="digits", population_size=497)
    check_sizes([fits, fits.replace(train_size=1000), TINY.replace(train_size=50_000)])
    with pytest.raises(LogLensError, match="train_size 2000"):
        check_sizes([fits.replace(train_size=2000), fits])


def test_what_is_no_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogLensError, match="holds no MNIST"):
        images_in(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"<html>not found</html>")
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"")
    with pytest.raises(LogLensError, match="no IDX file"):
        images_in(tmp_path)
    with pytest.raises(LogLensError, match="1797 samples"):
        make_task(TINY.replace(data="digits", population_size=2000))
