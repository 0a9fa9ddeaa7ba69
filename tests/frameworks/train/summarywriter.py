"""torch.utils.tensorboard.SummaryWriter, a loop by hand."""

from torch.utils.tensorboard import SummaryWriter

from tests.frameworks.train import by_hand
from tests.frameworks.train.common import VARIANTS, Reported

reported = Reported("torch SummaryWriter", ["torch", "tensorboard"])
for variant in VARIANTS:
    with SummaryWriter(str(reported.folder(variant))) as writer:
        by_hand.add(reported, variant, by_hand.train(variant, writer.add_scalar), variant.name)
