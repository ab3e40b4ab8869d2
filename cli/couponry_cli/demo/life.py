"""Chapter three: a redemption's life. A hold, a payment twice, a late one, a refund, an abuser."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import cast

from couponry_cli.demo.race import race
from couponry_cli.demo.stage import Stage, midnight, only
from couponry_jobs import procedures, views
from couponry_jobs.connection import Row
from couponry_jobs.errors import BusinessFailure
from couponry_jobs.procedures import Admin, Answer, Order
from couponry_jobs.views import where

SHOP = "checkout-week"
CODE = "CHECKOUT10"
USES = 3
PRICE = Decimal("100.00")
PAID = "payment_intent.succeeded"
REFUNDED = "charge.refunded"
DELIVERIES = 20
OPERATOR = Admin(actor="demo", reason="Guesses codes")


def follow(stage: Stage) -> None:
    procedures.create_campaign(
        stage.database,
        campaign_id=SHOP,
        name="Checkout week",
        start=midnight(),
        end=midnight() + timedelta(days=7),
        per_user=1,
        budget=Decimal("50.00"),
    )
    stage.make_coupon(CODE, max_uses=USES, campaign=SHOP)
    stage.title(f"The life of a redemption: {CODE}, {USES} uses")
    hold_and_pay_twice(stage)
    pay_late(stage)
    refund(stage)
    block(stage)
    columns = ["RedemptionId", "UserId", "OrderId", "Status", "FailureReason", "DiscountAmount"]
    ledger = views.select(
        stage.database,
        "vw_RedemptionLedger",
        filters=[where("CouponCode", "=", CODE)],
        order=[("RedemptionId", False)],
    )
    stage.table(list(ledger), columns)
    stage.expect(
        "ledger of the checkouts",
        stage.ledger(CODE),
        Counter(success=1, reversed=1, RESERVATION_EXPIRED=1, LOCKED_OUT=1),
    )
    stage.expect("slots of the checkouts", slots(stage), (1, 0))


def hold_and_pay_twice(stage: Stage) -> None:
    held = reserve(stage, "ada", "a-1").row
    stage.say(
        f"ada holds a slot until {str(held['ExpiresAt'])[11:19]} UTC:"
        f" {PRICE} - {held['DiscountAmount']} = {held['FinalAmount']}; {state(stage)}"
    )
    stage.expect("slots after the hold", slots(stage), (0, 1))

    result = race([lambda: hear(stage, "evt-ada", PAID, held)] * DELIVERIES)
    event = payment(stage, "evt-ada")
    stage.say(
        f"her payment is reported {DELIVERIES} times at once: {event['Attempts']} deliveries,"
        f" one effect; {state(stage)}"
    )
    stage.expect("answers to the deliveries", result.outcomes, Counter(success=DELIVERIES))
    stage.expect("deliveries of one event", event["Attempts"], DELIVERIES)
    stage.expect("slots after the payment", slots(stage), (1, 0))


def pay_late(stage: Stage) -> None:
    held = reserve(stage, "bob", "b-1").row
    # The demonstration does not wait a quarter of an hour: it owns the database, and its clocks.
    with stage.database.session() as session:
        session.execute(
            "UPDATE dbo.Reservations SET ReservedAt = DATEADD(MINUTE, -20, ReservedAt),"
            " ExpiresAt = DATEADD(MINUTE, -20, ExpiresAt) WHERE ReservationId = ?;",
            [held["ReservationId"]],
        )
    swept = procedures.expire_reservations(stage.database).row
    stage.say(f"bob pays nothing for 20 minutes; {swept['Expired']} hold expired; {state(stage)}")
    stage.expect("slots after the expiry", slots(stage), (1, 0))

    hear(stage, "evt-bob", PAID, held)
    stage.say(f"his payment comes late and claims a free slot anew; {state(stage)}")
    stage.expect("outcome of the late payment", payment(stage, "evt-bob")["Outcome"], "processed")
    stage.expect("slots after the late payment", slots(stage), (2, 0))


def refund(stage: Stage) -> None:
    procedures.process_payment_event(
        stage.database,
        event_id="evt-ada-back",
        event_type=REFUNDED,
        order_id="a-1",
        payment_intent_id="pi-a-1",
        amount=Decimal("90.00"),
    )
    stage.say(f"ada is refunded in full: use and budget come back; {state(stage)}")
    stage.expect("slots after the refund", slots(stage), (1, 0))


def block(stage: Stage) -> None:
    guesses: Counter[str] = Counter()
    for number in range(12):
        try:
            procedures.validate_coupon(stage.database, code=f"GUESS{number}", user_id="mallory")
        except BusinessFailure as failure:
            guesses[failure.code] += 1
    refused = ""
    try:
        redeem(stage, "mallory", "m-1")
    except BusinessFailure as failure:
        refused = failure.code
    event = only(
        views.select(stage.database, "vw_FraudQueue", filters=[where("UserId", "=", "mallory")])
    )
    procedures.set_access_list_entry(
        stage.database, kind="block", subject_kind="user", subject="mallory", admin=OPERATOR
    )
    entry = only(
        views.select(
            stage.database, "vw_AccessLists", filters=[where("SubjectValue", "=", "mallory")]
        )
    )
    found = ", ".join(f"{number} {code}" for code, number in guesses.items())
    stage.say(
        f"mallory guesses codes: {found}; then even the right code gives {refused}.\n  Detected as"
        f" {event['DetectionType']} ({event['Severity']}); an operator puts the account on the"
        f" {entry['ListKind']} list; {state(stage)}"
    )
    stage.expect("guesses that were answered with a code", guesses["success"], 0)
    stage.expect("guesses that met the lock-out", guesses["LOCKED_OUT"] > 0, True)
    stage.expect("what was detected", event["DetectionType"], "code_guessing")
    stage.expect("answer to the abuser's right code", refused, "LOCKED_OUT")
    stage.expect("list of the abuser", (entry["ListKind"], entry["IsActive"]), ("block", True))


def reserve(stage: Stage, user: str, order: str) -> Answer:
    return procedures.reserve_coupon(
        stage.database, code=CODE, user_id=user, order=Order(amount=PRICE, order_id=order)
    )


def redeem(stage: Stage, user: str, order: str) -> Answer:
    return procedures.redeem_coupon(
        stage.database, code=CODE, user_id=user, order=Order(amount=PRICE, order_id=order)
    )


def hear(stage: Stage, event: str, kind: str, held: Row) -> Answer:
    """What the payment provider tells about the payment of a held slot."""
    reservation = int(cast(int, held["ReservationId"]))
    order = procedures.get_reservation(stage.database, reservation_id=reservation).row["OrderId"]
    return procedures.process_payment_event(
        stage.database,
        event_id=event,
        event_type=kind,
        reservation_id=reservation,
        order_id=str(order),
        payment_intent_id=f"pi-{order}",
        amount=Decimal(str(held["FinalAmount"])),
    )


def payment(stage: Stage, event: str) -> Row:
    return only(
        views.select(stage.database, "vw_PaymentEvents", filters=[where("EventId", "=", event)])
    )


def slots(stage: Stage) -> tuple[object, object]:
    row = stage.coupon(CODE)
    return row["UsedCount"], row["ReservedCount"]


def state(stage: Stage) -> str:
    used, reserved = slots(stage)
    return f"{used} used, {reserved} held"
