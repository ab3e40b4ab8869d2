"""Counters that differ from the ledger are found, counted again under lock, corrected and told."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.calls import Row
from tests.spec.checkout import release, reserve
from tests.spec.office import Office, fresh
from tests.spec.test_job_runs import busy

ZERO = Decimal("0.00")


def redeem(office: Office, code: str, user: str | None = None) -> str:
    user = user or fresh("u")
    answer = office.call(
        "sp_RedeemCoupon", coupon_code=code, user_id=user, order_amount=Decimal("100.00")
    )
    assert answer.success, answer.row
    return user


def number(office: Office, code: str) -> int:
    return office.value("SELECT CouponId FROM dbo.Coupons WHERE CouponCode = ?;", code)


def found(rows: tuple[Row, ...]) -> dict[str, tuple[Decimal, Decimal, bool]]:
    return {row["CounterName"]: (row["Stored"], row["Actual"], row["Corrected"]) for row in rows}


def reconcile(office: Office, scope: str, entity: object, **more: Any) -> dict[str, Any]:
    answer = office.call("sp_ReconcileCounters", scope=scope, entity_id=str(entity), **more)
    assert answer.success, answer.row
    rows = found(answer.sets[1])
    assert answer["Drifted"] == len(rows)
    assert answer["Corrected"] == sum(corrected for _, _, corrected in rows.values())
    return rows


@pytest.mark.ec("EC-022")
@pytest.mark.parametrize("stripes", [1, 4])
def test_ec_022_a_coupon_is_counted_again_from_the_ledger(office: Office, stripes: int) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=500)
    if stripes > 1:
        office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=stripes)
    user = redeem(office, code)
    redeem(office, code)
    assert release(office, reserve(office, code)["ReservationId"]).success
    table, discount = (
        ("Coupons", "TotalDiscountApplied")
        if stripes == 1
        else ("CouponCounterStripes", "TotalDiscount")
    )
    office.write(
        f"UPDATE dbo.{table} SET UsedCount = 7, ReservedCount = 1, UniqueUsers = 5,"
        f" {discount} = 1 WHERE CouponId = ?" + (";" if stripes == 1 else " AND StripeNo = 0;"),
        number(office, code),
    )
    before = office.row(
        "SELECT SUM(Stored) AS Stored FROM dbo.vw_CounterDrift WHERE EntityType = N'coupon'"
        " AND EntityId = ? AND CounterName = N'UsedCount';",
        str(number(office, code)),
    )["Stored"]

    rows = reconcile(office, "coupon", code)

    assert rows["UsedCount"] == (before, 2, True)
    assert rows["UniqueUsers"][1:] == (2, True)
    assert rows["ReservedCount"][1:] == (0, True)
    assert rows["TotalDiscountApplied"][1:] == (Decimal("20.00"), True)
    assert office.actions(code)[-1] == "reconcile.correct"
    assert reconcile(office, "coupon", number(office, code)) == {}
    redeem(office, code, fresh(user))
    assert reconcile(office, "coupon", code) == {}


def test_a_coupon_whose_only_wrong_counter_is_its_discount_is_found(office: Office) -> None:
    code = office.coupon()
    office.write("UPDATE dbo.Coupons SET TotalDiscountApplied = 5 WHERE CouponCode = ?;", code)

    rows = reconcile(office, "coupon", code)

    assert rows == {"TotalDiscountApplied": (Decimal("5.00"), ZERO, True)}


def test_a_coupon_that_turns_out_to_be_full_is_marked_so(office: Office) -> None:
    code = office.coupon(max_uses=1)
    user = redeem(office, code)
    office.write(
        "UPDATE dbo.Coupons SET UsedCount = 0, IsRedeemed = 0, RedeemedAt = NULL,"
        " RedeemedBy = NULL WHERE CouponCode = ?;",
        code,
    )

    rows = reconcile(office, "coupon", code)

    row = office.row("SELECT IsRedeemed, RedeemedBy FROM dbo.Coupons WHERE CouponCode = ?;", code)
    assert rows == {"UsedCount": (0, 1, True)}
    assert tuple(row.values()) == (True, user)


@pytest.mark.parametrize("stripes", [1, 3])
def test_a_campaign_and_its_budget_are_counted_again(office: Office, stripes: int) -> None:
    campaign = office.campaign(max_total_redemptions=300, budget_amount=1000)
    code = office.coupon(campaign)
    if stripes > 1:
        office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=stripes)
    redeem(office, code)
    office.write(
        "UPDATE dbo.CampaignCounterStripes SET UsedCount = 9, BudgetUsed = 90, ReservedCount = 2,"
        " BudgetReserved = 3 WHERE CampaignId = ? AND StripeNo = 0;",
        campaign,
    )

    rows = reconcile(office, "campaign", campaign)

    assert rows["UsedCount"][1:] == (1, True)
    assert rows["BudgetUsed"][1:] == (Decimal("10.00"), True)
    assert rows["ReservedCount"] == (2, 0, True)
    assert rows["BudgetReserved"] == (3, 0, True)
    assert office.actions(campaign)[-1] == "reconcile.correct"
    assert reconcile(office, "campaign", campaign) == {}


def test_a_user_is_counted_again_by_campaign_and_by_coupon(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    user = redeem(office, code)
    office.write("DELETE FROM dbo.UserRedemptions WHERE UserId = ?;", user)
    office.write(
        "UPDATE dbo.CouponUserUsage SET UsedCount = 3, ReservedCount = 4 WHERE UserId = ?;", user
    )

    rows = reconcile(office, "user", user)

    assert rows == {
        "RedemptionCount": (0, 1, True),
        "TotalDiscount": (0, Decimal("10.00"), True),
        "UsedCount": (3, 1, True),
        "ReservedCount of coupon": (4, 0, True),
    }
    assert reconcile(office, "user", f"{user}/{campaign}") == {}
    assert office.actions(user)[-1] == "reconcile.correct"


def test_credits_are_counted_again_and_never_below_zero(office: Office) -> None:
    user = fresh("u")
    office.call(
        "sp_GrantCredits",
        user_id=user,
        amount=30,
        credit_type="bonus",
        source="test",
        request_id=fresh("r"),
    )
    office.write("UPDATE dbo.UserCreditBalances SET Amount = 99 WHERE UserId = ?;", user)

    rows = reconcile(office, "credit", user)

    assert rows == {"Amount": (99, 30, True)}
    balance = "SELECT Amount FROM dbo.UserCreditBalances WHERE UserId = ?;"
    assert office.value(balance, user) == 30

    office.write(
        "INSERT INTO dbo.CreditDeductionLedger (UserId, RequestId, Amount, BalanceBefore,"
        " BalanceAfter) VALUES (?, ?, 50, 50, 0);",
        user,
        fresh("r"),
    )

    assert reconcile(office, "credit", user) == {"Amount": (30, -20, True)}
    assert office.value(balance, user) == 0


def test_what_is_above_its_limit_is_flagged_and_stored_at_the_limit(office: Office) -> None:
    code = office.coupon(max_uses=3)
    for _ in range(3):
        redeem(office, code)
    office.write("UPDATE dbo.Coupons SET UsedCount = 2, MaxUses = 2 WHERE CouponCode = ?;", code)

    rows = reconcile(office, "coupon", code)

    # Stored at the limit already: reported, flagged, and nothing to correct.
    assert rows == {"UsedCount": (2, 3, False)}
    assert office.actions(code)[-1] == "reconcile.over_limit"
    # What no procedure brought about is taken back: other tests look for drift.
    office.write("UPDATE dbo.Coupons SET UsedCount = 3, MaxUses = 3 WHERE CouponCode = ?;", code)


def test_a_look_reports_and_writes_nothing(office: Office) -> None:
    code = office.coupon()
    office.write("UPDATE dbo.Coupons SET UniqueUsers = 5 WHERE CouponCode = ?;", code)
    actions = office.actions(code)
    events = "SELECT COUNT(*) FROM dbo.OutboxEvents WHERE EventType = N'counter_drift';"
    told = office.value(events)

    rows = reconcile(office, "coupon", code, fix=0)

    assert rows == {"UniqueUsers": (5, 0, False)}
    assert (office.actions(code), office.value(events)) == (actions, told)
    assert reconcile(office, "coupon", code) == {"UniqueUsers": (5, 0, True)}


def test_drift_is_told_once_for_a_run(office: Office) -> None:
    user = redeem(office, office.coupon())
    office.write("UPDATE dbo.CouponUserUsage SET UsedCount = 3 WHERE UserId = ?;", user)
    office.write("UPDATE dbo.UserRedemptions SET RedemptionCount = 2 WHERE UserId = ?;", user)
    newest = office.value("SELECT MAX(EventId) FROM dbo.OutboxEvents;")

    answer = office.call("sp_ReconcileCounters", role="job", entity_id=user)

    events = office.rows(
        "SELECT PayloadJson FROM dbo.OutboxEvents WHERE EventType = N'counter_drift'"
        " AND EventId > ?;",
        newest,
    )
    (payload,) = [json.loads(row["PayloadJson"]) for row in events]
    assert (answer["Checked"], answer["Drifted"], answer["Corrected"]) == (2, 2, 2)
    assert set(payload) == {"runId", "drifted", "corrected"}
    assert (payload["drifted"], payload["corrected"]) == (2, 2)


@pytest.mark.ec("EC-045")
def test_ec_045_archived_uses_count(office: Office) -> None:
    code = office.coupon()
    user = redeem(office, code)
    columns = ", ".join(
        row["name"]
        for row in office.rows(
            "SELECT name FROM sys.columns"
            " WHERE object_id = OBJECT_ID(N'dbo.RedemptionHistory') ORDER BY column_id;"
        )
    )
    office.write(
        f"INSERT INTO dbo.RedemptionHistoryArchive ({columns}) SELECT {columns}"
        " FROM dbo.RedemptionHistory WHERE UserId = ?;",
        user,
    )
    office.write("DELETE FROM dbo.RedemptionHistory WHERE UserId = ?;", user)

    assert reconcile(office, "coupon", code) == {}
    assert reconcile(office, "user", user) == {}
    office.write("UPDATE dbo.Coupons SET UsedCount = 5 WHERE CouponCode = ?;", code)
    assert reconcile(office, "coupon", code) == {"UsedCount": (5, 1, True)}


def test_a_second_instance_is_skipped(office: Office, database: Target) -> None:
    with busy(database, "reconcile"):
        answer = office.call("sp_ReconcileCounters", entity_id="nobody")

    assert (answer.success, answer["Message"], answer["Checked"]) == (True, "Skipped", 0)
    assert answer.sets[1] == ()


@pytest.mark.parametrize(
    ("thrown", "arguments"), [(50003, {"scope": "half"}), (50001, {"fix": None})]
)
def test_broken_calls_are_thrown(office: Office, thrown: int, arguments: dict[str, Any]) -> None:
    office.refuses(thrown, "sp_ReconcileCounters", **arguments)


def test_a_use_without_coupon_and_campaign_is_in_no_counter_and_stops_nothing(
    office: Office,
) -> None:
    code = office.coupon()
    user = redeem(office, code)
    # As an import of a shop's old history leaves it.
    office.write(
        "INSERT INTO dbo.RedemptionHistory (CouponCode, UserId, AttemptedAt, Success, Status)"
        " VALUES (N'EARLIER', ?, SYSUTCDATETIME(), 1, N'success');",
        user,
    )
    office.write("UPDATE dbo.CouponUserUsage SET UsedCount = 4 WHERE UserId = ?;", user)

    assert reconcile(office, "user", user) == {"UsedCount": (4, 1, True)}
    assert reconcile(office, "user", user) == {}
    assert office.rows("SELECT * FROM dbo.vw_CounterDrift WHERE EntityId IS NULL;") == ()
