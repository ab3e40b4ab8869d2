"""Who may do what: every role against every procedure, view, function and table."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.endpoint import Target
from tests.spec.calls import Fault, run
from tests.spec.office import Office

ROLES = ("service", "job", "ops", "reader")

# The matrix of security.md for the procedures of this release. S service, J job, O ops.
EXECUTE = {
    "S O": (
        "sp_ValidateCoupon sp_RedeemCoupon sp_UpsertUserProfile sp_AssignCoupon"
        " sp_UnassignCoupon sp_CreateGenerationRequest sp_CancelGenerationRequest"
        " sp_GetCampaign sp_ListCampaigns"
    ),
    "S J O": (
        "sp_GetCouponDetails sp_GetGenerationRequest sp_ListGenerationRequests sp_GetSettings"
    ),
    "J": "sp_ClaimGenerationRequest sp_BulkInsertCoupons",
    "J O": (
        "sp_UpdateGenerationRequest sp_ExportBatchCodes sp_VerifyInstallation sp_StartJobRun"
        " sp_EndJobRun sp_RefreshCampaignCounters"
    ),
    "O": (
        "sp_RetryGenerationRequest sp_CreateCampaign sp_SetCampaignStatus sp_CreateCoupon"
        " sp_SetSetting"
    ),
}
LETTERS = {"S": "service", "J": "job", "O": "ops"}
MAY_EXECUTE = {
    procedure: {LETTERS[letter] for letter in letters.split()}
    for letters, procedures in EXECUTE.items()
    for procedure in procedures.split()
}
MAY_SELECT = {"reader", "ops"}
PERMISSION_DENIED = 229


def names(office: Office, kind: str) -> list[str]:
    found = office.rows(
        "SELECT name FROM sys.objects WHERE type = ? AND schema_id = SCHEMA_ID(N'dbo');", kind
    )
    return sorted(row["name"] for row in found)


def number_of(office: Office, role: str, text: str) -> int:
    """The number that a statement ends with for a role; 0 when it runs."""
    try:
        run(office.connection(role), text)
    except Fault as fault:
        return fault.number
    return 0


def test_the_matrix_names_every_public_procedure(office: Office) -> None:
    public = {name for name in names(office, "P") if not name.startswith("sp_i_")}

    assert public == MAY_EXECUTE.keys()


@pytest.mark.ec("EC-031")
@pytest.mark.parametrize("role", ROLES)
def test_a_role_executes_what_the_matrix_grants_and_nothing_else(office: Office, role: str) -> None:
    # Without its parameters a procedure that may be executed ends with another number than 229,
    # before it has done anything; those that need none only read.
    allowed = {
        name
        for name in names(office, "P")
        if number_of(office, role, f"EXEC dbo.{name};") != PERMISSION_DENIED
    }

    assert allowed == {name for name, roles in MAY_EXECUTE.items() if role in roles}


@pytest.mark.parametrize("role", ROLES)
def test_views_are_for_readers_and_operators(office: Office, role: str) -> None:
    outcomes = {
        name: number_of(office, role, f"SELECT TOP (1) * FROM dbo.{name};")
        for name in names(office, "V")
    }

    expected = 0 if role in MAY_SELECT else PERMISSION_DENIED
    assert set(outcomes.values()) == {expected}, outcomes


@pytest.mark.parametrize("role", ROLES)
def test_no_role_touches_a_table(office: Office, role: str) -> None:
    refused: dict[str, set[int]] = {}
    for name in names(office, "U"):
        column = office.value(
            "SELECT TOP (1) c.name FROM sys.columns AS c WHERE c.object_id = OBJECT_ID(?)"
            " AND c.is_identity = 0 AND c.is_computed = 0 ORDER BY c.column_id;",
            f"dbo.{name}",
        )
        refused[name] = {
            number_of(office, role, text)
            for text in (
                f"SELECT TOP (1) {column} FROM dbo.{name};",
                f"UPDATE dbo.{name} SET {column} = {column} WHERE 1 = 0;",
                f"DELETE FROM dbo.{name} WHERE 1 = 0;",
                f"INSERT INTO dbo.{name} DEFAULT VALUES;",
            )
        }

    assert {name: found for name, found in refused.items() if found != {PERMISSION_DENIED}} == {}


@pytest.mark.parametrize("role", ROLES)
def test_functions_are_for_procedures_and_views_only(office: Office, role: str) -> None:
    number = number_of(office, role, "SELECT * FROM dbo.fn_Setting(N'guess_limit');")

    assert number == PERMISSION_DENIED


def test_a_caller_beyond_its_rights_changes_nothing(office: Office) -> None:
    before = office.value("SELECT COUNT(*) FROM dbo.Campaigns;")

    with pytest.raises(Fault) as caught:
        office.call(
            "sp_CreateCampaign",
            role="service",
            campaign_id="not-mine",
            name="Not mine",
            start_date="2026-01-01T00:00:00",
        )

    assert caught.value.number == PERMISSION_DENIED
    assert office.value("SELECT COUNT(*) FROM dbo.Campaigns;") == before


def test_nothing_is_granted_on_a_whole_schema_or_denied(office: Office) -> None:
    granted = office.rows(
        "SELECT p.class_desc, p.permission_name, p.state_desc"
        " FROM sys.database_permissions AS p"
        " JOIN sys.database_principals AS r ON r.principal_id = p.grantee_principal_id"
        " WHERE r.name LIKE N'coupon[_]%' AND (p.class_desc = N'SCHEMA' OR p.state_desc = N'DENY');"
    )

    assert granted == ()


def test_procedures_reach_tables_for_callers_without_table_rights(
    office: Office, database: Target
) -> None:
    campaign = office.campaign()

    answer = office.call("sp_GetCampaign", role="service", campaign_id=campaign)

    assert answer["CampaignId"] == campaign
    with closing(database.connect("service")) as connection, pytest.raises(Fault) as caught:
        run(connection, "SELECT COUNT(*) AS N FROM dbo.Campaigns;")
    assert caught.value.number == PERMISSION_DENIED
