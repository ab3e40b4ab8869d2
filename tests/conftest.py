"""One server and one deployed database for the whole run; a world of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from couponry_jobs.settings import Settings
from tests.endpoint import (
    Target,
    copied_database,
    deployed_database,
    endpoint,
    fresh_database,
)
from tests.jobs.azurite import azurite

ROOT = Path(__file__).resolve().parents[1]

# The same examples each time, however slow the machine is: a run that is red is red again.
hypothesis.settings.register_profile(
    "couponry",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("couponry")

if TYPE_CHECKING:
    from tests.world import World


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """With several workers (`make test`), tests that share a server stay with one of them."""
    from tests.rooms import Rooms

    config.option.loadscopereorder = False
    return Rooms(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        from tests.rooms import place

        items.sort(key=lambda item: place(item.nodeid))


@pytest.fixture(scope="session")
def server() -> Iterator[Settings]:
    """A server to create databases on. No test may know which kind it is."""
    with endpoint() as settings:
        yield settings


@pytest.fixture(scope="session")
def deployed(server: Settings) -> Iterator[tuple[Target, Target | None]]:
    """The database that the tests share, and a copy of it as the deployment has left it."""
    with deployed_database(server) as target, copied_database(target) as untouched:
        yield target, untouched


@pytest.fixture(scope="session")
def database(deployed: tuple[Target, Target | None]) -> Target:
    """The deployed database that the tests share; each works with names of its own."""
    return deployed[0]


@pytest.fixture(scope="session")
def model(deployed: tuple[Target, Target | None]) -> Target | None:
    """A deployed database in which nobody works, for copies; None where there are no copies."""
    return deployed[1]


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The connection string of a storage account that the run has for itself."""
    with azurite(ROOT / ".cache") as found:
        yield found


@pytest.fixture
def empty_database(server: Settings) -> Iterator[Target]:
    """A database without anything in it, for what changes a whole database."""
    with fresh_database(server) as target:
        yield target


@pytest.fixture
def world(database: Target) -> Iterator[World]:
    """The nouns and verbs of the domain, over the shared database."""
    from tests.world import World

    made = World(database)
    yield made
    close = getattr(made, "close", None)
    if close is not None:
        close()
