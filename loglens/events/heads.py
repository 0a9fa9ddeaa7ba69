"""The wall times and steps of many events at once, and where the rest of each event starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loglens.events.crc32c import Bytes
from loglens.events.framing import HEADER_BYTES
from loglens.events.series import Floats, Ints

_WALL_TIME_KEY = 0x09  # field 1, fixed64
_STEP_KEY = 0x10  # field 2, varint
_WALL_TIME_BYTES = 9
_U = np.uint64


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Of n records: their first two fields, and the span of the rest, the tail.

    `usual` is False where the event does not begin with a wall time and then its step, if it has one; nothing
    else is known of such a record.
    """

    offsets: Ints
    usual: npt.NDArray[np.bool_]
    wall_times: Floats
    steps: Ints
    tail_starts: Ints
    tail_lengths: Ints


def read_heads(buffer: Bytes, offsets: Ints, lengths: Ints) -> Heads:
    """The heads of the records; every writer puts fields in order of their number, so nearly all are usual.

    Trick: the varint of a step is decoded for all records in a few 64-bit operations, whatever its width: the
    lowest clear continuation bit ends it, and the groups of 7 bits are folded together pairwise.
    """
    payloads = offsets + HEADER_BYTES
    eight = np.ndarray((len(buffer) - 7,), "V8", buffer.data, 0, (1,))  # 8 bytes at every position
    wall_times = eight[payloads + 1].view(np.float64)
    groups = eight[payloads + _WALL_TIME_BYTES].view(np.uint64)  # the key of the step, then its varint
    has_step = (groups & _U(0xFF)) == _U(_STEP_KEY)
    groups >>= _U(8)
    last = ~groups  # in place from here on: fresh arrays cost more than what is done to them
    last &= _U(0x80808080808080)
    last &= np.negative(last)  # the lowest clear continuation bit; 0 when the varint is longer than 7 bytes
    usual = last != 0
    usual |= ~has_step
    span = last
    span <<= _U(1)
    span -= _U(1)
    groups &= span
    span &= _U(0x01010101010101)  # one bit for each byte of the varint: their sum is its width
    span *= _U(0x01010101010101)
    span >>= _U(48)
    span &= _U(0xFF)
    span += _U(1)
    span *= has_step
    head_bytes = span.view(np.int64)
    head_bytes += _WALL_TIME_BYTES
    steps = _seven_bit_groups(groups)
    steps *= has_step
    usual &= buffer[payloads] == _WALL_TIME_KEY
    tail_lengths = lengths - head_bytes
    usual &= tail_lengths > 0
    return Heads(offsets, usual, wall_times, steps.view(np.int64), payloads + head_bytes, tail_lengths)


def _seven_bit_groups(groups: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """uint64[n]: the low 7 bits of each of the 7 lower bytes, joined; `groups` is used up."""
    pairs = groups & _U(0x007F007F007F007F)
    groups &= _U(0x00007F007F007F00)
    groups >>= _U(1)
    pairs |= groups
    fours = pairs & _U(0x00003FFF00003FFF)
    pairs &= _U(0x3FFF00003FFF0000)
    pairs >>= _U(2)
    fours |= pairs
    high = fours >> _U(32)
    high <<= _U(28)
    fours &= _U(0x0FFFFFFF)
    fours |= high
    return fours
