"""What the races are about: coupons and campaigns with limits, and what became of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyodbc

from tests.spec.calls import Answer, call
from tests.spec.office import Office, fresh, fresh_codes


def redeem(
    connection: pyodbc.Connection, code: str, user: str | None = None, **context: Any
) -> Answer:
    """A redemption by a user who has done nothing before, unless one is named."""
    given: dict[str, Any] = {"order_amount": Decimal("100.00")} | context
    return call(
        connection, "sp_RedeemCoupon", coupon_code=code, user_id=user or fresh("u"), **given
    )


def single_use_codes(office: Office, number: int, campaign: str) -> list[str]:
    request = office.claimed(number, worker="shop", campaign=campaign)
    codes = fresh_codes(number)
    for batch, first in enumerate(range(0, number, 5000), start=1):
        office.store(request, batch, codes[first : first + 5000], "shop")
    assert office.update(request, "Completed", lease_owner="shop").success
    return codes


def spread_coupon(office: Office, code: str, stripes: int, limit: int) -> None:
    """Gives a new coupon counter stripes, as sp_SetCampaignStripes will."""
    office.write("UPDATE dbo.Coupons SET StripeCount = ? WHERE CouponCode = ?;", stripes, code)
    for number in range(stripes):
        office.write(
            "INSERT INTO dbo.CouponCounterStripes (CouponId, StripeNo, StripeLimit)"
            " SELECT CouponId, ?, ? FROM dbo.Coupons WHERE CouponCode = ?;",
            number,
            limit // stripes + (number < limit % stripes),
            code,
        )


def successes(office: Office, campaign: str) -> int:
    return office.value(
        "SELECT COUNT(*) FROM dbo.RedemptionHistory WHERE CampaignId = ? AND Status = N'success';",
        campaign,
    )


def used(office: Office, campaign: str) -> int:
    return office.value(
        "SELECT SUM(UsedCount) FROM dbo.CampaignCounterStripes WHERE CampaignId = ?;", campaign
    )


def spent(office: Office, campaign: str) -> Decimal:
    return office.value(
        "SELECT SUM(BudgetUsed) FROM dbo.CampaignCounterStripes WHERE CampaignId = ?;", campaign
    )


def drift(office: Office) -> list[tuple[object, ...]]:
    """Every counter that differs from the ledger."""
    found = office.rows(
        "SELECT EntityType, EntityId, CounterName, Stored, Actual FROM dbo.vw_CounterDrift;"
    )
    return [tuple(row.values()) for row in found]


def above_limit(office: Office) -> list[tuple[object, ...]]:
    """Every counter that is beyond what it may be."""
    found = office.rows(
        "SELECT N'coupon' AS What, CouponCode AS Name FROM dbo.Coupons"
        " WHERE StripeCount = 1 AND UsedCount + ReservedCount > MaxUses"
        " UNION ALL"
        " SELECT N'coupon stripe', CAST(CouponId AS nvarchar(20)) FROM dbo.CouponCounterStripes"
        " WHERE UsedCount + ReservedCount > StripeLimit"
        " UNION ALL"
        " SELECT N'campaign stripe', CampaignId FROM dbo.CampaignCounterStripes"
        " WHERE UsedCount + ReservedCount > StripeLimit"
        " OR BudgetUsed + BudgetReserved > BudgetLimit;"
    )
    return [tuple(row.values()) for row in found]


def assert_whole(office: Office) -> None:
    """Counter = ledger, and no limit passed."""
    assert drift(office) == []
    assert above_limit(office) == []
