from __future__ import annotations

from decimal import Decimal

from tests.spec.checkout import counters, drift
from tests.spec.office import Office
from tests.spec.sales import DISPUTED, REFUNDED, SUCCEEDED, Sale, sold


def paid(office: Office) -> Sale:
    sale = sold(office)
    assert sale.hears(SUCCEEDED, amount=90).success
    return sale


def refunded(sale: Sale) -> Decimal:
    return sale.office.value(
        "SELECT RefundedAmount FROM dbo.RedemptionHistory WHERE UserId = ?;", sale.user
    )


def test_j12_a_full_refund_gives_the_use_back(office: Office) -> None:
    """J12: a refund in full."""
    sale = paid(office)

    assert sale.hears(REFUNDED, amount=90)["Outcome"] == "processed"

    assert sale.ends() == ["reversed"]
    assert counters(office, sale.campaign) == (0, 0, 0, 0)
    assert drift(office, sale.campaign) == []


def test_j12_half_a_refund_keeps_the_use_and_the_rest_reverses_it(office: Office) -> None:
    """J12: half, then the rest."""
    sale = paid(office)

    assert sale.hears(REFUNDED, amount=45)["Outcome"] == "processed"
    assert (sale.ends(), refunded(sale)) == (["success"], Decimal("45.00"))
    assert counters(office, sale.campaign)[:2] == (1, 0)

    assert sale.hears(REFUNDED, amount=45)["Outcome"] == "processed"
    assert (sale.ends(), refunded(sale)) == (["reversed"], Decimal("90.00"))
    assert counters(office, sale.campaign)[:2] == (0, 0)


def test_j12_a_dispute_reverses_and_the_use_stays_counted(office: Office) -> None:
    """J12: a dispute on another."""
    sale = paid(office)

    assert sale.hears(DISPUTED, amount=90)["Outcome"] == "processed"

    assert sale.ends() == ["reversed"]
    assert counters(office, sale.campaign)[:2] == (1, 0)
    assert drift(office, sale.campaign) == []
