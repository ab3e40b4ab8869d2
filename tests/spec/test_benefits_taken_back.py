"""How what a redemption granted is taken back."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.answers import Fault
from tests.spec.benefits import (
    credits_code,
    migration_code,
    months_code,
    period_end,
    redeem,
)
from tests.spec.billing import Billing


@pytest.mark.ec("EC-042")
@pytest.mark.parametrize(
    ("amount", "spent", "revoked", "shortfall"),
    [
        pytest.param(None, 0, 20, 0, id="nothing spent"),
        pytest.param(None, 15, 5, 15, id="some spent"),
        pytest.param(None, 20, 0, 20, id="all spent"),
        pytest.param(19, 0, 1, 0, id="what paid for the order is no shortfall"),
        pytest.param(19, 1, 0, 1, id="the rest spent"),
    ],
)
def test_ec_042_the_unspent_part_is_revoked_and_the_spent_part_told(
    billing: Billing, amount: object, spent: int, revoked: int, shortfall: int
) -> None:
    done = redeem(billing, credits_code(billing), amount)
    if spent:
        assert billing.spend(spent)

    assert billing.revoke(done.redemption_id) == (revoked, shortfall, False)

    assert billing.balance() == 0
    reversals = [row for row in billing.deductions() if row.reason == "reversal"]
    assert [(row.request_id, row.amount) for row in reversals] == (
        [(f"reversal-{done.redemption_id}", revoked)] if revoked else []
    )
    assert billing.source("coupon")[3] == revoked
    billing.assert_whole()


@pytest.mark.ec("EC-042")
def test_ec_042_a_shortfall_is_not_taken_from_other_credits(billing: Billing) -> None:
    done = redeem(billing, credits_code(billing))
    billing.spend(20)
    billing.grant(100)

    assert billing.revoke(done.redemption_id) == (0, 20, False)

    assert billing.balance() == 100
    billing.assert_whole()


@pytest.mark.ec("EC-042")
def test_ec_042_expired_credits_are_no_shortfall(billing: Billing) -> None:
    billing.world.setting("coupon_credit_expiry_days", 1)
    done = redeem(billing, credits_code(billing))
    billing.spend(5)
    billing.expire()

    assert billing.revoke(done.redemption_id) == (0, 5, False)

    assert billing.source("coupon") == (20, 5, 15, 0)
    billing.assert_whole()


@pytest.mark.parametrize("day", [15, 28, 29, 30, 31])
def test_months_are_taken_back_to_the_day_they_were_given_on(billing: Billing, day: int) -> None:
    start, end = datetime(2027, 12, day, 9, 30), datetime(2028, 1, day, 9, 30)
    billing.subscription("pro", start=start, end=end)
    done = redeem(billing, months_code(billing))
    assert period_end(billing) == datetime(2028, 2, min(day, 29), 9, 30)

    assert billing.revoke(done.redemption_id) == (0, 0, False)

    assert period_end(billing) == end


def test_months_that_wait_are_not_taken_from_a_later_subscription(billing: Billing) -> None:
    done = redeem(billing, months_code(billing))
    billing.subscription("pro")
    before = period_end(billing)

    billing.revoke(done.redemption_id)

    assert period_end(billing) == before


def test_a_licence_is_revoked_and_its_subscription_cancelled(billing: Billing) -> None:
    done = redeem(billing, migration_code(billing), 199)

    assert billing.revoke(done.redemption_id) == (0, 0, True)

    (license_,) = billing.licenses()
    assert license_.status == "revoked"
    assert license_.revoked_at is not None
    assert [(row.tier, row.status) for row in billing.subscriptions()] == [
        ("perpetual", "cancelled")
    ]
    assert billing.revoke(done.redemption_id) == (0, 0, False)


def test_benefits_need_a_transaction_and_a_success(billing: Billing) -> None:
    with pytest.raises(Fault) as caught:
        billing.world.sets_of(
            "DECLARE @A int, @B int, @C bit, @Now datetime2(3) = SYSUTCDATETIME();"
            " EXEC dbo.sp_i_RevokeBenefits @RedemptionId = 0, @Now = @Now,"
            " @CreditsRevoked = @A OUTPUT, @CreditsShortfall = @B OUTPUT,"
            " @LicenseRevoked = @C OUTPUT;"
        )
    assert caught.value.number == 50102

    with pytest.raises(Fault) as caught:
        billing.world.sets_of("EXEC dbo.sp_i_ApplyBenefits @RedemptionId = 0;")
    assert caught.value.number == 50203
