"""Images on disk: the IDX files of MNIST and the python batches of CIFAR-10."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from loglens.events.errors import LogLensError


def images_in(folder: Path) -> tuple[Tensor, Tensor, tuple[int, int, int]]:
    """All samples of the MNIST IDX files or the CIFAR-10 python batches in a folder, pixels in [0, 1].

    Returns float32[samples, pixels], int64[samples] and (channels, height, width). Raises LogLensError naming what
    was looked for.
    """
    for place in (
        folder,
        folder / "MNIST" / "raw",
        folder / "cifar-10-batches-py",
    ):  # the latter two as torchvision has them
        # a file may lie there packed and unpacked: the same samples twice would be in the train and the validation set
        packed = {p.name.removesuffix(".gz"): p for p in sorted(place.glob("*images*idx3-ubyte*"), reverse=True)}
        images = [packed[name] for name in sorted(packed)]
        if images:
            pixels = np.concatenate([read_idx(p) for p in images])
            labels = np.concatenate([read_idx(_labels_beside(p)) for p in images])
            return _flat(pixels), torch.from_numpy(labels.astype(np.int64)), (1, pixels.shape[1], pixels.shape[2])
        batches = sorted(place.glob("data_batch_*")) + sorted(place.glob("test_batch"))
        if batches:
            contents = [read_batch(p) for p in batches]
            pixels = np.concatenate([data for data, _ in contents])
            return _flat(pixels), torch.from_numpy(np.concatenate([known for _, known in contents])), (3, 32, 32)
    raise LogLensError(
        f"{folder} holds no MNIST (train-images-idx3-ubyte[.gz] with labels) and no CIFAR-10 (data_batch_1 ...)"
        " files; --data is teacher, glyphs, digits or a folder with such files."
    )


def read_batch(path: Path) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], NDArray[np.int64]]:
    """Pixels and labels of one of CIFAR-10's python batches: a pickled dict, of which only arrays are unpickled."""
    try:
        with path.open("rb") as file:
            content = _ArraysOnly(file, encoding="bytes").load()
        return np.asarray(content[b"data"], np.uint8), np.asarray(content[b"labels"], np.int64)
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError) as error:
        raise LogLensError(f"{path} is no python batch of CIFAR-10 ({error}); fetch cifar-10-python.tar.gz.") from error


class _ArraysOnly(pickle.Unpickler):
    """A pickle may run any code; CIFAR-10's need no more than how numpy rebuilds an array."""

    def find_class(self, module: str, name: str) -> Any:
        """The names that an array's pickle holds, and the codec that Python 2's strings go through."""
        if (module.removeprefix("numpy.").replace("_core", "core"), name) in {
            ("core.multiarray", "_reconstruct"),
            ("core.numeric", "_frombuffer"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def read_idx(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The unsigned bytes of an IDX file (Y. LeCun's format: two zeros, type 8, rank, big-endian sizes, data)."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rank = raw[3] if len(raw) > 3 else 0
    if raw[:3] != b"\0\0\x08" or not 1 <= rank <= 4:
        raise LogLensError(f"{path} is no IDX file of unsigned bytes; fetch MNIST anew.")
    shape = tuple(np.frombuffer(raw, ">u4", rank, 4).astype(int))
    data = np.frombuffer(raw, np.uint8, offset=4 + 4 * rank)
    if len(data) != np.prod(shape):
        raise LogLensError(f"{path} is cut off: {len(data)} bytes of {np.prod(shape)}; fetch it anew.")
    return data.reshape(shape)


def _labels_beside(images: Path) -> Path:
    name = images.name.replace("images", "labels").replace("idx3", "idx1").removesuffix(".gz")
    for labels in (images.with_name(name), images.with_name(f"{name}.gz")):
        if labels.exists():
            return labels
    raise LogLensError(f"{images} has no labels beside it; expected {name} or {name}.gz.")


def _flat(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    return torch.from_numpy(pixels.reshape(len(pixels), -1)).float() / 255
