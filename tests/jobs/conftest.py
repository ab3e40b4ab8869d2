from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from couponry_jobs.connection import Database
from tests.endpoint import Target
from tests.jobs.azurite import azurite

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The connection string of a storage account that this run has for itself."""
    with azurite(ROOT / ".cache") as found:
        yield found


@pytest.fixture
def opened(database: Target) -> Iterator[Database]:
    """The shared database through the jobs' own connection."""
    with database.open() as found:
        yield found
