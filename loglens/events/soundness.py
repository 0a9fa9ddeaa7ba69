"""Whether the checksums of many records hold, at the price of one checksum over all their bytes."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from loglens.events.crc32c import Bytes, Words, checksum, masked, register_after, unmasked_words
from loglens.events.framing import FOOTER_BYTES, FRAME_BYTES, HEADER_BYTES
from loglens.events.series import Ints

LONG_PAYLOAD = 4096  # from here on a checksum call of its own costs less than the record
_REGION_BITS = 20  # regions of about 1 MiB: what fails is looked at record by record
_SOUND = 0


def unsound_regions(buffer: Bytes, offsets: Ints, lengths: Ints) -> list[tuple[int, int]]:
    """Index ranges [first, end) of records among which some checksum fails; all others hold.

    `buffer` is written to meanwhile and left as it was.

    Trick: a payload followed by its own plain CRC leaves a known register, whatever the payload is. So each stored
    CRC is replaced by the word that takes the register back to zero, and one call over a region of thousands of
    records must end at zero. As strong as a CRC over the region: the residue of one bad record never vanishes, those
    of several cancel with probability 2**-32, which is also what a single CRC misses.
    """
    if not len(offsets):
        return []
    long = lengths >= LONG_PAYLOAD
    positions, short_lengths = offsets + lengths, lengths
    if long.any():
        short = np.flatnonzero(~long)
        positions, short_lengths = positions[short], lengths[short]
    positions += HEADER_BYTES
    footers = np.ndarray((len(buffer) - 3,), "V4", buffer.data, 0, (1,))  # 4 bytes at every position
    stored = footers[positions]
    closing = unmasked_words(stored.view(np.uint32))
    closing ^= _constants_of(short_lengths)
    footers[positions] = closing.view(stored.dtype)
    failed = _check_regions(buffer, offsets, lengths, long)
    footers[positions] = stored
    return failed


def _check_regions(buffer: Bytes, offsets: Ints, lengths: Ints, long: npt.NDArray[np.bool]) -> list[tuple[int, int]]:
    cut = long[1:] | long[:-1] | (offsets[1:] != offsets[:-1] + lengths[:-1] + FRAME_BYTES)
    cut |= offsets[1:] >> _REGION_BITS != offsets[:-1] >> _REGION_BITS
    starts = [0, *(np.flatnonzero(cut) + 1).tolist(), len(offsets)]
    begins = offsets[starts[:-1]].tolist()
    lasts = np.array(starts[1:]) - 1
    ends = (offsets[lasts] + lengths[lasts] + FRAME_BYTES).tolist()
    is_long = long[starts[:-1]].tolist()
    return [
        (first, after)
        for first, after, begin, end, alone in zip(starts, starts[1:], begins, ends, is_long, strict=False)
        if not (_holds(buffer, begin, end) if alone else register_after(0, buffer[begin:end]) == _SOUND)
    ]


def _holds(buffer: Bytes, begin: int, end: int) -> bool:
    header, payload = buffer[begin : begin + HEADER_BYTES].tobytes(), buffer[begin + HEADER_BYTES : end - FOOTER_BYTES]
    return (
        masked(checksum(header[:8])) == int.from_bytes(header[8:], "little")
        and masked(checksum(payload)) == int.from_bytes(buffer[end - FOOTER_BYTES : end].tobytes(), "little")
    )  # fmt: skip


def _constants_of(lengths: Ints) -> Words:
    """What to add to the plain CRC of a payload of each length, so that the register is zero after it."""
    table = _constants()
    present = np.zeros(LONG_PAYLOAD, np.bool)
    present[lengths] = True
    for length in np.flatnonzero(present & (table == 0)).tolist():
        table[length] = _constant(length)
    return table[lengths]


@cache
def _constants() -> Words:
    return np.zeros(LONG_PAYLOAD, np.uint32)


def _constant(length: int) -> int:
    """The register after a valid header and a payload of zeros, plus what the CRC's inversions add to it."""
    header = length.to_bytes(8, "little")
    header += masked(checksum(header)).to_bytes(4, "little")
    return register_after(register_after(0, header) ^ 0xFFFFFFFF, bytes(length)) ^ 0xFFFFFFFF
