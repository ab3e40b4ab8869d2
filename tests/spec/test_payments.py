"""Payment events: each takes effect once, in whatever order they come."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.spec.calls import Answer, Fault, Row
from tests.spec.checkout import confirm, counters, drift, let_expire, reserve, stored, sweep, told
from tests.spec.office import Office, fresh
from tests.spec.sales import COMPLETED, DISPUTED, FAILED, REFUNDED, SUCCEEDED, Sale, sold

TEN = Decimal("10.00")
NINETY = Decimal("90.00")
NOTHING = Decimal("0.00")


@pytest.fixture
def sale(office: Office) -> Sale:
    return sold(office)


def event(office: Office, name: str) -> Row:
    return office.row("SELECT * FROM dbo.vw_PaymentEvents WHERE EventId = ?;", name)


@pytest.mark.parametrize("kind", [SUCCEEDED, COMPLETED, "invoice.paid"])
def test_a_payment_confirms_what_was_reserved_for_it(sale: Sale, kind: str) -> None:
    done = sale.hears(kind, amount=90)

    assert (done.success, done["Outcome"], done["IsDuplicate"]) == (True, "processed", False)
    assert counters(sale.office, sale.campaign) == (1, 0, TEN, NOTHING)
    assert sale.ends() == ["success"]
    payment = sale.payment()
    assert (payment["Status"], payment["Amount"]) == ("succeeded", NINETY)
    assert (payment["RedemptionId"], payment["UserId"]) == (done["RedemptionId"], sale.user)
    first = "SELECT FirstPurchaseAt FROM dbo.UserProfiles WHERE UserId = ?;"
    assert sale.office.value(first, sale.user) is not None
    assert drift(sale.office, sale.campaign) == []


@pytest.mark.ec("EC-006")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FAILED, "payment_failed"),
        ("payment_intent.canceled", "user_cancelled"),
        ("checkout.session.expired", "timeout"),
    ],
)
def test_ec_006_a_declined_payment_frees_the_slot_at_once(
    office: Office, kind: str, reason: str
) -> None:
    sale = sold(office, max_uses=1)

    done = sale.hears(kind)

    assert (done.success, done["Outcome"]) == (True, "processed")
    assert stored(office, sale.reservation)["CloseReason"] == reason
    assert counters(office, sale.campaign) == (0, 0, NOTHING, NOTHING)
    assert sale.payment()["Status"] == "failed"
    assert reserve(office, sale.code, sale.user).success


@pytest.mark.ec("EC-007")
def test_ec_007_an_event_delivered_twice_takes_effect_once(sale: Sale) -> None:
    name = fresh("evt")

    first = sale.hears(SUCCEEDED, name, amount=90)
    again = sale.hears(SUCCEEDED, name, amount=90)
    other = sale.hears(SUCCEEDED, name, amount=91)

    assert dict(again.row) == dict(first.row) | {"IsDuplicate": True}
    assert (other.success, other.code) == (False, "IDEMPOTENCY_KEY_REUSED")
    assert event(sale.office, name)["Attempts"] == 3
    assert counters(sale.office, sale.campaign) == (1, 0, TEN, NOTHING)


@pytest.mark.ec("EC-008")
@pytest.mark.parametrize(
    ("kind", "status", "used"), [(REFUNDED, "refunded", 0), (DISPUTED, "disputed", 1)]
)
def test_ec_008_a_refund_before_its_payment_waits_for_it(
    sale: Sale, kind: str, status: str, used: int
) -> None:
    name = fresh("evt")

    early = sale.hears(kind, name, amount=90)

    assert (early.success, early["Outcome"], early["RedemptionId"]) == (True, "deferred", None)
    assert event(sale.office, name)["ProcessedAt"] is None
    assert sale.ends() == ["pending"]

    done = sale.hears(SUCCEEDED, amount=90)

    assert done["Outcome"] == "processed"
    assert event(sale.office, name)["Outcome"] == "processed"
    assert event(sale.office, name)["RedemptionId"] == done["RedemptionId"]
    assert sale.ends() == ["reversed"]
    assert (sale.payment()["Status"], sale.payment()["RefundedAmount"]) == (status, NINETY)
    assert counters(sale.office, sale.campaign)[0] == used


@pytest.mark.ec("EC-009")
def test_ec_009_a_late_payment_takes_a_free_slot(sale: Sale) -> None:
    let_expire(sale.office, sale.reservation)
    sweep(sale.office)

    done = sale.hears(SUCCEEDED, amount=90)

    assert done["Outcome"] == "processed"
    assert sale.ends() == ["failed", "success"]
    assert counters(sale.office, sale.campaign) == (1, 0, TEN, NOTHING)


@pytest.mark.ec("EC-009")
def test_ec_009_a_late_payment_without_a_slot_fails_and_its_refund_finds_the_money(
    office: Office,
) -> None:
    sale = sold(office, max_uses=1)
    let_expire(office, sale.reservation)
    sweep(office)
    assert confirm(office, reserve(office, sale.code)["ReservationId"]).success
    name = fresh("evt")

    late = sale.hears(SUCCEEDED, name, amount=90)
    back = sale.hears(REFUNDED, amount=90)

    assert (late.success, late.code) == (False, "RESERVATION_EXPIRED")
    assert (late["Outcome"], late["RedemptionId"]) == ("failed", None)
    assert event(office, name)["LastError"].startswith("RESERVATION_EXPIRED")
    assert "late_payment" in told(office, sale.reservation)
    assert (back["Outcome"], sale.payment()["Status"]) == ("processed", "refunded")
    assert counters(office, sale.campaign)[0] == 1


@pytest.mark.ec("EC-049")
def test_ec_049_a_dispute_reverses_and_keeps_the_use(sale: Sale) -> None:
    done = sale.hears(SUCCEEDED, amount=90)

    disputed = sale.hears(DISPUTED, amount=90)

    assert (disputed["Outcome"], disputed["RedemptionId"]) == ("processed", done["RedemptionId"])
    assert sale.ends() == ["reversed"]
    assert counters(sale.office, sale.campaign)[0] == 1
    assert sale.payment()["Status"] == "disputed"
    fraud = "SELECT * FROM dbo.FraudEvents WHERE UserId = ?;"
    assert sale.office.row(fraud, sale.user)["Severity"] == "medium"


@pytest.mark.ec("EC-050")
def test_ec_050_an_operator_runs_an_event_again_when_its_cause_is_gone(office: Office) -> None:
    order, name, user = fresh("o"), fresh("evt"), fresh("u")
    early = office.call(
        "sp_ProcessPaymentEvent",
        event_id=name,
        event_type=SUCCEEDED,
        order_id=order,
        amount=90,
        currency_code="EUR",
        payment_intent_id=name,
    )
    code = office.coupon()
    assert reserve(office, code, user, order_id=order).success

    again = office.call("sp_ProcessPaymentEvent", event_id=name, event_type=SUCCEEDED, replay=True)
    third = office.call("sp_ProcessPaymentEvent", event_id=name, event_type=None, replay=True)

    assert (early.success, early["Outcome"]) == (True, "ignored")
    assert (again["Outcome"], again["IsDuplicate"]) == ("processed", False)
    assert again["RedemptionId"] is not None
    assert (third["Outcome"], third["IsDuplicate"]) == ("processed", True)
    paid = "SELECT * FROM dbo.PaymentTransactions WHERE StripePaymentIntentId = ?;"
    assert (office.row(paid, name)["CurrencyCode"], office.row(paid, name)["Amount"]) == (
        "EUR",
        NINETY,
    )


def test_a_partial_refund_counts_against_the_payment_with_its_tax(sale: Sale) -> None:
    sale.hears(SUCCEEDED, amount=108)

    half = sale.hears(REFUNDED, amount=54)
    much = sale.hears(REFUNDED, amount="54.01")
    assert (half["Outcome"], sale.payment()["Status"]) == ("processed", "partially_refunded")
    assert (much.code, much["Outcome"]) == ("REFUND_EXCEEDS_PAYMENT", "failed")
    assert sale.ends() == ["success"]
    rest = sale.hears(REFUNDED, amount=54)

    assert (rest["Outcome"], sale.payment()["Status"]) == ("processed", "refunded")
    assert sale.ends() == ["reversed"]
    refunded = "SELECT RefundedAmount FROM dbo.RedemptionHistory WHERE UserId = ?;"
    assert sale.office.value(refunded, sale.user) == NINETY


def test_the_share_of_a_refund_is_rounded_to_the_cent(sale: Sale) -> None:
    sale.hears(SUCCEEDED, amount=108)

    part = sale.hears(REFUNDED, amount="33.33")

    # 33.33 of 108.00 is 27.775 of 90.00.
    assert part["Outcome"] == "processed"
    refunded = "SELECT RefundedAmount FROM dbo.RedemptionHistory WHERE UserId = ?;"
    assert sale.office.value(refunded, sale.user) == Decimal("27.78")


def test_a_payment_below_the_quote_fails_and_the_slot_stays(sale: Sale) -> None:
    short = sale.hears(SUCCEEDED, amount="89.99")

    assert (short.code, short["Outcome"]) == ("AMOUNT_MISMATCH", "failed")
    assert stored(sale.office, sale.reservation)["Status"] == "Reserved"


def test_two_kinds_of_success_for_one_payment_are_one_success(sale: Sale) -> None:
    first = sale.hears(SUCCEEDED, amount=90)

    second = sale.hears(COMPLETED, amount=90)
    twice = sale.hears(COMPLETED, amount=90, payment_intent_id=fresh("pi"))

    assert (second["Outcome"], second["RedemptionId"]) == ("processed", first["RedemptionId"])
    assert (twice["Outcome"], twice.code) == ("failed", "RESERVATION_ALREADY_CONFIRMED")
    assert counters(sale.office, sale.campaign) == (1, 0, TEN, NOTHING)


def test_a_failure_after_the_success_changes_nothing(sale: Sale) -> None:
    sale.hears(SUCCEEDED, amount=90)

    late = sale.hears(FAILED)

    assert (late["Outcome"], late.code) == ("failed", "RESERVATION_ALREADY_CONFIRMED")
    assert sale.payment()["Status"] == "succeeded"


def test_a_payment_for_a_released_reservation_is_to_be_refunded(sale: Sale) -> None:
    sale.hears(FAILED)

    late = sale.hears(SUCCEEDED, amount=90)

    assert (late["Outcome"], late.code) == ("failed", "RESERVATION_RELEASED")
    assert "late_payment" in told(sale.office, sale.reservation)
    assert sale.payment()["Status"] == "succeeded"


def test_one_payment_confirms_and_refunds_every_code_of_its_order(office: Office) -> None:
    office.set("max_coupons_per_order", 2)
    campaigns = [office.campaign() for _ in range(2)]
    user, order = fresh("u"), fresh("o")
    held = [
        reserve(office, office.coupon(campaign, is_stackable=True), user, order_id=order)
        for campaign in campaigns
    ]
    finals = [one["FinalAmount"] for one in held]
    given = {"order_id": order, "payment_intent_id": fresh("pi")}

    def hears(kind: str, amount: object) -> Answer:
        return office.call(
            "sp_ProcessPaymentEvent",
            event_id=fresh("evt"),
            event_type=kind,
            amount=amount,
            **given,
        )

    short = hears(SUCCEEDED, min(finals) - 1)
    paid = hears(SUCCEEDED, min(finals))
    assert (short.code, paid["Outcome"]) == ("AMOUNT_MISMATCH", "processed")
    assert [counters(office, campaign)[:2] for campaign in campaigns] == [(1, 0), (1, 0)]
    back = hears(REFUNDED, None)

    assert back["Outcome"] == "processed"
    assert [counters(office, campaign)[:2] for campaign in campaigns] == [(0, 0), (0, 0)]


def test_a_payment_of_another_user_is_refused(sale: Sale) -> None:
    done = sale.hears(SUCCEEDED, amount=90, user_id=fresh("u"))

    assert (done["Outcome"], done.code) == ("failed", "RESERVATION_USER_MISMATCH")
    assert sale.ends() == ["pending"]

    sale.hears(SUCCEEDED, amount=90, user_id=sale.user)
    back = sale.hears(REFUNDED, amount=90, user_id=fresh("u"))

    assert (back["Outcome"], back.code) == ("failed", "RESERVATION_USER_MISMATCH")
    assert sale.ends() == ["success"]


def subscribed(office: Office) -> tuple[str, int]:
    user = fresh("u")
    office.call("sp_UpsertUserProfile", user_id=user)
    office.write(
        "INSERT INTO dbo.SubscriptionTierConfigs (Tier, DisplayName) SELECT N'pro', N'Pro'"
        " WHERE NOT EXISTS (SELECT 1 FROM dbo.SubscriptionTierConfigs WHERE Tier = N'pro');"
    )
    office.write(
        "INSERT INTO dbo.Subscriptions (UserId, Tier, BasePriceUsd, CurrentPeriodStart,"
        " CurrentPeriodEnd) VALUES (?, N'pro', 19, SYSUTCDATETIME(),"
        " DATEADD(DAY, 30, SYSUTCDATETIME()));",
        user,
    )
    found = "SELECT SubscriptionId FROM dbo.Subscriptions WHERE UserId = ?;"
    return user, office.value(found, user)


def test_an_unpaid_invoice_is_open_until_it_is_paid(office: Office) -> None:
    user, subscription = subscribed(office)
    invoice = fresh("in")

    def hears(kind: str) -> Answer:
        return office.call(
            "sp_ProcessPaymentEvent",
            event_id=fresh("evt"),
            event_type=kind,
            invoice_id=invoice,
            subscription_id=subscription,
            amount=19,
        )

    unpaid = "SELECT * FROM dbo.vw_UnpaidInvoices WHERE UserId = ?;"
    status = "SELECT Status FROM dbo.Subscriptions WHERE SubscriptionId = ?;"
    assert [hears("invoice.payment_failed")["Outcome"] for _ in range(2)] == ["processed"] * 2
    row = office.row(unpaid, user)
    assert (row["AmountDue"], row["AmountPaid"], row["DunningAttempts"]) == (19, 0, 2)
    assert row["LastAttemptAt"] is not None
    assert office.value(status, subscription) == "past_due"

    assert hears("invoice.paid")["Outcome"] == "processed"

    assert office.rows(unpaid, user) == ()
    assert office.value(status, subscription) == "active"
    assert hears("invoice.payment_failed")["Outcome"] == "ignored"
    assert office.value(status, subscription) == "active"


def test_an_invoice_shows_the_discount_and_its_reversal(sale: Sale) -> None:
    invoice = fresh("in")
    paid = sale.hears("invoice.paid", invoice_id=invoice, amount=90)
    shown = "SELECT * FROM dbo.vw_InvoiceDiscounts WHERE RedemptionId = ?;"
    row = sale.office.row(shown, paid["RedemptionId"])
    assert (row["NetBeforeDiscount"], row["DiscountAmount"]) == (Decimal("100.00"), TEN)
    assert (row["TaxableAmount"], row["TaxAmount"], row["Reversed"]) == (NINETY, NOTHING, False)
    assert row["ReversedMonth"] is None

    sale.hears(REFUNDED, amount=90)

    row = sale.office.row(shown, paid["RedemptionId"])
    assert (row["Reversed"], row["ReversedMonth"]) == (True, row["Month"])


def test_what_nobody_knows_is_ignored(office: Office) -> None:
    for given in ({"reservation_id": 0}, {"order_id": fresh("o"), "user_id": "u"}, {}):
        done = office.call(
            "sp_ProcessPaymentEvent", event_id=fresh("evt"), event_type=SUCCEEDED, **given
        )
        assert (done.success, done["Outcome"]) == (True, "ignored")


def test_a_payment_without_coupon_is_recorded_for_its_user(office: Office) -> None:
    user, intent = fresh("u"), fresh("pi")

    done = office.call(
        "sp_ProcessPaymentEvent",
        event_id=fresh("evt"),
        event_type=SUCCEEDED,
        user_id=user,
        payment_intent_id=intent,
        amount=5,
    )

    assert (done["Outcome"], done["RedemptionId"]) == ("processed", None)
    paid = "SELECT Amount FROM dbo.PaymentTransactions WHERE UserId = ?;"
    assert office.value(paid, user) == 5


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (50001, {"event_id": " "}),
        (50001, {"event_type": None}),
        (50001, {"event_type": None, "replay": True}),
        (50002, {"amount": -1}),
        (50003, {"event_type": "charge.failed"}),
        (50003, {"currency_code": "12x"}),
        (50004, {"payload_json": "{"}),
        (50008, {"event_id": "e" * 101}),
        (50008, {"order_id": "o" * 101}),
        (50008, {"user_id": "u" * 101}),
        (50008, {"payment_intent_id": "p" * 101}),
        (50008, {"invoice_id": "i" * 101}),
    ],
)
def test_a_broken_event_is_thrown_and_not_remembered(
    office: Office, number: int, change: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"event_id": fresh("evt"), "event_type": SUCCEEDED} | change

    with pytest.raises(Fault) as caught:
        office.call("sp_ProcessPaymentEvent", **given)

    assert caught.value.number == number
    known = "SELECT * FROM dbo.ProcessedPaymentEvents WHERE EventId = ?;"
    assert office.rows(known, given["event_id"]) == ()


def test_only_services_and_operators_report_payments(office: Office) -> None:
    for role, allowed in (("service", True), ("ops", True), ("job", False), ("reader", False)):
        given = {"event_id": fresh("evt"), "event_type": SUCCEEDED}
        if allowed:
            assert office.call("sp_ProcessPaymentEvent", role=role, **given).success
        else:
            with pytest.raises(Fault) as caught:
                office.call("sp_ProcessPaymentEvent", role=role, **given)
            assert caught.value.number == 229
