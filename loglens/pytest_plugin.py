"""The pytest plugin: a fixture for tests of a training script; loads nothing of LogLens until a test uses it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from loglens.gate.result import GateResult


def pytest_addoption(parser: pytest.Parser) -> None:
    """--loglens-update: take the new numbers into the baselines instead of comparing with them."""
    parser.getgroup("loglens").addoption(
        "--loglens-update",
        action="store_true",
        help="take the numbers of this run into the baselines of loglens_run.assert_no_regression()",
    )


@dataclass(frozen=True, slots=True)
class LogLensRun:
    """A training under test: `logdir` is a fresh folder to log into (or one to be named in the assertions).

    A relative `baseline` lies beside the test's own file. With `--loglens-update` it is written, not compared with.
    """

    logdir: Path
    folder: Path
    update: bool

    def assert_healthy(self, logdir: str | Path | None = None, *, config: str | Path | None = None) -> GateResult:
        """See `loglens.testing.assert_healthy`."""
        __tracebackhide__ = True
        from loglens.testing import assert_healthy  # noqa: PLC0415

        return assert_healthy(logdir or self.logdir, config=config)

    def assert_no_regression(
        self, baseline: str | Path, logdir: str | Path | None = None, *, config: str | Path | None = None
    ) -> GateResult | None:
        """See `loglens.testing.assert_no_regression`."""
        __tracebackhide__ = True
        from loglens.testing import assert_no_regression, update_baseline  # noqa: PLC0415

        path = self.folder / baseline
        if self.update:
            update_baseline(logdir or self.logdir, path, config=config)
            return None
        if not path.exists():
            pytest.fail(
                f"There is no baseline {path} yet: pytest --loglens-update makes it of this run.", pytrace=False
            )
        return assert_no_regression(logdir or self.logdir, path, config=config)


@pytest.fixture
def loglens_run(request: pytest.FixtureRequest, tmp_path: Path) -> LogLensRun:
    """A folder to log into, and assertions on what was logged there."""
    logdir = tmp_path / "logs"
    logdir.mkdir()
    return LogLensRun(logdir, request.path.parent, bool(request.config.getoption("--loglens-update")))
