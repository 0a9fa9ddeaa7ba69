"""skorch: its TensorBoard callback as it comes."""

import numpy as np
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import TensorBoard
from skorch.helper import predefined_split
from torch.utils.data import TensorDataset
from torch.utils.tensorboard import SummaryWriter

from tests.frameworks.train.common import VARIANTS, Reported, curve, data, torch_model

reported = Reported("skorch", ["skorch", "torch", "tensorboard"])
for variant in VARIANTS:
    tx, ty, vx, vy = data(variant)
    writer = SummaryWriter(str(reported.folder(variant)))
    net = NeuralNetClassifier(
        torch_model(variant),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        optimizer__momentum=0.9,
        lr=variant.rate,
        batch_size=variant.batch,
        max_epochs=variant.epochs,
        iterator_train__shuffle=True,
        train_split=predefined_split(TensorDataset(torch.from_numpy(vx), torch.from_numpy(vy))),
        callbacks=[TensorBoard(writer)],
        verbose=0,
    )
    net.fit(tx, ty.astype(np.int64))
    roles = {
        "train_loss": ("Loss/train_loss", "train loss min"),
        "valid_loss": ("Loss/valid_loss", "validation loss min"),
        "valid_acc": ("Loss/valid_acc", "validation accuracy max"),
    }
    place = variant.name
    reported.add(
        variant,
        place,
        [
            curve(place, tag, {row["epoch"]: row[key] for row in net.history}, role)
            for key, (tag, role) in roles.items()
        ],
        [(f"{place}:Loss/valid_loss", f"{place}:Loss/train_loss")],
        judged=f"{place}:Loss/valid_loss",
    )
