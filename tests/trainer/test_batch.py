"""Batches: the same curves in any company, after a resume, and as a plain torch loop makes them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from loglens.trainer.batch import Batch
from loglens.trainer.data import make_task
from loglens.trainer.draws import permutations, uniform
from loglens.trainer.models import initial_weights
from loglens.trainer.settings import Settings
from loglens.trainer.trainings import group, train_many

TINY = Settings(train_size=64, val_size=32, population_size=64, width=8, batch_size=16, epochs=3)


def test_a_run_does_not_depend_on_its_company() -> None:
    alone = train_many([TINY.replace(seed=3)])[0]
    company = train_many([TINY.replace(seed=seed, lr=0.1 if seed == 3 else 0.5) for seed in range(6)])[3]
    np.testing.assert_allclose(alone.step_loss, company.step_loss, rtol=1e-5)
    np.testing.assert_allclose(alone.population_loss, company.population_loss, rtol=1e-5)


def test_the_same_seed_gives_the_same_curves() -> None:
    first, second = train_many([TINY])[0], train_many([TINY])[0]
    np.testing.assert_array_equal(first.step_loss, second.step_loss)
    np.testing.assert_array_equal(first.val_loss, second.val_loss)
    other = train_many([TINY.replace(seed=1)])[0]
    assert not np.allclose(first.step_loss, other.step_loss)


@pytest.mark.parametrize(
    "change", [{"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "adam", "momentum": 0.9, "dropout": 0.2}]
)
def test_a_resumed_training_goes_on_as_if_never_stopped(change: dict[str, object]) -> None:
    settings = [TINY.replace(seed=seed, **change) for seed in range(2)]
    whole = Batch(settings)
    list(whole.epochs())
    broken = Batch(settings)
    next(broken.epochs())
    resumed = Batch(settings)
    resumed.load(broken.state())
    list(resumed.epochs())
    np.testing.assert_array_equal(whole.histories()[1].step_loss, resumed.histories()[1].step_loss)
    np.testing.assert_array_equal(whole.histories()[1].val_loss, resumed.histories()[1].val_loss)


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.01},
        {"optimizer": "adam", "momentum": 0.9, "weight_decay": 0.01, "lr": 0.01},
        {"optimizer": "adamw", "momentum": 0.9, "weight_decay": 0.01, "lr": 0.01},
        {"optimizer": "sgd", "activation": "tanh", "depth": 2, "loss": "mse"},
    ],
)
def test_the_steps_are_those_of_torch_optim(change: dict[str, object]) -> None:
    settings = TINY.replace(**change)
    task = make_task(settings)
    order = permutations(torch.tensor([settings.seed], dtype=torch.int32), torch.tensor(0, dtype=torch.int32), 64)[0]
    weights = [w.requires_grad_() for w in initial_weights(settings, 20, 4, None)]
    lr, decay = settings.lr, settings.weight_decay
    optimizer: torch.optim.Optimizer
    if settings.optimizer == "sgd":
        optimizer = torch.optim.SGD(weights, lr=lr, momentum=settings.momentum, weight_decay=decay)
    elif settings.optimizer == "adam":
        optimizer = torch.optim.Adam(weights, lr=lr, weight_decay=decay)
    else:
        optimizer = torch.optim.AdamW(weights, lr=lr, weight_decay=decay)
    losses = []
    for step in range(4):
        chosen = order[step * 16 : (step + 1) * 16]
        x, y = task.train.x[chosen], task.train.y[chosen]
        for layer in range(0, len(weights), 2):
            x = x @ weights[layer] + weights[layer + 1]
            if layer < len(weights) - 2:
                x = torch.tanh(x) if settings.activation == "tanh" else torch.relu(x)
        if settings.loss == "mse":
            loss = (x - torch.nn.functional.one_hot(y, 4)).square().sum(1).mean()
        else:
            loss = torch.nn.functional.cross_entropy(x, y)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    np.testing.assert_allclose(train_many([settings])[0].step_loss[:4], losses, rtol=2e-4)


def test_the_convolution_is_torchs() -> None:
    settings = TINY.replace(data="glyphs", model="cnn", depth=2, width=4)
    task = make_task(settings)
    w = initial_weights(settings, 64, 10, (1, 8, 8))
    x = task.val.x.view(-1, 1, 8, 8)
    for layer in (0, 2):
        kernel = w[layer].T.view(w[layer].shape[1], -1, 3, 3)
        x = torch.nn.functional.conv2d(x, kernel, w[layer + 1][0], padding=1)
        x = torch.nn.functional.max_pool2d(torch.relu(x), 2)
    scores = x.flatten(1) @ w[4] + w[5]
    expected = torch.nn.functional.cross_entropy(scores, task.val.y).item()
    assert train_many([settings])[0].val_loss[0] == pytest.approx(expected, rel=1e-4)


def test_draws_are_uniform_and_permutations_whole() -> None:
    seeds = torch.arange(50, dtype=torch.int32)
    order = permutations(seeds, torch.tensor(7, dtype=torch.int32), 200)
    assert torch.equal(order.sort(1).values, torch.arange(200).expand(50, 200))
    places = torch.arange(10_000, dtype=torch.int32)
    drawn = uniform(torch.tensor(1, dtype=torch.int32), places).numpy()
    counts = np.histogram(drawn, 10, (0, 1))[0]
    assert np.sum((counts - 1000) ** 2 / 1000) < 27.9  # chi-square, 9 degrees of freedom, p = .001
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.04
    first_places = np.bincount(order[:, 0].numpy() // 50, minlength=4)
    assert np.all(first_places > 3)  # of 50 seeds, 12.5 expected a quarter


def test_grouping_puts_equal_shapes_together_and_loses_nobody() -> None:
    settings = [TINY.replace(seed=i, lr=0.1 * (1 + i), width=8 if i % 3 else 16) for i in range(20)]
    groups = group(settings, at_most=5)
    assert sorted(i for members in groups for i in members) == list(range(20))
    assert all(len({settings[i].width for i in members}) == 1 and len(members) <= 5 for members in groups)
