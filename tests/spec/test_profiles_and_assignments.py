"""User profiles, assigned codes, and the details of a code."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.answers import Fault
from tests.spec.violations import Base
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


# ---------------------------------------------------------------- profiles


def test_a_profile_is_made_once_and_then_kept(world: World) -> None:
    user = world.id("new")

    first = world.call("sp_UpsertUserProfile", user_id=user, country_code="de")
    again = world.call("sp_UpsertUserProfile", user_id=user, has_payment_method=1)

    assert (first.ok, first.is_new) == (True, True)
    assert (again.ok, again.is_new) == (True, False)
    profile = world.profile(user)
    assert profile is not None
    assert (profile.country_code, profile.has_payment_method) == ("DE", True)


def test_null_keeps_what_is_stored(world: World) -> None:
    user = world.id("keep")
    world.call("sp_UpsertUserProfile", user_id=user, email=f"{user}@example.com", email_verified=1)

    world.call("sp_UpsertUserProfile", user_id=user)

    profile = world.profile(user)
    assert profile is not None
    assert (profile.email, profile.email_verified) == (f"{user}@example.com", True)


@pytest.mark.parametrize(
    ("email", "normalised"),
    [
        ("First.Last+shop{}@Gmail.com", "firstlast@gmail.com"),
        ("first.last{}@googlemail.com", "firstlast{}@googlemail.com"),
        ("First.Last+x{}@example.com", "first.last@example.com"),
    ],
)
def test_an_address_is_normalised(world: World, email: str, normalised: str) -> None:
    user, tag = world.id("mail"), world.tag.lower()

    world.call("sp_UpsertUserProfile", user_id=user, email=email.format(tag))

    profile = world.profile(user)
    assert profile is not None
    assert profile.normalised_email == normalised.format(tag)


def test_the_first_purchase_only_moves_earlier(world: World) -> None:
    user = world.id("buyer")
    found: list[datetime] = []

    for when in (datetime(2026, 3, 1), datetime(2026, 5, 1), datetime(2026, 2, 1)):
        world.call("sp_UpsertUserProfile", user_id=user, first_purchase_at=when)
        profile = world.profile(user)
        assert profile is not None
        found.append(profile.first_purchase_at)

    assert found == [datetime(2026, 3, 1), datetime(2026, 3, 1), datetime(2026, 2, 1)]


def test_the_present_facts_again_write_nothing(world: World) -> None:
    user = world.id("same")

    for _ in range(3):
        world.call("sp_UpsertUserProfile", user_id=user, country_code="DE", email_verified=1)

    assert len(world.audit("user.upsert", user)) == 1


def test_an_address_belongs_to_one_profile(world: World) -> None:
    mail = f"{world.tag}@example.com"
    world.call("sp_UpsertUserProfile", user_id=world.id("a"), email=mail)

    refused = world.call("sp_UpsertUserProfile", user_id=world.id("b"), email=mail)

    assert (refused.ok, refused.error, refused.is_new) == (False, "EMAIL_IN_USE", None)
    assert world.profile(world.id("b")) is None


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        ({"user_id": " "}, 50001),
        ({"user_id": "u" * 101}, 50008),
        ({"user_id": "u", "email": "nobody"}, 50005),
        ({"user_id": "u", "email": "a@b@c"}, 50005),
        ({"user_id": "u", "country_code": "1!"}, 50005),
    ],
)
def test_a_broken_profile_is_thrown(
    world: World, arguments: dict[str, object], number: int
) -> None:
    with pytest.raises(Fault) as caught:
        world.call("sp_UpsertUserProfile", **arguments)

    assert caught.value.number == number


# ---------------------------------------------------------------- assignments


def test_an_assigned_code_is_audited_announced_and_refused_to_others(base: Base) -> None:
    owner = base.world.user("owner")

    done = base.world.call(
        "sp_AssignCoupon", coupon_code=base.code, user_id=owner, actor="tester", reason="gift"
    )

    assert done.ok
    assert base.redeem().error == "NOT_ASSIGNED_TO_USER"
    (entry,) = base.world.audit("coupon.assign", base.code)
    assert (entry.actor, entry.reason, entry.subject_user_id) == ("tester", "gift", owner)
    assert len(base.world.events("coupon_changed", base.code)) == 1


def test_assigning_again_writes_nothing(base: Base) -> None:
    for _ in range(2):
        assert base.world.call("sp_AssignCoupon", coupon_code=base.code, user_id=base.user).ok

    assert len(base.world.audit("coupon.assign", base.code)) == 1


def test_another_user_needs_a_reassignment(base: Base) -> None:
    base.world.call("sp_AssignCoupon", coupon_code=base.code, user_id=base.user)

    refused = base.world.call("sp_AssignCoupon", coupon_code=base.code, user_id="u2")
    done = base.world.call("sp_AssignCoupon", coupon_code=base.code, user_id="u2", reassign=1)

    assert (refused.error, done.ok) == ("ALREADY_ASSIGNED", True)
    assert base.world.coupon_row(base.code).assigned_to == "u2"


def test_user_ids_are_compared_exactly(base: Base) -> None:
    base.world.call("sp_AssignCoupon", coupon_code=base.code, user_id="Someone")

    refused = base.world.call("sp_AssignCoupon", coupon_code=base.code, user_id="someone")

    assert refused.error == "ALREADY_ASSIGNED"
    assert base.world.validate(base.code, "someone").error == "NOT_ASSIGNED_TO_USER"


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"max_uses": 1, "used_count": 1, "is_redeemed": 1}, "ALREADY_REDEEMED"),
        ({"max_uses": 1, "reserved_count": 1}, "COUPON_RESERVED"),
    ],
)
@pytest.mark.parametrize("procedure", ["sp_AssignCoupon", "sp_UnassignCoupon"])
def test_a_code_in_use_keeps_its_user(
    base: Base, procedure: str, columns: dict[str, int], error: str
) -> None:
    base.world.change_coupon(base.code, assigned_to="u9", **columns)
    user = {"user_id": "u2", "reassign": 1} if procedure == "sp_AssignCoupon" else {}

    refused = base.world.call(procedure, coupon_code=base.code, **user)

    assert refused.error == error
    assert base.world.coupon_row(base.code).assigned_to == "u9"


def test_a_freed_code_is_for_everybody(base: Base) -> None:
    base.world.call("sp_AssignCoupon", coupon_code=base.code, user_id="u2")

    done = base.world.call("sp_UnassignCoupon", coupon_code=base.code)
    again = base.world.call("sp_UnassignCoupon", coupon_code=base.code)

    assert done.ok
    assert again.ok
    assert base.redeem().ok
    assert len(base.world.audit("coupon.unassign", base.code)) == 1


def test_an_unknown_code_cannot_be_assigned(world: World) -> None:
    assigned = world.call("sp_AssignCoupon", coupon_code="NOSUCH1", user_id="u1")
    freed = world.call("sp_UnassignCoupon", coupon_code="NOSUCH1")

    assert (assigned.error, freed.error) == ("COUPON_NOT_FOUND",) * 2


@pytest.mark.parametrize(
    ("procedure", "arguments", "number"),
    [
        ("sp_AssignCoupon", {"coupon_code": " ", "user_id": "u"}, 50001),
        ("sp_AssignCoupon", {"coupon_code": "CODE", "user_id": " "}, 50001),
        ("sp_AssignCoupon", {"coupon_code": "CODE", "user_id": "u" * 101}, 50008),
        ("sp_UnassignCoupon", {"coupon_code": None}, 50001),
        ("sp_GetCouponDetails", {"coupon_code": ""}, 50001),
        ("sp_GetCouponDetails", {"coupon_code": "CODE", "user_id": "u" * 101}, 50008),
    ],
)
def test_a_broken_call_is_thrown(
    world: World, procedure: str, arguments: dict[str, object], number: int
) -> None:
    with pytest.raises(Fault) as caught:
        world.call(procedure, **arguments)

    assert caught.value.number == number


def test_an_actor_that_is_too_long_is_thrown_and_nothing_assigned(base: Base) -> None:
    with pytest.raises(Fault) as caught:
        base.world.call(
            "sp_AssignCoupon", coupon_code=base.code, user_id=base.user, actor="a" * 101
        )

    assert caught.value.number == 50008
    assert base.world.coupon_row(base.code).assigned_to is None


# ---------------------------------------------------------------- details


def test_details_show_the_code_its_campaign_and_its_worth(base: Base) -> None:
    base.world.target("tier", "pro", campaign=base.campaign)
    base.world.tier(base.code, 200, "percentage", 30)
    base.world.attach(base.campaign, base.code, role="primary")
    base.redeem()

    sets = base.world.sets("sp_GetCouponDetails", coupon_code=base.code.lower(), user_id=base.user)

    (row,) = sets[0]
    assert (row.ok, row.coupon_code, row.campaign_id) == (True, base.code, base.campaign)
    assert (row.is_valid, row.lifecycle_state, row.display_status) == (True, "Available", "active")
    assert (row.effective_discount_type, row.effective_discount_value) == ("percentage", 10)
    assert [(target.target_kind, target.origin) for target in sets[1]] == [("tier", "campaign")]
    assert [tier.min_order_amount for tier in sets[3]] == [200]
    assert [attached.role for attached in sets[4]] == ["primary"]
    assert len(sets) == 5


def test_details_of_an_unknown_code_still_have_five_sets(world: World) -> None:
    sets = world.sets("sp_GetCouponDetails", coupon_code="NOSUCH1")

    assert (sets[0][0].error, len(sets)) == ("COUPON_NOT_FOUND", 5)
    assert [len(rows) for rows in sets[1:]] == [0, 0, 0, 0]


def test_an_expired_code_is_not_valid(base: Base) -> None:
    base.world.change_coupon(base.code, expires_at=now() - timedelta(days=1))

    row = base.world.call("sp_GetCouponDetails", coupon_code=base.code)

    assert (row.is_valid, row.display_status) == (False, "expired")


def test_notes_and_rules_are_for_operators(base: Base) -> None:
    base.world.change_coupon(base.code, notes="internal")
    base.world.rule(base.code, "require_payment_method")
    service = base.world.database.connect("service")
    try:
        cursor = service.execute("EXEC dbo.sp_GetCouponDetails @CouponCode = ?", base.code)
        names = [column[0] for column in cursor.description]
        notes = [row[names.index("Notes")] for row in cursor.fetchall()]
        cursor.nextset()
        cursor.nextset()
        rules = cursor.fetchall()
    finally:
        service.close()

    assert (notes, rules) == ([None], [])


@pytest.mark.parametrize(
    ("language", "text"), [("de", "Zehn"), ("en", "Ten"), ("fr", "Ten"), ("DE", "Zehn")]
)
def test_a_description_is_in_the_language_asked_for_or_english(
    base: Base, language: str, text: str
) -> None:
    for code, words in (("en", "Ten"), ("de", "Zehn")):
        base.world.insert(
            "CouponTranslations",
            coupon_id=base.world.coupon_id(base.code),
            language_code=code,
            description=words,
        )

    dry = base.world.validate(base.code, base.user, language=language)
    row = base.world.call("sp_GetCouponDetails", coupon_code=base.code, language=language)

    assert (dry.description, row.description) == (text, text)
