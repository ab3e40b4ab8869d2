"""Coupons after their creation: changing, switching, deleting and restoring them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.spec.administration import Held, campaign_row, coupon_stripes, redeem, stored
from tests.spec.office import Office, fresh_code, now

LONG = "x" * 101


def test_of_a_coupon_what_is_not_given_stays(office: Office) -> None:
    code = office.coupon(internal_name="A name", notes="old", max_uses=5)
    before = stored(office, code)

    answer = office.call("sp_UpdateCoupon", coupon_code=code, notes="new", actor="ann")

    after = stored(office, code)
    assert answer.success
    assert answer["RowVer"] == after["RowVer"]
    moved = {name for name in after if after[name] != before[name]}
    assert moved <= {"Notes", "UpdatedAt", "UpdatedBy", "RowVer"}
    assert (after["Notes"], after["UpdatedBy"]) == ("new", "ann")
    assert office.actions(code) == ["coupon.create", "coupon.update"]
    assert office.events(code) == ["coupon_changed"] * 2


def test_the_present_values_of_a_coupon_again_write_nothing(office: Office) -> None:
    code = office.coupon(notes="old", max_uses=5, description_json='{"en": "Ten"}')
    before = stored(office, code)

    answer = office.call("sp_UpdateCoupon", coupon_code=code, notes="old", max_uses=5)

    assert answer.success
    assert stored(office, code) == before
    assert office.actions(code) == ["coupon.create"]


def test_columns_of_a_coupon_are_cleared_by_name(office: Office) -> None:
    code = office.coupon(
        notes="old",
        max_uses=5,
        expires_at=now() + timedelta(days=1),
        description_json='{"en": "Ten", "de": "Zehn"}',
    )

    office.call(
        "sp_UpdateCoupon", coupon_code=code, clear_columns="Notes,MaxUses,ExpiresAt,Description"
    )

    row = stored(office, code)
    assert [row[name] for name in ("Notes", "MaxUses", "ExpiresAt", "Description")] == [None] * 4
    assert not office.rows(
        "SELECT 1 AS One FROM dbo.CouponTranslations WHERE CouponId = ?;", row["CouponId"]
    )


def test_descriptions_and_targets_are_replaced(office: Office) -> None:
    code = office.coupon(
        description_json='{"en": "Ten", "de": "Zehn"}',
        targets_json='{"tier": ["pro"], "country": ["US"]}',
    )

    office.call(
        "sp_UpdateCoupon",
        coupon_code=code,
        description_json='{"EN": "Twelve"}',
        targets_json='{"country": ["DE", "AT"]}',
    )

    row = stored(office, code)
    texts = office.rows(
        "SELECT LanguageCode, Description FROM dbo.CouponTranslations WHERE CouponId = ?;",
        row["CouponId"],
    )
    targets = office.rows(
        "SELECT TargetKind, TargetValue FROM dbo.CouponTargets WHERE CouponId = ?;",
        row["CouponId"],
    )
    assert row["Description"] == "Twelve"
    assert [tuple(text.values()) for text in texts] == [("en", "Twelve")]
    assert {tuple(target.values()) for target in targets} == {
        ("tier", "pro"),
        ("country", "DE"),
        ("country", "AT"),
    }


def test_a_description_is_found_however_its_language_was_typed(office: Office) -> None:
    code = office.coupon(description_json='{"En": "Ten off", "DE": "Zehn weniger"}')

    found = {
        language: office.call("sp_GetCouponDetails", coupon_code=code, language=language)[
            "Description"
        ]
        for language in ("de", "DE", "en", "fr")
    }

    assert found == {
        "de": "Zehn weniger",
        "DE": "Zehn weniger",
        "en": "Ten off",
        "fr": "Ten off",
    }
    assert stored(office, code)["Description"] == "Ten off"


def test_a_language_is_described_once(office: Office) -> None:
    text = '{"en": "Ten", "de": "Zehn", "DE": "Zehn"}'

    for procedure, more in (
        ("sp_CreateCoupon", {"coupon_code": fresh_code(), "campaign_id": office.campaign()}),
        ("sp_UpdateCoupon", {"coupon_code": office.coupon()}),
    ):
        message = office.refuses(50004, procedure, description_json=text, **more)
        assert message.startswith("ARG_BAD_JSON: @DescriptionJson names a language twice.")


@pytest.mark.ec("EC-025")
@pytest.mark.parametrize("stripes", [1, 4])
def test_ec_025_a_limit_below_the_use_of_a_coupon_is_refused(office: Office, stripes: int) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=200)
    office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=stripes)
    assert [redeem(office, code) for _ in range(3)] == [None] * 3
    before = stored(office, code), coupon_stripes(office, code)

    refused = office.call("sp_UpdateCoupon", coupon_code=code, max_uses=2, notes="x")
    unchanged = stored(office, code), coupon_stripes(office, code)
    allowed = office.call("sp_UpdateCoupon", coupon_code=code, max_uses=3)

    assert (refused.code, refused["RowVer"]) == ("LIMIT_BELOW_USAGE", None)
    assert unchanged == before
    assert allowed.success
    assert stored(office, code)["IsRedeemed"]
    assert redeem(office, code) == "MAX_USES_REACHED"


def test_a_new_limit_is_spread_over_the_stripes_of_a_coupon(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=200)
    office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=4)
    assert redeem(office, code) is None

    assert office.call("sp_UpdateCoupon", coupon_code=code, max_uses=10).success
    assert coupon_stripes(office, code) == [(3, 1), (3, 0), (2, 0), (2, 0)]


def test_a_raised_limit_opens_a_used_up_code_again(office: Office) -> None:
    code = office.coupon(max_uses=1)
    assert [redeem(office, code) for _ in range(2)] == [None, "ALREADY_REDEEMED"]

    assert office.call("sp_UpdateCoupon", coupon_code=code, max_uses=2).success

    row = stored(office, code)
    assert (row["IsRedeemed"], row["RedeemedAt"], row["RedeemedBy"]) == (False, None, None)
    assert [redeem(office, code) for _ in range(2)] == [None, "MAX_USES_REACHED"]


def test_the_discount_of_a_code_in_use_changes_only_by_force(office: Office, held: Held) -> None:
    used, reserved = office.coupon(), office.coupon()
    assert redeem(office, used) is None
    held.reserve(reserved)
    change = {"discount_type": "percentage", "discount_value": 20}

    for code in (used, reserved):
        refused = office.call("sp_UpdateCoupon", coupon_code=code, **change)
        other = office.call("sp_UpdateCoupon", coupon_code=code, notes="still allowed")
        forced = office.call("sp_UpdateCoupon", coupon_code=code, force_discount_change=1, **change)
        assert (refused.code, other.code, forced.code) == ("COUPON_IN_USE", None, None)
        assert stored(office, code)["DiscountValue"] == 20


def test_a_code_is_not_changed_to_what_nothing_supports(office: Office) -> None:
    bare = office.campaign(discount_percentage=None)
    code = office.coupon(bare, discount_type="percentage", discount_value=10)
    used, reserved = office.coupon(max_uses=1), office.coupon(max_uses=1)
    assert redeem(office, used) is None
    office.write("UPDATE dbo.Coupons SET ReservedCount = 1 WHERE CouponCode = ?;", reserved)

    codes = [
        office.call("sp_UpdateCoupon", coupon_code=code, clear_columns="DiscountType").code,
        office.call("sp_UpdateCoupon", coupon_code=code, partner_id=-1).code,
        office.call("sp_UpdateCoupon", coupon_code=used, assigned_to="u").code,
        office.call("sp_UpdateCoupon", coupon_code=reserved, assigned_to="u").code,
    ]
    office.write("UPDATE dbo.Coupons SET ReservedCount = 0 WHERE CouponCode = ?;", reserved)

    assert codes == [
        "NO_DISCOUNT_CONFIGURED",
        "PARTNER_NOT_FOUND",
        "ALREADY_REDEEMED",
        "COUPON_RESERVED",
    ]


@pytest.mark.parametrize(
    ("number", "changed", "parameter"),
    [
        (50002, {"internal_name": "ab"}, "@InternalName"),
        (50002, {"max_uses": 0}, "@MaxUses"),
        (50002, {"max_uses_per_user": 11}, "@MaxUsesPerUser"),
        (50003, {"coupon_type": "other"}, "@CouponType"),
        (50003, {"clear_columns": "notes"}, "@ClearColumns"),
        (50003, {"targets_json": '{"tier": ["gold"]}'}, "@TargetsJson"),
        (50004, {"targets_json": "[]"}, "@TargetsJson"),
        (50004, {"description_json": '{"de": "Zehn"}'}, "@DescriptionJson"),
        (50005, {"targets_json": '{"country": ["us"]}'}, "@TargetsJson"),
        (50006, {"valid_from": now() - timedelta(days=1)}, "@ValidFrom"),
        (50006, {"valid_from": now() + timedelta(days=99)}, "@ExpiresAt"),
        (50007, {"discount_value": 101}, "@DiscountValue"),
        (50007, {"discount_type": "months_free"}, "@DiscountType"),
        (50008, {"internal_name": LONG}, "@InternalName"),
        (50008, {"assigned_to": LONG}, "@AssignedTo"),
        (50009, {"applicable_to": "specific_consultants"}, "@ApplicableTo"),
        (50009, {"notes": "x", "clear_columns": "Notes"}, "@ClearColumns"),
    ],
)
def test_a_coupon_is_not_changed_to_what_could_not_be_created(
    office: Office, number: int, changed: dict[str, Any], parameter: str
) -> None:
    code = office.coupon(
        discount_type="percentage", discount_value=10, expires_at=now() + timedelta(days=9)
    )
    before = stored(office, code)

    message = office.refuses(number, "sp_UpdateCoupon", coupon_code=code, **changed)

    assert f": {parameter}" in message
    assert stored(office, code) == before


# ---------------------------------------------------------------- switching and deleting a coupon


@pytest.mark.ec("EC-004")
def test_ec_004_a_deactivated_code_stops_and_its_reservations_run_on_unless_released(
    office: Office, held: Held
) -> None:
    code = office.coupon()
    held.reserve(code)

    off = office.call("sp_SetCouponStatus", coupon_code=code.lower(), is_active=0, actor="ann")
    kept = held.ends(code)
    refused = redeem(office, code)
    released = office.call(
        "sp_SetCouponStatus", coupon_code=code, is_active=0, release_reservations=1
    )
    ended = held.ends(code)
    on = office.call("sp_SetCouponStatus", coupon_code=code, is_active=1)

    assert (off.success, released.success, on.success) == (True, True, True)
    assert refused == "COUPON_INACTIVE"
    assert (kept, ended) == ([("Reserved", None, False)], [("Reserved", "admin", True)])
    assert redeem(office, code) is None
    assert office.actions(code) == [
        "coupon.create",
        "coupon.deactivate",
        "coupon.deactivate",
        "coupon.activate",
    ]


def test_the_present_state_of_a_coupon_again_writes_nothing(office: Office) -> None:
    code = office.coupon()
    before = stored(office, code)

    assert office.call("sp_SetCouponStatus", coupon_code=code, is_active=1).success
    assert office.call("sp_RestoreCoupon", coupon_code=code).success

    assert stored(office, code) == before
    assert office.actions(code) == ["coupon.create"]


def test_the_state_that_a_coupon_is_to_have_is_required(office: Office) -> None:
    message = office.refuses(50001, "sp_SetCouponStatus", coupon_code="ABC", is_active=None)

    assert message.startswith("ARG_REQUIRED: @IsActive")


@pytest.mark.ec("EC-026")
@pytest.mark.parametrize("release", [0, 1])
def test_ec_026_a_code_in_use_is_deleted_softly_and_comes_back_inactive(
    office: Office, held: Held, release: int
) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    assert redeem(office, code) is None
    held.reserve(code)

    asked = office.call("sp_DeleteCoupon", coupon_code=code)
    untouched = stored(office, code)["DeletedAt"]
    done = office.call(
        "sp_DeleteCoupon", coupon_code=code, confirm=1, release_reservations=release, actor="ann"
    )
    again = office.call("sp_DeleteCoupon", coupon_code=code, confirm=1)
    gone = [
        redeem(office, code),
        office.call("sp_UpdateCoupon", coupon_code=code, notes="x").code,
        office.call("sp_SetCouponStatus", coupon_code=code, is_active=1).code,
        office.call("sp_CreateCoupon", coupon_code=code, campaign_id=campaign).code,
    ]
    ended = held.ends(code)
    restored = office.call("sp_RestoreCoupon", coupon_code=code)

    assert (asked.code, asked["Redemptions"], untouched) == ("CONFIRMATION_REQUIRED", 1, None)
    assert [(one.success, one["Redemptions"]) for one in (done, again, restored)] == [(True, 1)] * 3
    assert gone == ["COUPON_NOT_FOUND"] * 3 + ["CODE_RETIRED"]
    assert ended == ([("Reserved", "admin", True)] if release else [("Reserved", None, False)])
    row = stored(office, code)
    assert (row["DeletedAt"], row["DeletedBy"], row["IsActive"]) == (None, None, False)
    assert redeem(office, code) == "COUPON_INACTIVE"
    assert office.actions(code) == ["coupon.create", "coupon.delete", "coupon.restore"]


def test_changes_in_a_joined_transaction_are_left_to_its_owner(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    before = campaign_row(office, campaign), stored(office, code)
    connection = office.connection()
    connection.autocommit = False
    office.call("sp_UpdateCampaign", campaign_id=campaign, name="Undone", budget_amount=5)
    office.call("sp_UpdateCoupon", coupon_code=code, max_uses=1)
    office.call("sp_DeleteCoupon", coupon_code=code, confirm=1)
    office.call("sp_RestoreCoupon", coupon_code=code)
    office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1)
    office.call("sp_RestoreCampaign", campaign_id=campaign)
    connection.rollback()
    connection.autocommit = True

    assert (campaign_row(office, campaign), stored(office, code)) == before
    assert office.actions(code) == ["coupon.create"]
