"""The device that trains: which one, and what it is called."""

from __future__ import annotations

import os
import platform

import torch

from loglens.events.errors import LogLensError


def chosen(device: str) -> str:
    """ "auto" is CUDA where there is one. Raises LogLensError for a device that is not there."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda") or not (number.isdecimal() or device == kind):
        raise LogLensError(f"--device {device}: choose cpu, cuda or auto (cuda:1 is the second GPU).")
    if kind == "cpu":
        return kind
    if not torch.cuda.is_available():
        raise LogLensError(f"--device {device}: torch sees no CUDA device here; use --device cpu.")
    if int(number or 0) >= torch.cuda.device_count():
        raise LogLensError(f"--device {device}: torch sees {torch.cuda.device_count()} CUDA devices, counted from 0.")
    return device


def device_name(device: str) -> str:
    """The kind of device in words: "cpu (x86_64)" or the GPU's name."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else f"cpu ({platform.machine()})"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def runs_at_once(device: str) -> int:
    """Runs that one batch holds: on a CPU more bring nothing (measured), on CUDA a step costs about its launches.

    1,024 glyph runs take some 2 GB of a GPU; that number is reckoned, not measured.
    """
    return 1024 if device.startswith("cuda") else 64


def rows_at_once(device: str) -> int:
    """Samples times runs of one pass that evaluates: 3 MB of activations of 48 units on a CPU, 200 MB on CUDA."""
    return 1 << 20 if device.startswith("cuda") else 1 << 14
