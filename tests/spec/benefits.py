"""Codes that grant something besides a price."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.answers import Result
from tests.spec.billing import Billing


def code_of(billing: Billing, discount: tuple[str, object], **columns: Any) -> str:
    campaign = {name: columns.pop(name) for name in ("campaign_type",) if name in columns}
    billing.world.campaign(**campaign)
    return billing.world.coupon("BENEFIT", None, discount, **columns)


def credits_code(billing: Billing, value: object = 20, **columns: Any) -> str:
    return code_of(billing, ("credits", value), **columns)


def months_code(billing: Billing, months: int = 1) -> str:
    return code_of(billing, ("months_free", months), coupon_type="duration_bonus")


def migration_code(billing: Billing, **columns: Any) -> str:
    return code_of(billing, ("percentage", 100), coupon_type="byok_migration", **columns)


def redeem(billing: Billing, code: str, amount: object = None, **more: Any) -> Result:
    return billing.world.redeem(code, billing.user, amount, **more)


def period_end(billing: Billing) -> datetime:
    return billing.subscriptions()[-1].current_period_end
