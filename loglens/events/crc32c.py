"""CRC-32C as TFRecord uses it: the plain checksum, and the masked form that is stored in the file."""

from __future__ import annotations

from typing import Any

import google_crc32c
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]

_MASK_DELTA = (
    0xA282EAD8  # tensorflow/tsl/lib/hash/crc32c.h: a CRC of data that holds its own CRC is weak, so it is masked
)


def checksum(data: bytes | npt.NDArray[np.uint8]) -> int:
    """The CRC-32C (Castagnoli) of the bytes; a numpy array must be contiguous and is not copied."""
    return _extend(0, data)


def masked(crc: int) -> int:
    """The form that is stored: rotated right by 15 bits, plus a constant."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def masked_words(crcs: Words) -> Words:
    """`masked` of every element."""
    return (crcs >> np.uint32(15) | crcs << np.uint32(17)) + np.uint32(_MASK_DELTA)


def unmasked_words(stored: Words) -> Words:
    """The inverse of `masked_words`."""
    rotated = stored - np.uint32(_MASK_DELTA)
    return rotated >> np.uint32(17) | rotated << np.uint32(15)


def _extend(crc: int, data: bytes | npt.NDArray[np.uint8]) -> int:
    extend: Any = google_crc32c.extend  # its C form takes any contiguous buffer, though it is typed for bytes
    return int(extend(crc, data))
