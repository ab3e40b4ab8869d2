"""Jobs and changes while everybody redeems: nothing false is found, nothing is done twice."""

from __future__ import annotations

from collections import Counter

import pyodbc
import pytest

from tests.concurrency.sessions import race, tally
from tests.concurrency.shops import assert_whole, redeem, single_use_codes, successes, used
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.checkout import reserve
from tests.spec.office import Office, fresh

LANES = 12
NOTHING = Answer((({"Success": True, "ErrorCode": None},),))


def test_r12_a_limit_rises_and_stripes_change_while_it_is_used_up(
    arena: Target, office: Office
) -> None:
    campaign = office.campaign(max_total_redemptions=50)
    code = office.coupon(campaign, max_uses=200)
    changes = {
        10: ("sp_SetCampaignStripes", {"stripe_count": 16}),
        60: ("sp_UpdateCampaign", {"max_total_redemptions": 60}),
        75: ("sp_SetCampaignStripes", {"stripe_count": 4}),
    }

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        if number in changes:
            procedure, given = changes[number]
            return call(connection, procedure, campaign_id=campaign, **given)
        return redeem(connection, code)

    outcomes = race(arena, 143, act, sessions=LANES)

    # Whoever was fast was refused before the limit rose; what was left then is still there.
    while redeem(office.connection(), code).success:
        pass
    counted = tally(outcomes)
    assert counted.keys() == {"success", "CAMPAIGN_LIMIT_REACHED"}, counted
    assert successes(office, campaign) == used(office, campaign) == 60
    assert_whole(office)


@pytest.mark.parametrize("stripes", [1, 8])
def test_r14_a_recount_under_load_corrects_nothing(
    arena: Target, office: Office, stripes: int
) -> None:
    campaign = office.campaign(max_total_redemptions=90, stripe_count=stripes, budget_amount=2000)
    codes = single_use_codes(office, 100, campaign)
    held = [reserve(office, office.coupon(campaign))["ReservationId"] for _ in range(12)]

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        if number % LANES == 0:
            return call(connection, "sp_ReconcileCounters")
        if number % LANES == 1:
            return call(
                connection, "sp_ReleaseReservation", reservation_id=held[number // LANES % 12]
            )
        return redeem(connection, codes[number % 100])

    outcomes = race(arena, 12 * LANES, act, sessions=LANES)

    assert tally(outcomes).keys() <= {"success", "ALREADY_REDEEMED", "CAMPAIGN_LIMIT_REACHED"}
    recounts = [one for one in outcomes if isinstance(one, Answer) and "Drifted" in one.row]
    assert len(recounts) == 12
    assert [one["Drifted"] for one in recounts] == [0] * 12
    assert successes(office, campaign) == used(office, campaign)
    assert_whole(office)


@pytest.mark.ec("EC-004")
@pytest.mark.parametrize("stripes", [1, 4])
def test_r16_a_code_is_switched_off_and_its_open_checkouts_are_paid(
    arena: Target, office: Office, stripes: int
) -> None:
    campaign = office.campaign(stripe_count=stripes, max_redemptions_per_user=0)
    code = office.coupon(campaign, max_uses=200)
    spread = {"campaign_id": campaign, "stripe_count": stripes}
    assert office.call("sp_SetCampaignStripes", **spread).success
    held = [reserve(office, code)["ReservationId"] for _ in range(10)]
    seen: list[int] = []

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        if number == 20:
            answer = call(connection, "sp_SetCouponStatus", coupon_code=code, is_active=0)
            seen.append(begun())
            return answer
        if number % 6 == 5:
            return call(
                connection,
                "sp_ConfirmReservation",
                reservation_id=held[number // 6],
                idempotency_key=fresh("evt"),
            )
        return redeem(connection, code)

    def begun() -> int:
        return office.value(
            "SELECT COUNT(*) FROM dbo.RedemptionHistory WHERE CampaignId = ?"
            " AND ReservationId IS NULL AND Status = N'success';",
            campaign,
        )

    outcomes = race(arena, 60, act, sessions=LANES)

    assert tally(outcomes).keys() == {"success", "COUPON_INACTIVE"}
    assert seen == [begun()]
    assert successes(office, campaign) == begun() + 10
    assert_whole(office)


def test_workers_share_the_outbox_and_deliver_each_event_once(
    arena: Target, office: Office
) -> None:
    campaign = office.campaign()
    code, name = office.coupon(campaign), fresh("hook")
    office.write("UPDATE dbo.OutboxEvents SET FannedOutAt = SYSUTCDATETIME();")
    office.write("DELETE FROM dbo.OutboxDeliveries WHERE Status <> N'Delivered';")
    office.write(
        "INSERT INTO dbo.WebhookSubscriptions (Name, Channel, Target, EventTypesJson)"
        " VALUES (?, N'webhook', N'https://shop.example/hook', N'[\"coupon_used\"]');",
        name,
    )
    delivered: Counter[int] = Counter()

    def deliver(connection: pyodbc.Connection, owner: str) -> Answer:
        taken = call(connection, "sp_DequeueOutbox", lease_owner=owner, max_events=7)
        for row in taken.sets[0]:
            delivered.update([row["EventId"]])
            done = call(
                connection,
                "sp_CompleteOutbox",
                event_id=row["EventId"],
                webhook_id=row["WebhookId"],
                lease_owner=owner,
                delivered=1,
            )
            assert done.success, done.row
        return taken

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        if number % LANES % 2:
            return redeem(connection, code)
        deliver(connection, f"worker-{number % LANES}")
        return NOTHING

    outcomes = race(arena, 10 * LANES, act, sessions=LANES)
    while deliver(office.connection(), "the last worker").sets[0]:
        pass

    assert tally(outcomes) == {"success": 10 * LANES}
    told = office.rows(
        "SELECT e.EventId FROM dbo.OutboxEvents AS e INNER JOIN dbo.RedemptionHistory AS h"
        " ON e.EntityId = CAST(h.RedemptionId AS nvarchar(120)) WHERE h.CampaignId = ?"
        " AND e.EventType = N'coupon_used';",
        campaign,
    )
    assert delivered == {row["EventId"]: 1 for row in told}
    assert len(told) == 5 * LANES
    office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0 WHERE Name = ?;", name)


@pytest.mark.ec("EC-045")
def test_old_rows_move_to_the_archive_while_everybody_redeems(
    arena: Target, office: Office
) -> None:
    campaign = office.campaign(max_total_redemptions=90, stripe_count=4)
    code = office.coupon(campaign)
    for _ in range(30):
        assert redeem(office.connection(), code).success
    office.write(
        "UPDATE dbo.RedemptionHistory SET AttemptedAt = DATEADD(MONTH, -30, AttemptedAt)"
        " WHERE CampaignId = ?;",
        campaign,
    )

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        if number % LANES == 0:
            return call(
                connection, "sp_ArchiveRedemptionHistory", older_than_months=24, chunk_size=4
            )
        if number % LANES == 1:
            return call(connection, "sp_ReconcileCounters")
        return redeem(connection, code)

    outcomes = race(arena, 9 * LANES, act, sessions=LANES)

    # Archive and reconciliation leave each other alone: who finds the other at work does nothing.
    rest = office.call("sp_ArchiveRedemptionHistory", older_than_months=24, chunk_size=4)
    answers = [one for one in (*outcomes, rest) if isinstance(one, Answer)]
    moved = sum(one.row.get("Moved") or 0 for one in answers)
    drifted = sum(one.row.get("Drifted") or 0 for one in answers)
    assert tally(outcomes) == {"success": 60 + 18, "CAMPAIGN_LIMIT_REACHED": 30}
    assert (moved, drifted) == (30, 0)
    archived = "SELECT COUNT(*) FROM dbo.RedemptionHistoryArchive WHERE CampaignId = ?;"
    assert (office.value(archived, campaign), successes(office, campaign)) == (30, 60)
    assert used(office, campaign) == 90
    assert_whole(office)
