"""Random numbers without a state: a hash of (seed, step, place), the same on every device and after a resume."""

from __future__ import annotations

import torch
from torch import Tensor

GOLDEN = 0x1E3779B9  # added between keys, so that (0, 0) and (0,) differ


def hashed(*keys: Tensor) -> Tensor:
    """int32 hash of int32 keys, broadcast against each other.

    The mixer is lowbias32 of C. Wellons' hash-prospector; int32 products wrap alike on CPU and CUDA.
    """
    value = torch.zeros((), dtype=torch.int32, device=keys[0].device)
    for key in keys:
        value = _mix(value ^ (key + GOLDEN))
    return value


def uniform(*keys: Tensor) -> Tensor:
    """float32 in [0, 1) with 24 random bits, from the hash of the keys."""
    return (hashed(*keys) & 0xFFFFFF).float() * (1.0 / (1 << 24))


def permutations(seeds: Tensor, epoch: Tensor, size: int) -> Tensor:
    """A permutation of `size` samples for every seed: int64[runs, size], the argsort of one hash a sample."""
    places = torch.arange(size, dtype=torch.int32, device=seeds.device)
    return torch.argsort(hashed(seeds[:, None], epoch, places[None, :]), dim=1, stable=True)


def _mix(value: Tensor) -> Tensor:
    value = value ^ ((value >> 16) & 0xFFFF)  # >> is arithmetic on int32: mask the copied sign bits
    value = value * 0x7FEB352D
    value = value ^ ((value >> 15) & 0x1FFFF)
    value = value * (0x846CA68B - (1 << 32))
    return value ^ ((value >> 16) & 0xFFFF)
