"""A bad record costs that record; what is lost is counted; what is no event file is named."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fuzz_events import run
from loglens.events import encode
from loglens.events.errors import LogLensError, NotAnEventFileError
from loglens.events.follow import EventFileReader
from loglens.events.listing import list_event_files
from loglens.events.reader import read_event_file, read_event_files
from loglens.events.series import EventFile, Losses
from loglens.events.source import LocalFile, SourceState
from loglens.events.writer import EventFileWriter
from tests.events.comparison import differences
from tests.events.memory_file import MemoryFile
from tests.events.mutations import event_file, records_of
from tests.events.plain_reader import read_plainly


def read(data: bytes) -> EventFile:
    reader = EventFileReader(MemoryFile(data))
    reader.refresh()
    return reader.contents()


def ten_thousand(folder: Path) -> bytes:
    with EventFileWriter(folder, wall_time=1.7e9) as writer:
        writer.add_series("loss", np.arange(10_000), np.linspace(1, 0, 10_000), np.arange(10_000) + 1.7e9)
    return writer.path.read_bytes()


def steps_of(result: EventFile) -> list[int]:
    steps: list[int] = result.series[0].steps.tolist()
    return steps


@pytest.mark.parametrize("number", [1, 5_000, 9_999])
@pytest.mark.parametrize("bit", range(8))
def test_one_flipped_bit_in_a_payload_costs_one_record(tmp_path: Path, number: int, bit: int) -> None:
    data = bytearray(ten_thousand(tmp_path))
    at, length = records_of(bytes(data))[number]  # record 0 is the file version
    data[at + 12 + (bit * 5) % length] ^= 1 << bit
    result = read(bytes(data))
    assert steps_of(result) == [step for step in range(10_000) if step != number - 1]
    assert result.losses == Losses(bad_records=1)


@pytest.mark.parametrize("place", range(12))
def test_one_flipped_bit_in_a_header_costs_one_record(tmp_path: Path, place: int) -> None:
    data = bytearray(ten_thousand(tmp_path))
    at, length = records_of(bytes(data))[4_177]
    data[at + place] ^= 0x10
    result = read(bytes(data))
    assert steps_of(result) == [step for step in range(10_000) if step != 4_176]
    assert result.losses == Losses(skipped_bytes=length + 16)


def test_lost_and_inserted_bytes_cost_the_record_they_hit(tmp_path: Path) -> None:
    data = ten_thousand(tmp_path)
    at, _ = records_of(data)[100]
    for damaged in (data[: at + 20] + data[at + 25 :], data[: at + 20] + b"12345" + data[at + 20 :]):
        result = read(damaged)
        assert steps_of(result) == [step for step in range(10_000) if step != 99]
        assert result.losses.bad_records == 1


def test_every_prefix_gives_exactly_the_complete_records() -> None:
    for seed in range(3):
        data = event_file(np.random.default_rng(seed))
        ends = [at + 16 + length for at, length in records_of(data)]
        whole = {series.tag: series.values.tolist() for series in read(data).series}
        for cut in range(1, len(data) + 1):
            complete = max((end for end in ends if end <= cut), default=0)
            reader = EventFileReader(MemoryFile(data[:cut]))
            reader.refresh()
            result = reader.contents()
            assert (result.records, result.end_offset) == (sum(end <= cut for end in ends), complete)
            assert result.losses.truncated_bytes == cut - complete
            assert result.losses.bad_records == result.losses.skipped_bytes == result.losses.zero_bytes == 0
            for series in result.series:
                assert repr(series.values.tolist()) == repr(whole[series.tag][: len(series.values)])
            if cut in ends:
                assert differences(result, read_plainly(data[:cut]), cut) == []


@pytest.mark.parametrize("zeros", [12, 100, 4096, 9 << 20])
def test_a_zero_filled_tail_is_counted(tmp_path: Path, zeros: int) -> None:
    result = read(ten_thousand(tmp_path) + bytes(zeros))
    assert len(steps_of(result)) == 10_000
    assert result.losses == Losses(zero_bytes=zeros)


def test_a_hole_of_zeros_is_skipped(tmp_path: Path) -> None:
    data = ten_thousand(tmp_path)
    at, _ = records_of(data)[5_000]
    for size in (4096, 6 << 20):
        result = read(data[:at] + bytes(size) + data[at:])
        assert len(steps_of(result)) == 10_000
        assert result.losses == Losses(skipped_bytes=size)


def test_a_live_file_gives_its_last_record_once_it_is_whole(tmp_path: Path) -> None:
    data = ten_thousand(tmp_path)
    source = MemoryFile(data)
    reader = EventFileReader(source)
    source.visible = len(data) - 3
    reader.refresh()
    assert len(steps_of(reader.contents())) == 9_999
    assert reader.contents().losses.truncated_bytes > 0
    source.visible = len(data)
    assert reader.refresh().new_bytes > 0
    assert len(steps_of(reader.contents())) == 10_000
    assert reader.contents().losses == Losses()
    assert reader.refresh().new_bytes == 0


def test_a_file_that_shrinks_or_is_replaced_is_read_anew(tmp_path: Path) -> None:
    data = ten_thousand(tmp_path)
    source = MemoryFile(data)
    reader = EventFileReader(source)
    reader.refresh()
    source.visible = len(data) // 2
    assert "shrank" in reader.refresh().started_over
    assert 4_000 < len(steps_of(reader.contents())) < 6_000
    source.visible, source.identity = len(data), 1
    assert "another file" in reader.refresh().started_over
    assert len(steps_of(reader.contents())) == 10_000
    source.data = encode.framed(encode.event(1.0, 0, encode.file_version(2))) + data
    source.visible = len(source.data)
    assert reader.refresh().started_over == "the file was written anew"


def test_a_live_file_on_disk(tmp_path: Path) -> None:
    data = ten_thousand(tmp_path)
    path = tmp_path / "live.tfevents"
    path.write_bytes(data[:100_000])
    reader = EventFileReader(LocalFile(str(path)))
    reader.refresh()
    before = len(steps_of(reader.contents()))
    with path.open("ab") as file:
        file.write(data[100_000:])
    assert reader.refresh().started_over == ""
    assert before < len(steps_of(reader.contents())) == 10_000
    other = tmp_path / "other"
    other.write_bytes(data)
    other.replace(path)
    assert "another file" in reader.refresh().started_over
    assert len(steps_of(reader.contents())) == 10_000
    path.unlink()
    with pytest.raises(LogLensError, match="No such file"):
        reader.refresh()
    assert len(steps_of(reader.contents())) == 10_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "events.out.tfevents.1.host"
    os.mkfifo(pipe)
    assert "pipe" in list_event_files(tmp_path).problems[0]
    for result in read_event_files([(str(pipe), "."), (str(pipe), ".")]):
        assert isinstance(result, NotAnEventFileError)


FOREIGN = {
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
    "gzip-compressed": gzip.compress(b"events"),
    "a PNG image": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "empty": b"",
    "filled with zero bytes": bytes(1000),
    "plain text": b"epoch,loss\n1,0.5\n",
    "JSON text": b'{"loss": [1, 2]}\n',
    "not made of TFRecords": bytes(range(256)) * 8,
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_event_file_is_named(tmp_path: Path, what: str) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(FOREIGN[what])
    with pytest.raises(NotAnEventFileError, match=what) as caught:
        read_event_file(path)
    assert str(path) in str(caught.value)


def test_folders_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotAnEventFileError, match="folder"):
        read_event_file(tmp_path)
    with pytest.raises(LogLensError, match="No such file"):
        read_event_file(tmp_path / "absent")


def bomb(content: bytes) -> bytes:
    return encode.framed(encode.event(1.0, 0, encode.file_version(2))) + encode.framed(content)


BOMBS = {
    "huge length": encode.framed(encode.event(1.0, 0, b""))
    + (1 << 62).to_bytes(8, "little")
    + encode.framed(b"")[8:12],
    "ten megabyte tag": bomb(encode.event(1.0, 0, encode.summary([encode.scalar_value("t" * 10_000_000, 1.0)]))),
    "nested groups": bomb(b"\x0b" * 2_000_000),
    "nested messages": bomb(encode.event(1.0, 0, b"\x2a\x80\x80\x80\x01" * 400_000)),
    "empty values": bomb(encode.event(1.0, 0, encode.bytes_field(5, b"\x0a\x00" * 200_000))),
    "huge varints": bomb(b"\xff" * 1_000_000),
    "packed varints": bomb(
        encode.event(
            1.0,
            0,
            encode.summary(
                [
                    encode.bytes_field(1, b"t")
                    + encode.bytes_field(8, b"\x08\x03\x3a" + encode.varint(200_000) + bytes(200_000))
                ]
            ),
        )
    ),
    "empty strings": bomb(
        encode.event(1.0, 0, encode.summary([encode.bytes_field(8, b"\x08\x07" + b"\x42\x00" * 200_000)]))
    ),
    "false headers": encode.framed(encode.event(1.0, 0, encode.file_version(2)))
    + b"\x01"
    + encode.framed(bytes(20_000))[:12] * 30_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_no_more_than_a_small_multiple_of_the_file(name: str) -> None:
    """8 times the file and 24 MiB: window, copies of a record, and what is made of it."""
    source = MemoryFile(BOMBS[name])
    reader = EventFileReader(source)
    tracemalloc.start()
    try:
        reader.refresh()
        reader.contents()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(source.data) + (24 << 20)


def test_mutated_files_are_read_as_the_plain_reader_reads_them() -> None:
    campaign = run(files=1_200, seed=20)
    assert campaign.failures == []
    assert campaign.counts["files_with_losses"] > 800


class Shrinking(MemoryFile):
    """A file that is cut short between the look at it and the reading."""

    def open(self) -> SourceState:
        state = super().open()
        self.visible = 100_000
        return state


def test_a_file_cut_short_while_it_is_read_ends_where_it_ends(tmp_path: Path) -> None:
    data = ten_thousand(tmp_path)
    reader = EventFileReader(Shrinking(data))
    reader.refresh()
    whole = read(data[:100_000])
    assert steps_of(reader.contents()) == steps_of(whole)
    assert reader.contents().losses == whole.losses
