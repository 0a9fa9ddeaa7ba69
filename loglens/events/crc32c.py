"""CRC-32C as TFRecord uses it: plain, masked as it is stored, and of many headers at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import google_crc32c
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

# tensorflow/tsl/lib/hash/crc32c.h: a CRC of data that holds its own CRC is weak, so it is masked
_MASK_DELTA = 0xA282EAD8
_POLYNOMIAL = 0x82F63B78  # Castagnoli, bits reversed
_TAKES_ARRAYS = google_crc32c.implementation == "c"


def checksum(data: bytes | Bytes) -> int:
    """The CRC-32C (Castagnoli) of the bytes; a numpy array must be contiguous and is not copied."""
    return _extend(0, data)


def register_after(register: int, data: bytes | Bytes) -> int:
    """The shift register after the bytes, without the inversions at either end that make a CRC of it.

    In this form it is linear over GF(2): `register_after(a ^ b, x ^ y) == register_after(a, x) ^ register_after(b, y)`.
    """
    return _extend(register ^ 0xFFFFFFFF, data) ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    """The form that is stored: rotated right by 15 bits, plus a constant."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def masked_words(crcs: Words) -> Words:
    """`masked` of every element."""
    return (crcs >> np.uint32(15) | crcs << np.uint32(17)) + np.uint32(_MASK_DELTA)


def unmasked_words(stored: Words) -> Words:
    """The inverse of `masked_words`."""
    rotated = stored - np.uint32(_MASK_DELTA)
    low = rotated >> np.uint32(17)
    rotated <<= np.uint32(15)
    rotated |= low
    return rotated


def checksums_of_rows(rows: Bytes) -> Words:
    """uint32[n]: the CRC of each row of uint8[n, width], by table; for short rows."""
    width = rows.shape[1]
    crcs = np.full(len(rows), checksum(bytes(width)), np.uint32)
    for column in range(width):
        crcs ^= _zero_padded_table(width - 1 - column)[rows[:, column]]
    return crcs


@cache
def _zero_padded_table(zeros: int) -> Words:
    """uint32[256]: the register after a byte and that many zero bytes, from an empty register."""
    if zeros:
        shorter = _zero_padded_table(zeros - 1)
        shifted: Words = shorter >> np.uint32(8) ^ _zero_padded_table(0)[shorter & np.uint32(0xFF)]
        return shifted
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = table >> np.uint32(1) ^ (table & np.uint32(1)) * np.uint32(_POLYNOMIAL)
    return table


def _extend(crc: int, data: bytes | Bytes) -> int:
    extend: Any = google_crc32c.extend  # its C form takes any contiguous buffer, though it is typed for bytes
    return int(extend(crc, data if _TAKES_ARRAYS else bytes(data)))
