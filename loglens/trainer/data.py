"""The tasks: real digits, a teacher and drawn glyphs with unlimited samples, and MNIST or CIFAR-10 from a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from loglens.events.errors import LogLensError
from loglens.trainer.image_files import images_in
from loglens.trainer.settings import Settings

TEACHER_UNITS, TEACHER_CLASSES = 16, 4
GLYPH_SIDE, GLYPH_CLASSES, GLYPH_STROKES = 8, 10, 5


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Inputs float32[samples, features] and labels int64[samples]."""

    x: Tensor
    y: Tensor


Samples = Callable[[int, int, torch.Generator], Split]  # (task, size, draw)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One task: what is trained on, what the user validates on, and fresh samples that tell the population loss.

    `image` is (channels, height, width) where the features are pixels in that order.
    """

    train: Split
    val: Split
    population: Split
    classes: int
    image: tuple[int, int, int] | None


def make_task(settings: Settings) -> Task:
    """The task of these settings: the same for the same data, task number, sizes and label noise.

    Validation and population samples do not depend on `train_size`, and a larger train set holds the smaller one,
    so that "twice the data" changes nothing else. Raises LogLensError when a finite set is too small.
    """
    if settings.data == "teacher":
        task = _generated(settings, partial(teacher_samples, settings.inputs), TEACHER_CLASSES, None)
    elif settings.data == "glyphs":
        task = _generated(settings, glyph_samples, GLYPH_CLASSES, (1, GLYPH_SIDE, GLYPH_SIDE))
    elif settings.data == "digits":
        task = _divided(settings, *digits(), (1, 8, 8))
    else:
        task = _divided(settings, *images_in(Path(settings.data)))
    if settings.slow_features:  # inputs of small scale are learnt late: Heckel and Yilmaz 2021, epoch-wise descents
        for split in (task.train, task.val, task.population):
            split.x[:, -settings.slow_features :] *= settings.slow_scale
    if settings.bad_samples:
        task.train.x[: settings.bad_samples] = torch.nan
    if settings.flip_val:
        task = Task(
            task.train, Split(task.val.x, (task.val.y + 1) % task.classes), task.population, task.classes, task.image
        )
    return task


def teacher_samples(inputs: int, task: int, size: int, draw: torch.Generator) -> Split:
    """Gaussian inputs, labelled by a random tanh network that the task number chooses."""
    weights = torch.Generator().manual_seed(task)
    first = torch.randn(inputs, TEACHER_UNITS, generator=weights) * inputs**-0.5
    second = torch.randn(TEACHER_UNITS, TEACHER_CLASSES, generator=weights)
    x = torch.randn(size, inputs, generator=draw)
    scores = (x @ first).tanh_() @ second
    return Split(x, scores.argmax(1))


def glyph_samples(task: int, size: int, draw: torch.Generator) -> Split:
    """8 x 8 images of ten glyphs: five soft dots each, jittered, shifted up to a pixel, of varying ink, on noise."""
    shapes = torch.Generator().manual_seed(task)
    dots = torch.rand(GLYPH_CLASSES, GLYPH_STROKES, 2, generator=shapes) * 5 + 1
    y = torch.randint(GLYPH_CLASSES, (size,), generator=draw)
    shift = torch.rand(size, 1, 2, generator=draw) * 2 - 1
    jitter = torch.randn(size, GLYPH_STROKES, 2, generator=draw) * 0.5
    ink = torch.rand(size, 1, 1, generator=draw) * 0.6 + 0.7
    centres = dots[y] + shift + jitter
    grid = torch.arange(GLYPH_SIDE, dtype=torch.float32)
    rows = torch.exp(-0.7 * (centres[:, :, 0, None] - grid) ** 2)
    columns = torch.exp(-0.7 * (centres[:, :, 1, None] - grid) ** 2)
    image = ink * (rows.transpose(1, 2) @ columns)  # a dot is the product of its two profiles
    image += 0.2 * torch.randn(size, GLYPH_SIDE, GLYPH_SIDE, generator=draw)
    return Split(image.flatten(1), y)


def digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's 1797 digits, 8 x 8 pixels in [0, 1]."""
    try:
        from sklearn.datasets import load_digits  # noqa: PLC0415 - the import costs a second and only digits need it
    except ImportError as error:
        raise LogLensError("the digits come with scikit-learn: pip install 'loglens[trainer]'") from error
    pixels, labels = load_digits(return_X_y=True)
    return torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(labels, dtype=torch.int64)


def check_sizes(settings: Iterable[Settings]) -> None:
    """Raise LogLensError when a finite set is too small for any of the settings, before anything is trained."""
    largest: dict[str, Settings] = {}
    for one in settings:
        if one.data not in {"teacher", "glyphs"} and _wanted(one) >= _wanted(largest.get(one.data, one)):
            largest[one.data] = one
    for one in largest.values():
        make_task(one)


def _generated(settings: Settings, samples: Samples, classes: int, image: tuple[int, int, int] | None) -> Task:
    splits = []
    for part, size in enumerate((settings.train_size, settings.val_size, settings.population_size)):
        draw = torch.Generator().manual_seed(1_000_003 * (part + 1) + settings.task)
        # blocks of 1000 make a larger set begin with the smaller one
        blocks = [samples(settings.task, 1000, draw) for _ in range(-(-size // 1000))]
        x, y = torch.cat([b.x for b in blocks])[:size], torch.cat([b.y for b in blocks])[:size]
        splits.append(_noisy(Split(x, y), classes, settings, part))
    return Task(splits[0], splits[1], splits[2], classes, image)


def _divided(settings: Settings, x: Tensor, y: Tensor, image: tuple[int, int, int]) -> Task:
    """A finite set: validation from the front of a permutation, population from its end, train between."""
    if _wanted(settings) > len(x):
        raise LogLensError(
            f"{settings.data} has {len(x)} samples; train_size {settings.train_size} + val_size {settings.val_size} +"
            f" population_size {settings.population_size} ask for {_wanted(settings)}: lower them with --set."
        )
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(settings.task))
    parts = (
        order[settings.val_size : settings.val_size + settings.train_size],
        order[: settings.val_size],
        order[len(x) - settings.population_size :],
    )
    classes = int(y.max()) + 1
    train, val, population = (_noisy(Split(x[p], y[p]), classes, settings, i) for i, p in enumerate(parts))
    return Task(train, val, population, classes, image)


def _wanted(settings: Settings) -> int:
    return settings.train_size + settings.val_size + settings.population_size


def _noisy(split: Split, classes: int, settings: Settings, part: int) -> Split:
    draw = torch.Generator().manual_seed(7_000_003 * (part + 1) + settings.task)
    blocks = -(-len(split.y) // 1000) * 1000
    chosen = torch.rand(blocks, generator=draw)[: len(split.y)] < settings.label_noise
    # a separate generator: the labels drawn must not depend on how many samples were asked for
    other = torch.randint(
        classes, (blocks,), generator=torch.Generator().manual_seed(9_000_011 * (part + 1) + settings.task)
    )
    return Split(split.x, torch.where(chosen, other[: len(split.y)], split.y))
