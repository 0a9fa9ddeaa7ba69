"""Interventions: the same training with one thing changed, so that a cause is what removes the fault."""

from __future__ import annotations

from collections.abc import Callable

from loglens.trainer.settings import Settings

Change = Callable[[Settings], Settings]


def _longer(s: Settings) -> Settings:
    return s.replace(epochs=3 * s.epochs, schedule_epochs=s.schedule_epochs or s.epochs)


def _larger_batch(s: Settings) -> Settings:
    return s.replace(batch_size=min(4 * s.batch_size, s.train_size))


def _decay(s: Settings) -> Settings:
    return s.replace(schedule="step", schedule_drops=(0.5, 0.75))


# What each does, in the words that advice quotes. The first seven decide a cause, the others are remedies too.
CHANGES: dict[str, tuple[str, Change]] = {
    "lower-rate": ("a quarter of the learning rate", lambda s: s.replace(lr=s.lr / 4)),
    "much-lower-rate": ("a thirtieth of the learning rate", lambda s: s.replace(lr=s.lr / 30)),
    "larger-batch": ("four times the batch size", _larger_batch),
    "higher-rate": ("four times the learning rate", lambda s: s.replace(lr=s.lr * 4)),
    "much-higher-rate": ("thirty times the learning rate", lambda s: s.replace(lr=s.lr * 30)),
    "longer": ("three times the epochs, the schedule as it was", _longer),
    "constant-rate": ("a constant rate, the mean of the cycle", lambda s: s.replace(schedule="constant", lr=s.lr / 2)),
    "shuffled": ("samples shuffled anew in every epoch", lambda s: s.replace(shuffle=True)),
    "no-momentum": ("no momentum, the rate as it was", lambda s: s.replace(momentum=0.0)),
    "decay": ("a tenth of the rate from half, a hundredth from three quarters of the epochs", _decay),
    "dropout": ("dropout of 0.3", lambda s: s.replace(dropout=0.3)),
    "weight-decay": ("a weight decay of 0.01", lambda s: s.replace(weight_decay=0.01)),
    "half-width": ("half the hidden units", lambda s: s.replace(width=max(s.width // 2, 1))),
    "twice-the-data": ("twice the training samples", lambda s: s.replace(train_size=2 * s.train_size)),
    "without-fault": (
        "the injected fault taken out",
        lambda s: s.replace(hidden_bias=0.0, init_scale=1.0, flip_val=False, corrupt_epochs=(), bad_samples=0),
    ),
}


def changed(settings: Settings, name: str) -> Settings:
    """The settings after that intervention."""
    return CHANGES[name][1](settings)
