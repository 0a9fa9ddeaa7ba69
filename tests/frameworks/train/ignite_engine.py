"""Ignite: TensorboardLogger with its output handlers."""

import torch
from ignite.contrib.handlers import TensorboardLogger, global_step_from_engine
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Accuracy, Loss

from tests.frameworks.train.common import VARIANTS, Reported, curve, torch_loaders, torch_model, torch_optimizer

reported = Reported("Ignite", ["pytorch-ignite", "torch", "tensorboardX"])
for variant in VARIANTS:
    model = torch_model(variant)
    training, validation = torch_loaders(variant)
    loss = torch.nn.CrossEntropyLoss()
    trainer = create_supervised_trainer(model, torch_optimizer(model, variant), loss)
    evaluators = {
        name: create_supervised_evaluator(model, {"loss": Loss(loss), "accuracy": Accuracy()})
        for name in ("training", "validation")
    }
    told: dict[str, dict[int, float]] = {}
    with TensorboardLogger(log_dir=str(reported.folder(variant))) as logger:
        logger.attach_output_handler(
            trainer, Events.ITERATION_COMPLETED(every=4), tag="training", output_transform=lambda x: {"batchloss": x}
        )
        for name, evaluator in evaluators.items():
            logger.attach_output_handler(
                evaluator,
                Events.EPOCH_COMPLETED,
                tag=name,
                metric_names=["loss", "accuracy"],
                global_step_transform=global_step_from_engine(trainer),
            )

        def batch(engine, told=told):
            told.setdefault("training/batchloss", {})[engine.state.iteration] = engine.state.output

        def epoch(engine, told=told, evaluators=evaluators, loaders=(training, validation)):
            for (name, evaluator), loader in zip(evaluators.items(), loaders, strict=True):
                evaluator.run(loader)
                for metric, value in evaluator.state.metrics.items():
                    told.setdefault(f"{name}/{metric}", {})[engine.state.epoch] = value

        trainer.add_event_handler(Events.ITERATION_COMPLETED(every=4), batch)
        trainer.add_event_handler(Events.EPOCH_COMPLETED, epoch)
        trainer.run(training, variant.epochs)
    place = variant.name
    roles = {
        "training/batchloss": "train loss min",
        "training/loss": "train loss min",
        "training/accuracy": "train accuracy max",
        "validation/loss": "validation loss min",
        "validation/accuracy": "validation accuracy max",
    }
    reported.add(
        variant,
        place,
        [curve(place, tag, points, roles[tag]) for tag, points in told.items()],
        [(f"{place}:validation/loss", f"{place}:training/loss")],
        judged=f"{place}:validation/loss",
    )
