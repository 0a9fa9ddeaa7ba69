"""What a log says of the training's settings: hparams of the TensorBoard plugin, Hugging Face's argument texts."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loglens.events.series import Note
from loglens.events.wire import BYTES, FIXED64, VARINT, WireError, fields

SESSION_START = 3  # HParamsPluginData.session_start_info (tensorboard/plugins/hparams/plugin_data.proto)
HPARAMS_MAP = 1  # SessionStartInfo.hparams, a map from name to google.protobuf.Value
NUMBER, STRING, BOOL = 2, 3, 4  # google.protobuf.Value

BATCH_SIZE = ("batch_size", "train_batch_size", "batchsize", "bs", "global_batch_size", "total_batch_size")
LEARNING_RATE = ("learning_rate", "lr", "base_lr", "init_lr", "initial_lr", "max_lr", "learningrate")
CLASSES = ("num_classes", "n_classes", "nb_classes", "num_labels", "n_labels", "numclasses", "nclasses", "nc")
SAMPLES = ("num_train_samples", "n_train", "num_training_samples", "train_samples", "train_size", "num_train_examples")
STEPS_PER_EPOCH = ("steps_per_epoch", "iters_per_epoch", "batches_per_epoch", "num_batches", "train_steps_per_epoch")


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Settings that the log states; None where it does not. `source` says where they stand, for the user."""

    batch_size: int | None = None
    training_samples: int | None = None
    learning_rate: float | None = None
    classes: int | None = None
    steps_per_epoch: float | None = None
    source: str = ""


def hyperparameters_of(notes: Iterable[Note]) -> Hyperparameters:
    """The settings in a run's texts and hparams. What contradicts itself, or is no number, is left out."""
    found: dict[str, object] = {}
    sources: list[str] = []
    for note in notes:
        if note.plugin == "hparams":
            values, source = hparams_of(note.content), "hparams"
        else:
            values, source = _text_values(note), note.tag
        if values:
            found.update(values)
            sources.append(source)
    if not found:
        return Hyperparameters()
    return Hyperparameters(
        batch_size=_batch_size(found),
        training_samples=_whole(_first(found, SAMPLES)),
        learning_rate=_positive(_first(found, LEARNING_RATE)),
        classes=_classes(found),
        steps_per_epoch=_positive(_first(found, STEPS_PER_EPOCH)),
        source=", ".join(dict.fromkeys(sources)),
    )


def hparams_of(content: bytes) -> dict[str, object]:
    """The hparams of a session-start summary's plugin data, by name; empty when it holds none or is damaged."""
    try:
        return {
            key: value
            for start, end in _messages(content, 0, len(content), SESSION_START)
            for first, last in _messages(content, start, end, HPARAMS_MAP)
            for key, value in (_map_entry(content, first, last),)
        }
    except (WireError, struct.error, UnicodeDecodeError):
        return {}


def _messages(data: bytes, start: int, end: int, number: int) -> list[tuple[int, int]]:
    return [
        (field.start, field.end)
        for field in fields(data, start, end)
        if field.number == number and field.wire_type == BYTES
    ]


def _map_entry(data: bytes, start: int, end: int) -> tuple[str, object]:
    key, value = "", None
    for field in fields(data, start, end):
        if field.number == 1 and field.wire_type == BYTES:
            key = data[field.start : field.end].decode()
        elif field.number == 2 and field.wire_type == BYTES:
            value = _value(data, field.start, field.end)
    return key, value


def _value(data: bytes, start: int, end: int) -> object:
    for field in fields(data, start, end):
        if field.number == NUMBER and field.wire_type == FIXED64:
            return struct.unpack_from("<d", data, field.start)[0]
        if field.number == STRING and field.wire_type == BYTES:
            return data[field.start : field.end].decode()
        if field.number == BOOL and field.wire_type == VARINT:
            return data[field.start] != 0
    return None


def _text_values(note: Note) -> dict[str, object]:
    """A text that holds a JSON object (Hugging Face's args and model_config), or a markdown table of two columns."""
    text = note.text.strip()
    brace = text.find("{")
    if brace >= 0:
        try:
            values = json.loads(text[brace : text.rfind("}") + 1])
        except ValueError:
            return {}
        return {str(key): value for key, value in values.items()} if isinstance(values, dict) else {}
    rows = re.findall(r"^\|\s*([\w.\- ]+?)\s*\|\s*([^|]+?)\s*\|\s*$", text, flags=re.MULTILINE)
    return {key: _number(value) for key, value in rows if not set(value) <= set("-: ")}


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _first(found: Mapping[str, object], names: tuple[str, ...]) -> object:
    """The value of the first of these names, whatever group it stands in ("optim/lr", "data.batch_size")."""
    plain = {re.split(r"[/.:]", key)[-1].strip().lower(): value for key, value in reversed(list(found.items()))}
    return next((plain[name] for name in names if name in plain), None)


def _batch_size(found: Mapping[str, object]) -> int | None:
    """Hugging Face logs the size per device and the accumulation; others the batch size itself."""
    per_device = _whole(_first(found, ("per_device_train_batch_size",)))
    if per_device is not None:
        accumulation = _whole(_first(found, ("gradient_accumulation_steps",)))
        return per_device * (accumulation or 1)
    return _whole(_first(found, BATCH_SIZE))


def _classes(found: Mapping[str, object]) -> int | None:
    labels = found.get("id2label")
    count = len(labels) if isinstance(labels, dict) else _whole(_first(found, CLASSES))
    return count if count is not None and count > 1 else None


def _positive(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 < value < float("inf") else None


def _whole(value: object) -> int | None:
    number = _positive(value)
    return int(number) if number is not None and number == int(number) else None
