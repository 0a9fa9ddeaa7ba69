"""One step of many networks at once: plain on a CPU, captured in a graph and replayed on CUDA."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone knows
from torch import Tensor

from loglens.trainer.models import logits
from loglens.trainer.settings import Settings

ADAM_BETA2, ADAM_EPSILON = 0.999, 1e-8  # Kingma and Ba 2015
WARM_UPS = 3  # plain steps before a capture, as in torch's notes on CUDA graphs: libraries set themselves up lazily


class Step:
    """Moves every run by one batch, in place: fill `x`, `y`, `lr` and `count`, call it, read `seen`.

    A captured step is a recording of kernels and addresses. So it reads and writes these very tensors for ever, asks
    nothing of the device, makes no random numbers (a mask is a hash of `count`), and takes every number that changes
    from a tensor. `weights` and `moments` are to be changed in place alone.
    """

    def __init__(
        self,
        settings: Sequence[Settings],
        weights: Sequence[Tensor],
        features: int,
        classes: int,
        image: tuple[int, int, int] | None,
    ) -> None:
        self.first, self.image = settings[0], image
        self.device = weights[0].device
        self.weights = [w.requires_grad_(True) for w in weights]
        # what no run here asks for is not computed: half the products of a plain step
        self.decays = any(s.weight_decay > 0 for s in settings)
        moving = any(s.momentum > 0 for s in settings)
        kept = 2 if self.first.optimizer != "sgd" else 1 if moving else 0
        self.moments = [[torch.zeros_like(w, requires_grad=False) for w in self.weights] for _ in range(kept)]

        def column(values: Sequence[float]) -> Tensor:
            return torch.tensor(values, dtype=torch.float32, device=self.device)[:, None, None]

        self.momentum = column([s.momentum for s in settings])
        self.decay = column([s.weight_decay for s in settings])
        self.dropout = column([s.dropout for s in settings]) if self.first.dropout > 0 else None
        self.seeds = torch.tensor([s.seed for s in settings], dtype=torch.int32, device=self.device)
        runs, size = len(settings), self.first.batch_size
        self.names = class_names(classes, self.device)
        self.x = torch.zeros(runs, size, features, device=self.device)
        self.y = torch.zeros(runs, size, dtype=torch.int64, device=self.device)
        self.lr = torch.zeros(runs, 1, 1, device=self.device)
        self.count = torch.zeros((), dtype=torch.int32, device=self.device)
        self.seen = torch.zeros(2, runs, device=self.device)  # loss and accuracy of the batch, before the step
        self.graph: Any = None
        self.side: Any = None
        self.warmed = 0

    def __call__(self) -> None:
        """Do the step."""
        if self.device.type != "cuda":
            self.compute()
        elif self.graph is None:
            self._warm_up_or_capture()
        else:
            self.graph.replay()

    def _warm_up_or_capture(self) -> None:
        """The first steps run on a side stream; then the same stream records one, which is replayed from then on.

        torch's notes ask for both: gradients that were first computed on the default stream would pull it into the
        capture. Recording executes nothing, so the step is replayed at once.
        """
        with torch.cuda.device(self.device):  # streams belong to the current device, and threads begin with the first
            if self.side is None:
                self.side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            if self.warmed < WARM_UPS:
                self.side.wait_stream(torch.cuda.current_stream())
                with torch.cuda.stream(self.side):
                    self.compute()
                torch.cuda.current_stream().wait_stream(self.side)
                self.warmed += 1
                return
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph, stream=self.side):
                self.compute()
            self.graph.replay()

    def compute(self) -> None:
        """Forward, backward and update: the part that is captured."""
        dropout = None if self.dropout is None else (self.dropout, self.seeds, self.count)
        with torch.enable_grad():
            with arithmetic(self.first, self.device):
                scores = logits(self.first, self.weights, self.x, self.image, dropout).float()
            losses = sample_losses(self.first, scores, self.y, self.names).mean(1)
            # the sum over runs: no run's weights reach another's loss, so each gets its own gradient
            gradients = torch.autograd.grad(losses.sum(), self.weights)
        with torch.no_grad():
            if self.first.skip_non_finite:
                lost = ~torch.isfinite(losses)[:, None, None]
                gradients = tuple(g.masked_fill(lost, 0.0) for g in gradients)
            self._update(gradients)
            self.seen[0].copy_(losses)
            self.seen[1].copy_(right(scores, self.y).mean(1))

    def _update(self, gradients: Sequence[Tensor]) -> None:
        for i, (weight, gradient) in enumerate(zip(self.weights, gradients, strict=True)):
            if self.decays and self.first.optimizer == "adamw":
                weight.mul_(1 - self.lr * self.decay)
            elif self.decays:
                gradient = torch.addcmul(gradient, self.decay, weight)  # noqa: PLW2901
            if not self.moments:
                weight.addcmul_(self.lr, gradient, value=-1)
                continue
            first = self.moments[0][i]
            if self.first.optimizer == "sgd":
                first.mul_(self.momentum).add_(gradient)
                weight.addcmul_(self.lr, first, value=-1)
                continue
            second = self.moments[1][i]
            first.mul_(self.momentum).add_(gradient * (1 - self.momentum))
            second.mul_(ADAM_BETA2).addcmul_(gradient, gradient, value=1 - ADAM_BETA2)
            done = self.count + 1
            mean = first / (1 - self.momentum**done)
            scale = (second / (1 - ADAM_BETA2**done)).sqrt_().add_(ADAM_EPSILON)
            weight.sub_(self.lr * mean / scale)


def class_names(classes: int, device: torch.device) -> Tensor:
    """The classes as a column, to compare labels with."""
    return torch.arange(classes, device=device)[:, None]


def sample_losses(settings: Settings, scores: Tensor, labels: Tensor, names: Tensor) -> Tensor:
    """Loss of every sample, float[runs, samples], of scores [runs, classes, samples]."""
    if settings.loss == "mse":
        return (scores - (labels[:, None] == names).float()).square().sum(1)
    return F.cross_entropy(scores, labels, reduction="none")


def right(scores: Tensor, labels: Tensor) -> Tensor:
    """1 where the highest score is the label's, the first of equals as argmax has it: float[runs, samples].

    `max` across rows takes a CPU an eighth of what `argmax` takes there.
    """
    return (scores.max(1).indices == labels).float()


def arithmetic(settings: Settings, device: torch.device) -> AbstractContextManager[Any]:
    """Autocast for bfloat16, without its cache: a cast kept from before a capture would be no part of it."""
    if settings.precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16, cache_enabled=False)
