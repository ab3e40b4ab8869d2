"""Whose clock counts, and what stays of a use when everything around it goes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.spec.calls import Fault
from tests.spec.checkout import confirm, let_expire, reserve, stored, sweep
from tests.spec.office import Office, fresh, now


@pytest.mark.ec("EC-012")
def test_ec_012_nobody_tells_a_procedure_what_time_it_is(office: Office) -> None:
    asked = office.rows(
        "SELECT p.name AS Name, a.name AS Parameter FROM sys.procedures AS p"
        " INNER JOIN sys.parameters AS a ON a.object_id = p.object_id"
        " WHERE p.name NOT LIKE N'sp[_]i[_]%'"
        " AND a.name IN (N'@Now', N'@Today', N'@Time', N'@Clock', N'@TimeZone');"
    )

    assert asked == ()


@pytest.mark.ec("EC-012")
def test_ec_012_only_the_clock_of_the_server_counts(office: Office) -> None:
    code, order = office.coupon(max_uses=1), fresh("o")
    clock = "SELECT SYSUTCDATETIME() AS Now;"
    before = office.value(clock)
    held = reserve(office, code, order_id=order)
    after = office.value(clock)
    let_expire(office, held["ReservationId"])
    sweep(office)
    moved = stored(office, held["ReservationId"])

    # The clock of the payment provider is wrong by an hour: for it the reservation was open.
    paid = office.call(
        "sp_ProcessPaymentEvent",
        event_id=fresh("evt"),
        event_type="payment_intent.succeeded",
        order_id=order,
        amount=90,
        occurred_at=now() - timedelta(hours=1),
    )

    quarter = timedelta(minutes=15)
    millisecond = timedelta(milliseconds=1)
    assert before + quarter - millisecond <= held["ExpiresAt"] <= after + quarter + millisecond
    assert (moved["Status"], paid["Outcome"]) == ("Expired", "processed")
    late = "SELECT CompletedAt FROM dbo.RedemptionHistory WHERE RedemptionId = ?;"
    assert office.value(late, paid["RedemptionId"]) >= after - millisecond


@pytest.mark.ec("EC-023")
def test_ec_023_nothing_vanishes_under_a_use(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    held = reserve(office, code)
    used = confirm(office, held["ReservationId"])["RedemptionId"]
    removals = {
        "DELETE FROM dbo.Coupons WHERE CouponCode = ?;": code,
        "DELETE FROM dbo.Campaigns WHERE CampaignId = ?;": campaign,
    }

    refused = [_refused(office, text, key) for text, key in removals.items()]
    deleted = office.call("sp_DeleteCoupon", coupon_code=code, confirm=1)
    gone = office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1)

    assert refused == [547, 547]
    assert (deleted.success, gone.success) == (True, True)
    row = office.row("SELECT * FROM dbo.vw_RedemptionLedger WHERE RedemptionId = ?;", used)
    assert (row["CouponCode"], row["CampaignId"], row["Status"]) == (code, campaign, "success")
    marks = office.row("SELECT DeletedAt, UsedCount FROM dbo.Coupons WHERE CouponCode = ?;", code)
    assert (marks["DeletedAt"] is not None, marks["UsedCount"]) == (True, 1)


@pytest.mark.ec("EC-023")
def test_ec_023_history_is_read_without_a_coupon(office: Office) -> None:
    user = fresh("u")
    missed = office.call("sp_RedeemCoupon", coupon_code="NOSUCHCODE", user_id=user, order_amount=9)

    history = office.call("sp_GetUserRedemptions", user_id=user)

    assert missed.code == "COUPON_NOT_FOUND"
    row = office.row("SELECT * FROM dbo.vw_RedemptionLedger WHERE UserId = ?;", user)
    assert (row["CouponId"], row["CouponCode"]) == (None, "NOSUCHCODE")
    assert row["FailureReason"] == "COUPON_NOT_FOUND"
    assert [one["CouponCode"] for one in history.sets[0]] == ["NOSUCHCODE"]


@pytest.mark.ec("EC-023")
def test_ec_023_no_foreign_key_deletes_or_changes_what_refers_to_it(office: Office) -> None:
    acting = office.rows(
        "SELECT f.name AS Name FROM sys.foreign_keys AS f"
        " WHERE f.delete_referential_action <> 0 OR f.update_referential_action <> 0;"
    )

    assert acting == ()


def _refused(office: Office, text: str, key: str) -> int:
    with pytest.raises(Fault) as caught:
        office.write(text, key)
    return caught.value.number
