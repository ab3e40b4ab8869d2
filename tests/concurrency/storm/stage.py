"""What a storm fights over: a few campaigns with every kind of limit at once."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.concurrency.shops import single_use_codes, spread_coupon
from tests.spec.office import Office, fresh

LIFTED = {
    "attempts_per_minute": 10_000,
    "attempts_per_hour": 100_000,
    "attempts_per_day": 100_000,
    "velocity_limit_per_hour": 1_000_000,
    "reservation_max_active_per_user": 50,
    "risk_score_block_threshold": "1.00",
    "manual_review_threshold": "1.00",
    "auto_flag_threshold": "1.00",
}
"""Limits on attempts would turn a storm into a calm: here the limits on uses are what counts."""

AMOUNT = Decimal("70.00")


@dataclass(frozen=True, slots=True)
class Shared:
    """A code for many, and where it belongs."""

    code: str
    campaign: str


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    """in every key and user, so that no storm meets the traces of another"""
    shared: tuple[Shared, ...]
    singles: tuple[Shared, ...]
    users: tuple[str, ...]

    @property
    def campaigns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.campaign for one in self.shared))

    def code(self, dice: random.Random) -> Shared:
        """Mostly one that all want."""
        return dice.choice(self.singles if dice.random() < 0.15 else self.shared)

    def user(self, dice: random.Random) -> str:
        return dice.choice(self.users)


def build(office: Office, attempts: int, room: int | None = None) -> Stage:
    """Room for a part of the attempts, so that every limit is met during the storm."""
    for name, value in LIFTED.items():
        office.set(name, value)
    room = room or max(attempts // 12, 60)
    # One row · stripes · money · money and stripes.
    kinds: tuple[dict[str, Any], ...] = (
        {"max_total_redemptions": room, "max_redemptions_per_user": 3},
        {"max_total_redemptions": room, "max_redemptions_per_user": 0, "stripe_count": 8},
        {"budget_amount": room * 7, "max_redemptions_per_user": 4},
        {"budget_amount": room * 4, "max_total_redemptions": room, "stripe_count": 4}
        | {"max_redemptions_per_user": 0},
    )
    campaigns: list[str] = []
    shared: list[Shared] = []
    for kind in kinds:
        campaign = office.campaign(**kind)
        campaigns.append(campaign)
        stripes = kind.get("stripe_count", 1)
        for per_user, limit in ((1, room * 2 // 3), (3, room // 4)):
            code = office.coupon(campaign, max_uses=limit, max_uses_per_user=per_user)
            shared.append(Shared(code, campaign))
            if stripes > 1:
                spread_coupon(office, code, stripes, limit)
    singles = [
        Shared(code, campaign)
        for campaign in campaigns
        for code in single_use_codes(office, max(attempts // 100, 10), campaign)
    ]
    name = fresh("storm")
    users = tuple(f"{name}-{number}" for number in range(max(attempts // 8, 50)))
    return Stage(name, tuple(shared), tuple(singles), users)
