from __future__ import annotations

from decimal import Decimal

import pytest

from tests.spec.office import Office, fresh


@pytest.mark.ec("EC-045")
def test_j23_old_history_moves_away_and_is_still_known(office: Office) -> None:
    code = office.coupon(max_uses_per_user=1)
    early, late = fresh("early"), fresh("late")
    for user, months in ((early, 25), (late, 23)):
        used = office.call(
            "sp_RedeemCoupon", coupon_code=code, user_id=user, order_amount=Decimal("80.00")
        )
        assert used.success
        office.write(
            "UPDATE dbo.RedemptionHistory SET AttemptedAt = DATEADD(MONTH, ?, AttemptedAt)"
            " WHERE RedemptionId = ?;",
            -months,
            used["RedemptionId"],
        )

    # The quarterly run moves what is older than 24 months.
    assert office.call("sp_ArchiveRedemptionHistory", role="job")["Moved"] >= 1
    live = "SELECT UserId FROM dbo.RedemptionHistory WHERE CouponCode = ?;"
    archived = "SELECT UserId FROM dbo.RedemptionHistoryArchive WHERE CouponCode = ?;"
    assert [row["UserId"] for row in office.rows(live, code)] == [late]
    assert [row["UserId"] for row in office.rows(archived, code)] == [early]

    # A second run finds nothing of it.
    office.call("sp_ArchiveRedemptionHistory", role="job")
    assert [row["UserId"] for row in office.rows(live, code)] == [late]

    # Who used the code then cannot use it again now.
    for user in (early, late):
        again = office.call("sp_RedeemCoupon", coupon_code=code, user_id=user)
        assert again.code == "MAX_USES_PER_USER_REACHED"

    # The complete history has both, with their sums.
    ledger = office.rows(
        "SELECT UserId, Source, DiscountAmount FROM dbo.vw_RedemptionLedger"
        " WHERE CouponCode = ? AND IsCounted = 1 ORDER BY UserId;",
        code,
    )
    assert [tuple(row.values()) for row in ledger] == [
        (early, "archive", Decimal("8.00")),
        (late, "live", Decimal("8.00")),
    ]

    # And the recount agrees with the counters.
    for scope, name in (("coupon", code), ("user", early), ("user", late)):
        found = office.call("sp_ReconcileCounters", scope=scope, entity_id=name, fix=0)
        assert found["Drifted"] == 0, found.sets[1]
