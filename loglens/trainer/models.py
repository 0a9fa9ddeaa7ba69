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
    """Scores float[runs, classes, samples] of inputs [runs, samples, features].

    Samples come last from the first layer on: a softmax over four or ten neighbouring numbers takes a CPU four times
    as long as one across whole rows (1.9 against .35 ms for 32,768 samples of 4 classes), the last product three.
    `dropout` is (rates [runs, 1, 1], seeds int32[runs], step int32[]): units are left out by a hash of seed, step
    and place. Without it the network is as it is when evaluated.
    """
    convolve = settings.model == "cnn" and image is not None
    shape = image or (0, 0, 0)
    x = x.transpose(1, 2)
    for layer in range(len(weights) // 2 - 1):
        weight, bias = weights[2 * layer], weights[2 * layer + 1]
        if convolve:
            x, shape = _convolved(settings, weight, bias, x, shape)
        else:
            x = _activated(settings, _product(weight, bias, x))
        if dropout is not None:
            x = _dropped(x, layer, *dropout)
    return _product(weights[-2], weights[-1], x)


def _product(weight: Tensor, bias: Tensor, x: Tensor) -> Tensor:
    return torch.baddbmm(bias.transpose(1, 2), weight.transpose(1, 2), x)


def _convolved(
    settings: Settings, weight: Tensor, bias: Tensor, x: Tensor, shape: tuple[int, int, int]
) -> tuple[Tensor, tuple[int, int, int]]:
    """3 x 3 convolution, 2 x 2 maximum, activation: [runs, pixels, samples] in, the same and its image shape out.

    One batched product over shifted copies with the samples innermost: measured on a CPU against grouped `conv2d`
    and `max_pool2d`, a fifth of the time forwards, two thirds with the gradient.
    """
    runs, _, samples = x.shape
    channels, height, width = shape
    image = F.pad(x.reshape(runs, channels, height, width, samples), (0, 0, 1, 1, 1, 1))
    shifted = [image[:, :, i : i + height, j : j + width] for i in range(3) for j in range(3)]
    patches = torch.stack(shifted, 2).view(runs, channels * 9, -1)
    scores = _product(weight, bias, patches).view(runs, -1, height, width, samples)
    shape = (weight.shape[2], height // 2, width // 2)
    scores = scores[:, :, : 2 * shape[1], : 2 * shape[2]].reshape(runs, -1, shape[1], 2, shape[2], 2, samples)
    pooled = torch.maximum(*scores.unbind(3))
    pooled = torch.maximum(*pooled.unbind(4))
    return _activated(settings, pooled).reshape(runs, -1, samples), shape


def _activated(settings: Settings, x: Tensor) -> Tensor:
    if settings.activation == "relu":
        return torch.relu_(x)  # in place: its gradient needs the result only
    return torch.tanh(x) if settings.activation == "tanh" else x


def _dropped(x: Tensor, layer: int, rates: Tensor, seeds: Tensor, step: Tensor) -> Tensor:
    units, samples = x.shape[1:]
    places = torch.arange(samples * units, dtype=torch.int32, device=x.device).view(1, samples, units)
    kept = uniform(seeds[:, None, None], step * 8 + layer, places.transpose(1, 2)) >= rates
    return x * kept / (1 - rates)
