from __future__ import annotations

from tests.spec.checkout import counters, reserve, stored
from tests.spec.office import Office, fresh
from tests.spec.sales import FAILED, sold


def test_j6_a_declined_payment_may_be_tried_again_at_once(office: Office) -> None:
    """J6: declined."""
    sale = sold(office, max_uses=1)

    declined = sale.hears(FAILED)
    assert (declined.success, declined["Outcome"]) == (True, "processed")
    assert stored(office, sale.reservation)["Status"] == "Released"
    assert counters(office, sale.campaign) == (0, 0, 0, 0)

    retried = reserve(office, sale.code, sale.user, order_id=fresh("o"))
    assert (retried.success, retried["IsExisting"]) == (True, False)
    assert counters(office, sale.campaign)[:2] == (0, 1)
