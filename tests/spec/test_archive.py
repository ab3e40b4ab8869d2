"""Old history moves to the archive; limits, sums and counters do not notice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.checkout import release, reserve
from tests.spec.office import Office, fresh
from tests.spec.test_job_runs import busy


def redeem(office: Office, code: str, user: str) -> Any:
    return office.call(
        "sp_RedeemCoupon",
        coupon_code=code,
        user_id=user,
        order_amount=Decimal("100.00"),
        ip_address="198.51.100.7",
        user_agent="browser",
    )


def age(office: Office, user: str, months: int) -> None:
    office.write(
        "UPDATE dbo.RedemptionHistory SET AttemptedAt = DATEADD(month, ?, AttemptedAt)"
        " WHERE UserId = ?;",
        -months,
        user,
    )


def counts(office: Office, user: str) -> tuple[int, int]:
    return tuple(
        office.value(f"SELECT COUNT(*) FROM dbo.{table} WHERE UserId = ?;", user)
        for table in ("RedemptionHistory", "RedemptionHistoryArchive")
    )


@pytest.mark.ec("EC-045")
@pytest.mark.ec("EC-033")
def test_ec_045_ec_033_old_rows_move_and_limits_and_sums_stay(office: Office) -> None:
    code = office.coupon(max_uses_per_user=1)
    old, young = fresh("u"), fresh("u")
    assert redeem(office, code, old).success
    assert redeem(office, code, young).success
    age(office, old, 25)
    age(office, young, 23)
    ledger = (
        "SELECT COUNT(*) AS Uses, SUM(DiscountAmount) AS Discount, MIN(AttemptedAt) AS First"
        " FROM dbo.vw_RedemptionLedger WHERE CouponCode = ? AND IsCounted = 1;"
    )
    before = office.row(ledger, code)

    answer = office.call("sp_ArchiveRedemptionHistory", role="job")

    assert answer["Moved"] >= 1
    assert (counts(office, old), counts(office, young)) == ((0, 1), (1, 0))
    assert office.row(ledger, code) == before
    assert redeem(office, code, old).code == "MAX_USES_PER_USER_REACHED"
    for scope, entity in (("coupon", code), ("user", old)):
        answer = office.call("sp_ReconcileCounters", scope=scope, entity_id=entity)
        assert answer["Drifted"] == 0


def test_the_archive_keeps_no_address_agent_or_device(office: Office) -> None:
    user = fresh("u")
    redeem(office, office.coupon(), user)
    age(office, user, 25)

    office.call("sp_ArchiveRedemptionHistory")

    row = office.row(
        "SELECT IpAddress, UserAgent, DeviceFingerprint, DiscountAmount, Status"
        " FROM dbo.RedemptionHistoryArchive WHERE UserId = ?;",
        user,
    )
    assert tuple(row.values()) == (None, None, None, Decimal("10.00"), "success")


def test_what_is_pending_stays(office: Office) -> None:
    user = fresh("u")
    redeem(office, office.coupon(), user)
    office.write(
        "UPDATE dbo.RedemptionHistory SET ReviewStatus = N'pending' WHERE UserId = ?;", user
    )
    age(office, user, 25)
    buyer = fresh("u")
    held = reserve(office, office.coupon(), buyer)["ReservationId"]
    age(office, buyer, 25)

    office.call("sp_ArchiveRedemptionHistory")

    assert (counts(office, user), counts(office, buyer)) == ((1, 0), (1, 0))
    assert release(office, held).success
    office.write("UPDATE dbo.RedemptionHistory SET ReviewStatus = N'none' WHERE UserId = ?;", user)


def test_a_run_moves_chunk_by_chunk_and_not_more_than_it_may(office: Office) -> None:
    users = [fresh("u") for _ in range(5)]
    code = office.coupon()
    office.call("sp_ArchiveRedemptionHistory")
    for user in users:
        redeem(office, code, user)
        age(office, user, 25)

    first = office.call("sp_ArchiveRedemptionHistory", chunk_size=2, max_rows=3)
    rest = office.call("sp_ArchiveRedemptionHistory", chunk_size=2)
    none = office.call("sp_ArchiveRedemptionHistory")

    assert (first["Moved"], rest["Moved"], none["Moved"]) == (3, 2, 0)
    assert [counts(office, user) for user in users] == [(0, 1)] * 5


def test_closed_fraud_events_move_along_and_open_ones_stay(office: Office) -> None:
    closed, pending = fresh("u"), fresh("u")
    for user, status in ((closed, "approved"), (pending, "pending")):
        office.write(
            "INSERT INTO dbo.FraudEvents"
            " (UserId, DetectionType, Severity, DetailsJson, ReviewStatus, DetectedAt, LastSeenAt)"
            " VALUES (?, N'bot_pattern', N'low', N'{}', ?, DATEADD(month, -25, SYSUTCDATETIME()),"
            " DATEADD(month, -25, SYSUTCDATETIME()));",
            user,
            status,
        )

    office.call("sp_ArchiveRedemptionHistory")

    count = "SELECT COUNT(*) FROM dbo.FraudEventsArchive WHERE UserId = ?;"
    assert (office.value(count, closed), office.value(count, pending)) == (1, 0)
    office.write("DELETE FROM dbo.FraudEvents WHERE UserId = ?;", pending)


@pytest.mark.parametrize("job", ["archive", "reconcile"])
def test_nothing_moves_while_another_archives_or_counts(
    office: Office, database: Target, job: str
) -> None:
    with busy(database, job):
        answer = office.call("sp_ArchiveRedemptionHistory")

    assert (answer.success, answer["Message"], answer["Moved"]) == (True, "Skipped", 0)
    assert office.call("sp_ArchiveRedemptionHistory")["Message"] != "Skipped"
    assert office.call("sp_ReconcileCounters", entity_id="nobody")["Message"] != "Skipped"


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        (50002, {"older_than_months": 2}),
        (50002, {"chunk_size": 0}),
        (50002, {"max_rows": 0}),
        (50001, {"chunk_size": None}),
        (50001, {"max_rows": None}),
    ],
)
def test_broken_calls_are_thrown(office: Office, number: int, arguments: dict[str, Any]) -> None:
    office.refuses(number, "sp_ArchiveRedemptionHistory", **arguments)
