from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endpoint import Target
from tests.spec.administration import Held
from tests.spec.billing import Billing, set_up_prices
from tests.spec.office import Office
from tests.world import World


@pytest.fixture
def office(database: Target) -> Iterator[Office]:
    """The back office of the shared database; settings are as delivered afterwards."""
    with Office(database) as made:
        yield made
        made.reset_settings()


@pytest.fixture
def billing(world: World) -> Billing:
    """Billing for one user of some days, in a world where tiers have prices."""
    set_up_prices(world)
    return Billing(world, world.user())


@pytest.fixture
def held(office: Office) -> Iterator[Held]:
    """Reservations that a test leaves open; they go with it."""
    made = Held(office)
    yield made
    made.forget()
