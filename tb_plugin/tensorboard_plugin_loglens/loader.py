"""The entry point: what TensorBoard imports at its start, before it knows whether anything else here works."""

from __future__ import annotations

import argparse
from typing import Any

from tensorboard.plugins import base_plugin


class LogLensLoader(base_plugin.TBLoader):  # type: ignore[misc]  # tensorboard ships no types
    """Defines the flag and loads the plugin; a failure becomes a tab that says what failed, never TensorBoard's end.

    TensorBoard guards `load` but neither this module's import nor `define_flags`, so this imports nothing of ours.
    """

    def define_flags(self, parser: argparse.ArgumentParser) -> None:
        group = parser.add_argument_group("LogLens")
        group.add_argument(
            "--loglens_config",
            metavar="FILE",
            type=str,
            default="",
            help="LogLens config (roles of tags, parameters of detectors). Default: loglens.toml or pyproject.toml, "
            "searched upwards from the working directory.",
        )

    def load(self, context: Any) -> Any:
        try:
            from tensorboard_plugin_loglens.plugin import LogLensPlugin  # noqa: PLC0415  # lazily: it may fail

            return LogLensPlugin(context)
        except Exception as error:
            from tensorboard_plugin_loglens.failed import FailedPlugin  # noqa: PLC0415

            return FailedPlugin(context, error)
