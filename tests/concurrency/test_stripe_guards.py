"""Calls that wait for a stripe which goes, rows that come before stripes, what guards a stripe."""

from __future__ import annotations

from collections.abc import Iterator

import pyodbc
import pytest

from tests.concurrency.sabotage import Changes, sabotaged, together, unchecked
from tests.concurrency.sessions import Gate, Outcome, through_the_gate
from tests.concurrency.shops import drift, redeem, spread_coupon, successes
from tests.concurrency.test_gates import held_by
from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, call
from tests.spec.checkout import counters, reserve
from tests.spec.office import Office, fresh

SEEN = "    SET @HasStripes = 1;\n"
AT_THE_STRIPE: Changes = {"sp_i_ShiftCouponStripe": {SEEN: SEEN + Gate.HOOK}}
NO_WAY_BACK: Changes = {
    "sp_i_ShiftCouponStripe": {"        IF @HasStripes = 0\n            RETURN;\n": ""}
}
LOCKING = "    EXEC dbo.sp_i_LockCouponStripes @CouponId = @CouponId;\n"
BEFORE_THE_STRIPES: Changes = {"sp_i_StripeCoupon": {LOCKING: Gate.HOOK + LOCKING}}


@pytest.fixture
def office(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


def pay_while_stripes_go(ruin: Target, office: Office, changes: Changes) -> tuple[Outcome, str]:
    """A checkout of a striped code is paid; while it looks for its stripe there is none left."""
    campaign = office.campaign(stripe_count=4)
    code = office.coupon(campaign, max_uses=200)
    assert office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=4).success
    held = reserve(office, code)["ReservationId"]

    def pay(session: pyodbc.Connection) -> Answer:
        key = fresh("evt")
        return call(session, "sp_ConfirmReservation", reservation_id=held, idempotency_key=key)

    def gather() -> None:
        assert office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=1).success

    with sabotaged(office, changes):
        (outcome,) = through_the_gate(ruin, pay, meanwhile=gather)
    return outcome, campaign


def test_a_slot_is_found_on_the_row_when_the_stripes_of_its_coupon_are_gone(
    ruin: Target, office: Office
) -> None:
    outcome, campaign = pay_while_stripes_go(ruin, office, AT_THE_STRIPE)

    assert isinstance(outcome, Answer)
    assert outcome.success
    assert counters(office, campaign)[:2] == (1, 0)
    row = office.row("SELECT * FROM dbo.Coupons WHERE CampaignId = ?;", campaign)
    assert (row["StripeCount"], row["UsedCount"], row["ReservedCount"]) == (1, 1, 0)
    assert [one for one in drift(office) if campaign in str(one)] == []


def test_without_the_look_at_what_is_left_the_slot_counts_as_missing(
    ruin: Target, office: Office
) -> None:
    outcome, campaign = pay_while_stripes_go(ruin, office, together(AT_THE_STRIPE, NO_WAY_BACK))

    assert isinstance(outcome, Fault)
    assert outcome.number == 50200
    assert counters(office, campaign)[:2] == (0, 1)


def test_who_changes_stripes_holds_all_rows_before_the_first_stripe(
    ruin: Target, office: Office
) -> None:
    # An attempt at a striped code holds the row of an unstriped campaign while it wants a stripe.
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=200)
    spread_coupon(office, code, 2, 200)
    rows = {"coupon": code, "campaign": campaign}

    def spread(session: pyodbc.Connection) -> Answer:
        return call(session, "sp_SetCampaignStripes", campaign_id=campaign, stripe_count=4)

    with sabotaged(office, BEFORE_THE_STRIPES):
        assert held_by(ruin, spread, rows) == ["campaign", "coupon"]


# ---------------------------------------------------------------- what guards a striped limit (R6)


def test_r6_without_its_condition_a_striped_code_is_used_beyond_its_limit(office: Office) -> None:
    campaign = office.campaign(stripe_count=2)
    code = office.coupon(campaign, max_uses=2)
    spread_coupon(office, code, 2, 2)
    no_condition = {
        "sp_i_ClaimCouponStripe": {
            "\n          AND (StripeLimit IS NULL OR UsedCount + ReservedCount < StripeLimit);": ";"
        }
    }

    with sabotaged(office, no_condition), unchecked(office, "CK_CouponCounterStripes_Uses"):
        ends = [redeem(office.connection(), code).success for _ in range(3)]

    assert ends == [True, True, True]
    assert successes(office, campaign) == 3
