"""Going on after damage: record by record, and a search for the next sound record where framing is broken."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from loglens.events.crc32c import Bytes
from loglens.events.framing import FRAME_BYTES, HEADER_BYTES, header_length, headers_hold, payload_holds
from loglens.events.series import Losses

_BLOCK_BYTES = 1 << 20
_BUDGET = 16  # bytes checksummed in a search per byte searched; only a file made to stall a reader needs more
_ZERO_TAIL_BYTES = 64  # trailing zeros after garbage are told apart from it when they are more than chance


@dataclass(slots=True)
class Walk:
    """Sound records, what was lost between them, and where the walk must wait for more bytes."""

    offsets: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    bad_records: int = 0
    skipped_bytes: int = 0
    stop: int = 0


def walk(buffer: Bytes, at: int, end: int) -> Walk:
    """The sound records in `buffer[at:end]`.

    A record that fails its checksum costs itself where the next header holds. Where it does not, or where a header
    fails, the next place at which header and payload both hold is searched for. What the bytes up to `end` cannot
    decide is left: `stop` is there, so that a file read in steps gives what it gives read at once.
    """
    result = Walk(stop=at)
    while (step := _next(buffer, result.stop, end)) is not None:
        found, bad, skipped = step
        result.bad_records += bad
        result.skipped_bytes += skipped
        result.stop = found
        length = header_length(buffer, found)
        if length is not None and found + FRAME_BYTES + length <= end and payload_holds(buffer, found, length):
            result.offsets.append(found)
            result.lengths.append(length)
            result.stop = found + FRAME_BYTES + length
    return result


def _next(buffer: Bytes, at: int, end: int) -> tuple[int, int, int] | None:
    """(where to go on, bad records, bytes skipped) after looking at `at`; None when more bytes are needed."""
    length = header_length(buffer, at) if at + HEADER_BYTES <= end else None
    if length is None:
        found = search(buffer, at + 1, end)
        return None if found is None else (found, 0, found - at)
    after = at + FRAME_BYTES + length
    if after > end:
        return None
    if payload_holds(buffer, at, length):
        return at, 0, 0
    if after + HEADER_BYTES > end:
        return None
    if header_length(buffer, after) is not None:
        return after, 1, 0
    found = search(buffer, at + 1, end)  # from inside: bytes may have been lost or inserted in this record
    return None if found is None else (found, 1, found - (after if found >= after else at))


def search(buffer: Bytes, at: int, end: int) -> int | None:
    """The first position from `at` on where a sound record starts; None when there is none that is wholly there.

    A header that holds but whose record reaches beyond `end` ends the search: it may turn out sound.
    """
    budget = _BUDGET * (end - at) + _BLOCK_BYTES
    for start in range(at, end - HEADER_BYTES + 1, _BLOCK_BYTES):
        for candidate in _headers(buffer, start, min(start + _BLOCK_BYTES, end - HEADER_BYTES + 1)):
            length = header_length(buffer, candidate)
            if length is None or candidate + FRAME_BYTES + length > end:
                return None
            budget -= length
            if budget < 0:
                return None
            if payload_holds(buffer, candidate, length):
                return candidate
    return None


def _headers(buffer: Bytes, start: int, stop: int) -> list[int]:
    """The positions in [start, stop) at which a header's checksum holds.

    A record beyond 2**40 bytes is no record, so that a header is looked at only where three zero bytes end the length.
    """
    block = buffer[start : stop + HEADER_BYTES - 1]
    if not block.any():
        return []
    zero = block == 0
    count = stop - start
    short = zero[5 : 5 + count] & zero[6 : 6 + count] & zero[7 : 7 + count]
    short &= ~(zero[:count] & zero[8 : 8 + count] & zero[9 : 9 + count])  # the first look: not in a run of zeros
    positions = start + np.flatnonzero(short)
    sound: list[int] = positions[headers_hold(buffer, positions)].tolist()
    return sound


def tail_losses(buffer: Bytes, at: int, end: int) -> Losses:
    """What the bytes are that a walk left at the end of a file."""
    bad = 0
    length = header_length(buffer, at) if at + HEADER_BYTES <= end else None
    if length is not None and at + FRAME_BYTES + length <= end:
        bad, at, length = 1, at + FRAME_BYTES + length, None
    rest = buffer[at:end]
    nonzero = np.flatnonzero(rest)
    if length is not None or (len(rest) < HEADER_BYTES and not bad):
        return Losses(truncated_bytes=len(rest))
    zeros = len(rest) - 1 - int(nonzero[-1]) if len(nonzero) else len(rest)
    zeros = zeros if zeros >= _ZERO_TAIL_BYTES or not len(nonzero) else 0
    return Losses(bad_records=bad, skipped_bytes=len(rest) - zeros, zero_bytes=zeros)
