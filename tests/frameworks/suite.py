"""The frameworks of the suite: what to install, in which environment, and the script that trains with each."""

from __future__ import annotations

from dataclasses import dataclass

TORCH = ("torch==2.13.0",)
TENSORFLOW = ("tensorflow-cpu==2.20.0", "setuptools<82")
"""2.20 is the newest TensorFlow that pins a TensorBoard of its own, and that one still imports pkg_resources."""


@dataclass(frozen=True, slots=True)
class Framework:
    """`script` is a module of tests.frameworks.train; `first` is installed before `packages`.

    `panel` starts its TensorBoard too; `known` are disagreements not mended yet, as check.py words them.
    """

    name: str
    script: str
    environment: str
    first: tuple[str, ...]
    packages: tuple[str, ...]
    light: bool = False
    panel: bool = False
    known: tuple[str, ...] = ()


FRAMEWORKS = (
    Framework("torch SummaryWriter", "summarywriter", "torch", TORCH, ("tensorboard",), light=True),
    Framework("tensorboardX", "tensorboardx", "torch", TORCH, ("tensorboardX",), light=True),
    Framework("Keras", "keras_fit", "tensorflow", TENSORFLOW, ("keras",), panel=True),
    Framework("PyTorch Lightning", "lightning_trainer", "torch", TORCH, ("lightning", "tensorboard")),
    Framework(
        "Hugging Face Trainer", "transformers_trainer", "torch", TORCH, ("transformers", "accelerate", "tensorboard")
    ),
    Framework("Accelerate", "accelerate_tracker", "torch", TORCH, ("accelerate", "tensorboard")),
    Framework(
        "Stable-Baselines3",
        "sb3_ppo",
        "torch",
        TORCH,
        ("stable-baselines3", "tensorboard"),
    ),
    Framework("CatBoost", "catboost_fit", "catboost", (), ("catboost",)),
    Framework("skorch", "skorch_fit", "torch", TORCH, ("skorch", "tensorboard")),
    Framework(
        "JAX/Flax with clu",
        "clu_writer",
        "tensorflow",
        TENSORFLOW,
        ("jax", "flax", "optax", "clu"),
    ),
    Framework("Ignite", "ignite_engine", "torch", TORCH, ("pytorch-ignite", "tensorboardX")),
    Framework("MMEngine", "mmengine_runner", "torch", TORCH, ("mmengine", "tensorboard")),
    Framework("VisualDL", "visualdl_writer", "visualdl", (), ("visualdl",)),
)
"""skorch stands for fastai, whose torchvision from PyPI does not import beside a torch for the CPU."""
