"""Stable-Baselines3: PPO on CartPole with tensorboard_log; there is no training set that could be too small."""

import contextlib

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from tests.frameworks.train.common import VARIANTS, Reported, curve

ROLES = {
    "rollout/ep_rew_mean": "train reward max",
    "train/learning_rate": "train learning-rate none",
    "train/policy_gradient_loss": "train rl-loss none",
    "train/value_loss": "train rl-loss none",
    "train/loss": "train rl-loss none",
}


class Keep(BaseCallback):
    """What SB3's own logger holds whenever it is about to write."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, dict[int, float]] = {}

    def _on_training_start(self) -> None:
        write = self.logger.dump

        def dump(step: int = 0) -> None:
            for tag, value in self.logger.name_to_value.items():
                if tag in ROLES:
                    self.told.setdefault(tag, {})[step] = float(value)
            write(step)

        self.logger.dump = dump

    def _on_step(self) -> bool:
        return True


torch.set_num_threads(1)
reported = Reported("Stable-Baselines3", ["stable-baselines3", "torch", "tensorboard"])
for variant in VARIANTS[:2]:
    rate = {"sane": 1e-3, "high-rate": 3.0}[variant.name]
    model = PPO("MlpPolicy", "CartPole-v1", rate, 512, tensorboard_log=str(reported.folder(variant)), seed=1)
    keep = Keep()
    with contextlib.suppress(ValueError):  # SB3 refuses to go on with a policy of NaN
        model.learn(12_288, callback=keep)
    place = f"{variant.name}/PPO_1"
    reported.add(variant, place, [curve(place, tag, points, ROLES[tag]) for tag, points in keep.told.items()])
