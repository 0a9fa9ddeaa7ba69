"""Which files are event files, and by which keys their folders go."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loglens.events.errors import LogLensError
from loglens.events.listing import list_event_files
from loglens.events.reader import read_scalars
from loglens.events.writer import EventFileWriter

NAME = "events.out.tfevents.1700000000.host.1.0"
NOBODY = 65534


def put(folder: Path, name: str = NAME) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"x")
    return folder / name


def keys(logdir: str | Path) -> list[str]:
    return [file.directory for file in list_event_files(logdir).files]


def test_keys_are_relative_to_the_folder(tmp_path: Path) -> None:
    for folder in ("", "b/train", "b/validation", "a", "mit Leerzeichen/日本"):
        put(tmp_path / folder)
    expected = [".", "a", "b/train", "b/validation", "mit Leerzeichen/日本"]
    assert keys(tmp_path) == expected
    assert keys(f"{tmp_path}/") == expected
    assert keys(tmp_path / "b" / ".." / "b") == ["train", "validation"]


def test_a_relative_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "logs" / "a")
    put(tmp_path / "logs")
    monkeypatch.chdir(tmp_path)
    assert keys("logs") == keys("./logs/") == [".", "a"]
    monkeypatch.chdir(tmp_path / "logs")
    assert keys(".") == [".", "a"]
    assert keys("*") == [".", "a"]


def test_one_file_is_its_own_folder_whatever_its_name(tmp_path: Path) -> None:
    assert keys(put(tmp_path / "a")) == ["."]
    assert keys(put(tmp_path / "a", "strange.bin")) == ["."]


def test_a_glob_counts_from_its_longest_literal_part(tmp_path: Path) -> None:
    for folder in ("logs/exp1/train", "logs/exp2", "logs/other", "logs/exp1"):
        put(tmp_path / folder)
    put(tmp_path / "logs", "notes.txt")
    assert keys(f"{tmp_path}/logs/exp*") == ["exp1", "exp1/train", "exp2"]
    assert keys(f"{tmp_path}/logs/exp1/*tfevents*") == ["."]
    assert keys(f"{tmp_path}/*/exp1/**") == ["logs/exp1", "logs/exp1/train"]
    assert keys(f"{tmp_path}/logs/*") == ["exp1", "exp1/train", "exp2", "other"]


def test_a_folder_with_brackets_in_its_name_is_no_glob(tmp_path: Path) -> None:
    put(tmp_path / "run[1]")
    assert keys(tmp_path / "run[1]") == ["."]


def test_what_is_taken_for_an_event_file(tmp_path: Path) -> None:
    for name in (NAME, f"{NAME}.v2", "events.out.tfevents", f"{NAME}.profile-empty", "model.ckpt", "tfevents.json"):
        put(tmp_path, name)
    names = [Path(file.path).name for file in list_event_files(tmp_path).files]
    assert names == sorted(["events.out.tfevents", NAME, f"{NAME}.v2", "tfevents.json"])


def test_found_files_tell_their_state(tmp_path: Path) -> None:
    path = put(tmp_path)
    (file,) = list_event_files(tmp_path).files
    status = path.stat()
    assert (file.path, file.size, file.mtime_ns, file.inode) == (str(path), 1, status.st_mtime_ns, status.st_ino)


def test_links_are_followed_once(tmp_path: Path) -> None:
    put(tmp_path / "logs" / "run3")
    outside = put(tmp_path / "elsewhere").parent
    (tmp_path / "logs" / "latest").symlink_to(tmp_path / "logs" / "run3")
    (tmp_path / "logs" / "run3" / "loop").symlink_to(tmp_path / "logs")
    (tmp_path / "logs" / "mounted").symlink_to(outside)
    (tmp_path / "logs" / "broken").symlink_to(tmp_path / "nowhere")
    assert keys(tmp_path / "logs") == ["mounted", "run3"]


def test_a_folder_a_thousand_deep(tmp_path: Path) -> None:
    path = tmp_path
    try:
        for _ in range(1_000):
            path /= "d"
            path.mkdir()
        (path / NAME).write_bytes(b"x")
        found = list_event_files(tmp_path)
        assert [file.directory for file in found.files] == ["/".join("d" * 1_000)]
    finally:  # pytest's own clean-up walks folders recursively, which is too deep for Python
        (path / NAME).unlink(missing_ok=True)
        while path != tmp_path:
            path.rmdir()
            path = path.parent


def test_names_that_are_not_utf8_stay_printable(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        Path(os.fsdecode(folder)).mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    Path(os.fsdecode(folder), NAME).write_bytes(b"x")
    (file,) = list_event_files(tmp_path).files
    assert file.directory == "caf\\xe9"
    assert Path(file.path).exists()


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Permissions do not bind the super-user, whom continuous integration often runs as."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_closed_folder_is_a_problem_not_an_error() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is closed to the ordinary user altogether
        root = Path(name)
        root.chmod(0o755)
        put(root / "open")
        closed = put(root / "closed").parent
        closed.chmod(0)
        try:
            with as_ordinary_user():
                listing = list_event_files(root)
        finally:
            closed.chmod(0o700)
    assert [file.directory for file in listing.files] == ["open"]
    assert "closed" in listing.problems[0]
    assert "denied" in listing.problems[0]


@pytest.mark.parametrize("name", ["absent", "absent*", "dangling"])
def test_nothing_there_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(LogLensError, match=name.rstrip("*")):
        list_event_files(tmp_path / name)


def test_read_scalars_joins_the_files_of_a_folder_in_order_of_name(tmp_path: Path) -> None:
    for second, (folder, steps) in enumerate([("run", [0, 1]), ("run", [2, 3]), ("run/eval", [1]), ("", [7])]):
        with EventFileWriter(tmp_path / folder, wall_time=1.7e9 + second) as writer:
            writer.add_series("loss", steps, [step / 2 for step in steps])
    scalars = read_scalars(tmp_path)
    assert list(scalars) == [(".", "loss"), ("run", "loss"), ("run/eval", "loss")]
    assert scalars["run", "loss"].steps.tolist() == [0, 1, 2, 3]  # type: ignore[index]  # a key is a tuple by another name
    assert scalars["run", "loss"].values.tolist() == [0.0, 0.5, 1.0, 1.5]  # type: ignore[index]


def test_read_scalars_warns_of_what_it_lost_and_fails_when_nothing_is_left(tmp_path: Path) -> None:
    bad = tmp_path / "bad" / NAME
    bad.parent.mkdir()
    bad.write_bytes(b"\x1f\x8b")
    with pytest.raises(LogLensError, match="gzip"):
        read_scalars(tmp_path)
    with EventFileWriter(tmp_path / "good") as writer:
        writer.add_series("loss", [1], [2.0])
    with writer.path.open("ab") as file:
        file.write(b"\x20")
    with pytest.warns(UserWarning, match="gzip|truncated_bytes=1") as caught:
        assert list(read_scalars(tmp_path)) == [("good", "loss")]
    assert len(caught) == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(LogLensError, match="No event files"):
        read_scalars(tmp_path / "empty")
