"""Campaigns and coupons after their creation: changing, switching, deleting and restoring them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.calls import Fault, Row, run
from tests.spec.checkout import reserve
from tests.spec.office import Office, fresh, fresh_code, now

LONG = "x" * 101
UNKNOWN_COUPON = ("COUPON_NOT_FOUND", "Coupon code not found")
WRITERS: list[tuple[str, dict[str, Any]]] = [
    ("sp_UpdateCampaign", {}),
    ("sp_DeleteCampaign", {"confirm": 1}),
    ("sp_RestoreCampaign", {}),
    ("sp_SetCampaignStatus", {"is_active": 1}),
    ("sp_UpdateCoupon", {}),
    ("sp_SetCouponStatus", {"is_active": 1}),
    ("sp_DeleteCoupon", {"confirm": 1}),
    ("sp_RestoreCoupon", {}),
]


def owner(procedure: str) -> str:
    """The parameter that names what the procedure changes."""
    return "campaign_id" if "Campaign" in procedure else "coupon_code"


def redeem(office: Office, code: str, user: str | None = None) -> str | None:
    answer = office.call(
        "sp_RedeemCoupon", coupon_code=code, user_id=user or fresh("u"), order_amount=100
    )
    return answer.code


def stored(office: Office, code: str) -> Row:
    return office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", code)


def campaign_row(office: Office, campaign: str) -> Row:
    return office.row("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?;", campaign)


def coupon_stripes(office: Office, code: str) -> list[tuple[int | None, int]]:
    found = office.rows(
        "SELECT s.StripeLimit, s.UsedCount FROM dbo.CouponCounterStripes AS s"
        " INNER JOIN dbo.Coupons AS c ON c.CouponId = s.CouponId"
        " WHERE c.CouponCode = ? ORDER BY s.StripeNo;",
        code,
    )
    return [(row["StripeLimit"], row["UsedCount"]) for row in found]


def campaign_stripes(office: Office, campaign: str) -> list[tuple[int | None, Decimal | None]]:
    found = office.rows(
        "SELECT StripeLimit, BudgetLimit FROM dbo.CampaignCounterStripes"
        " WHERE CampaignId = ? ORDER BY StripeNo;",
        campaign,
    )
    return [(row["StripeLimit"], row["BudgetLimit"]) for row in found]


class Held:
    """Codes with an open reservation, which leave the shared database with the test."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._codes: list[str] = []

    def reserve(self, code: str) -> None:
        """An open reservation, begun a minute ago, with its slot on the coupon."""
        self._codes.append(code)
        self._office.write(
            "INSERT INTO dbo.Reservations (CouponId, CampaignId, UserId, DiscountType,"
            " RedemptionId, ReservedAt, ExpiresAt)"
            " SELECT CouponId, CampaignId, ?, N'percentage', 0,"
            " DATEADD(minute, -1, SYSUTCDATETIME()), DATEADD(minute, 15, SYSUTCDATETIME())"
            " FROM dbo.Coupons WHERE CouponCode = ?;",
            fresh("u"),
            code,
        )
        self._office.write(
            "UPDATE dbo.Coupons SET ReservedCount = ReservedCount + 1 WHERE CouponCode = ?;", code
        )

    def ends(self, code: str) -> list[tuple[str, str | None, bool]]:
        """Of each reservation: its status, why it is to close, and whether it is due."""
        found = self._office.rows(
            "SELECT r.Status, r.CloseReason, IIF(r.ExpiresAt <= SYSUTCDATETIME(), 1, 0) AS IsDue"
            " FROM dbo.Reservations AS r INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId"
            " WHERE c.CouponCode = ?;",
            code,
        )
        return [(row["Status"], row["CloseReason"], bool(row["IsDue"])) for row in found]

    def forget(self) -> None:
        for code in self._codes:
            self._office.write(
                "DELETE r FROM dbo.Reservations AS r"
                " INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId WHERE c.CouponCode = ?;",
                code,
            )
            self._office.write(
                "UPDATE dbo.Coupons SET ReservedCount = 0 WHERE CouponCode = ?;", code
            )


@pytest.fixture
def held(office: Office) -> Iterator[Held]:
    made = Held(office)
    yield made
    made.forget()


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize(("procedure", "given"), WRITERS)
def test_a_change_names_what_it_changes(
    office: Office, procedure: str, given: dict[str, Any]
) -> None:
    name = owner(procedure)
    parameter = "@CampaignId" if name == "campaign_id" else "@CouponCode"

    required = office.refuses(50001, procedure, **{name: "  "}, **given)
    too_long = office.refuses(50008, procedure, **{name: LONG}, **given)

    assert required.startswith(f"ARG_REQUIRED: {parameter}")
    assert too_long.startswith(f"ARG_TOO_LONG: {parameter}")


@pytest.mark.parametrize(("procedure", "given"), WRITERS)
def test_a_change_refuses_an_actor_that_is_too_long(
    office: Office, procedure: str, given: dict[str, Any]
) -> None:
    message = office.refuses(50008, procedure, **{owner(procedure): "ABC"}, actor=LONG, **given)

    assert message.startswith("ARG_TOO_LONG: @Actor")


@pytest.mark.parametrize(("procedure", "given"), WRITERS)
def test_a_change_of_nothing_that_exists_is_told(
    office: Office, procedure: str, given: dict[str, Any]
) -> None:
    name = fresh_code()

    answer = office.call(procedure, **{owner(procedure): name}, **given)

    if owner(procedure) == "campaign_id":
        assert (answer.code, answer["Message"]) == (
            "CAMPAIGN_NOT_FOUND",
            f"Campaign {name} not found.",
        )
    else:
        assert (answer.code, answer["Message"]) == UNKNOWN_COUPON


@pytest.mark.parametrize(("procedure", "given"), WRITERS)
@pytest.mark.parametrize("role", ["service", "job", "reader"])
def test_only_operators_change_campaigns_and_coupons(
    office: Office, procedure: str, given: dict[str, Any], role: str
) -> None:
    with pytest.raises(Fault) as caught:
        office.call(procedure, role=role, **{owner(procedure): "ABC"}, **given)

    assert caught.value.number == 229


@pytest.mark.parametrize(("procedure", "given"), WRITERS)
def test_an_operator_changes_campaigns_and_coupons(
    office: Office, procedure: str, given: dict[str, Any]
) -> None:
    campaign = office.campaign()
    names = {"campaign_id": campaign, "coupon_code": office.coupon(campaign)}
    name = owner(procedure)

    assert office.call(procedure, role="ops", **{name: names[name]}, **given).success


@pytest.mark.parametrize(("procedure", "given"), WRITERS)
def test_a_change_inside_a_doomed_transaction_is_refused(
    office: Office, procedure: str, given: dict[str, Any]
) -> None:
    more = "".join(
        f", @{'IsActive' if name == 'is_active' else 'Confirm'} = {value}"
        for name, value in given.items()
    )
    parameter = "@CampaignId" if owner(procedure) == "campaign_id" else "@CouponCode"
    sets = run(
        office.connection(),
        "SET XACT_ABORT ON; BEGIN TRANSACTION;"
        " BEGIN TRY SELECT 1 / 0 AS Zero; END TRY"
        " BEGIN CATCH"
        f"   BEGIN TRY EXEC dbo.{procedure} {parameter} = N'ABC'{more}; END TRY"
        "   BEGIN CATCH SELECT ERROR_NUMBER() AS Number; END CATCH;"
        "   ROLLBACK TRANSACTION;"
        " END CATCH;",
    )

    assert sets[-1][0]["Number"] == 50102


# ---------------------------------------------------------------- changing a campaign


def test_what_is_not_given_stays(office: Office) -> None:
    campaign = office.campaign(
        name="Spring", budget_amount=100, utm_source="mail", tiers_json='["pro"]'
    )
    before = campaign_row(office, campaign)

    answer = office.call("sp_UpdateCampaign", campaign_id=campaign, name=" Summer ", actor="ann")

    after = campaign_row(office, campaign)
    moved = {name for name in after if after[name] != before[name]}
    assert answer.success
    assert answer["RowVer"] == after["RowVer"]
    assert after["Name"] == "Summer"
    assert moved <= {"Name", "UpdatedAt", "UpdatedBy", "RowVer"}
    audit = office.row(
        "SELECT * FROM dbo.AuditLog WHERE EntityId = ? AND Action = N'campaign.update';", campaign
    )
    assert (audit["Actor"], json.loads(audit["BeforeJson"])["name"]) == ("ann", "Spring")
    assert json.loads(audit["AfterJson"])["name"] == "Summer"
    assert office.events(campaign) == ["campaign_changed"] * 2


def test_the_present_values_of_a_campaign_again_write_nothing(office: Office) -> None:
    campaign = office.campaign(name="Spring", budget_amount=100, max_total_redemptions=7)
    before = campaign_row(office, campaign)

    answer = office.call(
        "sp_UpdateCampaign",
        campaign_id=campaign,
        name="Spring",
        budget_amount=100,
        max_total_redemptions=7,
    )

    assert answer.success
    assert campaign_row(office, campaign) == before
    assert office.actions(campaign) == ["campaign.create"]


def test_columns_of_a_campaign_are_cleared_by_name(office: Office) -> None:
    campaign = office.campaign(
        end_date=now() + timedelta(days=9), budget_amount=100, max_total_redemptions=5
    )

    answer = office.call(
        "sp_UpdateCampaign",
        campaign_id=campaign,
        clear_columns=" EndDate, BudgetAmount,MaxTotalRedemptions",
    )

    row = campaign_row(office, campaign)
    assert answer.success
    assert (row["EndDate"], row["BudgetAmount"], row["MaxTotalRedemptions"]) == (None,) * 3
    assert campaign_stripes(office, campaign) == [(None, None)]


def test_zero_uses_per_user_make_a_campaign_unlimited(office: Office) -> None:
    campaign = office.campaign(max_redemptions_per_user=3)

    assert office.call(
        "sp_UpdateCampaign", campaign_id=campaign, max_redemptions_per_user=0
    ).success
    assert campaign_row(office, campaign)["MaxRedemptionsPerUser"] is None


def test_new_tiers_replace_the_old_ones(office: Office) -> None:
    campaign = office.campaign(tiers_json='["free", "pro"]')

    office.call("sp_UpdateCampaign", campaign_id=campaign, tiers_json='["pro_family"]')

    rows = office.rows("SELECT TargetValue FROM dbo.CouponTargets WHERE CampaignId = ?;", campaign)
    assert {row["TargetValue"] for row in rows} == {"pro", "pro_max"}


def test_a_new_limit_and_budget_are_spread_over_the_stripes(office: Office) -> None:
    campaign = office.campaign(stripe_count=3, max_total_redemptions=9, budget_amount=90)
    code = office.coupon(campaign)
    assert [redeem(office, code) for _ in range(4)] == [None] * 4

    answer = office.call(
        "sp_UpdateCampaign", campaign_id=campaign, max_total_redemptions=5, budget_amount=50
    )

    assert answer.success
    assert campaign_stripes(office, campaign) == [
        (2, Decimal("16.67")),
        (2, Decimal("16.67")),
        (1, Decimal("16.66")),
    ]
    assert [redeem(office, code) for _ in range(2)] == [None, "CAMPAIGN_LIMIT_REACHED"]


def test_a_campaign_gets_another_number_of_stripes(office: Office) -> None:
    campaign = office.campaign(max_total_redemptions=10)

    assert office.call("sp_UpdateCampaign", campaign_id=campaign, stripe_count=4).success

    assert [limit for limit, _ in campaign_stripes(office, campaign)] == [3, 3, 2, 2]


@pytest.mark.ec("EC-025")
@pytest.mark.parametrize("stripes", [1, 3])
@pytest.mark.parametrize("change", [{"max_total_redemptions": 2}, {"budget_amount": "29.99"}])
def test_ec_025_a_limit_or_budget_below_the_use_of_a_campaign_is_refused(
    office: Office, stripes: int, change: dict[str, Any]
) -> None:
    campaign = office.campaign(stripe_count=stripes, max_total_redemptions=30, budget_amount=300)
    code = office.coupon(campaign)
    assert [redeem(office, code) for _ in range(2)] == [None] * 2
    assert reserve(office, code).success
    before = campaign_row(office, campaign), campaign_stripes(office, campaign)

    answer = office.call("sp_UpdateCampaign", campaign_id=campaign, name="Other", **change)

    assert (answer.code, answer["RowVer"]) == ("LIMIT_BELOW_USAGE", None)
    assert (campaign_row(office, campaign), campaign_stripes(office, campaign)) == before
    assert office.actions(campaign) == ["campaign.create"]


def test_a_raised_budget_brings_an_exhausted_campaign_back(office: Office) -> None:
    campaign = office.campaign(budget_amount=10)
    code = office.coupon(campaign)
    assert [redeem(office, code) for _ in range(2)] == [None, "CAMPAIGN_BUDGET_EXHAUSTED"]
    assert campaign_row(office, campaign)["BudgetAlertSentAt"] is not None

    answer = office.call("sp_UpdateCampaign", campaign_id=campaign, budget_amount=20)

    row = campaign_row(office, campaign)
    assert answer.success
    assert (row["IsActive"], row["DeactivationReason"], row["BudgetAlertSentAt"]) == (
        True,
        None,
        None,
    )
    assert redeem(office, code) is None


def test_a_raised_budget_leaves_a_campaign_off_that_an_operator_switched_off(
    office: Office,
) -> None:
    campaign = office.campaign(budget_amount=10, is_active=0)

    office.call("sp_UpdateCampaign", campaign_id=campaign, budget_amount=20)

    row = campaign_row(office, campaign)
    assert (row["IsActive"], row["DeactivationReason"]) == (False, "manual")


@pytest.mark.ec("EC-027")
def test_ec_027_the_second_of_two_operators_is_told_of_the_first(office: Office) -> None:
    campaign = office.campaign(name="Spring")
    code = office.coupon(campaign, notes="old")
    seen = campaign_row(office, campaign)["RowVer"], stored(office, code)["RowVer"]

    first = (
        office.call(
            "sp_UpdateCampaign", campaign_id=campaign, name="Ann's", expected_row_ver=seen[0]
        ),
        office.call("sp_UpdateCoupon", coupon_code=code, notes="Ann's", expected_row_ver=seen[1]),
    )
    second = (
        office.call(
            "sp_UpdateCampaign", campaign_id=campaign, name="Bob's", expected_row_ver=seen[0]
        ),
        office.call("sp_UpdateCoupon", coupon_code=code, notes="Bob's", expected_row_ver=seen[1]),
    )

    assert [answer.code for answer in first] == [None, None]
    assert [answer.code for answer in second] == ["CONCURRENT_UPDATE"] * 2
    assert campaign_row(office, campaign)["Name"] == "Ann's"
    assert stored(office, code)["Notes"] == "Ann's"
    again = office.call(
        "sp_UpdateCoupon", coupon_code=code, notes="Bob's", expected_row_ver=first[1]["RowVer"]
    )
    assert again.success


@pytest.mark.parametrize(
    ("number", "changed", "parameter"),
    [
        (50002, {"max_total_redemptions": 0}, "@MaxTotalRedemptions"),
        (50002, {"budget_amount": -1}, "@BudgetAmount"),
        (50002, {"stripe_count": 65}, "@StripeCount"),
        (50003, {"campaign_type": "yearly"}, "@CampaignType"),
        (50003, {"tiers_json": '["gold"]'}, "@TiersJson"),
        (50003, {"clear_columns": "Name"}, "@ClearColumns"),
        (50004, {"tiers_json": "pro"}, "@TiersJson"),
        (50005, {"currency_code": "us1"}, "@CurrencyCode"),
        (50006, {"end_date": now() - timedelta(days=9)}, "@EndDate"),
        (50007, {"discount_percentage": 101}, "@DiscountPercentage"),
        (50009, {"discount_amount": 5}, "@DiscountAmount"),
        (50009, {"budget_amount": 5, "clear_columns": "BudgetAmount"}, "@ClearColumns"),
    ],
)
def test_a_campaign_is_not_changed_to_what_could_not_be_created(
    office: Office, number: int, changed: dict[str, Any], parameter: str
) -> None:
    campaign = office.campaign()
    before = campaign_row(office, campaign)

    message = office.refuses(number, "sp_UpdateCampaign", campaign_id=campaign, **changed)

    assert f": {parameter}" in message
    assert campaign_row(office, campaign) == before


# ---------------------------------------------------------------- deleting a campaign


@pytest.mark.ec("EC-026")
def test_ec_026_a_campaign_in_use_is_deleted_softly_and_after_confirmation(
    office: Office, held: Held
) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    assert redeem(office, code) is None
    held.reserve(code)

    asked = office.call("sp_DeleteCampaign", campaign_id=campaign)
    untouched = campaign_row(office, campaign)
    done = office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1, actor="ann")
    again = office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1)

    assert (asked.code, asked["Coupons"], asked["Redemptions"]) == ("CONFIRMATION_REQUIRED", 1, 1)
    assert untouched["DeletedAt"] is None
    assert (done.success, done["Coupons"], done["Redemptions"]) == (True, 1, 1)
    assert again.success
    row = campaign_row(office, campaign)
    assert (row["DeletedBy"], row["IsActive"]) == ("ann", False)
    assert row["DeletedAt"] is not None
    assert held.ends(code) == [("Reserved", None, False)]
    assert redeem(office, code) == "CAMPAIGN_INACTIVE"
    kept = office.value(
        "SELECT COUNT(*) FROM dbo.RedemptionHistory WHERE CampaignId = ? AND Success = 1;",
        campaign,
    )
    assert kept == 1
    assert office.actions(campaign) == ["campaign.create", "campaign.delete"]


@pytest.mark.ec("EC-026")
def test_ec_026_reservations_of_a_deleted_campaign_end_when_asked(
    office: Office, held: Held
) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    held.reserve(code)

    office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1, release_reservations=1)

    assert held.ends(code) == [("Reserved", "admin", True)]


@pytest.mark.ec("EC-026")
def test_ec_026_a_restored_campaign_stays_inactive_until_it_is_activated(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    office.call("sp_DeleteCampaign", campaign_id=campaign, confirm=1)

    restored = office.call("sp_RestoreCampaign", campaign_id=campaign)
    again = office.call("sp_RestoreCampaign", campaign_id=campaign)

    row = campaign_row(office, campaign)
    assert (restored.success, again.success) == (True, True)
    assert (row["DeletedAt"], row["DeletedBy"], row["IsActive"]) == (None, None, False)
    assert redeem(office, code) == "CAMPAIGN_INACTIVE"
    assert office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=1).success
    assert redeem(office, code) is None
    assert office.actions(campaign) == [
        "campaign.create",
        "campaign.delete",
        "campaign.restore",
        "campaign.activate",
    ]


# ---------------------------------------------------------------- changing a coupon


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
