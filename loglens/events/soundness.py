"""Whether the checksums of many records hold, at the price of one checksum over all their bytes."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from loglens.events.crc32c import Bytes, Words, checksum, masked, register_after, unmasked_words
from loglens.events.framing import FRAME_BYTES, HEADER_BYTES, headers_hold
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
    failed = _unsound_regions(buffer, offsets, lengths, long)
    footers[positions] = stored
    return failed


def _unsound_regions(buffer: Bytes, offsets: Ints, lengths: Ints, long: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Regions end before and after long records, which are checked by themselves, at gaps, and after a MiB."""
    cut = long[1:] | long[:-1] | (offsets[1:] != offsets[:-1] + lengths[:-1] + FRAME_BYTES)
    cut |= offsets[1:] >> _REGION_BITS != offsets[:-1] >> _REGION_BITS
    starts = np.flatnonzero(cut) + 1
    borders = np.concatenate([[0], starts, [len(offsets)]])
    first, after = borders[:-1], borders[1:]
    regions = ~long[first]
    first, after = first[regions], after[regions]
    ends = offsets[after - 1] + lengths[after - 1] + FRAME_BYTES
    failed = [
        (int(first[number]), int(after[number]))
        for number, (begin, end) in enumerate(zip(offsets[first].tolist(), ends.tolist(), strict=True))
        if register_after(0, buffer[begin:end]) != _SOUND
    ]
    alone = np.flatnonzero(long)
    failed += [(number, number + 1) for number in alone[~_hold(buffer, offsets[alone], lengths[alone])].tolist()]
    return sorted(failed)


def _hold(buffer: Bytes, offsets: Ints, lengths: Ints) -> npt.NDArray[np.bool_]:
    """Whether header and payload of each record hold, one checksum call a record."""
    starts = offsets + HEADER_BYTES
    ends = starts + lengths
    footers = np.ndarray((len(buffer) - 3,), "V4", buffer.data, 0, (1,))
    stored = unmasked_words(footers[ends].view(np.uint32))
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    payloads = np.array([checksum(buffer[start:end]) for start, end in spans], np.uint32)
    holds: npt.NDArray[np.bool_] = (payloads == stored) & headers_hold(buffer, offsets)
    return holds


def _constants_of(lengths: Ints) -> Words:
    """What to add to the plain CRC of a payload of each length, so that the register is zero after it."""
    table = _constants()
    present = np.zeros(LONG_PAYLOAD, np.bool_)
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
