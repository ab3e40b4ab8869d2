"""What tests of subscriptions do again and again: codes, redemptions, months."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.billing import Billing

STANDARD = ("success", "error_code", "message")


def code_of(billing: Billing, discount: tuple[str, object], **columns: Any) -> str:
    billing.world.campaign()
    return billing.world.coupon("SUB", None, discount, **columns)


def redeem(billing: Billing, code: str, amount: object = None, **more: Any) -> Result:
    done = billing.world.redeem(code, billing.user, amount, **more)
    assert done.ok, done.values
    return done


def fault_of(billing: Billing, procedure: str, **arguments: Any) -> int:
    with pytest.raises(Fault) as caught:
        billing.world.call(procedure, **arguments)
    return caught.value.number


def set_status(billing: Billing, subscription: int, status: str, **more: Any) -> Result:
    return billing.world.call(
        "sp_SetSubscriptionStatus", subscription_id=subscription, status=status, **more
    )


def months_after(billing: Billing, moment: datetime, months: int) -> datetime:
    text = "SELECT CAST(DATEADD(MONTH, ?, CAST(? AS datetime2(3))) AS datetime2(3)) AS At"
    return billing.world.rows(text, months, moment)[0].at
