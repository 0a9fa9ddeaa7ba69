"""The device that trains: which one, and what it is called."""

from __future__ import annotations

import platform

import torch

from loglens.events.errors import LogLensError


def chosen(device: str) -> str:
    """ "auto" is CUDA where there is one. Raises LogLensError for a device that is not there."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise LogLensError(f"--device {device}: torch sees no CUDA device here; use --device cpu")
    if not device.startswith(("cpu", "cuda")):
        raise LogLensError(f"--device {device}: choose cpu, cuda or auto")
    return device


def device_name(device: str) -> str:
    """The kind of device in words: "cpu (x86_64)" or the GPU's name."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else f"cpu ({platform.machine()})"
