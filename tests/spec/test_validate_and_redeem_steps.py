"""Every step of the evaluation, for the dry run and for the redemption."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.answers import Fault
from tests.spec.violations import VIOLATIONS, Base, Violation, one_per_step
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def test_the_base_setup_alone_succeeds(base: Base) -> None:
    dry = base.validate()
    done = base.redeem()

    assert (dry.ok, dry.error, dry.discount_amount, dry.final_amount) == (True, None, 10, 90)
    assert (done.ok, done.error, done.discount_amount, done.final_amount) == (True, None, 10, 90)
    assert (dry.remaining_uses, done.remaining_uses) == (5, 4)
    assert (dry.remaining_uses_for_user, done.remaining_uses_for_user) == (1, 0)
    assert (done.message, done.is_replay, done.is_zero_payment) == ("Redeemed.", False, False)


def test_a_redemption_moves_every_counter_once_and_writes_one_ledger_row(base: Base) -> None:
    done = base.redeem()

    after = base.world.counters(base.code, base.user)
    assert (after.used, after.reserved, after.unique_users, after.discount) == (1, 0, 1, 10)
    assert (after.campaign, after.campaign_used, after.budget_used) == (1, 1, 10)
    assert (after.user_campaign_uses, after.user_coupon_uses) == (1, 1)
    (row,) = base.world.ledger(base.user)
    assert (row.redemption_id, row.status, row.success) == (done.redemption_id, "success", True)
    assert (row.order_amount, row.base_amount, row.final_amount) == (100, 100, 90)
    assert (row.discount_type, row.discount_amount, row.currency_code) == ("percentage", 10, "USD")
    assert row.user_tier == "free"
    assert len(base.world.events("coupon_used", str(done.redemption_id))) == 1


@pytest.mark.parametrize("violation", VIOLATIONS, ids=str)
def test_validate_and_redeem_refuse_alike(base: Base, violation: Violation) -> None:
    code = base.code
    violation.change(base)
    before = base.world.counters(code, base.user)
    earlier = len(base.world.ledger(base.user))

    dry = base.validate()
    done = base.redeem()

    assert (dry.ok, dry.error, dry.failed_step) == (False, violation.error, violation.step)
    assert (done.ok, done.error, done.failed_step) == (False, violation.error, violation.step)
    rows = base.world.ledger(base.user)[earlier:]
    assert [(row.status, row.failure_reason, row.failed_step) for row in rows] == [
        ("failed", violation.error, violation.step)
    ]
    assert (rows[0].redemption_id, rows[0].failure_message) == (done.redemption_id, done.message)
    assert (rows[0].discount_amount, rows[0].final_amount) == (0, 100)
    assert base.world.counters(code, base.user) == before


@pytest.mark.parametrize(
    "pair", tuple(pairwise(one_per_step())), ids=lambda pair: f"{pair[0]}+{pair[1]}"
)
def test_of_two_neighbouring_violations_the_earlier_step_decides(
    base: Base, pair: tuple[Violation, Violation]
) -> None:
    earlier, later = pair
    later.change(base)
    earlier.change(base)

    dry = base.validate()
    done = base.redeem()

    assert (dry.failed_step, dry.error) == (earlier.step, earlier.error)
    assert (done.failed_step, done.error) == (earlier.step, earlier.error)


def test_every_step_has_a_violation() -> None:
    assert [violation.step for violation in one_per_step()] == [f"S{n:02}" for n in range(26)]


@pytest.mark.parametrize("kind", ["user", "ip", "device"])
def test_a_white_listed_caller_skips_s02_s23_s24_and_s25(base: Base, kind: str) -> None:
    world = base.world
    device, address = world.id("device"), world.ip()
    base.context |= {"device": device, "ip": address, "agent": "Firefox"}
    world.listed("white", kind, {"user": base.user, "ip": address, "device": device}[kind])
    world.change_user(base.user, locked_until=now() + timedelta(minutes=5))
    world.fraud_event(base.user)
    world.setting("max_devices_per_user", 1)
    for minutes in (10, 20, 30):
        world.attempt(base.user, minutes_ago=minutes, device_fingerprint=world.id(f"d{minutes}"))

    dry = base.validate()
    done = base.redeem()

    assert (dry.ok, dry.error) == (True, None)
    assert (done.ok, done.error) == (True, None)


@pytest.mark.parametrize("kind", ["ip", "user_agent"])
def test_the_white_list_overrules_blocks_of_address_and_agent(base: Base, kind: str) -> None:
    address, agent = base.world.ip(), base.world.id("bot").lower()
    base.context |= {"ip": address, "agent": agent}
    base.world.listed("block", kind, {"ip": address, "user_agent": agent}[kind])
    base.world.listed("white", "user", base.user)

    assert base.redeem().error is None


def test_the_white_list_does_not_overrule_a_blocked_user(base: Base) -> None:
    base.world.listed("block", "user", base.user)
    base.world.listed("white", "user", base.user)

    assert base.redeem().error == "USER_BLOCKED"


def test_a_list_entry_that_ran_out_blocks_nobody(base: Base) -> None:
    base.world.listed("block", "user", base.user, expires_at=now() - timedelta(minutes=1))

    assert base.redeem().ok


def test_the_sixth_attempt_within_a_minute_is_rate_limited(base: Base) -> None:
    codes = [base.other_code(f"FRESH{number}") for number in range(6)]

    errors = [base.world.redeem(code, base.user).error for code in codes]

    assert errors[:3] == [None, None, None]
    assert errors[3:5] == ["VELOCITY_LIMIT_EXCEEDED"] * 2
    assert errors[5] == "RATE_LIMITED"


def test_the_eleventh_dry_run_within_a_minute_is_rate_limited(base: Base) -> None:
    errors = [base.validate().error for _ in range(11)]

    assert errors == [None] * 10 + ["RATE_LIMITED"]
    assert len(base.world.views(base.user)) == 11
    assert base.world.views(base.user)[-1].result_code == "RATE_LIMITED"


def test_a_dry_run_that_is_not_recorded_does_not_count(base: Base) -> None:
    base.context["record_view"] = 0

    base.world.validate(base.code, base.user, **base.context)

    assert base.world.views(base.user) == []


def test_too_many_attempts_in_an_hour_lock_the_user_out(base: Base) -> None:
    base.world.setting("attempts_per_hour", 2)
    base.world.attempt(base.user, minutes_ago=30)
    base.world.attempt(base.user, minutes_ago=40)

    first = base.redeem()
    base.world.setting("attempts_per_hour", 60)
    second = base.redeem()

    assert (first.error, second.error) == ("LOCKED_OUT", "LOCKED_OUT")
    profile = base.world.profile(base.user)
    assert profile is not None
    assert profile.locked_until > now() + timedelta(minutes=13)


def test_attempts_that_were_rate_limited_do_not_count(base: Base) -> None:
    for _ in range(7):
        base.world.attempt(base.user, minutes_ago=0.2, failure_reason="RATE_LIMITED")

    assert base.redeem().error is None


@pytest.mark.ec("EC-015")
def test_an_assigned_code_stays_usable_for_its_owner(base: Base) -> None:
    owner = base.world.user("owner")
    base.world.change_coupon(base.code, assigned_to=owner)

    assert base.redeem().error == "NOT_ASSIGNED_TO_USER"
    assert base.world.redeem(base.code, owner).ok


@pytest.mark.ec("EC-016")
@pytest.mark.parametrize("around", [" {} ", "\t{}\r\n", "\u00a0{}"])
def test_white_space_and_case_around_a_code_do_not_matter(base: Base, around: str) -> None:
    typed = around.format(base.code.lower())

    assert base.world.validate(typed, base.user).ok
    assert base.world.redeem(typed, base.user).coupon_code == base.code


@pytest.mark.ec("EC-013")
def test_the_last_instant_is_still_valid_and_the_earlier_end_is_reported(base: Base) -> None:
    coupon_end, campaign_end = now() + timedelta(hours=1), now() + timedelta(hours=2)
    base.world.change_coupon(base.code, expires_at=coupon_end)
    base.world.change_campaign(base.campaign, end_date=campaign_end)

    dry = base.validate()

    assert (dry.ok, dry.expires_at) == (True, coupon_end)


@pytest.mark.ec("EC-011")
def test_a_refusal_names_the_instant_it_depends_on(base: Base) -> None:
    ended = (now() - timedelta(days=1)).replace(microsecond=0)
    base.world.change_coupon(base.code, expires_at=ended)

    done = base.redeem()

    assert done.message == f"Coupon expired. Valid until {ended:%Y-%m-%d %H:%M:%S} UTC."


def test_targets_of_the_coupon_replace_those_of_its_campaign(base: Base) -> None:
    base.world.target("tier", "enterprise_pro", campaign=base.campaign)
    base.world.target("tier", "pro", code=base.code)

    assert base.world.validate(base.code, base.user, tier="enterprise_pro").error == (
        "TIER_NOT_ELIGIBLE"
    )
    assert base.world.validate(base.code, base.user, tier="pro").ok


def test_a_suggestion_is_the_first_fallback_that_this_user_may_use(base: Base) -> None:
    world = base.world
    world.change_coupon(base.code, used_count=5, is_redeemed=1)
    world.attach(base.campaign, base.other_code("SPENT", is_active=0), priority=1)
    fallback = base.other_code("FALLBACK")
    world.attach(base.campaign, fallback, priority=2)
    world.attach(base.campaign, base.other_code("LATER"), priority=3)

    dry, done = base.validate(), base.redeem()

    assert (dry.error, dry.suggested_coupon_code) == ("MAX_USES_REACHED", fallback)
    assert (done.error, done.suggested_coupon_code) == ("MAX_USES_REACHED", fallback)
    assert world.validate(fallback, base.user).ok


def test_a_held_slot_of_this_order_does_not_count_against_its_holder(base: Base) -> None:
    world, order = base.world, base.world.id("order")
    world.change_coupon(base.code, max_uses=1, reserved_count=1)
    world.change_stripe(base.campaign, reserved_count=1)
    world.insert(
        "CouponUserUsage", coupon_id=world.coupon_id(base.code), user_id=base.user, reserved_count=1
    )
    world.insert(
        "Reservations",
        coupon_id=world.coupon_id(base.code),
        campaign_id=base.campaign,
        user_id=base.user,
        order_id=order,
        discount_type="percentage",
        redemption_id=0,
        expires_at=now() + timedelta(minutes=15),
    )

    assert world.validate(base.code, base.user, order=order).ok
    assert world.validate(base.code, base.user).error == "COUPON_RESERVED"


def test_a_code_that_fills_is_marked_and_announced_once(base: Base) -> None:
    base.world.change_coupon(base.code, used_count=4)

    done = base.redeem()

    row = base.world.coupon_row(base.code)
    assert (done.remaining_uses, row.used_count, row.is_redeemed) == (0, 5, True)
    assert row.redeemed_by == base.user
    assert row.redeemed_at is not None
    assert len(base.world.events("limit_reached", base.code)) == 1


def test_a_single_use_code_is_used_up_without_an_event(base: Base) -> None:
    base.world.change_coupon(base.code, max_uses=1)

    assert base.redeem().ok
    assert base.world.coupon_row(base.code).is_redeemed
    assert base.world.events("limit_reached", base.code) == []


@pytest.mark.parametrize("stripes", [4, 16])
def test_striped_counters_admit_exactly_the_limit(world: World, stripes: int) -> None:
    campaign = world.campaign("striped", stripes=stripes, max_total_redemptions=5)
    code = world.coupon("STRIPED", campaign, stripes=stripes, max_uses=7)

    errors = [world.redeem(code, world.user(f"s{number}")).error for number in range(7)]

    assert errors == [None] * 5 + ["CAMPAIGN_LIMIT_REACHED"] * 2
    after = world.counters(code, world.id("s0"))
    assert (after.used, after.campaign_used) == (5, 5)


def test_the_rest_of_a_striped_budget_is_gathered(world: World) -> None:
    campaign = world.campaign("striped", stripes=8, budget_amount=Decimal("30.00"))
    code = world.coupon("STRIPED", campaign)

    errors = [world.redeem(code, world.user(f"s{number}"), 70).error for number in range(6)]

    assert errors == [None] * 4 + ["CAMPAIGN_BUDGET_EXCEEDED"] * 2
    assert world.counters(code, world.id("s0")).budget_used == Decimal("28.00")


def test_missing_stripes_are_made_by_the_first_claim(base: Base) -> None:
    base.world.run("DELETE FROM dbo.CampaignCounterStripes WHERE CampaignId = ?", base.campaign)

    assert base.redeem().ok
    assert base.world.counters(base.code, base.user).campaign_used == 1


def test_a_user_without_profile_gets_one_with_the_first_attempt(base: Base) -> None:
    stranger = base.world.id("stranger")

    assert base.world.redeem(base.code, stranger).ok
    assert base.world.profile(stranger) is not None


def test_attribution_falls_back_from_caller_to_coupon_to_campaign(base: Base) -> None:
    base.world.change_campaign(base.campaign, utm_source="campaign", marketing_channel="email")
    base.world.change_campaign(base.campaign, utm_medium="campaign")
    base.world.change_coupon(base.code, utm_medium="coupon")

    base.world.redeem(base.code, base.user, utm_campaign="caller")

    (row,) = base.world.ledger(base.user)
    assert (row.marketing_channel, row.utm_source) == ("email", "campaign")
    assert (row.utm_medium, row.utm_campaign) == ("coupon", "caller")


def test_a_joined_transaction_decides_over_the_whole_attempt(base: Base) -> None:
    base.world.run("BEGIN TRANSACTION")
    inside = base.redeem()
    base.world.run("ROLLBACK TRANSACTION")

    assert inside.ok
    assert base.world.ledger(base.user) == []
    assert base.world.counters(base.code, base.user).used == 0


@pytest.mark.parametrize("procedure", ["sp_RedeemCoupon", "sp_ValidateCoupon"])
@pytest.mark.parametrize(
    ("arguments", "number", "name"),
    [
        ({"coupon_code": None}, 50001, "ARG_REQUIRED"),
        ({"coupon_code": "  "}, 50001, "ARG_REQUIRED"),
        ({"user_id": None}, 50001, "ARG_REQUIRED"),
        ({"user_id": " "}, 50001, "ARG_REQUIRED"),
        ({"user_id": "u" * 101}, 50008, "ARG_TOO_LONG"),
        ({"order": "o" * 101}, 50008, "ARG_TOO_LONG"),
        ({"amount": Decimal("-0.01")}, 50002, "ARG_OUT_OF_RANGE"),
        ({"tier": "gold"}, 50003, "ARG_NOT_IN_LIST"),
        ({"tier": "Pro"}, 50003, "ARG_NOT_IN_LIST"),
        ({"channel": "radio"}, 50003, "ARG_NOT_IN_LIST"),
    ],
)
def test_a_broken_call_is_thrown_and_writes_nothing(
    base: Base, procedure: str, arguments: dict[str, object], number: int, name: str
) -> None:
    with pytest.raises(Fault) as caught:
        base.world.call(procedure, **{"coupon_code": base.code, "user_id": base.user} | arguments)

    assert caught.value.number == number
    assert name in caught.value.text
    assert base.world.ledger(base.user) == []
    assert base.world.views(base.user) == []


def test_a_key_that_is_too_long_and_a_foreign_subscription_are_thrown(base: Base) -> None:
    with pytest.raises(Fault) as too_long:
        base.world.redeem(base.code, base.user, key="k" * 101)
    with pytest.raises(Fault) as foreign:
        base.world.redeem(base.code, base.user, subscription_id=-1)

    assert (too_long.value.number, foreign.value.number) == (50008, 50009)


@pytest.mark.ec("EC-043")
def test_a_migration_code_is_refused_to_a_licence_holder(base: Base) -> None:
    code = base.world.coupon(
        "MIGRATE", base.campaign, ("percentage", 100), coupon_type="byok_migration"
    )
    base.world.insert(
        "PerpetualLicenses",
        user_id=base.user,
        license_key=base.world.id("KEY"),
        status="active",
        purchase_price=199,
        purchased_version="1.0",
    )

    done = base.world.redeem(code, base.user)

    assert done.error == "ALREADY_LICENSED"
    assert [row.failure_reason for row in base.world.ledger(base.user)] == ["ALREADY_LICENSED"]


@pytest.mark.ec("EC-029")
def test_injection_text_is_data(base: Base) -> None:
    text = "'; DROP TABLE dbo.Coupons; --"

    done = base.world.redeem(text, base.user, ip=base.world.ip(), agent=text)

    assert done.error == "INVALID_CODE_FORMAT"
    assert base.world.ledger(base.user)[0].user_agent == text


def test_an_address_is_limited_over_all_its_users(base: Base) -> None:
    address = base.world.ip()
    base.world.setting("max_attempts_per_ip", 3)
    for number in range(2):
        base.world.attempt(base.world.id(f"n{number}"), minutes_ago=30, ip_address=address)
    base.world.validate(base.code, base.world.user("viewer"), ip=address, agent="Firefox")

    here = base.world.redeem(base.code, base.user, ip=address, agent="Firefox")
    elsewhere = base.world.redeem(base.code, base.user, ip=base.world.ip(2), agent="Firefox")

    assert (here.error, here.message) == (
        "RATE_LIMITED",
        "Too many requests. Retry in 3600 seconds.",
    )
    assert elsewhere.ok


def test_dry_runs_of_one_address_are_limited_over_all_its_users(base: Base) -> None:
    base.world.setting("rate_validate_per_minute", 2)
    users = [base.user, *(base.world.user(f"viewer{number}") for number in range(2))]

    errors = [
        base.world.validate(base.code, user, ip=base.world.ip(), agent="Firefox").error
        for user in users
    ]

    assert errors == [None, None, "RATE_LIMITED"]


def test_a_call_in_a_doomed_transaction_is_refused(base: Base) -> None:
    with pytest.raises(Fault) as caught:
        base.world.sets_of(
            """
            SET XACT_ABORT ON;
            BEGIN TRANSACTION;
            BEGIN TRY
                SELECT 1 / 0 AS Broken;
            END TRY
            BEGIN CATCH
                EXEC dbo.sp_RedeemCoupon @CouponCode = ?, @UserId = ?;
            END CATCH;
            """,
            base.code,
            base.user,
        )
    base.world.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;")

    assert caught.value.number == 50102
    assert base.world.ledger(base.user) == []


def test_a_missing_setting_is_a_fault(base: Base) -> None:
    base.world.run("BEGIN TRANSACTION")
    base.world.run("DELETE FROM dbo.Settings WHERE SettingName = ?", "guess_limit")

    with pytest.raises(Fault) as caught:
        base.redeem()
    base.world.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;")

    assert caught.value.number == 50100
    assert base.redeem().ok


@pytest.mark.ec("EC-024")
def test_a_counter_that_would_break_its_constraint_fails_with_nothing_written(base: Base) -> None:
    base.world.change_campaign(base.campaign, max_total_redemptions=3, current_redemptions=3)
    base.world.change_stripe(base.campaign, stripe_limit=3)

    with pytest.raises(Fault) as caught:
        base.redeem()

    assert caught.value.number == 50200
    assert base.world.ledger(base.user) == []
    assert base.world.counters(base.code, base.user).used == 0


@pytest.mark.ec("EC-004")
def test_a_striped_campaign_that_went_inactive_gives_its_stripe_back(world: World) -> None:
    campaign = world.campaign("striped", stripes=4, max_total_redemptions=8)
    code = world.coupon("STRIPED", campaign)
    world.change_campaign(campaign, is_active=0)

    (row,) = world.sets_of(
        """
        DECLARE @Coupon tinyint, @Campaign tinyint, @Error nvarchar(50), @Detail nvarchar(200),
                @CouponId bigint = ?, @CampaignId nvarchar(100) = ?, @UserId nvarchar(100) = ?,
                @Now datetime2(3) = SYSUTCDATETIME();
        SET NOCOUNT, XACT_ABORT ON;
        BEGIN TRANSACTION;
        EXEC dbo.sp_i_ClaimSlot @CouponId = @CouponId, @CampaignId = @CampaignId,
             @UserId = @UserId, @DiscountAmount = 10, @Now = @Now,
             @CouponStripeNo = @Coupon OUTPUT, @CampaignStripeNo = @Campaign OUTPUT,
             @ErrorCode = @Error OUTPUT, @Detail = @Detail OUTPUT;
        COMMIT TRANSACTION;
        SELECT @Error AS ErrorCode;
        """,
        world.coupon_id(code),
        campaign,
        world.user("u1"),
    )[-1]

    after = world.counters(code, world.id("u1"))
    assert row.error_code == "CAMPAIGN_INACTIVE"
    assert (after.used, after.campaign_used, after.discount) == (0, 0, 0)
