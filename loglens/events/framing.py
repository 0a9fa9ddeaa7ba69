"""TFRecord framing: length, CRC of the length, payload, CRC of the payload; and finding it again after damage."""

from __future__ import annotations

from collections.abc import Iterator

from loglens.events.crc32c import checksum, masked

HEADER_BYTES = 12
FOOTER_BYTES = 4
FRAME_BYTES = HEADER_BYTES + FOOTER_BYTES


def header_length(data: bytes, at: int) -> int | None:
    """The payload length that the header at `at` gives, None when its CRC does not hold or it is incomplete."""
    header = data[at : at + HEADER_BYTES]
    if len(header) < HEADER_BYTES or masked(checksum(header[:8])) != int.from_bytes(header[8:], "little"):
        return None
    return int.from_bytes(header[:8], "little")


def payload_holds(data: bytes, at: int, length: int) -> bool:
    """Whether the CRC of the payload of the record at `at` holds."""
    start = at + HEADER_BYTES
    stored = int.from_bytes(data[start + length : start + length + FOOTER_BYTES], "little")
    return masked(checksum(data[start : start + length])) == stored


def records(data: bytes) -> Iterator[tuple[int, int, bool]]:
    """(offset, payload length, whether its CRC holds) of the records one after another, up to broken framing."""
    at = 0
    while (length := header_length(data, at)) is not None and at + FRAME_BYTES + length <= len(data):
        yield at, length, payload_holds(data, at, length)
        at += FRAME_BYTES + length
