"""What the tests of runs share: the place of the shared material, or why a test that needs it is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test material (event files and tables that are not part of the project)."""
    place = os.environ.get("LOGLENS_SHARED")
    if not place:
        pytest.skip("LOGLENS_SHARED does not name the folder with the corpus and the tables of tags")
    return Path(place)
