from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from couponry_jobs import delivery
from couponry_jobs.connection import Database
from couponry_jobs.delivery import Report
from tests.endpoint import Target
from tests.journeys.receiver import Receiver, receiver
from tests.spec.calls import Row
from tests.spec.office import Office, fresh

SECRET = "a secret of the shop"
Listen = Callable[..., tuple[Receiver, int]]


@pytest.fixture
def opened(database: Target) -> Iterator[Database]:
    with database.open() as found:
        yield found


@pytest.fixture
def listen(office: Office) -> Iterator[Listen]:
    """Makes a receiver that answers so, and subscribes it to used coupons."""
    office.write("UPDATE dbo.OutboxEvents SET FannedOutAt = SYSUTCDATETIME();")
    hooks: list[int] = []

    def made(*answers: int, channel: str = "webhook") -> tuple[Receiver, int]:
        found = stack.enter_context(receiver(*answers))
        # Only https can be subscribed; a machine that talks to itself has no certificate.
        office.write(
            "INSERT INTO dbo.WebhookSubscriptions"
            " (Name, Channel, Target, EventTypesJson, SecretName)"
            " VALUES (?, ?, ?, N'[\"coupon_used\"]', N'shop-hook');",
            name := fresh("hook"),
            channel,
            found.url,
        )
        hooks.append(
            office.value("SELECT WebhookId FROM dbo.WebhookSubscriptions WHERE Name = ?;", name)
        )
        return found, hooks[-1]

    with ExitStack() as stack:
        yield made
    for hook in hooks:
        office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0 WHERE WebhookId = ?;", hook)


def dispatch(opened: Database) -> Report:
    settings = replace(opened.settings, instance="dispatcher")
    return delivery.run(opened, settings, environ={"COUPONRY_SECRET_SHOP_HOOK": SECRET})


def let_the_pause_pass(office: Office, hook: int) -> None:
    office.write(
        "UPDATE dbo.OutboxDeliveries SET NextAttemptAt = SYSUTCDATETIME()"
        " WHERE WebhookId = ? AND Status = N'Pending';",
        hook,
    )


def state(office: Office, hook: int) -> Row:
    return office.row("SELECT * FROM dbo.vw_OutboxBacklog WHERE WebhookId = ?;", hook)


def pause(office: Office, hook: int) -> int:
    """Seconds until the delivery is tried again."""
    return office.value(
        "SELECT DATEDIFF(SECOND, SYSUTCDATETIME(), NextAttemptAt) AS Pause"
        " FROM dbo.OutboxDeliveries WHERE WebhookId = ?;",
        hook,
    )


@pytest.mark.ec("EC-044")
def test_j22_an_event_reaches_a_shop_that_stumbles_and_is_given_up_for_one_that_is_gone(
    office: Office, opened: Database, listen: Listen
) -> None:
    shop, hook = listen(500, 500, 200)
    down, dead = listen(503)
    code = office.coupon(max_uses=9)

    # The redemption does not wait for anybody.
    used = office.call("sp_RedeemCoupon", coupon_code=code, user_id=fresh("u"))
    assert used.success

    # Twice the shop answers 500: the second try comes after half a minute, the third after one.
    assert dispatch(opened) == Report(failed=2)
    assert 25 <= pause(office, hook) <= 30
    assert dispatch(opened) == Report()
    let_the_pause_pass(office, hook)
    assert dispatch(opened) == Report(failed=1)
    assert 55 <= pause(office, hook) <= 60
    assert state(office, hook)["LastError"].startswith("500")
    let_the_pause_pass(office, hook)

    # The third time it takes the event, and can see by the signature from whom it comes.
    assert dispatch(opened) == Report(delivered=1)
    assert len(shop.got) == 3
    got = shop.got[-1]
    event = office.row(
        "SELECT * FROM dbo.OutboxEvents WHERE EntityId = ? AND EventType = N'coupon_used';",
        str(used["RedemptionId"]),
    )
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["X-Couponry-Event"] == "coupon_used"
    assert got.headers["X-Couponry-Delivery"] == f"{event['EventId']}-{hook}"
    signed = got.headers["X-Couponry-Timestamp"].encode() + b"." + got.text
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert got.headers["X-Couponry-Signature"] == f"sha256={expected}"
    assert got.body["id"] == event["EventId"]
    assert got.body["type"] == "coupon_used"
    assert got.body["occurredAt"] == event["OccurredAt"].isoformat(timespec="milliseconds") + "Z"
    assert got.body["data"]["couponCode"] == code
    assert got.body["data"]["remainingUses"] == 8
    assert (state(office, hook)["Pending"], state(office, hook)["Dead"]) == (0, 0)

    # The other one stays down: after eight attempts the delivery is dead, and seen.
    for _ in range(7):
        assert state(office, dead)["Pending"] == 1
        let_the_pause_pass(office, dead)
        assert dispatch(opened) == Report(failed=1)
    assert len(down.got) == 8
    assert (state(office, dead)["Pending"], state(office, dead)["Dead"]) == (0, 1)
    assert state(office, dead)["LastError"].startswith("503")
    let_the_pause_pass(office, dead)
    assert dispatch(opened) == Report()

    # When it is up again, an operator has the delivery tried once more.
    down.answers[:] = [204]
    assert office.call("sp_RetryDeadDeliveries", role="ops", webhook_id=dead)["Requeued"] == 1
    assert dispatch(opened) == Report(delivered=1)
    assert len(down.got) == 9


def test_a_receiver_that_says_gone_is_never_asked_again(
    office: Office, opened: Database, listen: Listen
) -> None:
    gone, hook = listen(410)
    code = office.coupon()
    assert office.call("sp_RedeemCoupon", coupon_code=code, user_id=fresh("u")).success

    assert dispatch(opened) == Report(failed=1)
    assert office.call("sp_RedeemCoupon", coupon_code=code, user_id=fresh("u")).success
    assert dispatch(opened) == Report()

    assert (state(office, hook)["IsActive"], state(office, hook)["Dead"]) == (False, 1)
    assert len(gone.got) == 1
    assert office.actions(str(hook))[-1] == "webhook.gone"


def test_a_chat_gets_a_sentence_and_a_redirection_is_not_followed(
    office: Office, opened: Database, listen: Listen
) -> None:
    chat, _ = listen(200, channel="slack")
    moved, hook = listen(302)
    code = office.coupon()
    used = office.call("sp_RedeemCoupon", coupon_code=code, user_id=fresh("u"))

    assert dispatch(opened) == Report(delivered=1, failed=1)

    (got,) = chat.got
    assert got.body["text"].startswith(f"coupon_used: redemptionId {used['RedemptionId']}, ")
    assert len(moved.got) == 1
    assert state(office, hook)["LastError"].startswith("302")
