"""Subscriptions to events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec.calls import Answer
from tests.spec.office import Office, fresh


def save(office: Office, **changes: Any) -> Answer:
    given: dict[str, Any] = {
        "name": fresh("hook"),
        "channel": "webhook",
        "target": "https://shop.example/hook",
        "is_active": 0,
    } | changes
    return office.call("sp_SetWebhook", role="ops", **given)


def test_a_subscription_is_made_changed_and_audited(office: Office) -> None:
    name = fresh("hook")
    made = save(office, name=name)

    changed = save(
        office,
        webhook_id=made["WebhookId"],
        name=name,
        channel="queue",
        target="events",
        event_types_json='["coupon_used"]',
    )
    again = save(
        office,
        webhook_id=made["WebhookId"],
        name=name,
        channel="queue",
        target="events",
        event_types_json='["coupon_used"]',
    )

    row = office.row("SELECT * FROM dbo.WebhookSubscriptions WHERE Name = ?;", name)
    assert (made.success, changed.success, again.success) == (True, True, True)
    assert changed["WebhookId"] == made["WebhookId"] == row["WebhookId"]
    assert (row["Channel"], row["Target"]) == ("queue", "events")
    assert (row["EventTypesJson"], row["IsActive"]) == ('["coupon_used"]', False)
    actions = office.rows(
        "SELECT Action FROM dbo.AuditLog WHERE EntityType = N'webhook' AND EntityId = ?;",
        str(row["WebhookId"]),
    )
    assert [one["Action"] for one in actions] == ["webhook.create", "webhook.update"]


def test_a_name_is_taken_once(office: Office) -> None:
    name = fresh("hook")
    save(office, name=name)

    assert save(office, name=name).code == "NAME_EXISTS"


def test_an_unknown_subscription_is_not_found(office: Office) -> None:
    assert save(office, webhook_id=0).code == "WEBHOOK_NOT_FOUND"


@pytest.mark.parametrize(
    ("number", "bad"),
    [
        (50001, {"name": " "}),
        (50001, {"channel": None}),
        (50001, {"target": ""}),
        (50003, {"channel": "pigeon"}),
        (50005, {"target": "http://shop.example"}),
        (50004, {"event_types_json": "coupon_used"}),
        (50004, {"event_types_json": "{}"}),
        (50004, {"event_types_json": "[]"}),
        (50004, {"event_types_json": "[1]"}),
        (50003, {"event_types_json": '["coupon_lost"]'}),
        (50008, {"actor": "a" * 101}),
    ],
)
def test_broken_calls_are_thrown(office: Office, number: int, bad: dict[str, Any]) -> None:
    given = {"name": "n", "channel": "webhook", "target": "https://shop.example"} | bad

    office.refuses(number, "sp_SetWebhook", **given)
