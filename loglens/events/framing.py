"""TFRecord framing: length, CRC of the length, payload, CRC of the payload."""

from __future__ import annotations

from loglens.events.crc32c import Bytes, checksum, masked

HEADER_BYTES = 12
FOOTER_BYTES = 4
FRAME_BYTES = HEADER_BYTES + FOOTER_BYTES


def header_length(buffer: Bytes, at: int) -> int | None:
    """The payload length that the header at `at` gives, None when its CRC does not hold."""
    header = buffer[at : at + HEADER_BYTES].tobytes()
    if len(header) < HEADER_BYTES or masked(checksum(header[:8])) != int.from_bytes(header[8:], "little"):
        return None
    return int.from_bytes(header[:8], "little")


def payload_holds(buffer: Bytes, at: int, length: int) -> bool:
    """Whether the CRC of the payload of the record at `at`, which must be wholly in the buffer, holds."""
    start, end = at + HEADER_BYTES, at + HEADER_BYTES + length
    return masked(checksum(buffer[start:end])) == int.from_bytes(buffer[end : end + FOOTER_BYTES].tobytes(), "little")
