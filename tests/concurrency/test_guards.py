"""Each guard taken out: then the invariant that its race test asserts does break.

Two sessions are led to a gate behind their reads and before their writes, so that both have
decided on the same state. What happens next is decided by what is left of the guards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pyodbc
import pytest

from tests.concurrency.sabotage import sabotaged, together, unchecked
from tests.concurrency.sessions import Gate, Outcome, through_the_gate
from tests.concurrency.shops import redeem, single_use_codes, spent, successes, used
from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, call
from tests.spec.office import Office, as_json, fresh, fresh_codes

GATE_BEFORE_CLAIM = {
    "sp_i_ClaimCoupon": {
        "    IF @StripeCount > 1\n    BEGIN\n": Gate.HOOK + "    IF @StripeCount > 1\n    BEGIN\n"
    }
}
NO_COUPON_LOCK = {
    "sp_i_LockCoupon": {"FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)": "FROM dbo.Coupons AS c"}
}
NO_CAMPAIGN_LOCK = {
    "sp_i_LockCoupon": {
        "FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)": "FROM dbo.Campaigns AS g"
    }
}
NO_COUPON_CONDITION = {
    "sp_i_ClaimCoupon": {
        "\n      AND (MaxUses IS NULL OR UsedCount + ReservedCount < MaxUses);": ";"
    }
}
NO_LIMIT_CONDITION = {
    "sp_i_ClaimCampaign": {
        "          AND (StripeLimit IS NULL OR UsedCount + ReservedCount < StripeLimit)\n": ""
    }
}
NO_BUDGET_CONDITION = {
    "sp_i_ClaimCampaign": {
        "\n          AND (BudgetLimit IS NULL"
        " OR BudgetUsed + BudgetReserved + @Amount <= BudgetLimit);": ";"
    }
}
NO_USER_LOCK = {
    "sp_i_LockUser": {
        "    UPDATE dbo.UserProfiles\n"
        "    SET LastAttemptAt = SYSUTCDATETIME()\n"
        "    WHERE UserId = @UserId;\n\n"
        "    IF @@ROWCOUNT = 0\n": "    IF NOT EXISTS (SELECT 1 FROM dbo.UserProfiles AS p"
        " WHERE p.UserId = @UserId)\n"
    }
}
NO_USER_CONDITION = {
    "sp_i_ClaimUser": {
        "\n          AND (@PerUser IS NULL OR RedemptionCount + ReservedCount < @PerUser);": ";",
        "\n          AND UsedCount + ReservedCount < @MaxUsesPerUser;": ";",
    }
}


@pytest.fixture
def office(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


def ends(outcomes: list[Outcome]) -> list[str]:
    """How each call ended: success, its error code, or the number of its fault."""
    return sorted(
        str(one.number) if isinstance(one, Fault) else (one.code or "success") for one in outcomes
    )


def both(ruin: Target, act: Callable[[pyodbc.Connection], Answer]) -> list[str]:
    """Two sessions do the same at once."""
    return ends(through_the_gate(ruin, act, act))


def redeem_twice(ruin: Target, first: str, second: str) -> list[str]:
    return ends(
        through_the_gate(
            ruin, lambda session: redeem(session, first), lambda session: redeem(session, second)
        )
    )


# ---------------------------------------------------------------- one code (R1, R2)


def single_use(office: Office) -> tuple[str, str]:
    """A single-use code of a campaign whose row nobody locks, and that campaign."""
    campaign = office.campaign(stripe_count=2)
    return office.coupon(campaign, max_uses=1), campaign


def test_without_its_guards_a_single_use_code_is_used_twice(ruin: Target, office: Office) -> None:
    code, campaign = single_use(office)

    with (
        sabotaged(office, together(GATE_BEFORE_CLAIM, NO_COUPON_LOCK, NO_COUPON_CONDITION)),
        unchecked(office, "CK_Coupons_Uses"),
    ):
        outcome = redeem_twice(ruin, code, code)

    assert outcome == ["success", "success"]
    assert successes(office, campaign) == 2


def test_without_the_lock_the_conditional_update_decides_about_a_code(
    ruin: Target, office: Office
) -> None:
    code, campaign = single_use(office)

    with sabotaged(office, together(GATE_BEFORE_CLAIM, NO_COUPON_LOCK)):
        outcome = redeem_twice(ruin, code, code)

    assert outcome == ["ALREADY_REDEEMED", "success"]
    assert successes(office, campaign) == 1


def test_without_lock_and_condition_the_constraint_stops_the_second_use(
    ruin: Target, office: Office
) -> None:
    code, campaign = single_use(office)

    with sabotaged(office, together(GATE_BEFORE_CLAIM, NO_COUPON_LOCK, NO_COUPON_CONDITION)):
        outcome = redeem_twice(ruin, code, code)

    assert outcome == ["50200", "success"]
    assert successes(office, campaign) == 1


# ---------------------------------------------------------------- one campaign (R5, R7)


def test_without_its_guards_a_campaign_passes_its_limit(ruin: Target, office: Office) -> None:
    campaign = office.campaign(max_total_redemptions=1)
    codes = single_use_codes(office, 2, campaign)

    with (
        sabotaged(office, together(GATE_BEFORE_CLAIM, NO_CAMPAIGN_LOCK, NO_LIMIT_CONDITION)),
        unchecked(office, "CK_CampaignCounterStripes_Uses", "CK_Campaigns_CurrentRedemptions"),
    ):
        outcome = redeem_twice(ruin, *codes)

    assert outcome == ["success", "success"]
    assert used(office, campaign) == 2


def test_without_the_lock_the_conditional_update_decides_about_the_limit(
    ruin: Target, office: Office
) -> None:
    campaign = office.campaign(max_total_redemptions=1)
    codes = single_use_codes(office, 2, campaign)

    with sabotaged(office, together(GATE_BEFORE_CLAIM, NO_CAMPAIGN_LOCK)):
        outcome = redeem_twice(ruin, *codes)

    assert outcome == ["CAMPAIGN_LIMIT_REACHED", "success"]
    assert used(office, campaign) == 1


def small_budget(office: Office) -> tuple[str, list[str]]:
    """10.00 for discounts of 7.00, and two codes."""
    campaign = office.campaign(budget_amount=10, discount_percentage=None, discount_amount=7)
    return campaign, single_use_codes(office, 2, campaign)


def test_without_its_guards_a_campaign_passes_its_budget(ruin: Target, office: Office) -> None:
    campaign, codes = small_budget(office)

    with (
        sabotaged(office, together(GATE_BEFORE_CLAIM, NO_CAMPAIGN_LOCK, NO_BUDGET_CONDITION)),
        unchecked(office, "CK_CampaignCounterStripes_Budget"),
    ):
        outcome = redeem_twice(ruin, *codes)

    assert outcome == ["success", "success"]
    assert spent(office, campaign) == Decimal("14.00")


def test_without_the_lock_the_conditional_update_decides_about_the_budget(
    ruin: Target, office: Office
) -> None:
    campaign, codes = small_budget(office)

    with sabotaged(office, together(GATE_BEFORE_CLAIM, NO_CAMPAIGN_LOCK)):
        outcome = redeem_twice(ruin, *codes)

    assert outcome == ["CAMPAIGN_BUDGET_EXCEEDED", "success"]
    assert spent(office, campaign) == Decimal("7.00")


# ---------------------------------------------------------------- one user (R3, R4)


def second_use(office: Office) -> tuple[str, str, str]:
    """A user who has used a code once and may once more: code, user, campaign."""
    campaign = office.campaign(stripe_count=2, max_redemptions_per_user=0)
    code, user = office.coupon(campaign, max_uses_per_user=2), fresh("u")
    assert redeem(office.connection(), code, user).success
    return code, user, campaign


def test_without_its_guards_a_user_passes_the_limit_of_a_code(ruin: Target, office: Office) -> None:
    code, user, campaign = second_use(office)

    with sabotaged(
        office, together(GATE_BEFORE_CLAIM, NO_USER_LOCK, NO_COUPON_LOCK, NO_USER_CONDITION)
    ):
        outcome = both(ruin, lambda session: redeem(session, code, user))

    assert outcome == ["success", "success"]
    assert successes(office, campaign) == 3


def test_without_the_locks_the_conditional_update_stops_the_user(
    ruin: Target, office: Office
) -> None:
    code, user, campaign = second_use(office)

    with sabotaged(office, together(GATE_BEFORE_CLAIM, NO_USER_LOCK, NO_COUPON_LOCK)):
        outcome = both(ruin, lambda session: redeem(session, code, user))

    assert outcome == ["50200", "success"]
    assert successes(office, campaign) == 2


def test_without_the_claim_of_its_key_a_call_is_done_twice(ruin: Target, office: Office) -> None:
    campaign = office.campaign(max_redemptions_per_user=0)
    code, user, key = office.coupon(campaign, max_uses_per_user=2), fresh("u"), fresh("order")
    no_key = {
        "sp_i_RedeemOnce": {
            "    IF @IdempotencyKey IS NOT NULL\n": "    IF 1 = 0\n",
            "    IF @IdempotencyKey IS NOT NULL AND @State = N'new'\n": "    IF 1 = 0\n",
        }
    }

    with sabotaged(office, no_key):
        first = redeem(office.connection(), code, user, idempotency_key=key)
        with pytest.raises(Fault) as caught:
            redeem(office.connection(), code, user, idempotency_key=key)
        office.write("DROP INDEX UQ_RedemptionHistory_IdempotencyKey ON dbo.RedemptionHistory;")
        second = redeem(office.connection(), code, user, idempotency_key=key)

    # The unique index of the ledger is the guard behind the guard.
    assert caught.value.number == 2601
    assert (first.success, second.success) == (True, True)
    assert successes(office, campaign) == 2


# ---------------------------------------------------------------- generation (R9, R17)

COUNTED = "        SET @CollisionCount += @@ROWCOUNT;\n"
GATE_AFTER_PROBE = {"sp_i_StoreCodes": {COUNTED: COUNTED + Gate.HOOK}}
NO_CODE_LOCK = {"sp_i_StoreCodes": {" AS k WITH (UPDLOCK, HOLDLOCK, FORCESEEK)": " AS k"}}
GATE_AFTER_ADMISSION = {
    "sp_i_StoreCodes": {"    IF @IsReplay = 1\n": Gate.HOOK + "    IF @IsReplay = 1\n"}
}
NO_REQUEST_LOCK = {"sp_i_AdmitBatch": {" AS g WITH (UPDLOCK, ROWLOCK)": " AS g"}}
LEASE_CONDITION = "AND (LeaseExpiresAt < @Now OR LeaseOwner = @LeaseOwner)"
NO_LEASE_CONDITION = {"sp_i_LeaseGeneration": {LEASE_CONDITION: ""}}


def store(session: pyodbc.Connection, request: str, codes: list[str], worker: str) -> Answer:
    return call(
        session,
        "sp_BulkInsertCoupons",
        request_id=request,
        lease_owner=worker,
        batch_no=1,
        coupons_json=as_json(codes),
    )


def test_without_the_lock_on_codes_a_shared_code_is_a_fault_and_no_collision(
    ruin: Target, office: Office
) -> None:
    codes = fresh_codes(3)
    first, second = office.claimed(10, worker="w-1"), office.claimed(10, worker="w-2")

    with sabotaged(office, together(GATE_AFTER_PROBE, NO_CODE_LOCK)):
        outcome = ends(
            through_the_gate(
                ruin,
                lambda session: store(session, first, codes, "w-1"),
                lambda session: store(session, second, codes, "w-2"),
            )
        )

    # The unique index still keeps the code single, at the price of a batch that is lost.
    assert outcome == ["2601", "success"]
    assert sorted(office.codes_of(first) + office.codes_of(second)) == sorted(codes)


def test_without_the_lock_on_the_request_a_batch_is_admitted_twice(
    ruin: Target, office: Office
) -> None:
    request, codes = office.claimed(10, worker="w"), fresh_codes(3)

    with sabotaged(office, together(GATE_AFTER_ADMISSION, NO_REQUEST_LOCK)):
        outcome = both(ruin, lambda session: store(session, request, codes, "w"))

    # Instead of a replay; the key of GenerationBatches is the guard behind the guard.
    assert outcome == ["2627", "success"]
    assert office.codes_of(request) == sorted(codes)
    assert office.stored(request)["GeneratedAmount"] == 3


def test_without_the_lease_condition_two_workers_hold_one_request(office: Office) -> None:
    request = office.request()

    with sabotaged(office, NO_LEASE_CONDITION):
        first, second = office.claim("w-1", request), office.claim("w-2", request)

    assert (first.success, second.success) == (True, True)
