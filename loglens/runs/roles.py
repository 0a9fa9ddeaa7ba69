"""What every curve of a run is: its words, its folder and what stands beside it, weighed into one role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from loglens.runs.curve import Quantity, Role
from loglens.runs.frameworks import FrameworkRule, framework_of, is_for_reinforcement, rule_for
from loglens.runs.phases import COMPARED, SEVERAL, UNTOLD, Told, Twin, folder_phase, tag_phase, twin_of
from loglens.runs.quantities import UNKNOWN_LOSS, Measure, measure_of
from loglens.runs.tokens import Words, read_tag

ONLY_TRAINING: frozenset[Quantity] = frozenset({"learning-rate", "gradient-norm", "parameter-norm"})
"""Only training has these, whatever the tag's prefix says (OpenNMT's valid/lr)."""
PHASELESS: frozenset[Quantity] = frozenset({"counter", "time", "throughput", "memory", "system", "other"})
LOSSES: frozenset[Quantity] = frozenset({"loss", "loss-part", "regularizer", "rl-loss", "gan-loss"})
OF_REINFORCEMENT: frozenset[Quantity] = LOSSES | {"reward", "kl", "entropy", "diagnostic", "hyperparameter", "metric"}
SET_LEVEL = frozenset({"map", "iou", "dice", "text overlap", "fid", "error rate", "panoptic quality", "tracking"})
"""Metrics of a whole set, which training does not compute batch by batch."""
PROGRESS = frozenset({"epoch", "epochs", "step", "steps", "iter", "iters", "iteration", "iterations", "update"})
"""Counters of training itself, whoever logs them (val/epoch, training/env_step)."""
EPISODE_WORDS = frozenset(
    {"ep", "episode", "episodic", "episodes", "timesteps", "rollout", "environment", "env", "eprewmean"}
)
RETURN_WORDS = frozenset(
    {"reward", "rewards", "rew", "return", "returns", "len", "length", "lengths", "eprewmean", "success"}
)
TWIN = 0.9
ONLY_LOSSES = 0.82
"""A loss without a phase where no other loss of the run names validation either: training logs its loss first."""
BESIDE_VALIDATION = 0.85
IN_REINFORCEMENT = 0.85
GUESS = 0.6
ONLY_OF_PHASE = 0.85
OF_NO_PHASE = Told("none", 0.9, "belongs to no phase")
UNJUDGED = 0.78
"""A phase word beside a time, a count or a setting: no verdict needs it, and frameworks put anything under train/."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a series its role depends on: its folder within the run ("" for the run's own), and its tag."""

    folder: str
    tag: str


def assign_roles(series: Sequence[Seen]) -> tuple[tuple[Role, ...], str]:
    """The role of each series of one run, and the framework that wrote it ("" when it was not recognised)."""
    return _assign(tuple(series))


@lru_cache(maxsize=1024)  # the runs of one experiment log the same tags
def _assign(series: tuple[Seen, ...]) -> tuple[tuple[Role, ...], str]:
    framework = framework_of({(one.folder, one.tag) for one in series})
    reinforcement = is_for_reinforcement(framework) or is_reinforcement({one.tag for one in series})
    measures = [_in_context(measure_of(one.tag), reinforcement) for one in series]
    measures = _whole_losses(series, measures)
    told = [_capped(_told(one, measure), measure) for one, measure in zip(series, measures, strict=True)]
    around = _around(series, measures, told, reinforcement)
    roles = []
    for one, measure, phase in zip(series, measures, told, strict=True):
        rule = rule_for(framework, one.folder, one.tag)
        settled = rule is not None and rule.phase is not None
        roles.append(_role(measure, phase if settled else _by_company(one, measure, phase, around), rule, framework))
    return tuple(roles), framework


def is_reinforcement(tags: set[str]) -> bool:
    """Whether the tags are those of reinforcement learning: the rewards or lengths of episodes or rollouts."""
    words = [set(read_tag(tag).tokens) for tag in tags]
    if any(one & EPISODE_WORDS and one & RETURN_WORDS for one in words):
        return True
    rewarded = any(measure_of(tag).quantity == "reward" for tag in tags)
    return rewarded and any(one & EPISODE_WORDS for one in words)


@dataclass(frozen=True, slots=True)
class _Around:
    """What a run's series say of each other's phase."""

    alone: bool
    reinforcement: bool
    validated: frozenset[Twin]
    trained: frozenset[Twin]
    any_validation: bool


def _around(series: Sequence[Seen], measures: Sequence[Measure], told: Sequence[Told], reinforcement: bool) -> _Around:
    named = [(twin_of(one.tag), phase.phase) for one, phase in zip(series, told, strict=True)]
    judged = [phase.phase for measure, phase in zip(measures, told, strict=True) if measure.quantity not in PHASELESS]
    return _Around(
        alone=len(series) == 1,
        reinforcement=reinforcement,
        validated=frozenset(twin for twin, phase in named if phase in ("validation", "test")),
        trained=frozenset(twin for twin, phase in named if phase == "train"),
        any_validation="validation" in judged or "test" in judged,
    )


def _in_context(measure: Measure, reinforcement: bool) -> Measure:
    """A loss among rewards of episodes is an objective of reinforcement learning, whatever its name."""
    if reinforcement and measure.quantity in ("loss", "loss-part"):
        reason = f"{measure.reason}; among rewards of episodes"
        return replace(
            measure, quantity="rl-loss", direction="none", confidence=min(measure.confidence, 0.9), reason=reason
        )
    return measure


def _whole_losses(series: Sequence[Seen], measures: Sequence[Measure]) -> list[Measure]:
    """Losses with an unknown word beside them (cross_entropy_1, resnet_loss) where each phase logs no other loss.

    Two phases that log one loss each, both with the same word, log the loss itself, whatever the word.
    """
    losses = [index for index, measure in enumerate(measures) if measure.quantity in ("loss", "loss-part")]
    twins = {twin_of(series[index].tag) for index in losses}
    phases = [_told(series[index], measures[index]).phase for index in losses]
    if len(twins) != 1 or len(losses) < 2 or len(set(phases)) != len(phases) or "none" in phases:
        return list(measures)
    whole = list(measures)
    for index in losses:
        if measures[index].quantity == "loss" and measures[index].confidence >= UNKNOWN_LOSS:
            reason = f"{measures[index].reason.partition('; ')[0]}, the only one of its phase"
            whole[index] = replace(
                measures[index], confidence=max(measures[index].confidence, ONLY_OF_PHASE), reason=reason
            )
    return whole


def _told(one: Seen, measure: Measure) -> Told:
    """The phase by the tag's words, else by the folder's."""
    words = read_tag(one.tag)
    if measure.quantity in ONLY_TRAINING or (measure.quantity == "hyperparameter" and words.tokens[:1] == ("lr",)):
        return Told("train", 0.9, "only training has one")
    if measure.quantity == "counter" and _counts_progress(words):
        return Told("none", 0.9, "it counts training itself")
    if words.tokens[:1] in (("hparams",), ("hparam",)) or (measure.quantity == "time" and _names_what_is_timed(words)):
        return OF_NO_PHASE
    by_tag = tag_phase(one.tag)
    if by_tag is not None and by_tag.phase != "none":
        return by_tag
    by_folder = folder_phase(one.folder) if one.folder else None
    return by_folder or by_tag or UNTOLD


def _capped(told: Told, measure: Measure) -> Told:
    unjudged = measure.quantity in PHASELESS or measure.quantity in ("hyperparameter", "diagnostic")
    if unjudged and told.phase != "none" and told.confidence > UNJUDGED:
        return replace(told, confidence=UNJUDGED)
    return told


def _counts_progress(words: Words) -> bool:
    return bool(words.tokens) and words.tokens[-1] in PROGRESS


def _names_what_is_timed(words: Words) -> bool:
    """time/val: how long validation took."""
    return len(set(words.part)) > 1 and words.tokens[0] in ("time", "timing", "times")


def _by_company(one: Seen, measure: Measure, phase: Told, around: _Around) -> Told:
    """The phase of a series that does not name one, by what stands beside it."""
    if phase.phase != "none" or phase in (SEVERAL, COMPARED):
        return phase
    quantity = measure.quantity
    if quantity in PHASELESS or phase == OF_NO_PHASE:
        return OF_NO_PHASE
    if around.reinforcement and quantity in OF_REINFORCEMENT | {"accuracy"}:
        sure = IN_REINFORCEMENT if quantity in OF_REINFORCEMENT and not around.alone else GUESS
        return Told("train", sure, "reinforcement learning, and no word for an evaluation")
    twin = twin_of(one.tag)
    if twin in around.validated and twin not in around.trained:
        return Told("train", TWIN, "its twin is named validation")
    if twin in around.trained:
        return Told("none", UNTOLD.confidence, "another curve of the run is its training")
    if quantity in LOSSES and around.any_validation:
        return Told("train", BESIDE_VALIDATION, "other curves of the run are named validation, this loss is not")
    if quantity in LOSSES and not around.alone:
        return Told("train", ONLY_LOSSES, "no loss of the run names a phase")
    if quantity == "loss" and not measure.qualifier and one.tag.lower() in ("loss", "total_loss", "train"):
        return Told("train", ONLY_LOSSES, "the run's only curve is its loss")
    if not around.alone and measure.name in SET_LEVEL:
        return Told("validation", GUESS, "a metric of a whole set")
    return phase


def _role(measure: Measure, phase: Told, rule: FrameworkRule | None, framework: str) -> Role:
    told, quantity, direction = phase.phase, measure.quantity, measure.direction
    sure = [phase.confidence, measure.confidence]
    reason = f"{told}: {phase.reason}" if told != "none" else f"no phase: {phase.reason}"
    reason = f"{reason}; {measure.reason}"
    if rule is not None and (rule.phase or rule.quantity):
        reason += f"; {framework} writes {rule.tag!r} so"
        if rule.phase:
            told, sure[0] = rule.phase, rule.sure
        if rule.quantity:
            quantity, direction, sure[1] = rule.quantity, rule.direction or "none", rule.sure
    return Role(told, quantity, measure.name, direction, round(min(sure), 3), reason)
