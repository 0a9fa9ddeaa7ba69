"""What the user types becomes sources: names, globs, several LOGDIRs, and messages that say what to do."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from loglens.events.errors import LogLensError
from loglens.runs.find import find_runs
from tests.runs.logs import runs_of, write

LOSS = {"loss": (range(3), 1.0)}


def names(*logdirs: str) -> list[str]:
    return sorted(source.name for source in find_runs(logdirs).sources)


def test_names_are_relative_to_the_folder(tmp_path: Path) -> None:
    write(tmp_path, LOSS)
    write(tmp_path / "a/b c", LOSS)
    write(tmp_path / "日本", LOSS)
    assert names(str(tmp_path)) == [".", "a/b c", "日本"]
    assert names(str(tmp_path) + "/") == [".", "a/b c", "日本"]
    assert names(str(tmp_path / "a")) == ["b c"]


def test_one_file_is_named_dot(tmp_path: Path) -> None:
    path = write(tmp_path / "a", LOSS)
    write(tmp_path / "a", LOSS, wall=1.6e9)
    (source,) = find_runs([str(path)]).sources
    assert source.name == "."
    assert [file.path for file in source.files] == [str(path)]


def test_a_glob_counts_from_its_longest_literal_part(tmp_path: Path) -> None:
    for name in ("runs/resnet/s1", "runs/resnet/s2", "runs/vgg/s1"):
        write(tmp_path / name, LOSS)
    assert names(str(tmp_path / "runs/res*/s*")) == ["resnet/s1", "resnet/s2"]
    assert names(str(tmp_path / "runs/resnet/s[12]")) == ["s1", "s2"]


def test_several_folders_are_prefixed(tmp_path: Path) -> None:
    for name in ("base/r1", "new/r1"):
        write(tmp_path / name, LOSS)
    write(tmp_path / "new", LOSS)
    assert names(str(tmp_path / "base"), str(tmp_path / "new")) == ["base:r1", "new:.", "new:r1"]
    assert names(f"old={tmp_path / 'base'}", f"b={tmp_path / 'new'}") == ["b:.", "b:r1", "old:r1"]
    runs = runs_of(str(tmp_path / "base"), str(tmp_path / "new"))
    assert runs["base:r1"].curves[0].key.dir == "base:r1"


def test_phases_join_below_a_prefix(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        for phase in ("train", "validation"):
            write(tmp_path / folder / phase, LOSS)
            write(tmp_path / folder / "exp" / phase, LOSS)
    assert sorted(runs_of(str(tmp_path / "x"), str(tmp_path / "y"))) == ["x:.", "x:exp", "y:.", "y:exp"]


def test_colons_in_a_name_are_no_prefix(tmp_path: Path) -> None:
    for name in ("Tue 19:43:19/train", "Tue 19:43:19/validation", "a:train", "a:validation"):
        write(tmp_path / name, LOSS)
    assert names(str(tmp_path)) == ["Tue 19:43:19", "a:train", "a:validation"]


def test_a_folder_with_an_equals_sign_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "lr=0.1/run", LOSS)
    assert names(str(tmp_path / "lr=0.1")) == ["run"]


def test_two_folders_of_one_name_are_a_usage_error(tmp_path: Path) -> None:
    for name in ("a/runs", "b/runs"):
        write(tmp_path / name, LOSS)
    with pytest.raises(LogLensError, match=r"both named 'runs'.*runs2="):
        find_runs([str(tmp_path / "a/runs"), str(tmp_path / "b/runs")])


def test_a_missing_folder_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "lightning_logs/version_0", LOSS)
    with pytest.raises(LogLensError, match=r"did you mean .*lightning_logs"):
        find_runs([str(tmp_path / "lightning_log")])
    with pytest.raises(LogLensError, match="nearest folder that exists is"):
        find_runs([str(tmp_path / "zzz/qqq")])


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ([], "is empty"),
        (["results.csv"], ".csv files"),
        (["wandb/run-1/run.wandb"], "Weights & Biases"),
        (["vdlrecords.1700000000.log"], "VisualDL"),
        (["mlruns/0/meta.yaml"], "MLflow"),
    ],
)
def test_a_folder_without_event_files_says_what_it_holds(tmp_path: Path, made: list[str], said: str) -> None:
    for name in made:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    with pytest.raises(LogLensError, match=said):
        find_runs([str(tmp_path)])


def test_one_folder_without_event_files_among_several_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "good", LOSS)
    (tmp_path / "bad").mkdir()
    found = find_runs([str(tmp_path / "good"), str(tmp_path / "bad")])
    assert [source.name for source in found.sources] == ["good:."]
    assert "is empty" in found.problems[0].reason


def test_a_pattern_that_matches_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(LogLensError, match="matches"):
        find_runs([str(tmp_path / "z*")])


def test_nothing_given() -> None:
    with pytest.raises(LogLensError, match="No LOGDIR"):
        find_runs([])


def test_sources_travel_to_other_processes(tmp_path: Path) -> None:
    write(tmp_path / "a", LOSS)
    found = find_runs([str(tmp_path)])
    assert pickle.loads(pickle.dumps(found.sources)) == found.sources


def test_a_stray_file_above_many_runs_does_not_make_them_one_source(tmp_path: Path) -> None:
    write(tmp_path, LOSS)
    for number in range(20):
        write(tmp_path / f"exp_{number}", LOSS)
    assert len(find_runs([str(tmp_path)]).sources) == 21
