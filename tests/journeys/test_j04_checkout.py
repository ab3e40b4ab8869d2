from __future__ import annotations

from tests.spec.checkout import counters, ledger
from tests.spec.office import Office, fresh
from tests.spec.sales import SUCCEEDED, sold


def test_j4_a_checkout_is_held_and_paid(office: Office) -> None:
    """J4: a checkout."""
    sale = sold(office)
    (row,) = ledger(office, sale.reservation)
    assert row["Status"] == "pending"
    assert counters(office, sale.campaign)[:2] == (0, 1)

    event = fresh("evt")
    paid = sale.hears(SUCCEEDED, event, amount=90)
    assert (paid.success, paid["Outcome"], paid["IsDuplicate"]) == (True, "processed", False)
    (row,) = ledger(office, sale.reservation)
    assert (row["Status"], row["RedemptionId"]) == ("success", paid["RedemptionId"])
    assert counters(office, sale.campaign)[:2] == (1, 0)
    assert "coupon_used" in office.events(str(paid["RedemptionId"]))

    again = sale.hears(SUCCEEDED, event, amount=90)
    assert (again.success, again["IsDuplicate"]) == (True, True)
    assert again["RedemptionId"] == paid["RedemptionId"]
    assert counters(office, sale.campaign)[:2] == (1, 0)
