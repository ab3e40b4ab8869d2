from __future__ import annotations

from tests.spec.checkout import counters, ledger, let_expire, reserve, stored, sweep
from tests.spec.office import Office, fresh
from tests.spec.sales import sold


def test_j5_an_abandoned_checkout_gives_its_slot_to_the_next_user(office: Office) -> None:
    """J5: abandoned."""
    sale = sold(office, max_uses=1)
    assert reserve(office, sale.code, fresh("u")).code == "COUPON_RESERVED"

    let_expire(office, sale.reservation)
    assert sweep(office)["Expired"] >= 1
    assert stored(office, sale.reservation)["Status"] == "Expired"
    assert counters(office, sale.campaign) == (0, 0, 0, 0)
    (row,) = ledger(office, sale.reservation)
    assert (row["Status"], row["FailureReason"]) == ("failed", "RESERVATION_EXPIRED")

    assert reserve(office, sale.code, fresh("u")).success
