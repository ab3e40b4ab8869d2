"""Codes with a past: views, attempts and what came of them, written straight into the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.spec.office import fresh
from tests.world import World, now


@dataclass(slots=True)
class Past:
    """What happened with one code, by default at noon of the day before yesterday."""

    world: World
    code: str
    at: datetime = field(
        default_factory=lambda: now().replace(hour=12, minute=0, second=0) - timedelta(days=2)
    )

    def seen(self, times: int, *, at: datetime | None = None) -> None:
        coupon = self.world.coupon_row(self.code)
        for _ in range(times):
            self.world.insert(
                "FunnelEvents",
                event_type="coupon_view",
                occurred_at=at or self.at,
                coupon_code=self.code,
                coupon_id=coupon.coupon_id,
                campaign_id=coupon.campaign_id,
            )

    def attempted(
        self,
        status: str = "success",
        user: str | None = None,
        *,
        times: int = 1,
        order: object = "100.00",
        discount: object = "10.00",
        at: datetime | None = None,
        **columns: Any,
    ) -> None:
        """Ledger rows as a redemption leaves them, each by another user unless one is given."""
        coupon = self.world.coupon_row(self.code)
        order, discount = Decimal(str(order)), Decimal(str(discount))
        failed = status == "failed"
        values: dict[str, Any] = {
            "coupon_code": self.code,
            "coupon_id": coupon.coupon_id,
            "campaign_id": coupon.campaign_id,
            "attempted_at": at or self.at,
            "status": status,
            "success": int(status in ("success", "reversed")),
            "order_amount": order,
            "discount_type": coupon.discount_type,
            "discount_amount": 0 if failed else discount,
            "final_amount": order if failed else max(order - discount, Decimal(0)),
            "failure_reason": "MAX_USES_REACHED" if failed else None,
            "failed_step": "S14" if failed else None,
            "reversed_at": (at or self.at) if status == "reversed" else None,
            "use_restored": 1 if status == "reversed" else None,
        } | columns
        for _ in range(times):
            self.world.insert("RedemptionHistory", user_id=user or fresh("u"), **values)


# Countries that nobody lives in, one for each showcase.
COUNTRIES = (f"9{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Showcase:
    """One campaign of two coupons whose figures can be worked out by hand.

    A, 10 percent off 100.00, seen 10 times: four successes (one of them refunded by 20.00), two
    failures (one of them a block), a reversal that gave the use back and one that did not, and an
    attempt that is still pending. B, a session of 30.00 given away, seen once: two successes. The
    users anna, ben, cora and dora used A, anna and emil B; ben and cora had used other codes
    before, cora so long ago that it is archived.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.service, self.consultant = world.id("service"), world.id("consultant")
        self.channel: dict[str, Any] = {
            "marketing_channel": "email",
            "utm_source": world.id("source"),
            "country_code": next(COUNTRIES),
            "consultant_id": self.consultant,
        }
        world.insert("Partners", name=world.id("partner"), commission_percent=Decimal("12.50"))
        (partner,) = world.rows(
            "SELECT PartnerId FROM dbo.Partners WHERE Name = ?", world.id("partner")
        )
        self.partner = partner.partner_id
        self.end = now().replace(microsecond=0) + timedelta(days=20)
        self.campaign = world.campaign(
            "show",
            end_date=self.end,
            budget_amount=Decimal("200.00"),
            budget_alert_percent=50,
            marketing_cost=Decimal("30.00"),
            max_total_redemptions=10,
            marketing_channel="email",
        )
        world.change_stripe(
            self.campaign,
            used_count=7,
            reserved_count=1,
            budget_used=Decimal("110.00"),
            budget_reserved=Decimal("10.00"),
        )
        self.expiry = now().replace(microsecond=0) + timedelta(days=5)
        self.a = world.coupon(
            "A",
            campaign=self.campaign,
            discount=("percentage", 10),
            variant_label="A",
            partner_id=self.partner,
            expires_at=self.expiry,
        )
        self.b = world.coupon(
            "B", campaign=self.campaign, discount=("free_session", None), variant_label="B"
        )
        self.anna, self.ben, self.cora, self.dora, self.emil = (
            world.id(name) for name in ("anna", "ben", "cora", "dora", "emil")
        )
        self._past()

    def _past(self) -> None:
        a, b = Past(self.world, self.a), Past(self.world, self.b)
        self.at = a.at
        self.day = self.at.date()
        a.seen(10)
        b.seen(1)
        earlier = self.at - timedelta(days=20)
        other = Past(self.world, self.world.coupon("O", campaign=self.world.campaign("other")))
        other.attempted(user=self.ben, at=earlier)
        self.world.insert(
            "RedemptionHistoryArchive",
            redemption_id=-int(self.world.tag, 16),
            coupon_code=other.code,
            user_id=self.cora,
            attempted_at=earlier,
            success=1,
            status="success",
            review_status="none",
            discount_amount=Decimal("1.00"),
            credits_granted=0,
            credits_applied=0,
            months_granted=0,
            refunded_amount=Decimal(0),
        )
        booked = {"service_type": self.service} | self.channel
        a.attempted(user=self.anna, times=2, **booked)
        a.attempted(user=self.ben, risk_score=Decimal("0.30"), **booked)
        a.attempted(user=self.cora, refunded_amount=Decimal("20.00"), **booked)
        a.attempted("failed", user=self.emil)
        a.attempted(
            "failed",
            user=self.emil,
            failure_reason="VELOCITY_LIMIT_EXCEEDED",
            failed_step="S24",
            risk_score=Decimal("0.50"),
        )
        a.attempted("reversed", user=self.emil)
        a.attempted("reversed", user=self.dora, use_restored=0, **booked)
        a.attempted("pending", user=self.emil)
        free = {"order": "30.00", "discount": "30.00", "at": self.at + timedelta(hours=1)}
        b.attempted(user=self.anna, fulfilment_status="attended", **free, **booked)
        b.attempted(user=self.emil, fulfilment_status="no_show", **free, **booked)
