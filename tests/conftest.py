"""What every shelf shares: where the recorded data lies, and a visible skip where it does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that sets its logs up does not set them up for the tests behind it."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded data ($BONMOT_SHARED, default ../shared beside the project)."""
    folder = Path(os.environ.get("BONMOT_SHARED", ROOT.parent / "shared"))
    if not (folder / "data" / "streams").is_dir():
        pytest.skip(f"no recorded data at {folder}; set BONMOT_SHARED")
    return folder
