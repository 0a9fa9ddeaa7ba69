"""`loglens train`: the reference trainer, which makes logs whose faults were caused and checked."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from loglens.cli._look import write_stdout
from loglens.cli._progress import new_bar
from loglens.digits import plural
from loglens.events.errors import LogLensError

if TYPE_CHECKING:
    from loglens.trainer.experiments import Experiment
    from loglens.trainer.scenario import Scenario

KINDS = {bool: "true or false", int: "whole number", float: "number", str: "word", list: "list of numbers, as in 1,2.5"}

EPILOG = """\b
Examples:
  loglens train --list                             the scenarios, and what each one does wrong
  loglens train overfitting --output logs          one run: its log, and logs/overfitting/seed0/truth.json
  loglens train healthy overfitting --seeds 5      five seeds of each
  loglens train healthy --data ~/mnist --set train_size=20000 --set width=128
  loglens train healthy --style lightning          the tags that Lightning's users have
  loglens train --resume --output logs             go on after Ctrl-C
  loglens train --corpus tuning --seeds 64 --output /data/corpus
  loglens train --samples sample_logs              the project's sample logs anew
"""


@click.command("train", epilog=EPILOG)
@click.argument("scenarios", metavar="[SCENARIO]...", nargs=-1)
@click.option("--list", "listed", is_flag=True, help="List the scenarios and leave.")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("logs"),
    show_default=True,
    help="Where the runs go, one folder SCENARIO/seedN each.",
)
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="Seeds of every scenario.")
@click.option("--seed", "first_seed", type=click.IntRange(0), default=0, show_default=True, help="The first seed.")
@click.option("--data", metavar="NAME|DIR", help="teacher, glyphs, digits, or a folder with MNIST or CIFAR-10 files.")
@click.option("--set", "changes", metavar="NAME=VALUE", multiple=True, help="Change a setting, such as lr or epochs.")
@click.option(
    "--style",
    type=click.Choice(["torch", "lightning", "keras", "huggingface"]),
    default="torch",
    show_default=True,
    help="Whose tags, steps and folders the log takes.",
)
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Steps between step-level values.")
@click.option("--checkpoint-every", type=click.IntRange(1), default=5, show_default=True, help="In epochs.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, or auto: cuda where there is one.")
@click.option("--no-truth", is_flag=True, help="Leave out the reruns and truth.json.")
@click.option("--resume", is_flag=True, help="Go on with the interrupted training in --output.")
@click.option(
    "--corpus",
    type=click.Choice(["tuning", "reporting"]),
    help="Make a corpus: many seeds of all scenarios, or of those named.",
)
@click.option("--samples", metavar="DIR", type=click.Path(path_type=Path), help="Make the sample logs in this folder.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no closing words.")
def command(**options: Any) -> None:
    """Train small networks with a known fault, log them as users do, and write down the truth.

    Every run gets truth.json: population curves, the true best epoch, and what became of the same training with one
    thing changed.
    """
    if options["listed"]:
        _list()
        return
    if not any(options[way] for way in ("scenarios", "resume", "corpus", "samples")):
        raise click.UsageError("Name a scenario, as in: loglens train overfitting (--list shows them all).")
    if importlib.util.find_spec("torch") is None:
        raise LogLensError("loglens train needs torch, which is not installed: pip install 'loglens[trainer]'")
    _refuse_what_would_be_ignored(options)
    said: str | None
    if options["samples"]:
        said = _samples(options)
    elif options["corpus"]:
        said = _corpus(options)
    else:
        said = _train(options)
    if not options["quiet"]:
        click.echo(said, err=True)


def _refuse_what_would_be_ignored(options: dict[str, Any]) -> None:
    """The three modes share a command: an option of another mode would be a wish that is silently dropped."""
    fixed = {"style", "every", "checkpoint_every", "no_truth", "first_seed", "data", "changes"}
    mode, others = (
        ("--samples", {*fixed, "output", "seeds", "scenarios", "corpus", "resume"})
        if options["samples"]
        else ("--corpus", {*fixed, "resume"})
        if options["corpus"]
        else ("--resume", {*fixed, "seeds", "scenarios", "device"})
        if options["resume"]
        else ("", set[str]())
    )
    context = click.get_current_context()
    for parameter in context.command.params:
        if parameter.name in others and context.get_parameter_source(parameter.name) == ParameterSource.COMMANDLINE:
            name = parameter.opts[-1] if isinstance(parameter, click.Option) else "SCENARIO"
            raise click.UsageError(f"{mode} takes no {name}: it has its own.", context)


def _list() -> None:
    from loglens.trainer.scenarios import SCENARIOS  # noqa: PLC0415 - the help needs none of this

    width = max(len(one.name) for one in SCENARIOS)
    write_stdout(f"{one.name:{width}}  {one.fault}\n" for one in SCENARIOS)


def _train(options: dict[str, Any]) -> str:
    from loglens.trainer.data import check_sizes  # noqa: PLC0415
    from loglens.trainer.device import chosen  # noqa: PLC0415
    from loglens.trainer.live import Plan, saved_plan, train_live  # noqa: PLC0415 - torch takes a second

    folder: Path = options["output"]
    if options["resume"]:
        plan = saved_plan(folder)
    else:
        plan = Plan(
            folder,
            _runs(options),
            options["style"],
            chosen(options["device"]),
            _command_line(),
            options["every"],
            options["checkpoint_every"],
            not options["no_truth"],
        )
        check_sizes(settings for _, one in plan.runs for settings in (one.settings, *one.reruns.values()))
        for name, _ in plan.runs:
            if (folder / name).exists():
                raise LogLensError(
                    f"{folder / name} exists: choose another --output, or --resume an interrupted training."
                )
        plan.save()
    total = sum(one.epochs if plan.truth else one.settings.epochs for _, one in plan.runs)
    try:
        with _progress(total, options["quiet"]) as done:
            train_live(plan, options["resume"], done)
    except KeyboardInterrupt:
        click.echo(
            f"Interrupted; the logs are complete so far. Go on with: loglens train --resume --output {folder}", err=True
        )
        raise
    return f"{plural(len(plan.runs), 'run')} in {folder}; to judge: loglens analyze {shlex.quote(str(folder))}"


def _corpus(options: dict[str, Any]) -> str:
    from loglens.trainer.corpus import make_corpus, total_epochs  # noqa: PLC0415
    from loglens.trainer.device import chosen  # noqa: PLC0415
    from loglens.trainer.scenarios import SCENARIOS  # noqa: PLC0415

    folder, split, seeds, device = options["output"], options["corpus"], options["seeds"], chosen(options["device"])
    asked = _scenarios(options["scenarios"]) or SCENARIOS
    with _progress(total_epochs(folder, split, seeds, asked), options["quiet"]) as done:
        made = make_corpus(folder, split, seeds, device=device, command=_command_line(), scenarios=asked, done=done)
    return (
        f"{made.runs} runs ({made.trainings} trainings, {made.epochs} run-epochs) in {folder / split};"
        f" {made.seconds:.0f} s, {made.writing_seconds:.0f} s of it writing beside the training"
    )


def _samples(options: dict[str, Any]) -> str:
    from loglens.trainer.device import chosen  # noqa: PLC0415
    from loglens.trainer.samples import make_samples, total_epochs  # noqa: PLC0415

    with _progress(total_epochs(), options["quiet"]) as done:
        make_samples(options["samples"], chosen(options["device"]), done)
    return f"Sample logs, labels.json and README.md in {options['samples']}"


def _runs(options: dict[str, Any]) -> tuple[tuple[str, Experiment], ...]:
    from loglens.trainer.experiments import experiment  # noqa: PLC0415

    changes = dict(_change(text) for text in options["changes"])
    if options["data"] is not None:
        changes["data"] = options["data"]
    seeds = range(options["first_seed"], options["first_seed"] + options["seeds"])
    asked = _scenarios(options["scenarios"])
    return tuple((f"{one.name}/seed{seed}", experiment(one, seed, **changes)) for one in asked for seed in seeds)


def _scenarios(names: tuple[str, ...]) -> tuple[Scenario, ...]:
    from loglens.runs.overrides import ended, nearest  # noqa: PLC0415
    from loglens.trainer.scenarios import SCENARIOS  # noqa: PLC0415

    known = {one.name: one for one in SCENARIOS}
    for name in names:
        if name not in known:
            raise LogLensError(ended(f"There is no scenario {name!r}{nearest(name, known)}"))
    return tuple(known[name] for name in names)


def _change(text: str) -> tuple[str, Any]:
    """NAME=VALUE as the type that the setting has."""
    from loglens.runs.overrides import ended, nearest  # noqa: PLC0415
    from loglens.trainer.settings import Settings  # noqa: PLC0415

    name, equals, value = text.partition("=")
    if name in {"seed", "task"}:
        raise LogLensError(f"--set {text}: seeds are chosen by --seed and --seeds, and each has a task of its own.")
    kinds: dict[str, type] = {key: type(default) for key, default in Settings().as_dict().items()}
    if not equals or name not in kinds:
        wanted = f"there is no setting {name!r}{nearest(name, kinds)}" if equals else "write it as NAME=VALUE"
        raise LogLensError(ended(f"--set {text}: {wanted}"))
    kind = kinds[name]
    try:
        if kind is bool:
            return name, {"true": True, "false": False}[value.lower()]
        if kind is list:
            return name, tuple(float(part) for part in value.split(",") if part)
        return name, kind(value)
    except (ValueError, KeyError):
        raise LogLensError(f"--set {text}: {value!r} is no {KINDS[kind]}.") from None


def _command_line() -> str:
    return shlex.join(["loglens", *sys.argv[1:]])


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A bar on stderr with the time left, counted in run-epochs; nothing in a pipe or when quiet."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with new_bar("training, epochs", total) as bar:
        yield lambda epochs: bar.advance(bar.task_ids[0], epochs)
