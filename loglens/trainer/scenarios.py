"""The scenarios: each one small record that says which fault is injected and which state must be verified."""

from __future__ import annotations

from loglens.events.errors import LogLensError
from loglens.trainer.scenario import Scenario
from loglens.trainer.settings import Settings

FAULTS = ("overfitting", "oscillation", "stalled", "non-finite", "divergence", "loss-spike", "below-chance")
SURE = tuple(name for name in FAULTS if name != "oscillation")  # a swinging rate may swing the loss

# What the scenarios start from. Digits are real; the teacher and the glyphs have unlimited fresh samples.
DIGITS = Settings(
    data="digits", train_size=1000, val_size=300, population_size=497, label_noise=0.0, lr=0.1, schedule="cosine"
)
TEACHER = Settings(train_size=2000, label_noise=0.05, width=32, lr=0.05)
GLYPHS = Settings(data="glyphs", train_size=2000, label_noise=0.0, lr=0.05)
FEW = Settings(train_size=200, label_noise=0.2, width=128, batch_size=20, lr=0.05, epochs=60)
HOT = Settings(train_size=2000, label_noise=0.0, width=8, lr=1.5)  # a network too small to overfit, in motion
LINEAR = Settings(train_size=1000, batch_size=1000, depth=0, loss="mse", lr=0.1, epochs=60)  # curvature known

ANNEAL = ("lower-rate", "larger-batch", "decay")  # what should calm an oscillation
REGULARISE = ("dropout", "weight-decay", "half-width", "twice-the-data")  # what should help against overfitting
UNSTICK = ("longer", "lower-rate", "higher-rate", "without-fault")  # what tells stalled from converged

SCENARIOS: tuple[Scenario, ...] = (
    # healthy, in several shapes
    Scenario(
        "healthy",
        "none: enough data, a small learning rate that anneals",
        TEACHER.replace(schedule="cosine"),
        lacks=FAULTS,
        sweep={"lr": (0.03, 0.05, 0.08), "batch_size": (32, 64)},
        reruns=("longer", "higher-rate"),
    ),
    Scenario(
        "healthy-constant",
        "none: enough data, a constant small rate",
        TEACHER.replace(train_size=4000, epochs=20),
        lacks=FAULTS,
        sweep={"lr": (0.03, 0.05), "batch_size": (64, 128)},
        reruns=("longer", "higher-rate"),
    ),
    Scenario(
        "healthy-digits",
        "none: clean digits, a learning rate that anneals",
        DIGITS,
        lacks=FAULTS,
        sweep={"lr": (0.1, 0.2), "momentum": (0.0, 0.5)},
        reruns=("longer", "higher-rate"),
    ),
    Scenario(
        "healthy-cnn",
        "none: a small convolutional network, AdamW with warm-up and cosine",
        GLYPHS.replace(
            model="cnn",
            width=4,
            depth=2,
            optimizer="adamw",
            lr=0.01,
            momentum=0.9,
            weight_decay=0.01,
            schedule="cosine",
            warmup_epochs=1.0,
            epochs=12,
            population_size=2048,
            val_size=400,
        ),
        lacks=FAULTS,
        sweep={"lr": (0.01, 0.015)},
        reruns=("longer", "higher-rate"),
    ),
    Scenario(
        "warm-up",
        "none: the rate rises over 8 epochs, then anneals",
        GLYPHS.replace(train_size=4000, lr=0.1, schedule="cosine", warmup_epochs=8.0),
        lacks=FAULTS,
        sweep={"lr": (0.08, 0.1)},
        reruns=("longer", "higher-rate"),
    ),
    Scenario(
        "seeds-only",
        "none: one task, one set of samples; only first weights and order differ",
        TEACHER.replace(schedule="cosine"),
        lacks=FAULTS,
        reruns=("longer", "higher-rate"),
        same_task=True,
    ),
    # the rate explains what the loss does
    Scenario(
        "rate-drop",
        "none: the rate falls to a tenth after 60 % of the epochs, and the step noise with it",
        HOT.replace(schedule="step", lr=1.0),
        lacks=SURE,
        sweep={"lr": (0.8, 1.0)},
        reruns=("longer", "higher-rate"),
    ),
    Scenario(
        "cyclic",
        "none: cosine annealing with warm restarts",
        HOT.replace(train_size=4000, schedule="cyclic", lr=0.5, epochs=36),
        lacks=SURE,
        sweep={"cycle_epochs": (6.0, 9.0)},
        reruns=("constant-rate", "longer", "higher-rate"),
    ),
    # the rate and the batch
    Scenario(
        "rate-too-high",
        "a learning rate of 1.5 on a small network: the step noise keeps throwing it about",
        HOT,
        shows=("oscillation",),
        sweep={"lr": (1.5, 1.8)},
        reruns=ANNEAL,
    ),
    Scenario(
        "batch-too-small",
        "batches of 4 samples",
        HOT.replace(batch_size=4, lr=0.25),
        shows=("oscillation",),
        sweep={"lr": (0.25, 0.28)},
        reruns=ANNEAL,
    ),
    Scenario(
        "rate-too-low",
        "a learning rate of 0.001: the loss is far from its end when training stops",
        DIGITS.replace(lr=1e-3, schedule="constant"),
        shows=("improving", "slow-learning"),
        sweep={"lr": (0.001, 0.0015)},
        reruns=("longer", "much-higher-rate"),
    ),
    Scenario(
        "still-improving",
        "training stopped early, at a small rate",
        TEACHER.replace(lr=0.003, epochs=25),
        shows=("improving",),
        lacks=FAULTS,
        sweep={"lr": (0.002, 0.003)},
        reruns=("longer", "higher-rate"),
    ),
    Scenario(
        "momentum",
        "full batches with a momentum of 0.99: the heavy ball swings (Polyak 1964)",
        LINEAR.replace(train_size=8000, batch_size=8000, momentum=0.99, epochs=50),
        shows=("oscillation",),
        sweep={"lr": (0.05, 0.1)},
        reruns=("lower-rate", "no-momentum"),
    ),
    # the evaluation and the data
    Scenario(
        "tiny-validation",
        "every evaluation on another 30 samples",
        TEACHER.replace(train_size=4000, val_size=30, resample_val=True, label_noise=0.1),
        shows=("oscillation",),
        sweep={"val_size": (20, 30)},
        reruns=("lower-rate",),
    ),
    Scenario(
        "unshuffled",
        "samples sorted by label, the same order in every epoch",
        GLYPHS.replace(shuffle=False),
        shows=("data-order",),
        sweep={"lr": (0.02, 0.05)},
        reruns=("shuffled",),
    ),
    Scenario(
        "flipped-labels",
        "every validation label is shifted by one class",
        GLYPHS.replace(flip_val=True),
        shows=("below-chance",),
        sweep={"lr": (0.03, 0.05)},
        reruns=("without-fault",),
    ),
    # plateaus
    Scenario(
        "dead-units",
        "hidden biases of -10: no ReLU unit ever fires",
        GLYPHS.replace(hidden_bias=-10.0),
        shows=("stalled",),
        sweep={"lr": (0.03, 0.05)},
        reruns=UNSTICK,
    ),
    Scenario(
        "rate-collapse",
        "a rate of 2 with momentum: the units die, the network guesses, also when the rate has fallen",
        GLYPHS.replace(lr=2.0, momentum=0.9, schedule="step", schedule_drops=(0.3, 0.4)),
        shows=("stalled",),
        sweep={"lr": (2.0, 3.0)},
        reruns=("longer", "much-lower-rate"),
    ),
    Scenario(
        "plateau-then-drop",
        "three tanh layers from very small weights: nothing happens until the gradients have grown",
        DIGITS.replace(activation="tanh", depth=3, init_scale=0.2, lr=0.1, epochs=60, schedule="constant"),
        lacks=("overfitting", "stalled", "non-finite", "divergence", "below-chance"),
        sweep={"lr": (0.1, 0.15)},
        reruns=("longer", "higher-rate"),
    ),
    # overfitting, from light to deep
    Scenario(
        "overfitting-light",
        "no label noise, 1000 samples, 128 units under Adam",
        GLYPHS.replace(train_size=1000, width=128, optimizer="adam", momentum=0.9, lr=0.01, epochs=60),
        shows=("overfitting",),
        sweep={"lr": (0.01, 0.02)},
        reruns=REGULARISE,
    ),
    Scenario(
        "overfitting",
        "200 samples, a fifth of the labels drawn at random, 128 hidden units, no regularisation",
        FEW,
        shows=("overfitting",),
        sweep={"lr": (0.05, 0.1), "batch_size": (20, 40)},
        reruns=REGULARISE,
    ),
    Scenario(
        "overfitting-capacity",
        "1000 samples, 256 hidden units under Adam",
        TEACHER.replace(train_size=1000, width=256, label_noise=0.05, optimizer="adam", momentum=0.9, lr=0.003),
        shows=("overfitting",),
        sweep={"lr": (0.003, 0.005)},
        reruns=REGULARISE,
    ),
    Scenario(
        "memorisation",
        "digits with 30 % of the labels drawn at random, 128 hidden units and momentum",
        DIGITS.replace(label_noise=0.3, width=128, momentum=0.9, lr=0.05, schedule="constant"),
        shows=("overfitting",),
        sweep={"lr": (0.03, 0.05)},
        reruns=("dropout", "weight-decay", "half-width"),
    ),
    Scenario(
        "metric-conflict",
        "confidence grows with momentum, the rate falls late: the loss rises while the accuracy gains",
        GLYPHS.replace(train_size=4000, width=128, lr=0.1, momentum=0.9, batch_size=16, epochs=60, schedule="step"),
        shows=("metric-conflict",),
        reruns=("weight-decay",),
    ),
    Scenario(
        "double-descent",
        "half of 100 inputs at a small scale: learnt late, after 160 samples of the others were overfitted",
        LINEAR.replace(
            inputs=100,
            train_size=160,
            batch_size=160,
            label_noise=0.0,
            lr=0.25,
            slow_features=50,
            slow_scale=0.05,
            init_scale=0.1,
            epochs=600,
            population_size=2048,
        ),
        shows=("late-recovery",),
        sweep={"slow_scale": (0.04, 0.05)},
    ),
    # blow-ups
    Scenario(
        "divergence",
        "full batches on a squared loss, at 1.1 times 2 / the largest curvature",
        LINEAR.replace(lr=0.85),
        shows=("divergence",),
        lacks=("non-finite",),
        sweep={"lr": (0.84, 0.86)},
        reruns=("lower-rate",),
    ),
    Scenario(
        "not-a-number",
        "full batches on a squared loss, at several times 2 / the largest curvature",
        LINEAR.replace(lr=2.0),
        shows=("non-finite", "divergence"),
        sweep={"lr": (2.0, 3.0)},
        reruns=("lower-rate",),
    ),
    Scenario(
        "bad-samples",
        "a training sample holds NaN; its updates are left out, as a gradient scaler does",
        GLYPHS.replace(bad_samples=1, skip_non_finite=True),
        shows=("non-finite",),
        lacks=("divergence",),
        sweep={"lr": (0.03, 0.05)},
        reruns=("without-fault",),
    ),
    Scenario(
        "loss-spike",
        "one batch comes with its inputs multiplied by 30",
        GLYPHS.replace(lr=0.1, corrupt_epochs=(22.5,), corrupt_scale=30.0),
        shows=("loss-spike",),
        lacks=("divergence", "non-finite"),
        sweep={"corrupt_scale": (30.0, 40.0, 50.0)},
        reruns=("without-fault",),
    ),
)


def scenario(name: str) -> Scenario:
    """The scenario of that name; LogLensError lists the names when there is none."""
    for one in SCENARIOS:
        if one.name == name:
            return one
    raise LogLensError(f"there is no scenario {name!r}; there are {', '.join(s.name for s in SCENARIOS)}")
