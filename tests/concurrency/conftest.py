from __future__ import annotations

from collections.abc import Iterator

import pytest

from couponry_jobs.settings import Settings
from tests.endpoint import Target, deployed_database
from tests.spec.office import Office


@pytest.fixture(scope="package")
def arena(server: Settings, model: Target | None) -> Iterator[Target]:
    """A database that only races write to, so that all its counters must equal its ledger."""
    with deployed_database(server, "couponry_race", model) as target:
        yield target


@pytest.fixture(scope="package")
def ruin(server: Settings, model: Target | None) -> Iterator[Target]:
    """A scratch database whose guards are taken away."""
    with deployed_database(server, "couponry_race", model) as target:
        yield target


@pytest.fixture
def office(arena: Target) -> Iterator[Office]:
    with Office(arena) as made:
        yield made
        made.reset_settings()
