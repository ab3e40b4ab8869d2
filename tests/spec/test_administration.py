"""What all procedures that change, switch, delete and restore campaigns and codes share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec.calls import Fault, run
from tests.spec.office import Office, fresh_code

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
