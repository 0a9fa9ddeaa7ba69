"""A loop by hand, shared by the scripts of writers and loops that leave the tags to their user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.frameworks.train.common import Reported, Variant, curve, torch_loaders, torch_model, torch_optimizer

Log = Callable[[str, float, int], None]


def train(
    variant: Variant, log: Log, prepare: Callable[..., Any] | None = None, backward: Callable[[Any], None] | None = None
) -> dict[str, dict[int, float]]:
    """Trains, logs the usual four tags, and returns what was handed to `log`."""
    import torch  # noqa: PLC0415

    model = torch_model(variant)
    optimizer = torch_optimizer(model, variant)
    training, validation = torch_loaders(variant)
    if prepare:
        model, optimizer, training, validation = prepare(model, optimizer, training, validation)
    loss_of = torch.nn.functional.cross_entropy
    told: dict[str, dict[int, float]] = {}

    def tell(tag: str, value: float, step: int) -> None:
        log(tag, value, step)
        told.setdefault(tag, {})[step] = value

    step = 0
    for epoch in range(variant.epochs):
        model.train()
        for inputs, labels in training:
            loss = loss_of(model(inputs), labels)
            optimizer.zero_grad()
            backward(loss) if backward else loss.backward()
            optimizer.step()
            step += 1
            tell("train/loss", loss.item(), step)
        model.eval()
        with torch.no_grad():
            for inputs, labels in validation:
                scores = model(inputs)
                tell("val/loss", loss_of(scores, labels).item(), step)
                tell("val/accuracy", (scores.argmax(1) == labels).float().mean().item(), step)
        tell("epoch", epoch, step)
    return told


ROLES = {
    "train/loss": "train loss min",
    "val/loss": "validation loss min",
    "val/accuracy": "validation accuracy max",
    "epoch": "none counter none",
}


def add(reported: Reported, variant: Variant, told: dict[str, dict[int, float]], place: str) -> None:
    """What was logged, with the roles its tags have."""
    reported.add(
        variant,
        place,
        [curve(place, tag, points, ROLES[tag]) for tag, points in told.items()],
        [(f"{place}:val/loss", f"{place}:train/loss")],
        steps_per_epoch=variant.steps_per_epoch,
        judged=f"{place}:val/loss",
    )
