"""Folders joined by their names, judged by what they hold: phases of one training, or trainings of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loglens.events.series import EventFile
from loglens.runs.folders import BARE
from loglens.runs.phases import folder_phase, tag_phase
from loglens.runs.quantities import measure_of

Files = Mapping[str, Sequence[EventFile]]
"""The files of each event directory."""
JUDGED = frozenset({"loss", "accuracy", "metric", "error-rate", "perplexity", "reward", "loss-part"})
"""Quantities that folders of one training have in common, whatever they call them."""


@dataclass(frozen=True, slots=True)
class Family:
    """The folders of one run, by name, and a sentence on why they are joined or kept apart ("" for a plain folder)."""

    name: str
    directories: tuple[str, ...]
    note: str = ""


def split_family(name: str, files: Files) -> list[Family]:
    """The runs among folders that their names put together.

    A folder stays with the others unless what it holds speaks against it: tags of several phases (a whole training
    that happens to be called `test`), or nothing that its partners log too.
    """
    if len(files) == 1:
        return [Family(only, (only,)) for only in files]
    tags = {directory: _tags(contents) for directory, contents in files.items()}
    stays: list[str] = []
    leaves: list[str] = []
    for directory in sorted(files):
        (leaves if directory != name and _stands_alone(directory, name, tags) else stays).append(directory)
    joined = [directory for directory in stays if directory != name]
    families = [Family(directory, (directory,), "") for directory in leaves]
    if not stays:
        return families
    if len(stays) == 1:
        return sorted([Family(stays[0], (stays[0],)), *families], key=lambda family: family.name)
    shown = ", ".join(within(directory, name) for directory in joined[:4]) + (", ..." if len(joined) > 4 else "")
    count = "One folder of a phase" if len(joined) == 1 else f"{len(joined)} folders of phases"
    note = f"{count} joined: {shown}."
    return sorted([Family(name, tuple(stays), note), *families], key=lambda family: family.name)


def within(directory: str, name: str) -> str:
    """A directory as seen from the run's folder ("" for the folder itself)."""
    base = name.partition("#")[0]
    if directory == base:
        return ""
    if base == "." or base.endswith(":."):
        return directory.removeprefix(base[:-1])
    return directory.removeprefix(base + "/")


def key_of_add_scalars(folder: str, tag: str) -> str | None:
    """The key with which add_scalars wrote this tag into a folder <tag>_<key> ("/" as "_"); None if it did not."""
    prefix = tag.replace("/", "_") + "_"
    return folder[len(prefix) :] if folder.startswith(prefix) and len(folder) > len(prefix) else None


def _tags(contents: Sequence[EventFile]) -> frozenset[str]:
    return frozenset(series.tag for file in contents for series in file.series)


def _stands_alone(directory: str, name: str, tags: Mapping[str, frozenset[str]]) -> bool:
    own = tags[directory]
    folder = within(directory, name)
    base = folder.rpartition("/")[2]
    if not own or base in BARE:
        return False
    if all(key_of_add_scalars(folder, tag) is not None for tag in own):
        return False
    told = folder_phase(folder)
    if told is None:
        return not any(tag.startswith(("hparam", "_hparams_")) for tag in own) and not base[:1].isdigit()
    named = {phase.phase for phase in map(tag_phase, own) if phase is not None and phase.phase != "none"}
    measured = {(measure_of(tag).quantity, tag) for tag in own if measure_of(tag).quantity != "other"}
    if len(named) > 1 and len(measured) > 1:
        return True  # its own tags tell train from validation: a whole training that happens to have this name
    others = [held for other, held in tags.items() if other != directory and held]
    if not others:
        return False
    return not any(own & held or _related(own, held) for held in others)


def _related(own: frozenset[str], held: frozenset[str]) -> bool:
    """Whether two folders measure the same quantities under names that differ (loss, loss/loss_train)."""
    mine = {measure_of(tag).quantity for tag in own} & JUDGED
    return bool(mine & {measure_of(tag).quantity for tag in held})
