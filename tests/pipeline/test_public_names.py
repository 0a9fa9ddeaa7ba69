"""The names that `import loglens` promises stay what they are, whatever is imported after them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import loglens


@pytest.mark.parametrize("name", loglens.__all__)
def test_every_public_name_loads(name: str) -> None:
    assert getattr(loglens, name) is not None


def test_the_functions_stay_functions_after_use() -> None:
    """A submodule of the same name would take the function's place when it is first imported."""
    program = (
        "import loglens, loglens.pipeline, loglens.events.reader, loglens.cli.analyze;"
        "runs = [loglens.analyze_curves({'val/loss': [3, 2, 1]}) for _ in range(2)];"
        "assert callable(loglens.analyze) and callable(loglens.read_scalars)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="analyse"):
        loglens.analyse  # noqa: B018  # the access is the test
