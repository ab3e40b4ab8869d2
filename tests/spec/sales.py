"""Sales: an open checkout, and what the payment provider says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.spec.calls import Answer, Row
from tests.spec.checkout import reserve
from tests.spec.office import Office, fresh

SUCCEEDED = "payment_intent.succeeded"
COMPLETED = "checkout.session.completed"
FAILED = "payment_intent.payment_failed"
REFUNDED = "charge.refunded"
DISPUTED = "charge.dispute.created"


@dataclass(slots=True)
class Sale:
    """A customer with an open checkout of 90.00, and what the payment provider says of it."""

    office: Office
    campaign: str
    code: str
    user: str
    order: str
    intent: str
    reservation: int

    def hears(self, kind: str, event: str | None = None, **more: Any) -> Answer:
        given: dict[str, Any] = {
            "order_id": self.order,
            "payment_intent_id": self.intent,
        } | more
        return self.office.call(
            "sp_ProcessPaymentEvent", event_id=event or fresh("evt"), event_type=kind, **given
        )

    def payment(self) -> Row:
        return self.office.row(
            "SELECT * FROM dbo.PaymentTransactions WHERE StripePaymentIntentId = ?;", self.intent
        )

    def ends(self) -> list[str]:
        """The ledger of the customer, oldest first."""
        found = self.office.rows(
            "SELECT Status FROM dbo.RedemptionHistory WHERE UserId = ? ORDER BY RedemptionId;",
            self.user,
        )
        return [row["Status"] for row in found]


def sold(office: Office, **limits: Any) -> Sale:
    campaign = office.campaign(budget_amount=1000)
    code = office.coupon(campaign, **({"max_uses": 5} | limits))
    user, order = fresh("u"), fresh("o")
    held = reserve(office, code, user, order_id=order)
    return Sale(office, campaign, code, user, order, fresh("pi"), held["ReservationId"])
