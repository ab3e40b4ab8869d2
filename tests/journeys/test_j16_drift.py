from __future__ import annotations

import json

import pytest

from tests.spec.billing import Billing
from tests.spec.calls import Answer
from tests.spec.office import Office, fresh


@pytest.mark.ec("EC-022")
def test_j16_counters_that_drifted_are_found_corrected_and_told(
    office: Office, billing: Billing
) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    for _ in range(2):
        assert office.call("sp_RedeemCoupon", coupon_code=code, user_id=fresh("u")).success
    billing.grant(100)
    office.write("UPDATE dbo.Coupons SET UsedCount += 3 WHERE CouponCode = ?;", code)
    office.write("UPDATE dbo.Campaigns SET CurrentRedemptions -= 1 WHERE CampaignId = ?;", campaign)
    office.write("UPDATE dbo.UserCreditBalances SET Amount += 5 WHERE UserId = ?;", billing.user)

    def reconcile(*, fix: int) -> list[Answer]:
        scopes = {"coupon": code, "campaign": campaign, "credit": billing.user}
        return [
            office.call("sp_ReconcileCounters", role="job", scope=scope, entity_id=name, fix=fix)
            for scope, name in scopes.items()
        ]

    # The check reports three rows and changes nothing.
    checked = reconcile(fix=0)
    assert [
        (row["CounterName"], row["Stored"] - row["Actual"], row["Corrected"])
        for answer in checked
        for row in answer.sets[1]
    ] == [("UsedCount", 3, False), ("CurrentRedemptions", -1, False), ("Amount", 5, False)]
    assert [answer["Corrected"] for answer in checked] == [0, 0, 0]

    # The run corrects all three under their locks, from the ledger.
    corrected = reconcile(fix=1)
    assert [(answer["Drifted"], answer["Corrected"]) for answer in corrected] == [(1, 1)] * 3
    stored = (
        office.value("SELECT UsedCount FROM dbo.Coupons WHERE CouponCode = ?;", code),
        office.value(
            "SELECT CurrentRedemptions FROM dbo.Campaigns WHERE CampaignId = ?;", campaign
        ),
        billing.balance(),
    )
    assert stored == (2, 2, 100)

    # Each correction is audited with what was and what is, and each run has told of itself.
    for entity in (code, campaign, billing.user):
        assert office.actions(entity)[-1:] == ["reconcile.correct"]
    (audit,) = office.rows(
        "SELECT * FROM dbo.AuditLog WHERE EntityId = ? AND Action = N'reconcile.correct';", code
    )
    assert [json.loads(audit[side])[0]["value"] for side in ("BeforeJson", "AfterJson")] == [5, 2]
    assert (
        office.value(
            "SELECT COUNT(*) FROM (SELECT TOP (3) e.PayloadJson FROM dbo.OutboxEvents AS e"
            " WHERE e.EventType = N'counter_drift' ORDER BY e.EventId DESC) AS n"
            " WHERE JSON_VALUE(n.PayloadJson, '$.corrected') = N'1';"
        )
        == 3
    )

    # Afterwards there is nothing left to find.
    assert [answer["Drifted"] for answer in reconcile(fix=1)] == [0, 0, 0]
