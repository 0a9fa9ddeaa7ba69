"""The models, with a leading axis that holds one network a run: forward passes by batched matrix products."""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone knows
from torch import Tensor

from loglens.trainer.draws import uniform
from loglens.trainer.settings import Settings


def initial_weights(
    settings: Settings, features: int, classes: int, image: tuple[int, int, int] | None
) -> list[Tensor]:
    """Weights and biases of one network, alternating: float32[inputs, outputs] and float32[1, outputs].

    He et al. 2015 for the hidden layers, 1/sqrt(inputs) for the last. A convolution is the matrix
    [channels x 9, channels out] that multiplies 3 x 3 patches.
    """
    draw = torch.Generator().manual_seed(5_000_011 + settings.seed)
    sizes = layer_sizes(settings, features, classes, image)
    weights: list[Tensor] = []
    for layer, (inputs, outputs) in enumerate(sizes):
        last = layer == len(sizes) - 1
        scale = settings.init_scale * math.sqrt((1 if last else 2) / inputs)
        weights.append(torch.randn(inputs, outputs, generator=draw) * scale)
        weights.append(torch.full((1, outputs), 0.0 if last else settings.hidden_bias))
    return weights


def layer_sizes(
    settings: Settings, features: int, classes: int, image: tuple[int, int, int] | None
) -> list[tuple[int, int]]:
    """(inputs, outputs) of every layer; a CNN doubles its channels and halves its image at every convolution."""
    if settings.model == "mlp" or image is None:
        widths = [features, *[settings.width] * settings.depth, classes]
        return list(itertools.pairwise(widths))
    channels = [image[0], *[settings.width << i for i in range(settings.depth)]]
    side = (image[1] >> settings.depth) * (image[2] >> settings.depth)
    convolutions = [(9 * a, b) for a, b in itertools.pairwise(channels)]
    return [*convolutions, (channels[-1] * side, classes)]


def logits(
    settings: Settings,
    weights: list[Tensor],
    x: Tensor,
    image: tuple[int, int, int] | None,
    dropout: tuple[Tensor, Tensor, Tensor] | None = None,
) -> Tensor:
    """Scores float[runs, samples, classes] of inputs [runs, samples, features].

    `dropout` is (rates [runs, 1, 1], seeds int32[runs], step int32[]): units are left out by a hash of seed, step
    and place. Without it the network is as it is when evaluated.
    """
    hidden_layers = len(weights) // 2 - 1
    convolve = settings.model == "cnn" and image is not None
    shape = image
    for layer in range(hidden_layers):
        if convolve:
            assert shape is not None
            x = _patches(x, shape)
        x = _activate(settings, torch.baddbmm(weights[2 * layer + 1], x, weights[2 * layer]))
        if convolve:
            assert shape is not None
            x, shape = _pooled(x, shape)
        if dropout is not None:
            x = _dropped(x, layer, *dropout)
    return torch.baddbmm(weights[-1], x, weights[-2])


def _activate(settings: Settings, x: Tensor) -> Tensor:
    if settings.activation == "relu":
        return torch.relu(x)
    return torch.tanh(x) if settings.activation == "tanh" else x


def _patches(x: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """[runs, samples, pixels] to [runs, samples x places, channels x 9]: the convolution becomes a product."""
    runs, samples, _ = x.shape
    columns = F.unfold(x.reshape(runs * samples, *shape), 3, padding=1)
    return columns.transpose(1, 2).reshape(runs, samples * shape[1] * shape[2], shape[0] * 9)


def _pooled(x: Tensor, shape: tuple[int, int, int]) -> tuple[Tensor, tuple[int, int, int]]:
    """Maximum over 2 x 2 places; back to [runs, samples, channels x height x width] and the new shape."""
    runs, rows, channels = x.shape
    samples = rows // (shape[1] * shape[2])
    image = x.reshape(runs * samples, shape[1], shape[2], channels).permute(0, 3, 1, 2)
    image = F.max_pool2d(image, 2)
    smaller = (channels, shape[1] // 2, shape[2] // 2)
    return image.reshape(runs, samples, -1), smaller


def _dropped(x: Tensor, layer: int, rates: Tensor, seeds: Tensor, step: Tensor) -> Tensor:
    samples, units = x.shape[1:]
    places = torch.arange(samples * units, dtype=torch.int32, device=x.device).view(1, samples, units)
    kept = uniform(seeds[:, None, None], step * 8 + layer, places) >= rates
    return x * kept / (1 - rates)
