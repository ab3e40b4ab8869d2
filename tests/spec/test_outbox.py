"""Event deliveries: leased to one worker, tried again with patience, in the end dead and seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from tests.endpoint import Target
from tests.spec.calls import call
from tests.spec.office import Office, fresh, now


@pytest.fixture
def hook(office: Office) -> Iterator[int]:
    """A subscription to used coupons; the events of other tests are out of the way."""
    office.write("UPDATE dbo.OutboxEvents SET FannedOutAt = SYSUTCDATETIME();")
    office.write(
        "INSERT INTO dbo.WebhookSubscriptions (Name, Channel, Target, EventTypesJson, MaxAttempts)"
        " VALUES (?, N'webhook', N'https://shop.example/hook', N'[\"coupon_used\"]', 3);",
        name := fresh("hook"),
    )
    made = office.value("SELECT WebhookId FROM dbo.WebhookSubscriptions WHERE Name = ?;", name)
    yield made
    office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0 WHERE WebhookId = ?;", made)


def used(office: Office) -> None:
    """A coupon is used: one event that the subscription wants, among others that it does not."""
    office.call("sp_RedeemCoupon", coupon_code=office.coupon(), user_id=fresh("u"))


def complete(office: Office, hook: int, owner: str, delivered: int, event: int, **more: str):
    return office.call(
        "sp_CompleteOutbox",
        role="job",
        event_id=event,
        webhook_id=hook,
        lease_owner=owner,
        delivered=delivered,
        **more,
    )


def take(office: Office, owner: str):
    return office.call("sp_DequeueOutbox", role="job", lease_owner=owner).sets[0]


def state(office: Office, hook: int):
    return office.row("SELECT * FROM dbo.OutboxDeliveries WHERE WebhookId = ?;", hook)


def test_a_wanted_event_is_leased_once_and_delivered(office: Office, hook: int) -> None:
    used(office)

    leased, second = take(office, "w-1"), take(office, "w-2")
    (one,) = leased
    done = complete(office, hook, "w-1", 1, one["EventId"])
    again = complete(office, hook, "w-1", 1, one["EventId"])

    assert (one["WebhookId"], one["EventType"], one["Attempts"]) == (hook, "coupon_used", 0)
    assert (one["Channel"], one["Target"]) == ("webhook", "https://shop.example/hook")
    assert second == ()
    assert (done.success, again.success) == (True, True)
    assert (state(office, hook)["Status"], state(office, hook)["Attempts"]) == ("Delivered", 1)


@pytest.mark.ec("EC-044")
def test_ec_044_a_receiver_that_is_down_is_tried_again_and_then_given_up(
    office: Office, hook: int
) -> None:
    used(office)
    waits: list[int] = []
    for _ in range(3):
        office.write("UPDATE dbo.OutboxDeliveries SET NextAttemptAt = '2020-01-01';")
        (one,) = take(office, "w-1")
        began = now()
        assert complete(office, hook, "w-1", 0, one["EventId"], error="503").success
        assert take(office, "w-2") == ()
        waits.append(round((state(office, hook)["NextAttemptAt"] - began) / timedelta(seconds=30)))

    found = state(office, hook)
    assert waits[:2] == [1, 2]
    assert (found["Status"], found["Attempts"], found["LastError"]) == ("Dead", 3, "503")
    assert take(office, "w-1") == ()
    requeued = office.call("sp_RetryDeadDeliveries", role="ops", webhook_id=hook)
    assert requeued["Requeued"] == 1
    assert len(take(office, "w-1")) == 1


def test_a_lease_that_ran_out_goes_to_the_next_worker(office: Office, hook: int) -> None:
    used(office)
    (one,) = take(office, "w-1")
    office.write(
        "UPDATE dbo.OutboxDeliveries SET LeaseExpiresAt = '2020-01-01' WHERE WebhookId = ?;", hook
    )

    (other,) = take(office, "w-2")

    assert other["EventId"] == one["EventId"]
    assert complete(office, hook, "w-1", 1, one["EventId"]).code == "LEASE_LOST"
    assert complete(office, hook, "w-2", 1, one["EventId"]).success


def test_a_worker_passes_by_what_another_is_just_leasing(
    office: Office, hook: int, database: Target
) -> None:
    used(office)
    with closing(database.connect(autocommit=False)) as first:
        held = call(first, "sp_DequeueOutbox", lease_owner="w-1").sets[0]

        passed = take(office, "w-2")

        first.commit()
    assert (len(held), passed) == (1, ())


def test_a_worker_passes_by_a_second_attempt_that_another_is_just_leasing(
    office: Office, hook: int, database: Target
) -> None:
    used(office)
    (one,) = take(office, "w-1")
    assert complete(office, hook, "w-1", 0, one["EventId"], error="503").success
    office.write("UPDATE dbo.OutboxDeliveries SET NextAttemptAt = '2020-01-01';")

    with closing(database.connect(autocommit=False)) as first:
        held = call(first, "sp_DequeueOutbox", lease_owner="w-1").sets[0]

        passed = take(office, "w-2")

        first.commit()
    assert (len(held), passed) == (1, ())


@pytest.mark.parametrize(
    ("number", "procedure", "arguments"),
    [
        (50001, "sp_DequeueOutbox", {"lease_owner": " "}),
        (50008, "sp_DequeueOutbox", {"lease_owner": "w" * 101}),
        (50002, "sp_DequeueOutbox", {"lease_owner": "w", "max_events": 0}),
        (50002, "sp_DequeueOutbox", {"lease_owner": "w", "lease_seconds": 0}),
        (50001, "sp_RetryDeadDeliveries", {"webhook_id": None}),
        (50008, "sp_RetryDeadDeliveries", {"webhook_id": 1, "actor": "a" * 101}),
    ],
)
def test_broken_calls_are_thrown(
    office: Office, number: int, procedure: str, arguments: dict[str, object]
) -> None:
    office.refuses(number, procedure, **arguments)


@pytest.mark.parametrize("missing", ["event_id", "webhook_id", "lease_owner", "delivered"])
def test_completing_needs_all_its_arguments(office: Office, missing: str) -> None:
    given = {"event_id": 1, "webhook_id": 1, "lease_owner": "w", "delivered": 1} | {missing: None}

    office.refuses(50001, "sp_CompleteOutbox", **given)


def test_an_unknown_subscription_is_not_found(office: Office) -> None:
    assert office.call("sp_RetryDeadDeliveries", webhook_id=0).code == "WEBHOOK_NOT_FOUND"
