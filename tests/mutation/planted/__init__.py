"""The list of planted bugs, by area."""

from __future__ import annotations

from tests.mutation.bug import Bug
from tests.mutation.planted import (
    benefits,
    claims,
    discounts,
    generation,
    keys,
    outbox,
    payments,
    reservations,
    reversals,
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
    upkeep,
)
BUGS: list[Bug] = [bug for area in AREAS for bug in area.BUGS]
