"""A state of a training: how far it is there, and the bounds between which nobody should be asked to decide."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class State:
    """Whether a state is there: None between the two bounds, where nobody should be asked to decide.

    `size` in `unit`; present from `present_from` on, absent up to `absent_to`. Steps are counted from 0, epochs are
    those completed.
    """

    present: bool | None
    size: float
    unit: str
    present_from: float
    absent_to: float
    details: Mapping[str, Any] = field(default_factory=dict)


def state(size: float, unit: str, present_from: float, absent_to: float, **details: Any) -> State:
    """A state by its size alone; a size that is not a number decides nothing."""
    present = None if math.isnan(size) else True if size >= present_from else False if size <= absent_to else None
    return State(present, size, unit, present_from, absent_to, details)
