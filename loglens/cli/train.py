"""`loglens train`: the reference trainer, which makes logs whose faults were caused and checked."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from loglens.events.errors import LogLensError


@click.command("train")
@click.option("--samples", type=click.Path(path_type=Path), help="Make the sample logs anew in this folder.")
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
def command(samples: Path | None, device: str) -> None:
    """Train small networks with a known fault, log them as users do, and write down the truth."""
    if importlib.util.find_spec("torch") is None:
        raise LogLensError("loglens train needs torch; install it with: pip install 'loglens[trainer]'")
    from loglens.trainer.core import train_many  # noqa: PLC0415 - torch takes a second to import
    from loglens.trainer.samples import make_samples  # noqa: PLC0415

    if samples is not None:
        make_samples(samples, device, lambda settings: train_many(settings, device))
