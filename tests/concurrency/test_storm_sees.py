"""Storms over procedures with a planted error: what the judge is good for.

Each error is one that the storm of test_storm.py has to find. Where a constraint stands behind the
guard, it is taken away as well, so that it is the judge who sees the harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from couponry_jobs.retry import Retry
from tests.concurrency.sabotage import Changes, sabotaged, together, unchecked
from tests.concurrency.storm.judge import judge
from tests.concurrency.storm.moves import MOVES, Lane
from tests.concurrency.storm.stage import build
from tests.concurrency.storm.weather import blow
from tests.concurrency.test_guards import (
    NO_BUDGET_CONDITION,
    NO_COUPON_CONDITION,
    NO_COUPON_LOCK,
    NO_LIMIT_CONDITION,
)
from tests.endpoint import Target
from tests.spec.office import Office

# The office could repair the harm, or make room, before the judge comes.
OFFICE = (Lane.reconcile, Lane.refresh, Lane.limit_coupon, Lane.limit_campaign, Lane.stop_campaign)
SHOPPERS = {move: weight for move, weight in MOVES.items() if move not in OFFICE}
CONNECTIONS = 8
ATTEMPTS = 220
STORMS = 12
"""at most, until the harm is seen"""


@pytest.fixture
def office(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made
        made.reset_settings()


@dataclass(frozen=True, slots=True)
class Planted:
    changes: Changes
    seen: str
    """under which heading of the verdict it shows"""
    constraints: tuple[str, ...] = ()
    room: int = 60


STRIPE_INVERSE = (
    "        UPDATE dbo.CouponCounterStripes\n"
    "        SET UsedCount = UsedCount - @Use, ReservedCount = ReservedCount - @Hold,\n"
    "            UniqueUsers = UniqueUsers - @NewUser, TotalDiscount = TotalDiscount - @Spent\n"
    "        WHERE CouponId = @CouponId AND StripeNo = @StripeNo;\n"
)
KEYED = "    IF @IdempotencyKey IS NOT NULL"
RELEASE_NOTHING = "    IF 1 = 0 EXEC dbo.sp_i_ReleaseSlot\n"
PLANTED = {
    "a use is claimed without looking at the limit": Planted(
        together(
            NO_COUPON_CONDITION,
            NO_COUPON_LOCK,
            {
                "sp_i_ClaimCouponStripe": {
                    "\n          AND (StripeLimit IS NULL"
                    " OR UsedCount + ReservedCount < StripeLimit);": ";"
                }
            },
        ),
        "excess",
        ("CK_Coupons_Uses", "CK_CouponCounterStripes_Uses"),
        room=12,
    ),
    "a campaign's limit is not looked at": Planted(
        NO_LIMIT_CONDITION, "excess", ("CK_CampaignCounterStripes_Uses",), room=12
    ),
    "the budget is not looked at": Planted(
        NO_BUDGET_CONDITION, "excess", ("CK_CampaignCounterStripes_Budget",), room=12
    ),
    "a key is not looked at": Planted(
        {
            "sp_i_RedeemOnce": {
                f"{KEYED}\n": "    IF 1 = 0\n",
                f"{KEYED} AND @State = N'new'\n": "    IF 1 = 0\n",
            }
        },
        "complaints",
    ),
    "a released slot is not given back": Planted(
        {"sp_i_CloseReservation": {"    EXEC dbo.sp_i_ReleaseSlot\n": RELEASE_NOTHING}}, "drift"
    ),
    "the stripe of a coupon is not given back when the campaign refuses": Planted(
        {"sp_i_UndoCoupon": {STRIPE_INVERSE: "        SET @NewUser = @NewUser;\n"}},
        "drift",
        room=12,
    ),
    "an answer is given before the work is kept": Planted(
        {
            "sp_RedeemCoupon": {
                "        IF @IsOwn = 1\n            COMMIT TRANSACTION;\n"
                "    END TRY": "        IF @IsOwn = 1\n            ROLLBACK TRANSACTION;\n"
                "    END TRY"
            }
        },
        "lost",
    ),
    "a use is told to nobody": Planted(
        {
            "sp_i_RecordUse": {
                "EXEC dbo.sp_i_Enqueue @EventType = N'coupon_used'": (
                    "IF @UserId LIKE N'%[02468]' EXEC dbo.sp_i_Enqueue @EventType = N'coupon_used'"
                )
            }
        },
        "half-written",
    ),
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_the_judge_sees_that(ruin: Target, office: Office, planted: Planted) -> None:
    with ExitStack() as stack:
        line = stack.enter_context(ruin.open(retry=Retry(first_pause=0.01, longest_pause=0.05)))
        stack.enter_context(unchecked(office, *planted.constraints))
        stack.enter_context(sabotaged(office, planted.changes))
        # Two callers have to meet for some of the errors, and not every storm brings that about.
        for seed in range(STORMS):
            stage = build(office, ATTEMPTS, planted.room)
            record = blow(stage, [line] * CONNECTIONS, attempts=ATTEMPTS, seed=seed, moves=SHOPPERS)
            verdict = judge(office, stage, record)
            if verdict.wrong[planted.seen]:
                break

    assert verdict.wrong[planted.seen], f"{dict(record.ends)}\n{verdict}"
