"""MMEngine: the Runner with TensorboardVisBackend, its LoggerHook as it comes."""

import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmengine.visualization import Visualizer

from tests.frameworks.train.common import VARIANTS, Reported, Variant, curve, torch_loaders, torch_model


class Model(BaseModel):
    """A classifier with MMEngine's three modes."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.model = torch_model(variant)

    def forward(self, inputs, labels, mode="tensor"):
        scores = self.model(inputs)
        if mode == "loss":
            return {"loss": torch.nn.functional.cross_entropy(scores, labels)}
        return scores, labels


class Score(BaseMetric):
    """Accuracy and loss of the validation set; under a name with "loss" MMEngine logs the mean of all epochs so far."""

    default_prefix = "val"

    def process(self, _, outputs):
        scores, labels = outputs
        right = (scores.argmax(1) == labels).float().mean().item()
        self.results.append((right, torch.nn.functional.cross_entropy(scores, labels).item()))

    def compute_metrics(self, results):
        return {"accuracy": results[0][0], "nll": results[0][1]}


class Keep(Hook):
    """What the loops hand to their hooks."""

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self.told = {}

    def after_train_iter(self, runner, batch_idx, **_):
        if self.every_n_inner_iters(batch_idx, 10):
            scalars = runner.message_hub.log_scalars
            self.told.setdefault("lr", {})[runner.iter + 1] = scalars["train/lr"].current()
            self.told.setdefault("loss", {})[runner.iter + 1] = scalars["train/loss"].mean(10)

    def after_val_epoch(self, runner, metrics=None):
        for tag, value in metrics.items():
            self.told.setdefault(tag, {})[runner.epoch] = value


reported = Reported("MMEngine", ["mmengine", "torch", "tensorboard"])
for variant in VARIANTS:
    model = Model(variant)
    keep = Keep()
    training, validation = torch_loaders(variant)
    runner = Runner(
        model,
        str(reported.folder(variant)),
        train_dataloader=training,
        val_dataloader=validation,
        train_cfg={"by_epoch": True, "max_epochs": variant.epochs},
        val_cfg={},
        val_evaluator=Evaluator(Score()),
        optim_wrapper={"optimizer": {"type": "SGD", "lr": variant.rate, "momentum": 0.9}},
        default_hooks={"checkpoint": None},
        custom_hooks=[keep],
        visualizer=Visualizer(
            vis_backends=[{"type": "TensorboardVisBackend"}], save_dir=str(reported.folder(variant)), name=variant.name
        ),
        experiment_name=variant.name,
        log_level="ERROR",
    )
    runner.train()
    runner.visualizer.close()
    place = next(reported.out.glob(f"{variant.name}/**/events.out.tfevents*")).parent.relative_to(reported.out)
    roles = {
        "loss": "train loss min",
        "lr": "train learning-rate none",
        "val/nll": "validation loss min",
        "val/accuracy": "validation accuracy max",
    }
    reported.add(
        variant,
        place.as_posix(),
        [curve(place.as_posix(), tag, points, roles[tag]) for tag, points in keep.told.items()],
        [(f"{place.as_posix()}:val/nll", f"{place.as_posix()}:loss")] if "loss" in keep.told else [],
        steps_per_epoch=variant.steps_per_epoch if "loss" in keep.told else None,
        judged=f"{place.as_posix()}:val/nll",
    )
