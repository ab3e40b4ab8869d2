"""The list of planted bugs, by area."""

from __future__ import annotations

from tests.mutation.bug import Bug
from tests.mutation.planted import (
    administration,
    benefits,
    claims,
    discounts,
    generation,
    keys,
    outbox,
    payments,
    persons,
    reservations,
    reversals,
    subscriptions,
    upkeep,
)

AREAS = (
    claims,
    discounts,
    keys,
    reservations,
    payments,
    reversals,
    benefits,
    generation,
    outbox,
    subscriptions,
    administration,
    persons,
    upkeep,
)
BUGS: list[Bug] = [bug for area in AREAS for bug in area.BUGS]
