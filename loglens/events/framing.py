"""TFRecord framing: length, CRC of the length, payload, CRC of the payload."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loglens.events.crc32c import Bytes, checksum, checksums_of_rows, masked, masked_words

HEADER_BYTES = 12
FOOTER_BYTES = 4
FRAME_BYTES = HEADER_BYTES + FOOTER_BYTES


def header_length(buffer: Bytes, at: int) -> int | None:
    """The payload length that the header at `at` gives, None when its CRC does not hold."""
    header = buffer[at : at + HEADER_BYTES].tobytes()
    if len(header) < HEADER_BYTES or masked(checksum(header[:8])) != int.from_bytes(header[8:], "little"):
        return None
    return int.from_bytes(header[:8], "little")


def headers_hold(buffer: Bytes, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether the CRC of the header at each position holds; the headers must be wholly in the buffer."""
    headers = np.ndarray((len(buffer) - HEADER_BYTES + 1,), f"V{HEADER_BYTES}", buffer.data, 0, (1,))  # one everywhere
    rows = headers[positions].view(np.uint8).reshape(-1, HEADER_BYTES)
    stored = np.ascontiguousarray(rows[:, 8:]).view(np.uint32).ravel()
    holds: npt.NDArray[np.bool_] = masked_words(checksums_of_rows(rows[:, :8])) == stored
    return holds


def payload_holds(buffer: Bytes, at: int, length: int) -> bool:
    """Whether the CRC of the payload of the record at `at`, which must be wholly in the buffer, holds."""
    start, end = at + HEADER_BYTES, at + HEADER_BYTES + length
    return masked(checksum(buffer[start:end])) == int.from_bytes(buffer[end : end + FOOTER_BYTES].tobytes(), "little")
