"""What belongs to a campaign: attached coupons and fallbacks, targets, rules, markers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.spec.calls import Answer, run
from tests.spec.campaigns import attached, targets
from tests.spec.office import Office, fresh, fresh_code, now

LONG = "x" * 201
WRITERS: dict[str, dict[str, Any]] = {
    "sp_CloneCampaign": {
        "source_id": "c",
        "new_id": "d",
        "name": "n",
        "start_date": "2031-01-01",
    },
    "sp_AttachCoupon": {"campaign_id": "c", "coupon_code": "ABC"},
    "sp_DetachCoupon": {"campaign_id": "c", "coupon_code": "ABC"},
    "sp_SetTargets": {"campaign_id": "c", "target_kind": "tier"},
    "sp_AddMarker": {"occurred_at": "2031-01-01", "kind": "press", "label": "l"},
    "sp_UpsertPartner": {"name": "n"},
    "sp_SetTranslation": {"coupon_code": "ABC", "language_code": "en", "description": "x"},
    "sp_SetDiscountTiers": {"coupon_code": "ABC", "tiers_json": "[]"},
    "sp_SetValidationRule": {"campaign_id": "c", "rule_type": "first_time_user_only"},
    "sp_DeleteValidationRule": {"rule_id": 1},
    "sp_SaveTemplate": {"name": "n", "defaults_json": "{}"},
    "sp_CreateCouponFromTemplate": {
        "template_id": 1,
        "coupon_code": "ABC",
        "campaign_id": "c",
    },
}


def verdict(office: Office, code: str, user: str | None = None, **context: Any) -> Answer:
    return office.call(
        "sp_ValidateCoupon",
        coupon_code=code,
        user_id=user or fresh("u"),
        order_amount=100,
        **context,
    )


def redeem(office: Office, code: str, user: str | None = None) -> Answer:
    return office.call(
        "sp_RedeemCoupon", coupon_code=code, user_id=user or fresh("u"), order_amount=100
    )


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("procedure", WRITERS)
def test_a_call_with_too_long_an_actor_or_in_a_doomed_transaction_is_refused(
    office: Office, procedure: str
) -> None:
    given = WRITERS[procedure]

    for name in ("actor", "correlation_id"):
        message = office.refuses(50008, procedure, **given, **{name: LONG[:101]})
        assert message.startswith("ARG_TOO_LONG: @")
    words = ", ".join(
        f"@{''.join(part.capitalize() for part in name.split('_'))} = N'{value}'"
        for name, value in given.items()
    )
    sets = run(
        office.connection(),
        "SET XACT_ABORT ON; BEGIN TRANSACTION;"
        " BEGIN TRY SELECT 1 / 0 AS Zero; END TRY BEGIN CATCH"
        f"   BEGIN TRY EXEC dbo.{procedure} {words}; END TRY"
        "   BEGIN CATCH SELECT ERROR_NUMBER() AS Number; END CATCH;"
        "   ROLLBACK TRANSACTION; END CATCH;",
    )
    assert sets[-1][0]["Number"] == 50102


@pytest.mark.parametrize(
    ("procedure", "number", "changed"),
    [
        ("sp_CloneCampaign", 50001, {"source_id": " "}),
        ("sp_CloneCampaign", 50001, {"new_id": None}),
        ("sp_CloneCampaign", 50001, {"name": " "}),
        ("sp_CloneCampaign", 50001, {"start_date": None}),
        ("sp_CloneCampaign", 50005, {"new_id": "a b"}),
        ("sp_CloneCampaign", 50005, {"code_suffix": "a b"}),
        ("sp_CloneCampaign", 50006, {"end_date": "2031-01-01"}),
        ("sp_CloneCampaign", 50008, {"source_id": LONG[:101]}),
        ("sp_CloneCampaign", 50008, {"new_id": LONG[:101]}),
        ("sp_CloneCampaign", 50008, {"code_suffix": "ABCDEFGHIJK"}),
        ("sp_AttachCoupon", 50001, {"campaign_id": " "}),
        ("sp_AttachCoupon", 50001, {"coupon_code": " "}),
        ("sp_AttachCoupon", 50003, {"Role": "third"}),
        ("sp_DetachCoupon", 50001, {"coupon_code": None}),
        ("sp_DetachCoupon", 50008, {"campaign_id": LONG[:101]}),
        ("sp_SetTargets", 50001, {"target_kind": " "}),
        ("sp_SetTargets", 50003, {"target_kind": "city"}),
        ("sp_SetTargets", 50003, {"include_json": '["gold"]'}),
        ("sp_SetTargets", 50004, {"include_json": "pro"}),
        ("sp_SetTargets", 50004, {"exclude_json": "[5]"}),
        ("sp_SetTargets", 50005, {"target_kind": "country", "exclude_json": '["us"]'}),
        ("sp_SetTargets", 50008, {"target_kind": "service", "include_json": f'["{LONG}"]'}),
        ("sp_SetTargets", 50009, {"coupon_code": "ABC"}),
        ("sp_SetTargets", 50009, {"campaign_id": None}),
        (
            "sp_SetTargets",
            50009,
            {"include_json": '["enterprise"]', "exclude_json": '["enterprise_max"]'},
        ),
        ("sp_AddMarker", 50001, {"occurred_at": None}),
        ("sp_AddMarker", 50001, {"kind": " "}),
        ("sp_AddMarker", 50001, {"label": " "}),
        ("sp_AddMarker", 50003, {"kind": "party"}),
        ("sp_AddMarker", 50008, {"label": LONG}),
        ("sp_UpsertPartner", 50001, {"name": " "}),
        ("sp_UpsertPartner", 50002, {"commission_percent": -1}),
        ("sp_UpsertPartner", 50002, {"commission_percent": 100.5}),
        ("sp_UpsertPartner", 50008, {"name": LONG}),
        ("sp_SetTranslation", 50001, {"coupon_code": " "}),
        ("sp_SetTranslation", 50001, {"language_code": " "}),
        ("sp_SetTranslation", 50008, {"language_code": "en-GB-oxford"}),
        ("sp_SetTranslation", 50008, {"description": "x" * 1001}),
        ("sp_SetDiscountTiers", 50001, {"tiers_json": " "}),
        ("sp_SetDiscountTiers", 50004, {"tiers_json": "{}"}),
        ("sp_SetDiscountTiers", 50004, {"tiers_json": "[5]"}),
        ("sp_SetDiscountTiers", 50004, {"tiers_json": '[{"minOrderAmount":5}]'}),
        ("sp_SetValidationRule", 50001, {"rule_type": " "}),
        ("sp_SetValidationRule", 50003, {"rule_type": "full_moon"}),
        ("sp_SetValidationRule", 50004, {"config_json": "5"}),
        ("sp_SetValidationRule", 50009, {"coupon_code": "ABC"}),
        ("sp_SetValidationRule", 50009, {"campaign_id": None}),
        ("sp_SetValidationRule", 50009, {"coupon_code": "ABC", "rule_id": 1}),
        ("sp_DeleteValidationRule", 50001, {"rule_id": None}),
        ("sp_SaveTemplate", 50001, {"name": " "}),
        ("sp_SaveTemplate", 50001, {"defaults_json": " "}),
        ("sp_SaveTemplate", 50002, {"defaults_json": '{"maxUses": 0}'}),
        ("sp_SaveTemplate", 50003, {"category": "other"}),
        ("sp_SaveTemplate", 50004, {"defaults_json": '{"code": "A"}'}),
        ("sp_SaveTemplate", 50006, {"defaults_json": '{"validFrom": "2001-01-01"}'}),
        ("sp_SaveTemplate", 50007, {"defaults_json": '{"discountValue": 5}'}),
        ("sp_SaveTemplate", 50008, {"name": LONG[:101]}),
        ("sp_CreateCouponFromTemplate", 50001, {"template_id": None}),
        ("sp_CreateCouponFromTemplate", 50001, {"coupon_code": " "}),
        ("sp_CreateCouponFromTemplate", 50004, {"overrides_json": "[]"}),
    ],
)
def test_a_broken_call_is_refused(
    office: Office, procedure: str, number: int, changed: dict[str, Any]
) -> None:
    office.refuses(number, procedure, **(WRITERS[procedure] | changed))


# ---------------------------------------------------------------- attached coupons


def test_campaigns_that_differ_only_in_case_are_two(office: Office) -> None:
    home = office.campaign()
    other = office.campaign(campaign_id=home.upper())
    code = office.coupon(home)

    office.call("sp_AttachCoupon", campaign_id=other, coupon_code=code)
    off = office.call("sp_DetachCoupon", campaign_id=other, coupon_code=code)

    assert off.success, off.row


def test_a_coupon_is_attached_changed_and_detached(office: Office) -> None:
    home, other = office.campaign(), office.campaign()
    code = office.coupon(home)

    first = office.call("sp_AttachCoupon", campaign_id=other, coupon_code=code.lower(), actor="ann")
    again = office.call("sp_AttachCoupon", campaign_id=other, coupon_code=code)
    moved = office.call(
        "sp_AttachCoupon", campaign_id=other, coupon_code=code, Role="fallback", priority=5
    )
    seen = attached(office, other)
    off = office.call("sp_DetachCoupon", campaign_id=other, coupon_code=code)
    gone = office.call("sp_DetachCoupon", campaign_id=other, coupon_code=code)
    kept = office.call("sp_DetachCoupon", campaign_id=home, coupon_code=code)

    assert [one.code for one in (first, again, moved, off, gone, kept)] == [
        None,
        "ALREADY_ATTACHED",
        None,
        None,
        "NOT_ATTACHED",
        "HOME_CAMPAIGN",
    ]
    assert again["Message"] == f"Coupon {code} is attached as secondary already."
    assert seen == {code: ("fallback", 5)}
    assert attached(office, home) == {code: ("primary", 100)}
    assert office.actions(other) == [
        "campaign.create",
        "campaign.attach",
        "campaign.attach",
        "campaign.detach",
    ]
    assert office.events(other) == ["campaign_changed"] * 4
    audit = office.rows(
        "SELECT Actor, BeforeJson, AfterJson FROM dbo.AuditLog"
        " WHERE EntityId = ? AND Action = N'campaign.attach' ORDER BY AuditId;",
        other,
    )
    assert (audit[0]["Actor"], audit[0]["BeforeJson"]) == ("ann", None)
    assert json.loads(audit[1]["BeforeJson"]) == {
        "couponCode": code,
        "role": "secondary",
        "priority": 100,
    }


def test_only_what_exists_is_attached(office: Office) -> None:
    campaign, gone = office.campaign(), office.campaign()
    code, deleted = office.coupon(campaign), office.coupon(campaign)
    office.call("sp_DeleteCampaign", campaign_id=gone, confirm=1)
    office.call("sp_DeleteCoupon", coupon_code=deleted, confirm=1)

    codes = [
        office.call("sp_AttachCoupon", campaign_id=gone, coupon_code=code).code,
        office.call("sp_AttachCoupon", campaign_id=fresh("c"), coupon_code=code).code,
        office.call("sp_AttachCoupon", campaign_id=campaign, coupon_code=deleted).code,
        office.call("sp_AttachCoupon", campaign_id=campaign, coupon_code=fresh_code()).code,
        office.call("sp_DetachCoupon", campaign_id=campaign, coupon_code=fresh_code()).code,
    ]

    assert codes == ["CAMPAIGN_NOT_FOUND"] * 2 + ["COUPON_NOT_FOUND"] * 3


def test_a_redemption_through_a_fallback_is_charged_to_its_home(office: Office) -> None:
    home, shop = office.campaign(), office.campaign(max_total_redemptions=1)
    first, spare = office.coupon(shop), office.coupon(home)
    office.call("sp_AttachCoupon", campaign_id=shop, coupon_code=spare, Role="fallback")
    assert redeem(office, first).success

    refused, taken = redeem(office, first), redeem(office, spare)

    assert (refused.code, refused["SuggestedCouponCode"]) == ("CAMPAIGN_LIMIT_REACHED", spare)
    assert taken.success
    used = {
        campaign: office.call("sp_GetCampaign", campaign_id=campaign)["CurrentRedemptions"]
        for campaign in (home, shop)
    }
    assert used == {home: 1, shop: 1}


# ---------------------------------------------------------------- targets


def test_targets_that_differ_only_in_case_are_two(office: Office) -> None:
    code = office.coupon(targets_json='{"service": ["chat", "Chat", " chat "]}')

    stored = office.rows(
        "SELECT t.TargetValue FROM dbo.CouponTargets AS t"
        " JOIN dbo.Coupons AS c ON c.CouponId = t.CouponId WHERE c.CouponCode = ?;",
        code,
    )
    assert sorted(row["TargetValue"] for row in stored) == ["Chat", "chat"]


def test_targets_of_one_kind_are_replaced_and_decide(office: Office) -> None:
    campaign = office.campaign(tiers_json='["free"]')
    code = office.coupon(campaign)

    set_tiers = office.call(
        "sp_SetTargets",
        campaign_id=campaign,
        target_kind="tier",
        include_json='["enterprise", "pro"]',
        actor="ann",
    )
    again = office.call(
        "sp_SetTargets",
        campaign_id=campaign,
        target_kind="tier",
        include_json='["pro", "enterprise_max", "enterprise_pro", "pro"]',
    )
    countries = office.call(
        "sp_SetTargets", coupon_code=code, target_kind="country", exclude_json='["DE"]'
    )
    verdicts = [
        verdict(office, code, tier="enterprise_max", country_code="US").code,
        verdict(office, code, tier="free", country_code="US").code,
        verdict(office, code, tier="pro", country_code="DE").code,
    ]
    cleared = office.call("sp_SetTargets", campaign_id=campaign, target_kind="tier")

    assert [one["Rows"] for one in (set_tiers, again, countries, cleared)] == [3, 3, 1, 0]
    assert verdicts == [None, "TIER_NOT_ELIGIBLE", "COUNTRY_NOT_ELIGIBLE"]
    assert verdict(office, code, tier="free", country_code="US").success
    assert targets(office, campaign) == {}
    assert office.actions(campaign) == ["campaign.create"] + ["campaign.set_targets"] * 2
    assert office.actions(code) == ["coupon.create", "coupon.set_targets"]


def test_targets_need_an_owner_and_consultants_where_a_code_lives_by_them(office: Office) -> None:
    code = office.coupon(applicable_to="specific_consultants", targets_json='{"consultant": ["7"]}')

    message = office.refuses(50009, "sp_SetTargets", coupon_code=code, target_kind="consultant")
    codes = [
        office.call("sp_SetTargets", campaign_id=fresh("c"), target_kind="tier").code,
        office.call("sp_SetTargets", coupon_code=fresh_code(), target_kind="tier").code,
    ]

    assert message.startswith("ARG_CONFLICT: @IncludeJson")
    assert codes == ["CAMPAIGN_NOT_FOUND", "COUPON_NOT_FOUND"]


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("rule", "config"),
    [
        ("specific_email_domain", None),
        ("specific_email_domain", {"domains": []}),
        ("specific_email_domain", {"domains": [" "]}),
        ("specific_email_domain", {"domains": "example.com"}),
        ("specific_email_domain", {"domains": ["example.com"], "days": 5}),
        ("minimum_credit_balance", {}),
        ("minimum_credit_balance", {"minimum": -1}),
        ("minimum_credit_balance", {"minimum": 1.5}),
        ("minimum_credit_balance", {"minimum": "5"}),
        ("minimum_credit_balance", {"days": 5}),
        ("exclude_refunded_users", {"days": 0}),
        ("exclude_refunded_users", {"days": 3651}),
        ("require_payment_method", {"days": 5}),
        ("first_time_user_only", {"First": True}),
    ],
)
def test_a_rule_is_refused_whose_configuration_does_not_fit(
    office: Office, rule: str, config: dict[str, Any] | None
) -> None:
    text = None if config is None else json.dumps(config)

    message = office.refuses(
        50010, "sp_SetValidationRule", campaign_id="c", rule_type=rule, config_json=text
    )

    assert message.startswith("ARG_BAD_RULE: @ConfigJson")


def test_a_rule_is_set_changed_and_deleted(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    user = fresh("u")
    office.call("sp_UpsertUserProfile", user_id=user, email=f"{user}@example.com")
    domains = {"rule_type": "specific_email_domain", "config_json": '{"domains": ["other.org"]}'}

    made = office.call("sp_SetValidationRule", coupon_code=code, **domains, actor="ann")
    refused = verdict(office, code, user).code
    rule = made["RuleId"]
    off = office.call("sp_SetValidationRule", rule_id=rule, **domains, is_active=0)
    allowed = verdict(office, code, user).code
    same = office.call("sp_SetValidationRule", rule_id=rule, **domains, is_active=0)
    foreign = office.call("sp_SetValidationRule", rule_id=rule, campaign_id=campaign, **domains)
    unknown = office.call("sp_SetValidationRule", rule_id=-1, **domains)
    gone = office.call("sp_DeleteValidationRule", rule_id=rule)
    again = office.call("sp_DeleteValidationRule", rule_id=rule)
    nobody = office.call("sp_SetValidationRule", campaign_id=fresh("c"), **domains)

    assert (refused, allowed) == ("EMAIL_DOMAIN_NOT_ALLOWED", None)
    assert [one["RuleId"] for one in (made, off, same, gone)] == [rule] * 4
    assert [one.code for one in (foreign, unknown, again, nobody)] == [
        "RULE_NOT_FOUND",
        "RULE_NOT_FOUND",
        "RULE_NOT_FOUND",
        "CAMPAIGN_NOT_FOUND",
    ]
    assert office.actions(code) == [
        "coupon.create",
        "coupon.set_rule",
        "coupon.set_rule",
        "coupon.delete_rule",
    ]
    assert office.events(code) == ["coupon_changed"] * 4


# ---------------------------------------------------------------- markers and partners


def test_a_marker_is_added_to_a_campaign_or_to_all(office: Office) -> None:
    campaign = office.campaign()
    given = {"occurred_at": now(), "kind": "social_post", "label": " Posted "}

    own = office.call("sp_AddMarker", campaign_id=campaign, **given, actor="ann")
    general = office.call("sp_AddMarker", **given)
    nowhere = office.call("sp_AddMarker", campaign_id=fresh("c"), **given)

    row = office.row("SELECT * FROM dbo.CampaignMarkers WHERE MarkerId = ?;", own["MarkerId"])
    assert (row["CampaignId"], row["Label"], row["CreatedBy"]) == (campaign, "Posted", "ann")
    assert general["MarkerId"] > own["MarkerId"]
    assert (nowhere.code, nowhere["MarkerId"]) == ("CAMPAIGN_NOT_FOUND", None)
    assert "marker.create" in office.actions(str(own["MarkerId"]))


def test_a_partner_is_stored_under_one_name(office: Office) -> None:
    name, other = fresh("Partner"), fresh("Partner")

    made = office.call("sp_UpsertPartner", name=f" {name} ", commission_percent=12.5)
    twice = office.call("sp_UpsertPartner", name=name.upper())
    second = office.call("sp_UpsertPartner", name=other)
    number = made["PartnerId"]
    clash = office.call("sp_UpsertPartner", partner_id=number, name=other)
    changed = office.call("sp_UpsertPartner", partner_id=number, name=name, is_active=0)
    same = office.call("sp_UpsertPartner", partner_id=number, name=name, is_active=0)
    unknown = office.call("sp_UpsertPartner", partner_id=-1, name=fresh())

    row = office.row("SELECT * FROM dbo.Partners WHERE PartnerId = ?;", number)
    assert [one.code for one in (made, twice, second, clash, changed, same, unknown)] == [
        None,
        "NAME_EXISTS",
        None,
        "NAME_EXISTS",
        None,
        None,
        "PARTNER_NOT_FOUND",
    ]
    assert (row["Name"], row["CommissionPercent"], row["IsActive"]) == (name, 0, False)
    found = office.rows(
        "SELECT Action FROM dbo.AuditLog WHERE EntityType = N'partner' AND EntityId = ?"
        " ORDER BY AuditId;",
        str(number),
    )
    assert [one["Action"] for one in found] == ["partner.create", "partner.update"]
