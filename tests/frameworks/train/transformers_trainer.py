"""Hugging Face Trainer: a tiny BERT made from a config, its TensorBoard callback."""

import os

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from tests.frameworks.train.common import CLASSES, VALIDATION, VARIANTS, Reported, curve

WORDS, LENGTH = 40, 12


def texts(samples: int, noise: float, rng: np.random.Generator) -> list[dict]:
    """Sequences of words, half of them typical of their class."""
    labels = rng.integers(CLASSES, size=samples)
    typical = labels[:, None] * 8 + rng.integers(8, size=(samples, LENGTH))
    words = np.where(rng.random((samples, LENGTH)) < 0.4, typical, rng.integers(WORDS, size=(samples, LENGTH)))
    labels = np.where(rng.random(samples) < noise, rng.integers(CLASSES, size=samples), labels)
    return [{"input_ids": torch.tensor(w), "labels": int(y)} for w, y in zip(words, labels, strict=True)]


def accuracy(told) -> dict[str, float]:
    return {"accuracy": float((told.predictions.argmax(1) == told.label_ids).mean())}


reported = Reported("Hugging Face Trainer", ["transformers", "accelerate", "torch", "tensorboard"])
for variant in VARIANTS:
    torch.set_num_threads(1)
    rng = np.random.default_rng(7)
    # By name: Adam's rates, with the gradient clipped as it comes; 10 ruins the embeddings in a few steps.
    rate = {"sane": 1e-3, "high-rate": 10.0, "small-set": 3e-3}[variant.name]
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LENGTH,
        num_labels=CLASSES,
    )
    # Its default folder carries the name of the machine.
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(reported.folder(variant) / "runs")
    arguments = TrainingArguments(
        output_dir=str(reported.folder(variant)),
        per_device_train_batch_size=variant.batch,
        per_device_eval_batch_size=VALIDATION,
        num_train_epochs=variant.epochs,
        learning_rate=rate,
        logging_steps=variant.steps_per_epoch,
        eval_strategy="epoch",
        save_strategy="no",
        report_to="tensorboard",
        use_cpu=True,
        disable_tqdm=True,
        seed=1,
    )
    trainer = Trainer(
        BertForSequenceClassification(config),
        arguments,
        train_dataset=texts(variant.samples, variant.noise, rng),
        eval_dataset=texts(VALIDATION, variant.noise, rng),
        compute_metrics=accuracy,
    )
    trainer.train()
    told: dict[str, dict[int, float]] = {}
    for entry in trainer.state.log_history:
        for key, value in entry.items():
            told.setdefault(key, {})[entry["step"]] = value
    found = sorted(reported.folder(variant).rglob("events.out.tfevents*"))
    place = found[0].parent.relative_to(reported.out).as_posix()
    roles = {
        "loss": ("train/loss", "train loss min"),
        "learning_rate": ("train/learning_rate", "train learning-rate none"),
        "grad_norm": ("train/grad_norm", "train gradient-norm none"),
        "eval_loss": ("eval/loss", "validation loss min"),
        "eval_accuracy": ("eval/accuracy", "validation accuracy max"),
        "epoch": ("train/epoch", "none counter none"),
    }
    reported.add(
        variant,
        place,
        [curve(place, tag, told[key], role) for key, (tag, role) in roles.items()],
        [(f"{place}:eval/loss", f"{place}:train/loss")],
        steps_per_epoch=variant.steps_per_epoch,
        judged=f"{place}:eval/loss",
    )
