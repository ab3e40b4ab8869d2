"""What a review of redemptions does: the ledger, reversals, reservations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.spec.calls import Answer
from tests.spec.checkout import confirm, reserve
from tests.spec.office import Office, fresh


def review(office: Office, ids: list[int], decision: str, **more: Any) -> Answer:
    given = {"redemption_ids_json": json.dumps(ids), "decision": decision, "actor": "ann"} | more
    return office.call("sp_ReviewRedemptions", role="ops", **given)


def redeemed(office: Office, code: str, *, waits: bool = True) -> int:
    number = office.call("sp_RedeemCoupon", coupon_code=code, user_id=fresh("u"), order_amount=100)[
        "RedemptionId"
    ]
    if waits:
        wait_for_review(office, number)
    return number


def wait_for_review(office: Office, number: int) -> None:
    office.write(
        "UPDATE dbo.RedemptionHistory SET ReviewStatus = N'pending' WHERE RedemptionId = ?;", number
    )


def row(office: Office, number: int) -> tuple[Any, ...]:
    found = office.row("SELECT * FROM dbo.RedemptionHistory WHERE RedemptionId = ?;", number)
    return found["ReviewStatus"], found["ReviewedBy"], found["Status"], found["UseRestored"]


def used(office: Office, code: str) -> int:
    return office.value("SELECT UsedCount FROM dbo.Coupons WHERE CouponCode = ?;", code)


def test_rows_that_wait_get_the_decision_and_others_stay(office: Office) -> None:
    code = office.coupon()
    waiting, other = redeemed(office, code), redeemed(office, code, waits=False)

    done = review(office, [waiting, other, 0], "approved", reason="known customer")

    assert (done.success, done["Reviewed"]) == (True, 1)
    assert row(office, waiting) == ("approved", "ann", "success", None)
    assert row(office, other) == ("none", None, "success", None)
    assert review(office, [waiting], "rejected")["Reviewed"] == 0
    assert office.actions(str(waiting))[-1] == "redemption.review"


def test_a_rejection_alone_leaves_the_use_and_with_reverse_gives_it_back(office: Office) -> None:
    code = office.coupon(max_uses=2)
    kept, taken = redeemed(office, code), redeemed(office, code)

    assert review(office, [kept], "rejected")["Reviewed"] == 1
    assert review(office, [taken], "rejected", reverse=1)["Reviewed"] == 1

    assert row(office, kept) == ("rejected", "ann", "success", None)
    assert row(office, taken) == ("rejected", "ann", "reversed", True)
    assert used(office, code) == 1
    assert office.events(str(taken))[-2:] == ["coupon_used", "redemption_reversed"]


def test_a_rejected_reservation_cannot_be_confirmed(office: Office) -> None:
    held = reserve(office, office.coupon())
    number = office.value(
        "SELECT RedemptionId FROM dbo.Reservations WHERE ReservationId = ?;", held["ReservationId"]
    )
    wait_for_review(office, number)

    review(office, [number], "rejected")

    assert confirm(office, held["ReservationId"]).code == "RESERVATION_RELEASED"


@pytest.mark.parametrize(
    ("number", "bad"),
    [
        (50001, {"redemption_ids_json": " "}),
        (50001, {"decision": None}),
        (50002, {"redemption_ids_json": "[]"}),
        (50002, {"redemption_ids_json": json.dumps(list(range(501)))}),
        (50003, {"decision": "Approved"}),
        (50004, {"redemption_ids_json": "{}"}),
        (50004, {"redemption_ids_json": '["1"]'}),
        (50008, {"actor": "a" * 101}),
        (50008, {"correlation_id": "c" * 101}),
        (50009, {"decision": "approved", "reverse": 1}),
    ],
)
def test_broken_calls_are_thrown(office: Office, number: int, bad: dict[str, Any]) -> None:
    given = {"redemption_ids_json": "[0]", "decision": "rejected"} | bad
    office.refuses(number, "sp_ReviewRedemptions", **given)
