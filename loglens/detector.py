"""The detector contract: what a detector declares, what it is given, and how it is run on one training."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Protocol, get_args

from loglens.prepared import Preparations, Prepared
from loglens.runs.curve import Curve, Phase, Quantity, Run
from loglens.verdict import Verdict

ENTRY_POINT_GROUP = "loglens.detectors"


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """A declaration of curves: those whose phase and quantity are listed (and that have a direction, if asked)."""

    phases: tuple[Phase, ...]
    quantities: tuple[Quantity, ...]
    directed: bool = False

    def in_words(self, most: int | None = None) -> str:
        """`train or validation loss, accuracy`; with `most`, no more quantities than that are named."""
        phases = "" if len(self.phases) == len(get_args(Phase)) else " or ".join(p for p in self.phases if p != "none")
        named = self.quantities[:most]
        more = f" or {len(self.quantities) - len(named)} other quantities" if len(named) < len(self.quantities) else ""
        return f"{phases} {', '.join(named)}{more}".strip()

    def matches(self, curve: Curve) -> bool:
        role = curve.role
        return (
            role.phase in self.phases
            and role.quantity in self.quantities
            and (not self.directed or role.direction != "none")
        )


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a detector receives: the curves it declared, and what is known of the run's epochs.

    `judged` are the curves to give a verdict each; `context` are the others it declared, the pairs of judged
    curves among them. Only trusted roles are handed over.
    """

    run: str
    judged: tuple[Curve, ...]
    context: tuple[Curve, ...]
    steps_per_epoch: float | None
    batch_size: int | None
    classes: int | None
    preparations: Preparations

    @property
    def curves(self) -> tuple[Curve, ...]:
        """All of them, those to judge first."""
        return (*self.judged, *self.context)

    def prepared(self, curve: Curve) -> Prepared:
        """The curve made ready for judging, shared with the run's other detectors."""
        return self.preparations.of(curve)

    def pair_of(self, curve: Curve) -> Curve | None:
        """The paired train (or validation) curve, if it was declared and found."""
        return next((other for other in self.curves if other.key == curve.pair), None)


class Detector(Protocol):
    """A frozen dataclass: its fields are its parameters, its docstring is its documentation."""

    name: ClassVar[str]
    judges: ClassVar[tuple[Wanted, ...]]
    reads: ClassVar[tuple[Wanted, ...]]

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        """At least one verdict for every judged curve; `inputs.judged` is never empty."""
        ...


def parameter(default: float, *, unit: str, low: float, high: float, source: str) -> Any:
    """A detector's parameter: a dataclass field with its unit, its bounds and where the number comes from."""
    return dataclasses.field(default=default, metadata={"unit": unit, "low": low, "high": high, "source": source})


def discover() -> tuple[type[Detector], ...]:
    """Every detector class: one a module of `loglens.detectors` (by its `name`), then other people's entry points."""
    package = importlib.import_module("loglens.detectors")
    found: list[type[Detector]] = []
    for module_info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if not module_info.name.startswith("_"):
            module = importlib.import_module(f"loglens.detectors.{module_info.name}")
            found.extend(_detectors_in(vars(module).values(), module.__name__))
    for entry_point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
        found.append(entry_point.load())
    return tuple(found)


def _detectors_in(values: Iterable[object], module_name: str) -> list[type[Detector]]:
    return [
        value
        for value in values
        if isinstance(value, type) and value.__module__ == module_name and hasattr(value, "judges")
    ]


def judge_run(run: Run, detectors: Sequence[Detector]) -> tuple[Verdict, ...]:
    """All verdicts of these detectors on one run; an exception in a detector is that detector's error verdict."""
    preparations = Preparations(run)
    trusted = tuple(c for c in run.curves if c.trusted and c.same_as is None)
    return tuple(verdict for detector in detectors for verdict in _judge(run, trusted, detector, preparations))


def _judge(run: Run, trusted: Sequence[Curve], detector: Detector, preparations: Preparations) -> Sequence[Verdict]:
    judged = _wanted(trusted, detector.judges)
    if not judged:
        return (_nothing_to_judge(detector, _wanted(run.curves, detector.judges)),)
    context = tuple(c for c in _wanted(trusted, detector.reads) if c not in judged)
    inputs = Inputs(run.name, judged, context, run.steps_per_epoch, run.batch_size, run.classes, preparations)
    try:
        return tuple(detector.judge(inputs))
    except Exception as error:  # the contract: a detector's failure is never the run's
        return (
            Verdict(
                detector=detector.name,
                status="error",
                summary=f"The detector {detector.name} failed: {type(error).__name__}: {error}.",
                advice="Please report this with the log that causes it; the other verdicts are not affected.",
            ),
        )


def _wanted(curves: Sequence[Curve], declared: Sequence[Wanted]) -> tuple[Curve, ...]:
    return tuple(c for c in curves if any(w.matches(c) for w in declared))


def _nothing_to_judge(detector: Detector, doubtful: Sequence[Curve]) -> Verdict:
    wanted = "; or ".join(dict.fromkeys(wanted.in_words(most=6) for wanted in detector.judges))
    if doubtful:
        names = ", ".join(repr(curve.label) for curve in doubtful[:3])
        return Verdict(
            detector=detector.name,
            status="undetermined",
            summary=f"Not judged: what {names} is could not be told surely enough.",
            missing=tuple(f"role of {curve.label}" for curve in doubtful),
        )
    return Verdict(detector=detector.name, status="not-applicable", summary=f"Needs {wanted}; none was logged.")
