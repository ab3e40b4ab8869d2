"""sp_BulkUpdateCoupons: one change for many codes, row by row, in one transaction."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.spec.calls import Answer, run
from tests.spec.office import Office, fresh, fresh_code, now

LONG = "x" * 101


def bulk(office: Office, codes: list[str], action: str, **options: Any) -> Answer:
    return office.call(
        "sp_BulkUpdateCoupons", codes_json=json.dumps(codes), action=action, **options
    )


def told(answer: Answer) -> dict[str, tuple[bool, str | None]]:
    return {row["CouponCode"]: (row["Changed"], row["ErrorCode"]) for row in answer.sets[1]}


def counts(answer: Answer) -> tuple[Any, ...]:
    return (answer.code, answer["Matched"], answer["Changed"])


def stored(office: Office, code: str) -> Any:
    return office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", code)


def redeem(office: Office, code: str) -> str | None:
    return office.call(
        "sp_RedeemCoupon", coupon_code=code, user_id=fresh("u"), order_amount=100
    ).code


@pytest.mark.ec("EC-004")
def test_ec_004_codes_of_a_list_stop_together_and_start_again(office: Office) -> None:
    campaign = office.campaign()
    codes = [office.coupon(campaign, max_uses=200) for _ in range(3)]
    deleted, unknown = office.coupon(campaign), fresh_code()
    office.call("sp_DeleteCoupon", coupon_code=deleted, confirm=1)
    office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=3)
    off = office.coupon(campaign, is_active=0)
    named = [codes[0].lower(), codes[0], *codes[1:], deleted, unknown, off]

    stopped = bulk(office, named, "deactivate", actor="ann", reason="leaked", role="ops")
    refused = [redeem(office, code) for code in codes]
    again = bulk(office, named, "deactivate")
    started = bulk(office, codes, "activate")

    assert counts(stopped) == (None, 5, 3)
    assert stopped["Message"] == "3 of 5 matching coupons changed, 2 refused."
    assert told(stopped) == {
        **dict.fromkeys(codes, (True, None)),
        deleted: (False, "COUPON_NOT_FOUND"),
        unknown: (False, "COUPON_NOT_FOUND"),
        off: (False, None),
    }
    assert refused == ["COUPON_INACTIVE"] * 3
    assert (counts(again), counts(started)) == ((None, 5, 0), (None, 3, 3))
    assert [redeem(office, code) for code in codes] == [None] * 3
    assert office.actions(codes[0]) == ["coupon.create", "coupon.deactivate", "coupon.activate"]
    assert office.events(codes[0]).count("coupon_changed") == 3
    audit = office.row(
        "SELECT Actor, Reason, BeforeJson, AfterJson FROM dbo.AuditLog"
        " WHERE EntityId = ? AND Action = N'coupon.deactivate';",
        codes[1],
    )
    assert (audit["Actor"], audit["Reason"]) == ("ann", "leaked")
    assert json.loads(audit["BeforeJson"])["isActive"] is True
    assert json.loads(audit["AfterJson"])["isActive"] is False


def test_ends_are_moved_to_a_date_or_by_days(office: Office) -> None:
    campaign, soon, late = office.campaign(), now() + timedelta(days=2), now() + timedelta(days=40)
    near = office.coupon(campaign, expires_at=soon)
    far = office.coupon(campaign, expires_at=late)
    open_ended = office.coupon(campaign)

    dated = bulk(office, [near, far], "extend_expiry", new_expires_at=soon + timedelta(days=5))
    later = bulk(office, [near, far, open_ended], "extend_expiry", extend_days=3)

    assert told(dated) == {near: (True, None), far: (False, "ARG_BAD_DATES")}
    assert told(later) == {near: (True, None), far: (True, None), open_ended: (False, None)}
    assert stored(office, near)["ExpiresAt"] == soon + timedelta(days=8)
    assert stored(office, far)["ExpiresAt"] == late + timedelta(days=3)
    assert stored(office, open_ended)["ExpiresAt"] is None
    assert office.actions(near) == ["coupon.create", "coupon.extend_expiry", "coupon.extend_expiry"]


def test_an_end_is_not_moved_past_the_last_day_there_is(office: Office) -> None:
    campaign, last = office.campaign(), datetime(9999, 12, 31)
    nearly = office.coupon(campaign, expires_at=last - timedelta(days=2))
    never = office.coupon(campaign, expires_at=last)

    later = bulk(office, [nearly, never], "extend_expiry", extend_days=3650)

    assert told(later) == {nearly: (True, None), never: (False, None)}
    assert stored(office, nearly)["ExpiresAt"] == stored(office, never)["ExpiresAt"] == last


def test_deleting_asks_for_confirmation(office: Office) -> None:
    codes = [office.coupon() for _ in range(2)]

    asked = bulk(office, codes, "delete")
    untouched = [stored(office, code)["DeletedAt"] for code in codes]
    done = bulk(office, codes, "delete", confirm=1)

    assert counts(asked) == ("CONFIRMATION_REQUIRED", 2, None)
    assert asked["Message"] == "2 coupons match. Repeat with @Confirm = 1."
    assert (asked.sets[1], untouched) == ((), [None, None])
    assert counts(done) == (None, 2, 2)
    assert all(stored(office, code)["DeletedAt"] for code in codes)
    assert redeem(office, codes[0]) == "COUPON_NOT_FOUND"


def test_a_filter_finds_what_the_search_finds(office: Office) -> None:
    campaign, end = office.campaign(), now() - timedelta(days=1)
    begin = end - timedelta(days=5)
    over = [
        office.coupon(campaign, valid_from=begin, expires_at=end, allow_past_start=1)
        for _ in range(3)
    ]
    running = office.coupon(campaign)
    chosen = json.dumps({"campaignId": campaign, "statusJson": ["expired"], "pageSize": 1})

    answer = office.call(
        "sp_BulkUpdateCoupons", filter_json=chosen, action="extend_expiry", extend_days=7
    )

    assert counts(answer) == (None, 3, 3)
    assert told(answer) == dict.fromkeys(over, (True, None))
    assert [redeem(office, code) for code in over] == [None] * 3
    assert stored(office, running)["ExpiresAt"] is None


def test_more_than_a_hundred_are_confirmed_and_more_than_the_most_are_left(
    office: Office,
) -> None:
    campaign = office.campaign()
    request = office.claimed(130, campaign=campaign)
    codes = [fresh_code() for _ in range(130)]
    office.store(request, 1, codes)
    chosen = json.dumps({"campaignId": campaign, "includeGenerated": True})

    asked = office.call("sp_BulkUpdateCoupons", filter_json=chosen, action="deactivate")
    some = office.call(
        "sp_BulkUpdateCoupons", filter_json=chosen, action="deactivate", max_rows=120, confirm=1
    )
    small = office.call(
        "sp_BulkUpdateCoupons", codes_json=json.dumps(codes[:100]), action="activate"
    )

    assert counts(asked) == ("CONFIRMATION_REQUIRED", 130, None)
    assert counts(some) == (None, 130, 120)
    assert some["Message"] == "120 of 130 matching coupons changed, 0 refused."
    assert len(some.sets[1]) == 120
    assert small.success


def test_nothing_found_is_nothing_changed(office: Office) -> None:
    chosen = json.dumps({"campaignId": fresh("c")})

    none = office.call("sp_BulkUpdateCoupons", filter_json=chosen, action="activate")
    empty = bulk(office, [], "activate")

    assert counts(none) == counts(empty) == (None, 0, 0)
    assert none.sets[1] == empty.sets[1] == ()


@pytest.mark.parametrize(
    ("number", "changed", "message"),
    [
        (50001, {"action": " "}, "ARG_REQUIRED: @Action"),
        (50002, {"max_rows": 0}, "ARG_OUT_OF_RANGE: @MaxRows"),
        (50002, {"max_rows": 10001}, "ARG_OUT_OF_RANGE: @MaxRows"),
        (50002, {"action": "extend_expiry", "extend_days": 0}, "ARG_OUT_OF_RANGE: @ExtendDays"),
        (50002, {"action": "extend_expiry", "extend_days": 3651}, "ARG_OUT_OF_RANGE: @ExtendDays"),
        (50003, {"action": "Activate"}, "ARG_NOT_IN_LIST: @Action"),
        (50004, {"codes_json": "A"}, "ARG_BAD_JSON: @CodesJson"),
        (50004, {"codes_json": "[5]"}, "ARG_BAD_JSON: @CodesJson"),
        (50004, {"codes_json": None, "filter_json": "[]"}, "ARG_BAD_JSON: @FilterJson"),
        (50004, {"codes_json": None, "filter_json": '{"CampaignId": "c"}'}, "ARG_BAD_JSON"),
        (50003, {"codes_json": None, "filter_json": '{"statusJson": ["new"]}'}, "ARG_NOT_IN_LIST"),
        (50002, {"codes_json": None, "filter_json": '{"usageMin": -1}'}, "ARG_OUT_OF_RANGE"),
        (50008, {"actor": LONG}, "ARG_TOO_LONG: @Actor"),
        (50008, {"correlation_id": LONG}, "ARG_TOO_LONG: @CorrelationId"),
        (50009, {"codes_json": None}, "ARG_CONFLICT: @CodesJson or @FilterJson"),
        (50009, {"filter_json": "{}"}, "ARG_CONFLICT: @CodesJson excludes @FilterJson"),
        (50009, {"action": "extend_expiry"}, "ARG_CONFLICT: @NewExpiresAt or @ExtendDays"),
        (50009, {"extend_days": 1}, "ARG_CONFLICT: @NewExpiresAt and @ExtendDays"),
        (50009, {"new_expires_at": now()}, "ARG_CONFLICT: @NewExpiresAt and @ExtendDays"),
        (
            50009,
            {"action": "extend_expiry", "extend_days": 1, "new_expires_at": now()},
            "ARG_CONFLICT: @NewExpiresAt excludes @ExtendDays",
        ),
    ],
)
def test_a_broken_call_is_refused(
    office: Office, number: int, changed: dict[str, Any], message: str
) -> None:
    given: dict[str, Any] = {"codes_json": '["ABC"]', "action": "activate"} | changed

    assert office.refuses(number, "sp_BulkUpdateCoupons", **given).startswith(message)


def test_a_bulk_change_joins_the_transaction_of_its_caller(office: Office) -> None:
    codes = [office.coupon() for _ in range(2)]
    connection = office.connection()
    connection.autocommit = False
    inside = bulk(office, codes, "deactivate")
    connection.rollback()
    connection.autocommit = True

    assert inside["Changed"] == 2
    assert [stored(office, code)["IsActive"] for code in codes] == [True, True]
    doomed = run(
        connection,
        "SET XACT_ABORT ON; BEGIN TRANSACTION;"
        " BEGIN TRY SELECT 1 / 0 AS Zero; END TRY BEGIN CATCH"
        "   BEGIN TRY EXEC dbo.sp_BulkUpdateCoupons @CodesJson = N'[]', @Action = N'delete';"
        "   END TRY BEGIN CATCH SELECT ERROR_NUMBER() AS Number; END CATCH;"
        "   ROLLBACK TRANSACTION; END CATCH;",
    )
    assert doomed[-1][0]["Number"] == 50102
