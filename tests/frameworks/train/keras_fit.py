"""Keras 3 on TensorFlow: model.fit with the TensorBoard callback as it comes."""

import keras
import numpy as np

from tests.frameworks.train.common import CLASSES, FEATURES, VARIANTS, Reported, curve, data

reported = Reported("Keras", ["keras", "tensorflow-cpu", "tensorboard"])
for variant in VARIANTS:
    keras.utils.set_random_seed(1)
    tx, ty, vx, vy = data(variant)
    layers = [keras.layers.Dense(variant.hidden, "relu"), keras.layers.Dense(CLASSES)]
    model = keras.Sequential([keras.layers.Input((FEATURES,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(variant.rate, momentum=0.9)
    model.compile(optimizer, loss, metrics=["accuracy"])
    board = keras.callbacks.TensorBoard(str(reported.folder(variant)), write_graph=False)
    history = model.fit(
        tx, ty, variant.batch, variant.epochs, verbose=0, callbacks=[board], validation_data=(vx, vy)
    ).history
    train, validation = f"{variant.name}/train", f"{variant.name}/validation"
    reported.add(
        variant,
        variant.name,
        [
            curve(train, "epoch_loss", history["loss"], "train loss min"),
            curve(train, "epoch_accuracy", history["accuracy"], "train accuracy max"),
            curve(
                train, "epoch_learning_rate", [np.float32(variant.rate)] * variant.epochs, "train learning-rate none"
            ),
            curve(validation, "epoch_loss", history["val_loss"], "validation loss min"),
            curve(validation, "epoch_accuracy", history["val_accuracy"], "validation accuracy max"),
        ],
        [
            (f"{validation}:epoch_loss", f"{train}:epoch_loss"),
            (f"{validation}:epoch_accuracy", f"{train}:epoch_accuracy"),
        ],
        steps_per_epoch=variant.steps_per_epoch,
        judged=f"{validation}:epoch_loss",
    )
