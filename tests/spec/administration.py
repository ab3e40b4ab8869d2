"""What tests of changed campaigns and codes look at, and reservations open while they run."""

from __future__ import annotations

from decimal import Decimal

from tests.spec.calls import Row
from tests.spec.office import Office, fresh


def redeem(office: Office, code: str, user: str | None = None) -> str | None:
    answer = office.call(
        "sp_RedeemCoupon", coupon_code=code, user_id=user or fresh("u"), order_amount=100
    )
    return answer.code


def stored(office: Office, code: str) -> Row:
    return office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", code)


def campaign_row(office: Office, campaign: str) -> Row:
    return office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)


def coupon_stripes(office: Office, code: str) -> list[tuple[int | None, int]]:
    found = office.rows(
        "SELECT s.StripeLimit, s.UsedCount FROM dbo.CouponCounterStripes AS s"
        " INNER JOIN dbo.Coupons AS c ON c.CouponId = s.CouponId"
        " WHERE c.CouponCode = ? ORDER BY s.StripeNo;",
        code,
    )
    return [(row["StripeLimit"], row["UsedCount"]) for row in found]


def campaign_stripes(office: Office, campaign: str) -> list[tuple[int | None, Decimal | None]]:
    found = office.rows(
        "SELECT StripeLimit, BudgetLimit FROM dbo.CampaignCounterStripes"
        " WHERE CampaignId = ? ORDER BY StripeNo;",
        campaign,
    )
    return [(row["StripeLimit"], row["BudgetLimit"]) for row in found]


class Held:
    """Codes with an open reservation, which leave the shared database with the test."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._codes: list[str] = []

    def reserve(self, code: str) -> None:
        """An open reservation, begun a minute ago, with its slot on the coupon."""
        self._codes.append(code)
        self._office.write(
            "INSERT INTO dbo.Reservations (CouponId, CampaignId, UserId, DiscountType,"
            " RedemptionId, ReservedAt, ExpiresAt)"
            " SELECT CouponId, CampaignId, ?, N'percentage', 0,"
            " DATEADD(minute, -1, SYSUTCDATETIME()), DATEADD(minute, 15, SYSUTCDATETIME())"
            " FROM dbo.Coupons WHERE CouponCode = ?;",
            fresh("u"),
            code,
        )
        self._office.write(
            "UPDATE dbo.Coupons SET ReservedCount = ReservedCount + 1 WHERE CouponCode = ?;", code
        )

    def ends(self, code: str) -> list[tuple[str, str | None, bool]]:
        """Of each reservation: its status, why it is to close, and whether it is due."""
        found = self._office.rows(
            "SELECT r.Status, r.CloseReason, IIF(r.ExpiresAt <= SYSUTCDATETIME(), 1, 0) AS IsDue"
            " FROM dbo.Reservations AS r INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId"
            " WHERE c.CouponCode = ?;",
            code,
        )
        return [(row["Status"], row["CloseReason"], bool(row["IsDue"])) for row in found]

    def forget(self) -> None:
        for code in self._codes:
            self._office.write(
                "DELETE r FROM dbo.Reservations AS r"
                " INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId WHERE c.CouponCode = ?;",
                code,
            )
            self._office.write(
                "UPDATE dbo.Coupons SET ReservedCount = 0 WHERE CouponCode = ?;", code
            )
