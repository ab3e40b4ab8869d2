from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endpoint import Target
from tests.spec.office import Office


@pytest.fixture
def office(database: Target) -> Iterator[Office]:
    """The back office of the shared database; settings are as delivered afterwards."""
    with Office(database) as made:
        yield made
        made.reset_settings()
