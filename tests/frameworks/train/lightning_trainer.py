"""PyTorch Lightning: the Trainer with its TensorBoardLogger, self.log at its defaults."""

import lightning
import torch
from lightning.pytorch.loggers import TensorBoardLogger

from tests.frameworks.train.common import (
    VARIANTS,
    Reported,
    Variant,
    curve,
    torch_loaders,
    torch_model,
    torch_optimizer,
)


class Module(lightning.LightningModule):
    """A classifier that logs the loss of its training by epoch, and loss and accuracy of its validation."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.model, self.variant = torch_model(variant), variant

    def training_step(self, batch, _):
        loss = torch.nn.functional.cross_entropy(self.model(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        scores = self.model(batch[0])
        self.log("val_loss", torch.nn.functional.cross_entropy(scores, batch[1]))
        self.log("val_acc", (scores.argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self):
        return torch_optimizer(self.model, self.variant)


class Keep(lightning.Callback):
    """What the trainer itself reports after every epoch (callback_metrics)."""

    def __init__(self) -> None:
        self.told: dict[str, dict[int, float]] = {}

    def on_train_epoch_end(self, trainer, _):
        for tag, value in trainer.callback_metrics.items():
            self.told.setdefault(tag, {})[trainer.global_step - 1] = float(value)
        self.told.setdefault("epoch", {})[trainer.global_step - 1] = trainer.current_epoch


reported = Reported("PyTorch Lightning", ["lightning", "torch", "tensorboard"])
roles = {
    "train_loss": "train loss min",
    "val_loss": "validation loss min",
    "val_acc": "validation accuracy max",
    "epoch": "none counter none",
}
for variant in VARIANTS:
    keep = Keep()
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=variant.epochs,
        logger=TensorBoardLogger(str(reported.folder(variant))),
        callbacks=[keep],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(Module(variant), *torch_loaders(variant))
    place = f"{variant.name}/lightning_logs/version_0"
    reported.add(
        variant,
        place,
        [curve(place, tag, points, roles[tag]) for tag, points in keep.told.items()],
        [(f"{place}:val_loss", f"{place}:train_loss")],
        steps_per_epoch=variant.steps_per_epoch,
        judged=f"{place}:val_loss",
    )
