"""Jobs that keep house: what expires is told, what is old goes, and the ledgers stay."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.office import Office, fresh, fresh_codes, now
from tests.spec.test_job_runs import busy


def payloads(office: Office, event: str, entity: str) -> list[dict[str, Any]]:
    found = office.rows(
        "SELECT PayloadJson FROM dbo.OutboxEvents WHERE EventType = ? AND EntityId = ?"
        " ORDER BY EventId;",
        event,
        entity,
    )
    return [json.loads(row["PayloadJson"]) for row in found]


# ---------------------------------------------------------------- expiry


def test_a_coupon_that_expired_is_told_once(office: Office) -> None:
    code = office.coupon()
    office.write(
        "UPDATE dbo.Coupons SET ExpiresAt = DATEADD(minute, -1, SYSUTCDATETIME())"
        " WHERE CouponCode = ?;",
        code,
    )

    first = office.call("sp_RunExpirySweep", role="job")
    again = office.call("sp_RunExpirySweep", role="job")

    assert first["Expired"] >= 1
    assert again["Expired"] == 0
    (told,) = payloads(office, "expired", code)
    assert set(told) == {"couponCode", "at"}
    assert told["couponCode"] == code


def test_a_coupon_about_to_expire_is_told_once_within_the_notice(office: Office) -> None:
    soon = office.coupon(expires_at=now() + timedelta(days=2))
    later = office.coupon(expires_at=now() + timedelta(days=5))

    office.call("sp_RunExpirySweep")
    again = office.call("sp_RunExpirySweep")

    assert [told["couponCode"] for told in payloads(office, "coupon_expiring", soon)] == [soon]
    assert payloads(office, "coupon_expiring", later) == []
    assert again["Expiring"] == 0


def test_the_end_of_a_campaign_is_told_ahead_and_when_it_comes(office: Office) -> None:
    campaign = office.campaign(end_date=now() + timedelta(days=1))
    office.call("sp_RunExpirySweep")
    office.write(
        "UPDATE dbo.Campaigns SET EndDate = DATEADD(minute, -1, SYSUTCDATETIME())"
        " WHERE CampaignId = ?;",
        campaign,
    )

    office.call("sp_RunExpirySweep")
    office.call("sp_RunExpirySweep")

    assert len(payloads(office, "coupon_expiring", campaign)) == 1
    (told,) = payloads(office, "expired", campaign)
    assert set(told) == {"campaignId", "at"}


def test_generated_codes_are_told_as_one_batch(office: Office) -> None:
    request = office.claimed(2, expiration_date=now() + timedelta(days=1))
    office.store(request, 1, fresh_codes(2))
    codes = office.codes_of(request)

    office.call("sp_RunExpirySweep")
    office.call("sp_RunExpirySweep")

    assert len(codes) == 2
    assert [payloads(office, "coupon_expiring", code) for code in codes] == [[], []]
    (told,) = payloads(office, "coupon_expiring", request)
    assert told["requestId"] == request


# ---------------------------------------------------------------- cleaning up


def test_what_retention_no_longer_keeps_goes_and_the_rest_stays(office: Office) -> None:
    old, kept = fresh("old"), fresh("kept")
    for job, days in ((old, 91), (kept, 89)):
        office.write(
            "INSERT INTO dbo.JobRuns (JobName, Status, StartedAt)"
            f" VALUES (?, N'Succeeded', DATEADD(day, -{days}, SYSUTCDATETIME()));",
            job,
        )
    for user, days in ((old, 91), (kept, 89)):
        office.write(
            "INSERT INTO dbo.FunnelEvents (EventType, UserId, OccurredAt)"
            f" VALUES (N'coupon_view', ?, DATEADD(day, -{days}, SYSUTCDATETIME()));",
            user,
        )
    for key, days in ((old, 401), (kept, 399)):
        office.write(
            "INSERT INTO dbo.IdempotencyKeys (Scope, IdempotencyKey, RequestHash, CreatedAt)"
            f" VALUES (N'test', ?, 0x01, DATEADD(day, -{days}, SYSUTCDATETIME()));",
            key,
        )
    for actor, days in ((old, 2558), (kept, 2556)):
        office.write(
            "INSERT INTO dbo.AuditLog (OccurredAt, Actor, LoginName, Action, EntityType)"
            f" VALUES (DATEADD(day, -{days}, SYSUTCDATETIME()), ?, N'x', N'a.b', N'a');",
            actor,
        )

    answer = office.call("sp_CleanupData", role="job")

    assert answer.success
    for column, place in (
        ("JobRuns", "JobRuns WHERE JobName"),
        ("FunnelEvents", "FunnelEvents WHERE UserId"),
        ("IdempotencyKeys", "IdempotencyKeys WHERE IdempotencyKey"),
        ("AuditLog", "AuditLog WHERE Actor"),
    ):
        assert answer[column] >= 1, column
        count = f"SELECT COUNT(*) FROM dbo.{place} = ?;"
        assert (office.value(count, old), office.value(count, kept)) == (0, 1), column


def test_an_old_event_goes_when_nothing_of_it_is_on_its_way(office: Office) -> None:
    hook = office.call("sp_SetWebhook", name=fresh("hook"), channel="queue", target="q")
    events: dict[str, str] = {}
    for status in ("Delivered", "Pending"):
        events[status] = fresh("e")
        office.write(
            "INSERT INTO dbo.OutboxEvents"
            " (EventType, EntityType, EntityId, PayloadJson, OccurredAt, FannedOutAt)"
            " VALUES (N'expired', N'coupon', ?, N'{}',"
            " DATEADD(day, -31, SYSUTCDATETIME()), SYSUTCDATETIME());",
            events[status],
        )
        office.write(
            "INSERT INTO dbo.OutboxDeliveries (EventId, WebhookId, Status)"
            " SELECT e.EventId, ?, ? FROM dbo.OutboxEvents AS e WHERE e.EntityId = ?;",
            hook["WebhookId"],
            status,
            events[status],
        )

    answer = office.call("sp_CleanupData")

    assert answer["OutboxDeliveries"] >= 1
    assert answer["OutboxEvents"] >= 1
    assert office.events(events["Delivered"]) == []
    assert office.events(events["Pending"]) == ["expired"]
    # What this test left undelivered is taken back.
    office.write("DELETE FROM dbo.OutboxDeliveries WHERE WebhookId = ?;", hook["WebhookId"])
    office.write("DELETE FROM dbo.WebhookSubscriptions WHERE WebhookId = ?;", hook["WebhookId"])


def test_twenty_recent_searches_of_an_owner_are_kept_and_all_named_ones(office: Office) -> None:
    owner = fresh("o")
    for number in range(25):
        office.write(
            "INSERT INTO dbo.SavedSearches (Owner, Name, FilterJson, LastUsedAt)"
            " VALUES (?, NULLIF(?, N''), N'{}', DATEADD(minute, ?, SYSUTCDATETIME()));",
            owner,
            "" if number < 22 else f"n{number}",
            -number,
        )

    answer = office.call("sp_CleanupData")

    assert answer["SavedSearches"] == 2
    assert office.value("SELECT COUNT(*) FROM dbo.SavedSearches WHERE Owner = ?;", owner) == 23


def test_a_list_entry_that_has_ended_is_switched_off(office: Office) -> None:
    user = fresh("u")
    office.write(
        "INSERT INTO dbo.AccessLists (ListKind, SubjectKind, SubjectValue, Reason, ExpiresAt)"
        " VALUES (N'block', N'user', ?, N'test', DATEADD(minute, -1, SYSUTCDATETIME()));",
        user,
    )

    answer = office.call("sp_CleanupData")

    assert answer["AccessLists"] >= 1
    assert (
        office.value("SELECT IsActive FROM dbo.AccessLists WHERE SubjectValue = ?;", user) is False
    )


@pytest.mark.parametrize(
    ("job", "procedure", "column"),
    [
        ("expiry-sweep", "sp_RunExpirySweep", "Expired"),
        ("cleanup", "sp_CleanupData", "FunnelEvents"),
    ],
)
def test_a_second_instance_is_skipped(
    office: Office, database: Target, job: str, procedure: str, column: str
) -> None:
    with busy(database, job):
        answer = office.call(procedure)

    assert (answer.success, answer["Message"], answer[column]) == (True, "Skipped", 0)
