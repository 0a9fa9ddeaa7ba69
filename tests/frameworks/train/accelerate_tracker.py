"""Accelerate: its TensorBoard tracker, a loop by hand around accelerator.backward."""

from accelerate import Accelerator
from accelerate.utils import ProjectConfiguration

from tests.frameworks.train import by_hand
from tests.frameworks.train.common import VARIANTS, Reported

reported = Reported("Accelerate", ["accelerate", "torch", "tensorboard"])
for variant in VARIANTS:
    folder = str(reported.folder(variant))
    accelerator = Accelerator(cpu=True, log_with="tensorboard", project_config=ProjectConfiguration(folder))
    accelerator.init_trackers("training")
    told = by_hand.train(
        variant,
        lambda tag, value, step, to=accelerator: to.log({tag: value}, step=step),
        accelerator.prepare,
        accelerator.backward,
    )
    accelerator.end_training()
    by_hand.add(reported, variant, told, f"{variant.name}/training")
