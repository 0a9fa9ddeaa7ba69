"""The config: what a team says once about its runs, in `loglens.toml` or `[tool.loglens]` of `pyproject.toml`."""

from loglens.config.read import find_config, load_config, read_config
from loglens.config.settings import CheckRule, Config, DetectorSettings, HealthRule, Level, Statistic, Waiver

__all__ = [
    "CheckRule",
    "Config",
    "DetectorSettings",
    "HealthRule",
    "Level",
    "Statistic",
    "Waiver",
    "find_config",
    "load_config",
    "read_config",
]
