"""Event files of every kind, made at random, and the ways in which they get damaged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loglens.events import encode
from loglens.events.crc32c import checksum, masked
from loglens.events.encode import ScalarForm
from loglens.events.tensor import DType

Random = np.random.Generator

FORMS = [ScalarForm()] + [
    ScalarForm(dtype, in_content, metadata)
    for dtype in DType
    if dtype is not DType.STRING
    for in_content in (True, False)
    for metadata in ("every", "first", "none")
]
TAGS = ["loss", "val/loss", "train/acc", "lr", "a b/ü", "x" * 140, "train/abc"]
VALUES = [0.0, 1.0, -1.5, 1e-30, 3e38, float("inf"), float("-inf"), float("nan"), 255.0]


def event_file(random: Random) -> bytes:
    """A small event file: some forms, tags and steps, with records of other kinds between."""
    forms = [FORMS[number] for number in random.integers(0, len(FORMS), 3)] + [ScalarForm()]
    tags = [TAGS[number] for number in random.integers(0, len(TAGS), 4)]
    step = int(random.choice([0, 0, 120, 16380, 2**31 - 2, -3]))
    payloads = [encode.event(1.7e9, 0, encode.file_version(2))] if random.random() < 0.9 else []
    first = True
    for number in range(int(random.integers(1, 40))):
        form = forms[int(random.integers(0, len(forms)))] if random.random() < 0.3 else forms[0]
        if random.random() < 0.1:
            payloads.append(_other(random, step))
        values = [
            encode.scalar_value(tag, _value(random, form), form, first=first)
            for tag in (tags if random.random() < 0.2 else tags[:1] if number % 2 else tags[1:2])
        ]
        payloads.append(encode.event(1.7e9 + number * 0.5, step, encode.summary(values)))
        step += int(random.integers(0, 5))
        first = False
    return b"".join(encode.framed(payload) for payload in payloads)


def _value(random: Random, form: ScalarForm) -> float:
    value = float(random.choice(VALUES)) if random.random() < 0.5 else float(random.normal())
    if form.dtype in (None, DType.FLOAT, DType.DOUBLE, DType.HALF, DType.BFLOAT16):
        return value
    limit = 127.0
    return float(np.clip(np.nan_to_num(value), 0, limit))


def _other(random: Random, step: int) -> bytes:
    kind = int(random.integers(0, 6))
    if kind == 0:
        return encode.event(1.7e9, step, encode.summary([encode.text_value("note", "text é" * 3)]))
    if kind == 1:
        return encode.event(1.7e9, 0, encode.summary([encode.hparams_value({"lr": 0.1, "name": "a"}, 1.7e9)]))
    if kind == 2:
        return encode.event(1.7e9, step, encode.session_start())
    if kind == 3:  # a histogram long enough to be checked by itself
        blob = random.integers(0, 256, int(random.integers(10, 6000)), dtype=np.uint8).tobytes()
        return encode.event(1.7e9, step, encode.summary([encode.bytes_field(1, b"hist") + encode.bytes_field(5, blob)]))
    if kind == 4:  # a tensor of another plugin under a tag that also has scalars
        value = encode.bytes_field(1, b"loss") + encode.bytes_field(8, encode.scalar_tensor(1.0, DType.FLOAT, True))
        metadata = encode.bytes_field(
            9, encode.plugin_metadata(str(random.choice(["pr_curves", "text", "scalars"])), b"")
        )
        return encode.event(1.7e9, step, encode.summary([value + metadata]))
    return b"" if random.random() < 0.5 else encode.event(1.7e9, step, encode.bytes_field(4, b"graph"))


def records_of(data: bytes) -> list[tuple[int, int]]:
    """(offset, payload length) of the records of an undamaged file."""
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 8], "little")
        found.append((at, length))
        at += 16 + length
    return found


def flip_bits(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for at in random.integers(0, len(data), int(random.integers(1, 4))):
        changed[at] ^= 1 << int(random.integers(0, 8))
    return bytes(changed)


def cut(random: Random, data: bytes) -> bytes:
    return data[: int(random.integers(1, len(data) + 1))]


def lose_bytes(random: Random, data: bytes) -> bytes:
    at = int(random.integers(0, len(data)))
    return data[:at] + data[at + int(random.integers(1, 100)) :]


def insert_bytes(random: Random, data: bytes) -> bytes:
    at = int(random.integers(0, len(data)))
    return data[:at] + random.integers(0, 256, int(random.integers(1, 60)), dtype=np.uint8).tobytes() + data[at:]


def zero_page(random: Random, data: bytes) -> bytes:
    at, size = int(random.integers(0, len(data))), int(random.integers(1, 2000))
    return data[:at] + bytes(min(size, len(data) - at)) + data[at + size :]


def zero_tail(random: Random, data: bytes) -> bytes:
    return cut(random, data) + bytes(int(random.integers(1, 5000)))


def swap_blocks(random: Random, data: bytes) -> bytes:
    cuts = sorted(int(at) for at in random.integers(0, len(data) + 1, 3))
    return data[: cuts[0]] + data[cuts[1] : cuts[2]] + data[cuts[0] : cuts[1]] + data[cuts[2] :]


def repeat_block(random: Random, data: bytes) -> bytes:
    start, end = sorted(int(at) for at in random.integers(0, len(data) + 1, 2))
    return data[:end] + data[start:]


def edit_length(random: Random, data: bytes) -> bytes:
    """Another length whose own checksum holds: too short, too long, or absurd."""
    at, length = records_of(data)[int(random.integers(0, len(records_of(data))))]
    others = [0, max(length - 1, 0), length + 1, length * 2, length + 40, 1 << 33, (1 << 64) - 1]
    header = others[int(random.integers(0, len(others)))].to_bytes(8, "little")
    return data[:at] + header + masked(checksum(header)).to_bytes(4, "little") + data[at + 12 :]


def edit_payload(random: Random, data: bytes) -> bytes:
    """Other bytes in a payload whose checksum holds: what a broken writer leaves."""
    parts = [data[at + 12 : at + 12 + length] for at, length in records_of(data)]
    for number in random.integers(0, len(parts), int(random.integers(1, 4))):
        payload = bytearray(parts[number])
        for _ in range(int(random.integers(1, 4))):
            if payload:
                at = int(random.integers(0, len(payload)))
                way = random.random()
                if way < 0.5:
                    payload[at] = int(random.choice([0, 1, 5, 8, 9, 10, 0x12, 0x15, 0x2A, 0x42, 0x7F, 0x80, 0xFF]))
                elif way < 0.7:
                    payload[at] ^= 1 << int(random.integers(0, 8))
                elif way < 0.85:
                    del payload[at : at + int(random.integers(1, 6))]
                else:
                    payload[at:at] = payload[: int(random.integers(1, 30))]
        parts[number] = bytes(payload)
    return b"".join(encode.framed(part) for part in parts)


MUTATIONS: list[Callable[[Random, bytes], bytes]] = [
    flip_bits,
    cut,
    lose_bytes,
    insert_bytes,
    zero_page,
    zero_tail,
    swap_blocks,
    repeat_block,
    edit_length,
    edit_payload,
    edit_payload,
]


def mutated(random: Random, data: bytes) -> tuple[str, bytes]:
    """The names of one or two mutations, and the file after them (those that need whole records come first)."""
    first = MUTATIONS[int(random.integers(0, len(MUTATIONS)))]
    changed, names = first(random, data), first.__name__
    if random.random() < 0.3 and changed:
        second = MUTATIONS[int(random.integers(0, 8))]
        changed, names = second(random, changed), f"{names} {second.__name__}"
    return names, changed
