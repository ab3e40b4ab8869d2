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
