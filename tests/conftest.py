"""Shared fixtures. Heavy libraries are imported inside fixtures, so that collecting tests stays quick."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of small files that tests read."""
    return FIXTURES
