"""Where the records of a buffer start: the chain of their lengths, followed by prediction where it repeats itself."""

from __future__ import annotations

import struct

import numpy as np

from loglens.events.crc32c import Bytes
from loglens.events.framing import FRAME_BYTES, HEADER_BYTES
from loglens.events.series import Ints

_CONTEXT_RECORDS = 8  # lengths that must have been seen in this order before, to predict what follows them
_HISTORY_RECORDS = 16384  # enough to hold one training step of thousands of tags, or a whole small file
_FIRST_GUESS = 256  # records predicted at once; four times as many after each full success
_LARGEST_GUESS = 1 << 20
_FEWEST_STEPS, _MOST_STEPS = 1, 8192  # records followed one by one before predicting again
_INSERTED = 64  # records (histograms, images) that may stand between two parts of a pattern
_WORTHWHILE = 32  # a prediction that gained fewer records is tried again only after more plain steps

_read_length = struct.Struct("<Q").unpack_from


class LengthChain:
    """Follows record lengths, remembering those it has seen; the checksums are somebody else's business.

    Trick: training logs repeat a sequence of record lengths step after step. As LZ77 does, the last occurrence of the
    latest lengths is looked up, what followed it is laid out as offsets, and all lengths there are compared at once:
    about 10 ns a record instead of 230 for a loop.
    """

    def __init__(self) -> None:
        self._history = b""  # int32 lengths, as bytes: bytes.rfind is the fast search

    def follow(self, buffer: Bytes, at: int, end: int) -> tuple[Ints, Ints, int]:
        """(offsets, payload lengths, position after the last) of the records that lie wholly in `buffer[at:end]`.

        Stops at the first record that doesn't fit. Needs 8 bytes of padding after `end`.
        """
        found: list[tuple[Ints, Ints]] = []
        steps = _FEWEST_STEPS
        while at + HEADER_BYTES <= end:
            gained, at = self._predict(buffer, at, end, found)
            steps = _FEWEST_STEPS if gained >= _WORTHWHILE else min(2 * steps, _MOST_STEPS)
            offsets, _ = self._step(buffer, at, end, steps)
            self._accept(offsets[:-1], offsets[1:] - offsets[:-1] - FRAME_BYTES, found)
            at = int(offsets[-1])
            if len(offsets) <= steps:
                break
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), at
        return np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found]), at

    def _predict(self, buffer: Bytes, at: int, end: int, found: list[tuple[Ints, Ints]]) -> tuple[int, int]:
        """(records gained, position after them) by laying out the pattern that the latest lengths point to."""
        pattern = self._pattern()
        period = len(pattern)
        gained, guess, phase = 0, _FIRST_GUESS, 0
        repeated = pattern
        words = np.ndarray((len(buffer) - 7,), "V8", buffer.data, 0, (1,))  # 8 bytes at every position
        while period and at + HEADER_BYTES <= end:
            count = max(1, guess // period) * period
            if len(repeated) < phase + count:
                repeated = np.tile(pattern, count // period + 1)
            lengths = repeated[phase : phase + count]
            offsets = np.empty(count + 1, np.int64)
            offsets[0] = at
            np.add(lengths, FRAME_BYTES, out=offsets[1:])
            np.cumsum(offsets, out=offsets)
            inside = count if offsets[-1] <= end else int(np.searchsorted(offsets, end, side="right")) - 1
            wrong = words[offsets[:inside]].view(np.int64) != lengths[:inside]
            right = int(wrong.argmax()) if wrong.any() else inside
            self._accept(offsets[:right], lengths[:right], found)
            at = int(offsets[right])
            gained += right
            guess = min(guess * 4, _LARGEST_GUESS)
            if right < count:
                if right < _WORTHWHILE:
                    break
                starts, resumed = self._step(buffer, at, end, _INSERTED, until=int(lengths[right]))
                if not resumed:  # the break itself is the best context for what follows: try again right after it
                    break
                self._accept(starts[:-1], starts[1:] - starts[:-1] - FRAME_BYTES, found)
                at = int(starts[-1])
                phase, guess = (phase + right) % period, _FIRST_GUESS
        return gained, at

    def _pattern(self) -> Ints:
        """The lengths that followed the latest ones when they last occurred; empty when they never did."""
        for context in (_CONTEXT_RECORDS, 2):
            latest = self._history[-4 * context :]
            at = self._history.rfind(latest, 0, len(self._history) - 4) if len(latest) == 4 * context else -1
            while at >= 0 and at % 4:  # found across the bytes of two lengths
                at = self._history.rfind(latest, 0, at + len(latest) - 1)
            if at >= 0:
                return np.frombuffer(self._history, np.int32, offset=at + 4 * context).astype(np.int64)
        return np.zeros(0, np.int64)

    def _step(self, buffer: Bytes, at: int, end: int, steps: int, until: int = -1) -> tuple[Ints, bool]:
        """Offsets of records one by one, with the position after the last; whether the next has the length `until`."""
        offsets = [at]
        view = buffer.data
        resumed = False
        while len(offsets) <= steps and at + HEADER_BYTES <= end:
            length = _read_length(view, at)[0]
            resumed = length == until
            if resumed or at + FRAME_BYTES + length > end:
                break
            offsets.append(at := at + FRAME_BYTES + length)
        return np.array(offsets, np.int64), resumed

    def _accept(self, offsets: Ints, lengths: Ints, found: list[tuple[Ints, Ints]]) -> None:
        if len(offsets):
            found.append((offsets, lengths))
            recent = lengths[-_HISTORY_RECORDS:].astype(np.int32).tobytes()
            self._history = (self._history + recent)[-4 * _HISTORY_RECORDS :]
