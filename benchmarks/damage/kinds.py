"""What happens to log folders: each kind of damage as one function on a folder of sound files."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.events import mutations

Random = np.random.Generator
Damage = Callable[[Random, Path], None]

PAGE_BYTES = 4096
ODD_NAMES = (
    "a b",
    "x\ny",
    "..hidden",
    "ü" * 60,
    "z" * 250,
    "[glob]*?",
    "-rf",
    "\udcff\udcfe",
    "<b>&amp;",
    "name=other",
)


def event_files(folder: Path) -> list[Path]:
    """The event files of a folder in a fixed order."""
    return sorted(path for path in folder.rglob("*tfevents*") if path.is_file() and not path.is_symlink())


def any_file(random: Random, folder: Path) -> Path:
    files = event_files(folder)
    return files[int(random.integers(0, len(files)))]


def on_bytes(change: Callable[[Random, bytes], bytes]) -> Damage:
    """A damage of one file's bytes."""

    def apply(random: Random, folder: Path) -> None:
        path = any_file(random, folder)
        path.write_bytes(change(random, path.read_bytes()))

    return apply


def zeroed_page(random: Random, data: bytes) -> bytes:
    """A page that a crashed machine never wrote: zeros where it was, the length kept."""
    at = int(random.integers(0, len(data) // PAGE_BYTES + 1)) * PAGE_BYTES
    return data[:at] + bytes(len(data[at : at + PAGE_BYTES])) + data[at + PAGE_BYTES :]


def overwritten(random: Random, data: bytes) -> bytes:
    at = int(random.integers(0, len(data)))
    noise = random.integers(0, 256, int(random.integers(1, 3000)), dtype=np.uint8).tobytes()
    return (data[:at] + noise + data[at + len(noise) :])[: len(data)]


def another_format(random: Random, data: bytes) -> bytes:
    """What is no event file but is called like one."""
    others = [b"", b"\x00", gzip.compress(data), b"step,loss\n1,0.5\n", b"<html>502 Bad Gateway</html>", data[:11]]
    others += [bytes(len(data)), b"\xff" * 64, random.integers(0, 256, 5000, dtype=np.uint8).tobytes()]
    return others[int(random.integers(0, len(others)))]


def duplicated(random: Random, folder: Path) -> None:
    """A copy beside the file: a synchronised folder, a backup."""
    path = any_file(random, folder)
    suffix = (".1", ".copy", "-conflict")[int(random.integers(0, 3))]
    shutil.copyfile(path, path.with_name(path.name + suffix))


def copied_run(random: Random, folder: Path) -> None:
    path = any_file(random, folder).parent
    shutil.copytree(path, path.parent / f"{path.name} (copy)")


def swapped(random: Random, folder: Path) -> None:
    """Two files change places, names kept."""
    first, second = any_file(random, folder), any_file(random, folder)
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


def appended_other(random: Random, folder: Path) -> None:
    """One file continues with the bytes of another: two processes wrote to one name."""
    first, second = any_file(random, folder), any_file(random, folder)
    data = second.read_bytes()
    with first.open("ab") as file:
        file.write(data[int(random.integers(0, len(data))) :])


def moved(random: Random, folder: Path) -> None:
    path = any_file(random, folder)
    target = path.parent / ("eval", "validation", "0", "deep/er")[int(random.integers(0, 4))]
    target.mkdir(parents=True, exist_ok=True)
    path.rename(target / path.name)


def gone(random: Random, folder: Path) -> None:
    any_file(random, folder).unlink()


def renamed(random: Random, folder: Path) -> None:
    """Folders called in ways that break shells, patterns, encodings and markup."""
    path = any_file(random, folder).parent
    path.rename(path.parent / ODD_NAMES[int(random.integers(0, len(ODD_NAMES)))])


def unreadable_file(random: Random, folder: Path) -> None:
    any_file(random, folder).chmod(0)


def unreadable_folder(random: Random, folder: Path) -> None:
    any_file(random, folder).parent.chmod((0, 0o400, 0o100)[int(random.integers(0, 3))])


def link_loop(random: Random, folder: Path) -> None:
    """Links that lead back up, to themselves, to one another, to nothing."""
    path = any_file(random, folder).parent
    (path / "up").symlink_to(folder, target_is_directory=True)
    (path / "self").symlink_to("self")
    (path / "a.tfevents").symlink_to("b.tfevents")
    (path / "b.tfevents").symlink_to("a.tfevents")
    (path / "lost.tfevents").symlink_to("nowhere")


def linked(random: Random, folder: Path) -> None:
    """The same run under a second name, as `latest` is; the same file under a second name."""
    path = any_file(random, folder)
    (folder / "latest").symlink_to(path.parent, target_is_directory=True)
    os.link(path, path.with_name(path.name + ".hard"))


def no_file(random: Random, folder: Path) -> None:
    """Things that are called like event files and are none: a folder, a pipe, a socket."""
    path = any_file(random, folder).parent
    (path / "events.out.tfevents.1.folder").mkdir()
    os.mkfifo(path / "events.out.tfevents.1.pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(path, os.O_RDONLY)  # a socket's path is at most 108 bytes long
        try:
            server.bind(f"/proc/self/fd/{here}/events.out.tfevents.1.socket")
        except OSError:
            pass  # no /proc: the folder and the pipe remain
        finally:
            os.close(here)


BYTES: dict[str, Damage] = {
    "bits flipped": on_bytes(mutations.flip_bits),
    "cut short": on_bytes(mutations.cut),
    "bytes lost inside": on_bytes(mutations.lose_bytes),
    "bytes inserted": on_bytes(mutations.insert_bytes),
    "zeros inside": on_bytes(mutations.zero_page),
    "a page of zeros": on_bytes(zeroed_page),
    "a tail of zeros": on_bytes(mutations.zero_tail),
    "blocks swapped": on_bytes(mutations.swap_blocks),
    "a block twice": on_bytes(mutations.repeat_block),
    "overwritten by noise": on_bytes(overwritten),
    "lengths that lie": on_bytes(mutations.edit_length),
    "payloads that lie": on_bytes(mutations.edit_payload),
    "another format": on_bytes(another_format),
}
FILES: dict[str, Damage] = {
    "a file twice": duplicated,
    "a run twice": copied_run,
    "files swapped": swapped,
    "one file's end in another": appended_other,
    "a file moved": moved,
    "a file gone": gone,
    "odd names": renamed,
    "unreadable file": unreadable_file,
    "unreadable folder": unreadable_folder,
    "link loops": link_loop,
    "links to the same": linked,
    "pipes, sockets, folders as files": no_file,
}
