"""What one lane of a storm does, call after call, as its dice fall."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.concurrency.storm.client import Client, Outcome, Unknown
from tests.concurrency.storm.record import Deed, Record
from tests.concurrency.storm.stage import AMOUNT, Stage
from tests.spec.calls import Answer

SAME = ("Success", "ErrorCode", "RedemptionId", "ReservationId", "DiscountAmount", "Outcome")
"""What two answers to one key must agree in."""


@dataclass(frozen=True, slots=True)
class Hold:
    reservation: int
    code: str
    user: str
    order: str
    final: Decimal


@dataclass(frozen=True, slots=True)
class Use:
    redemption: int
    code: str
    user: str
    final: Decimal


@dataclass(slots=True)
class Desk:
    """What the lanes leave for each other: reservations, uses, and calls to be made again."""

    holds: deque[Hold] = field(default_factory=lambda: deque(maxlen=300))
    uses: deque[Use] = field(default_factory=lambda: deque(maxlen=300))
    paid: deque[Hold] = field(default_factory=lambda: deque(maxlen=100))
    calls: deque[tuple[str, Mapping[str, Any]]] = field(default_factory=lambda: deque(maxlen=200))
    answers: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pick(self, pile: deque[Any], dice: random.Random, *, keep: float = 0.0) -> Any:
        """One of the pile; with that chance it stays there for somebody else, too."""
        with self.lock:
            if not pile:
                return None
            place = dice.randrange(len(pile))
            found = pile[place]
            if dice.random() >= keep:
                del pile[place]
            return found

    def put(self, pile: deque[Any], one: Any) -> None:
        with self.lock:
            pile.append(one)

    def agree(self, key: str, answer: Answer) -> str | None:
        """A complaint, when an earlier answer to the key said something else."""
        said = tuple(answer.row.get(column) for column in SAME)
        with self.lock:
            first = self.answers.setdefault(key, said)
        return None if first == said else f"key {key} was answered {first} and {said}"


@dataclass(slots=True)
class Lane:
    number: int
    stage: Stage
    desk: Desk
    client: Client
    dice: random.Random
    record: Record
    moves: Mapping[Move, float]
    counted: int = 0

    def step(self) -> None:
        """One move, drawn by weight."""
        (move,) = self.dice.choices(list(self.moves), weights=list(self.moves.values()))
        move(self)
        self.counted += 1

    # ------------------------------------------------------------ how a call is made

    def key(self, kind: str) -> str:
        return f"{self.stage.name}-{kind}-{self.number}-{self.counted}"

    def call(self, procedure: str, *, keyed: bool = False, **arguments: Any) -> Outcome:
        outcome = self.client.call(procedure, keyed=keyed, **arguments)
        self.record.end(procedure, outcome)
        return outcome

    def keyed(self, procedure: str, key: str, **arguments: Any) -> Outcome:
        """A call that somebody may make again at any time, also at the same time."""
        if self.dice.random() < 0.1:
            self.desk.put(self.desk.calls, (procedure, {"key": key} | arguments))
        outcome = self.call(procedure, keyed=True, **arguments)
        if isinstance(outcome, Answer):
            self.compare(key, outcome)
        return outcome

    def compare(self, key: str, answer: Answer) -> None:
        complaint = self.desk.agree(key, answer)
        if complaint is not None:
            self.record.complain(complaint)

    def note(
        self, kind: str, key: str | None, code: str, user: str, outcome: Outcome
    ) -> Answer | None:
        """Remembers what succeeded and what is unknown. The answer, if it is a success."""
        if isinstance(outcome, Unknown):
            self.record.note(Deed(kind, key, code, user, heard=False))
        if not isinstance(outcome, Answer) or not outcome.success:
            return None
        row = outcome.row
        self.record.note(
            Deed(
                kind,
                key,
                code,
                user,
                heard=True,
                redemption=row.get("RedemptionId"),
                reservation=row.get("ReservationId"),
                refunded=row.get("RefundedAmount"),
            )
        )
        return outcome

    # ------------------------------------------------------------ the moves

    def redeem(self) -> None:
        wanted, user = self.stage.code(self.dice), self.stage.user(self.dice)
        given = {"coupon_code": wanted.code, "user_id": user, "order_amount": AMOUNT}
        key = self.key("redeem") if self.dice.random() < 0.85 else None
        if key is None:
            outcome = self.call("sp_RedeemCoupon", **given)
        else:
            outcome = self.keyed("sp_RedeemCoupon", key, idempotency_key=key, **given)
        if answer := self.note("redeem", key, wanted.code, user, outcome):
            use = Use(answer["RedemptionId"], wanted.code, user, answer["FinalAmount"])
            self.desk.put(self.desk.uses, use)

    def reserve(self) -> None:
        wanted, user = self.stage.code(self.dice), self.stage.user(self.dice)
        key, order = self.key("reserve"), self.key("order")
        self.take(wanted.code, user, order, key)

    def take(self, code: str, user: str, order: str, key: str, amount: Decimal = AMOUNT) -> None:
        outcome = self.keyed(
            "sp_ReserveCoupon",
            key,
            coupon_code=code,
            user_id=user,
            order_amount=amount,
            order_id=order,
            idempotency_key=key,
        )
        if answer := self.note("reserve", key, code, user, outcome):
            hold = Hold(answer["ReservationId"], code, user, order, answer["FinalAmount"])
            self.desk.put(self.desk.holds, hold)

    def reserve_again(self) -> None:
        """The same order once more, at another price: the open hold, or one in its place."""
        if hold := self.desk.pick(self.desk.holds, self.dice, keep=0.5):
            amount = AMOUNT + self.dice.randrange(-20, 20)
            self.take(hold.code, hold.user, hold.order, self.key("again"), amount)

    def confirm(self) -> None:
        hold = self.desk.pick(self.desk.holds, self.dice, keep=0.2)
        if hold is None:
            return
        key = self.key("confirm")
        outcome = self.keyed(
            "sp_ConfirmReservation", key, reservation_id=hold.reservation, idempotency_key=key
        )
        if answer := self.note("confirm", key, hold.code, hold.user, outcome):
            use = Use(answer["RedemptionId"], hold.code, hold.user, answer["FinalAmount"])
            self.desk.put(self.desk.uses, use)

    def pay(self) -> None:
        hold = self.desk.pick(self.desk.holds, self.dice, keep=0.2)
        if hold is None:
            return
        key = self.key("event")
        outcome = self.keyed(
            "sp_ProcessPaymentEvent",
            key,
            event_id=key,
            event_type="payment_intent.succeeded",
            reservation_id=hold.reservation,
            order_id=hold.order,
            amount=AMOUNT + 20,
        )
        done = not isinstance(outcome, Answer) or outcome.row.get("Outcome") == "processed"
        if done and self.note("pay", key, hold.code, hold.user, outcome):
            self.desk.put(self.desk.paid, hold)

    def refund(self) -> None:
        if hold := self.desk.pick(self.desk.paid, self.dice):
            key = self.key("event")
            self.keyed(
                "sp_ProcessPaymentEvent",
                key,
                event_id=key,
                event_type="charge.refunded",
                order_id=hold.order,
                amount=10,
            )

    def release(self) -> None:
        if hold := self.desk.pick(self.desk.holds, self.dice, keep=0.2):
            outcome = self.call(
                "sp_ReleaseReservation", keyed=True, reservation_id=hold.reservation
            )
            # One that had run out may still become a late payment's.
            if not isinstance(outcome, Answer) or outcome.row.get("WasOpen"):
                self.note("release", None, hold.code, hold.user, outcome)

    def expire(self) -> None:
        """Time passes for a reservation: now, or in the next moment, during some other call."""
        if hold := self.desk.pick(self.desk.holds, self.dice, keep=0.6):
            self.client.run(
                "UPDATE dbo.Reservations SET ReservedAt = DATEADD(MINUTE, -20, ReservedAt),"
                " ExpiresAt = DATEADD(MILLISECOND, ?, SYSUTCDATETIME()) WHERE ReservationId = ?;",
                self.dice.randrange(150),
                hold.reservation,
                keyed=True,
            )
        self.call("sp_ExpireReservations", keyed=True, batch_size=20)

    def reverse(self) -> None:
        use = self.desk.pick(self.desk.uses, self.dice, keep=0.1)
        if use is None:
            return
        key = self.key("reverse")
        quarter = (use.final / 4).quantize(Decimal("0.01"))
        part = {"refund_amount": quarter} if self.dice.random() < 0.2 else {}
        outcome = self.keyed(
            "sp_ReverseRedemption",
            key,
            redemption_id=use.redemption,
            reversal_reason=self.dice.choice(("refund", "admin", "error")),
            restore_use=None if self.dice.random() < 0.8 else 0,
            idempotency_key=key,
            **part,
        )
        self.note("reverse", key, use.code, use.user, outcome)

    def once_more(self) -> None:
        """Somebody else's keyed call, word for word."""
        if found := self.desk.pick(self.desk.calls, self.dice):
            procedure, arguments = found
            given = dict(arguments)
            key = given.pop("key")
            outcome = self.call(procedure, keyed=True, **given)
            if isinstance(outcome, Answer):
                self.compare(key, outcome)

    # ------------------------------------------------------------ the office

    def limit_coupon(self) -> None:
        """A limit close to what is taken: above it, sometimes below it, which is refused."""
        code = self.dice.choice(self.stage.shared).code
        taken = self.client.run(
            "SELECT n.UsedCount + n.ReservedCount AS Taken FROM dbo.Coupons AS c"
            " CROSS APPLY dbo.fn_CouponCounters(c.CouponId) AS n WHERE c.CouponCode = ?;",
            code,
            keyed=True,
        )
        if isinstance(taken, Answer):
            limit = max(taken["Taken"] + self.dice.randrange(-2, 30), 1)
            self.call("sp_UpdateCoupon", keyed=True, coupon_code=code, max_uses=limit)

    def limit_campaign(self) -> None:
        campaign = self.dice.choice(self.stage.campaigns)
        found = self.client.run(
            "SELECT c.MaxTotalRedemptions AS Uses, c.BudgetAmount AS Budget,"
            " n.UsedCount + n.ReservedCount AS Taken, n.BudgetUsed + n.BudgetReserved AS Spent"
            " FROM dbo.Campaigns AS c CROSS APPLY dbo.fn_CampaignCounters(c.CampaignId) AS n"
            " WHERE c.CampaignId = ?;",
            campaign,
            keyed=True,
        )
        if not isinstance(found, Answer):
            return
        more = self.dice.randrange(-2, 40)
        changes: dict[str, Any] = {}
        if found["Uses"] is not None:
            changes["max_total_redemptions"] = max(found["Taken"] + more, 1)
        if found["Budget"] is not None:
            changes["budget_amount"] = max(found["Spent"] + more * 7, Decimal(1))
        self.call("sp_UpdateCampaign", keyed=True, campaign_id=campaign, **changes)

    def stripes(self) -> None:
        self.call(
            "sp_SetCampaignStripes",
            keyed=True,
            campaign_id=self.dice.choice(self.stage.campaigns),
            stripe_count=self.dice.choice((1, 2, 4, 8, 16)),
        )

    def stop_coupon(self) -> None:
        """Off and on again; sometimes the holds are given up."""
        code = self.dice.choice(self.stage.shared).code
        for active in (0, 1):
            ends = 1 if active == 0 and self.dice.random() < 0.3 else 0
            given = {"coupon_code": code, "is_active": active, "release_reservations": ends}
            self.call("sp_SetCouponStatus", keyed=True, **given)

    def stop_campaign(self) -> None:
        campaign = self.dice.choice(self.stage.campaigns)
        for active in (0, 1):
            ends = 1 if active == 0 and self.dice.random() < 0.3 else 0
            given = {"campaign_id": campaign, "is_active": active, "release_reservations": ends}
            self.call("sp_SetCampaignStatus", keyed=True, **given)

    def refresh(self) -> None:
        self.call("sp_RefreshCampaignCounters", keyed=True)

    def reconcile(self) -> None:
        """Whatever it would correct in the midst of this is its error or theirs."""
        outcome = self.call("sp_ReconcileCounters", keyed=True, fix=1)
        if isinstance(outcome, Answer) and outcome.row["Drifted"]:
            self.record.complain(f"reconcile found {[dict(row) for row in outcome.sets[1]]}")


Move = Callable[[Lane], None]
MOVES: dict[Move, float] = {
    Lane.redeem: 380,
    Lane.reserve: 220,
    Lane.reserve_again: 30,
    Lane.confirm: 100,
    Lane.pay: 50,
    Lane.refund: 10,
    Lane.release: 50,
    Lane.expire: 40,
    Lane.reverse: 60,
    Lane.once_more: 40,
    Lane.limit_coupon: 8,
    Lane.limit_campaign: 8,
    Lane.stripes: 4,
    Lane.stop_coupon: 2,
    Lane.stop_campaign: 2,
    Lane.refresh: 5,
    Lane.reconcile: 3,
}
