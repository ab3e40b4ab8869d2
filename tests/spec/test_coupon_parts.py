"""What belongs to a coupon: texts, tiers, templates, suggested codes and example calculations."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.calls import Answer
from tests.spec.office import Office, fresh, fresh_code, now

SAFE = set("ABCDEFGHJKMNPQRSTUVWXYZ23456789")
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


def described(office: Office, code: str, language: str) -> str | None:
    return office.call("sp_GetCouponDetails", coupon_code=code, language=language)["Description"]


def suggested(answer: Answer) -> list[str]:
    return [row["CouponCode"] for row in answer.sets[1]]


def examples(answer: Answer) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in answer.sets[1]]


# ---------------------------------------------------------------- descriptions


def test_a_coupon_is_described_in_several_languages(office: Office) -> None:
    code = office.coupon()
    given = {"coupon_code": code, "language_code": "de", "description": "Zehn"}

    early = office.refuses(50009, "sp_SetTranslation", **given)
    english = office.call("sp_SetTranslation", **(given | {"language_code": "EN"}), actor="ann")
    german = office.call("sp_SetTranslation", **(given | {"description": " Zehn Prozent "}))
    same = office.call("sp_SetTranslation", **(given | {"description": "Zehn Prozent"}))
    seen = [described(office, code, language) for language in ("en", "de")]
    late = office.refuses(
        50009, "sp_SetTranslation", coupon_code=code, language_code="en", description=None
    )
    gone = [
        office.call("sp_SetTranslation", coupon_code=code, language_code=language, description=" ")[
            "Message"
        ]
        for language in ("de", "en")
    ]

    assert early.startswith("ARG_CONFLICT: @LanguageCode en must be described first.")
    assert late.startswith("ARG_CONFLICT: @LanguageCode en stays")
    assert (english.success, german.success, same.success) == (True,) * 3
    assert seen == ["Zehn", "Zehn Prozent"]
    assert gone == ["Description removed."] * 2
    assert described(office, code, "en") is None
    assert office.actions(code) == ["coupon.create"] + ["coupon.set_translation"] * 4
    unknown = office.call("sp_SetTranslation", **(given | {"coupon_code": fresh_code()}))
    assert unknown.code == "COUPON_NOT_FOUND"


# ---------------------------------------------------------------- tiers


def test_tiers_replace_one_another_and_decide_the_discount(office: Office) -> None:
    code = office.coupon()
    tiers = [
        {"minOrderAmount": 100, "discountType": "percentage", "discountValue": "20"},
        {"minOrderAmount": 50, "discountType": "fixed_amount", "discountValue": 12},
    ]

    made = office.call("sp_SetDiscountTiers", coupon_code=code, tiers_json=json.dumps(tiers))
    same = office.call("sp_SetDiscountTiers", coupon_code=code, tiers_json=json.dumps(tiers[::-1]))
    shown = office.call("sp_PreviewDiscount", coupon_code=code, amounts_json="[49.99, 50, 200]")
    cleared = office.call("sp_SetDiscountTiers", coupon_code=code, tiers_json="[]")
    unknown = office.call("sp_SetDiscountTiers", coupon_code=fresh_code(), tiers_json="[]")

    assert [one["Tiers"] for one in (made, same, cleared, unknown)] == [2, 2, 0, None]
    assert unknown.code == "COUPON_NOT_FOUND"
    assert [row[1] for row in examples(shown)] == [Decimal("5.00"), Decimal(12), Decimal(40)]
    assert office.actions(code) == ["coupon.create"] + ["coupon.set_tiers"] * 2


@pytest.mark.parametrize(
    ("number", "changed"),
    [
        (50002, {"minOrderAmount": -1}),
        (50003, {"discountType": "credits"}),
        (50004, {"discountValue": None}),
        (50004, {"minOrderAmount": "many"}),
        (50004, {"more": 1}),
        (50007, {"discountValue": 101}),
        (50007, {"discountType": "fixed_amount", "discountValue": 0}),
        (50009, {"minOrderAmount": 50}),
    ],
)
def test_a_tier_that_cannot_be_stored_is_refused(
    office: Office, number: int, changed: dict[str, Any]
) -> None:
    good = {"minOrderAmount": 50, "discountType": "percentage", "discountValue": 10}
    tiers = [good, good | {"minOrderAmount": 60} | changed]

    office.refuses(number, "sp_SetDiscountTiers", coupon_code="ABC", tiers_json=json.dumps(tiers))


# ---------------------------------------------------------------- templates


def test_a_template_starts_coupons_and_overrides_win(office: Office) -> None:
    name, campaign = fresh("Template"), office.campaign(discount_percentage=None)
    defaults = {
        "discountType": "percentage",
        "discountValue": 25,
        "maxUses": 500,
        "maxUsesPerUser": 2,
        "internalName": 'A "quoted" name',
        "isActive": False,
    }

    made = office.call(
        "sp_SaveTemplate", name=name, category="seasonal", defaults_json=json.dumps(defaults)
    )
    number = made["TemplateId"]
    plain = office.call(
        "sp_CreateCouponFromTemplate",
        template_id=number,
        coupon_code=f" {fresh_code().lower()}",
        campaign_id=campaign,
        actor="ann",
    )
    special = office.call(
        "sp_CreateCouponFromTemplate",
        template_id=number,
        coupon_code=fresh_code(),
        campaign_id=campaign,
        overrides_json='{"discountValue": 30, "maxUses": null, "isActive": true}',
    )
    taken = office.call(
        "sp_CreateCouponFromTemplate",
        template_id=number,
        coupon_code=plain["CouponCode"],
        campaign_id=campaign,
    )

    columns = (
        "DiscountValue",
        "MaxUses",
        "MaxUsesPerUser",
        "InternalName",
        "IsActive",
        "TemplateId",
    )
    rows = [
        office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", one["CouponCode"])
        for one in (plain, special)
    ]
    assert [tuple(row[column] for column in columns) for row in rows] == [
        (25, 500, 2, 'A "quoted" name', False, number),
        (30, None, 2, 'A "quoted" name', True, number),
    ]
    assert (taken.code, taken["CouponId"]) == ("CODE_EXISTS", None)
    office.refuses(
        50007,
        "sp_CreateCouponFromTemplate",
        template_id=number,
        coupon_code=fresh_code(),
        campaign_id=campaign,
        overrides_json='{"discountValue": 130}',
    )
    office.refuses(
        50004,
        "sp_CreateCouponFromTemplate",
        template_id=number,
        coupon_code=fresh_code(),
        campaign_id=campaign,
        overrides_json='{"code": "X"}',
    )


def test_templates_are_stored_under_one_name_and_listed(office: Office) -> None:
    name, other = fresh("Template"), fresh("Template")

    made = office.call("sp_SaveTemplate", name=name, defaults_json="{}")
    twice = office.call("sp_SaveTemplate", name=name.upper(), defaults_json="{}")
    office.call("sp_SaveTemplate", name=other, defaults_json="{}")
    number = made["TemplateId"]
    clash = office.call("sp_SaveTemplate", template_id=number, name=other, defaults_json="{}")
    changed = office.call(
        "sp_SaveTemplate",
        template_id=number,
        name=name,
        defaults_json='{"maxUses": 5}',
        is_active=0,
    )
    same = office.call(
        "sp_SaveTemplate",
        template_id=number,
        name=name,
        defaults_json='{"maxUses": 5}',
        is_active=0,
    )
    unknown = office.call("sp_SaveTemplate", template_id=-1, name=fresh(), defaults_json="{}")
    unusable = [
        office.call(
            "sp_CreateCouponFromTemplate",
            template_id=one,
            coupon_code=fresh_code(),
            campaign_id=office.campaign(),
        )
        for one in (number, -1)
    ]

    assert [one.code for one in (made, twice, clash, changed, same, unknown, *unusable)] == [
        None,
        "NAME_EXISTS",
        "NAME_EXISTS",
        None,
        None,
        "TEMPLATE_NOT_FOUND",
        "TEMPLATE_NOT_FOUND",
        "TEMPLATE_NOT_FOUND",
    ]
    assert list(unusable[0].row) == list(
        office.call("sp_CreateCoupon", coupon_code=fresh_code(), campaign_id=office.campaign()).row
    )
    listed = {row["TemplateId"]: row for row in office.call("sp_ListTemplates").sets[0]}
    assert listed[number]["IsActive"] is False
    assert json.loads(listed[number]["DefaultsJson"]) == {"maxUses": 5}
    found = office.rows(
        "SELECT Action FROM dbo.AuditLog WHERE EntityType = N'template' AND EntityId = ?"
        " ORDER BY AuditId;",
        str(number),
    )
    assert [one["Action"] for one in found] == ["template.create", "template.update"]


# ---------------------------------------------------------------- suggested codes


def test_codes_are_suggested_in_the_shapes_that_people_use(office: Office) -> None:
    today, word = now(), "X" + fresh_code()[:6]

    year = suggested(office.call("sp_SuggestCode", prefix=f" {word.lower()} ", include_year=1))
    month = suggested(office.call("sp_SuggestCode", prefix=word, include_month=1))
    free = suggested(office.call("sp_SuggestCode", prefix=word, random_suffix=1))
    cut = suggested(
        office.call("sp_SuggestCode", prefix="NEW", random_suffix=1, length=12, count=20)
    )
    bare = suggested(office.call("sp_SuggestCode", random_suffix=1, length=20, count=100))

    assert year == [f"{word}{today.year}"]
    assert month == [f"{word}{MONTHS[today.month - 1]}"]
    assert len(free[0]) == len(word) + 3
    assert (len(set(cut)), {len(one) for one in cut}) == (20, {12})
    assert all(set(one[3:]) <= SAFE for one in cut)
    assert (len(set(bare)), set("".join(bare))) == (100, SAFE)


def test_a_code_that_was_ever_used_is_not_suggested(office: Office) -> None:
    word = fresh_code()
    deleted = office.coupon(coupon_code=word)
    office.call("sp_DeleteCoupon", coupon_code=deleted, confirm=1)

    fixed = office.call("sp_SuggestCode", prefix=word)
    several = office.call("sp_SuggestCode", prefix=fresh_code(), count=2)
    narrow = office.call("sp_SuggestCode", prefix=word, random_suffix=1, length=14, count=40)

    for answer in (fixed, several, narrow):
        assert (answer.code, answer["Message"], suggested(answer)) == (
            "CODE_SPACE_EXHAUSTED",
            "No unused code of this shape found.",
            [],
        )


@pytest.mark.parametrize(
    ("number", "given"),
    [
        (50002, {"prefix": "NEW", "count": 0}),
        (50002, {"prefix": "NEW", "count": 101}),
        (50002, {"prefix": "NEW", "length": 2}),
        (50002, {"prefix": "NEW", "length": 21}),
        (50002, {"prefix": "NEWER", "length": 4}),
        (50002, {"prefix": "NEW", "length": 3, "random_suffix": 1}),
        (50002, {"prefix": "AB"}),
        (50002, {"prefix": "A2345678901234567", "include_year": 1}),
        (50005, {"prefix": "A B"}),
        (50008, {"prefix": "A23456789012345678901"}),
        (50009, {}),
    ],
)
def test_a_suggestion_of_no_possible_shape_is_refused(
    office: Office, number: int, given: dict[str, Any]
) -> None:
    office.refuses(number, "sp_SuggestCode", **given)


# ---------------------------------------------------------------- example calculations


def test_a_discount_is_tried_before_it_is_saved(office: Office) -> None:
    percent = office.call(
        "sp_PreviewDiscount", discount_type="percentage", discount_value=15, max_discount_amount=20
    )
    months = office.call(
        "sp_PreviewDiscount", discount_type="months_free", discount_value=2, amounts_json='["10.5"]'
    )
    free = office.call("sp_PreviewDiscount", discount_type="free_session", amounts_json="[40, 10]")
    credits = office.call(
        "sp_PreviewDiscount", discount_type="credits", discount_value=5, amounts_json="[3]"
    )

    assert list(percent.sets[1][0]) == [
        "OrderAmount",
        "DiscountAmount",
        "FinalAmount",
        "CreditsGranted",
        "MonthsGranted",
    ]
    assert [row[:3] for row in examples(percent)] == [
        (19, Decimal("2.85"), Decimal("16.15")),
        (50, Decimal("7.50"), Decimal("42.50")),
        (100, 15, 85),
        (190, 20, 170),
    ]
    assert examples(months) == [(Decimal("10.50"), 0, Decimal("10.50"), 0, 2)]
    assert [row[:3] for row in examples(free)] == [(40, 40, 0), (10, 10, 0)]
    assert examples(credits)[0][3] > 0


def test_a_code_is_previewed_without_asking_who_may_use_it(office: Office) -> None:
    off = office.coupon(
        is_active=0,
        discount_type="fixed_amount",
        discount_value=30,
        coupon_type="fixed_amount_discount",
    )
    bare = office.coupon(
        office.campaign(discount_percentage=None), discount_type="percentage", discount_value=5
    )
    office.write(
        "UPDATE dbo.Coupons SET DiscountType = NULL, DiscountValue = NULL WHERE CouponCode = ?;",
        bare,
    )

    shown = office.call("sp_PreviewDiscount", coupon_code=f" {off.lower()} ")
    none = office.call("sp_PreviewDiscount", coupon_code=bare)
    unknown = office.call("sp_PreviewDiscount", coupon_code=fresh_code())

    assert [row[1] for row in examples(shown)] == [19, 30, 30, 30]
    assert [(one.code, one.sets[1]) for one in (none, unknown)] == [
        ("NO_DISCOUNT_CONFIGURED", ()),
        ("COUPON_NOT_FOUND", ()),
    ]


@pytest.mark.parametrize(
    ("number", "given"),
    [
        (50001, {}),
        (50002, {"amounts_json": "[]"}),
        (50002, {"amounts_json": "[-1]"}),
        (50002, {"max_discount_amount": 0}),
        (50003, {"discount_type": "rebate"}),
        (50004, {"amounts_json": "5"}),
        (50004, {"amounts_json": '["many"]'}),
        (50007, {"discount_value": 101}),
        (50007, {"discount_value": None}),
        (50008, {"coupon_code": "A" * 51, "discount_type": None, "discount_value": None}),
        (50009, {"coupon_code": "ABC"}),
    ],
)
def test_a_preview_of_nothing_is_refused(
    office: Office, number: int, given: dict[str, Any]
) -> None:
    values = {"discount_type": "percentage", "discount_value": 10} | given if given else {}

    office.refuses(number, "sp_PreviewDiscount", **values)
