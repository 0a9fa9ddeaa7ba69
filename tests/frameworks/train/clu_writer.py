"""JAX and Flax with clu's metric writer, a loop by hand as in Flax' examples."""

import jax
import numpy as np
import optax
from clu import metric_writers
from flax import linen as nn

from tests.frameworks.train.common import CLASSES, VARIANTS, Reported, curve, data

reported = Reported("JAX/Flax with clu", ["clu", "jax", "flax", "optax", "tensorflow-cpu"])
for variant in VARIANTS:
    tx, ty, vx, vy = data(variant)
    model = nn.Sequential([nn.Dense(variant.hidden), nn.relu, nn.Dense(CLASSES)])
    parameters = model.init(jax.random.key(1), tx[:1])
    optimizer = optax.sgd(variant.rate, 0.9)
    state = optimizer.init(parameters)

    def loss_of(parameters, x, y, model=model):
        scores = model.apply(parameters, x)
        return optax.softmax_cross_entropy_with_integer_labels(scores, y).mean(), (scores.argmax(1) == y).mean()

    @jax.jit
    def update(parameters, state, x, y, *, loss_of=loss_of, optimizer=optimizer):
        (loss, right), slopes = jax.value_and_grad(loss_of, has_aux=True)(parameters, x, y)
        changes, state = optimizer.update(slopes, state)
        return optax.apply_updates(parameters, changes), state, loss, right

    writer = metric_writers.create_default_writer(str(reported.folder(variant)), asynchronous=False)
    told: dict[str, dict[int, float]] = {}
    rng, step = np.random.default_rng(1), 0
    for epoch in range(variant.epochs):
        batches = rng.permutation(variant.samples).reshape(-1, variant.batch)
        results = []
        for batch in batches:
            parameters, state, loss, right = update(parameters, state, tx[batch], ty[batch])
            results.append((float(loss), float(right)))
            step += 1
        losses, rights = np.mean(results, axis=0)
        checked = jax.jit(loss_of)(parameters, vx, vy)
        values = {
            "train_loss": float(losses),
            "train_accuracy": float(rights),
            "eval_loss": float(checked[0]),
            "eval_accuracy": float(checked[1]),
            "epoch": epoch + 1,
        }
        writer.write_scalars(step, values)
        for tag, value in values.items():
            told.setdefault(tag, {})[step] = value
    writer.close()
    roles = {
        "train_loss": "train loss min",
        "train_accuracy": "train accuracy max",
        "eval_loss": "validation loss min",
        "eval_accuracy": "validation accuracy max",
        "epoch": "none counter none",
    }
    reported.add(
        variant,
        variant.name,
        [curve(variant.name, tag, points, roles[tag]) for tag, points in told.items()],
        [
            (f"{variant.name}:eval_loss", f"{variant.name}:train_loss"),
            (f"{variant.name}:eval_accuracy", f"{variant.name}:train_accuracy"),
        ],
        steps_per_epoch=variant.steps_per_epoch,
        judged=f"{variant.name}:eval_loss",
    )
