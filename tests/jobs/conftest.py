from __future__ import annotations

from collections.abc import Iterator

import pytest

from couponry_jobs.connection import Database
from tests.endpoint import Target


@pytest.fixture
def opened(database: Target) -> Iterator[Database]:
    """The shared database through the jobs' own connection."""
    with database.open() as found:
        yield found
