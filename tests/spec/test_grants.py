"""Who may do what: every role against every procedure, view, function and table."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.endpoint import Target
from tests.spec.calls import Fault, run
from tests.spec.office import Office

ROLES = ("service", "job", "ops", "reader")

# The whole matrix of the specification, also of procedures that a release does not have yet.
# S service, J job, O ops.
EXECUTE = {
    "S O": (
        "sp_ValidateCoupon sp_ReserveCoupon sp_ConfirmReservation sp_ReleaseReservation"
        " sp_RedeemCoupon sp_ReverseRedemption sp_GetUserRedemptions sp_GetUserCoupons"
        " sp_GetReservation sp_RecordFulfilment sp_UpsertUserProfile sp_AssignCoupon"
        " sp_UnassignCoupon sp_CreateGenerationRequest sp_CancelGenerationRequest"
        " sp_GetCampaign sp_ListCampaigns sp_RecordFraudEvent sp_GrantCredits"
        " sp_GetCreditBalance sp_GetTokenUsage sp_StartSubscription sp_ChangeSubscriptionTier"
        " sp_SetSubscriptionStatus sp_GrantPerpetualLicense sp_SetLicenseStatus"
        " sp_SetLicenseMode sp_ActivateLicense sp_DeactivateLicense sp_RecordVersionUpgrade"
        " sp_ProcessPaymentEvent"
    ),
    "S J O": (
        "sp_GetCouponDetails sp_GetGenerationRequest sp_ListGenerationRequests sp_GetSettings"
    ),
    "S": ("sp_RecordFunnelEvent sp_DeductCredits"),
    "J": ("sp_ClaimGenerationRequest sp_BulkInsertCoupons sp_DequeueOutbox sp_CompleteOutbox"),
    "J O": (
        "sp_UpdateGenerationRequest sp_ExportBatchCodes sp_ExpireReservations"
        " sp_ReconcileCounters sp_RefreshCampaignCounters sp_RunExpirySweep"
        " sp_ArchiveRedemptionHistory sp_CleanupData sp_StartJobRun sp_EndJobRun"
        " sp_RunFraudScan sp_CreateAnalyticsSnapshot sp_ExpireCredits sp_SummariseUsage"
        " sp_VerifyInstallation"
    ),
    "O": (
        "sp_RetryGenerationRequest sp_CreateCampaign sp_UpdateCampaign sp_SetCampaignStatus"
        " sp_DeleteCampaign sp_RestoreCampaign sp_CloneCampaign sp_AttachCoupon"
        " sp_DetachCoupon sp_SetCampaignStripes sp_SetTargets sp_AddMarker sp_UpsertPartner"
        " sp_CreateCoupon sp_UpdateCoupon sp_SetCouponStatus sp_DeleteCoupon sp_RestoreCoupon"
        " sp_SuggestCode sp_PreviewDiscount sp_SetTranslation sp_SetDiscountTiers"
        " sp_SetValidationRule sp_DeleteValidationRule sp_ImportCoupons sp_BulkUpdateCoupons"
        " sp_SaveTemplate sp_ListTemplates sp_CreateCouponFromTemplate sp_SearchCoupons"
        " sp_SaveSearch sp_ListSavedSearches sp_DeleteSavedSearch sp_ListCouponUsage"
        " sp_GetDashboard sp_GetCouponAnalytics sp_GetCampaignAnalytics sp_CompareCoupons"
        " sp_GetSystemAnalytics sp_GetTargetReport sp_ListFraudEvents sp_GetFraudDashboard"
        " sp_ReviewFraudEvents sp_ReviewRedemptions sp_FlagUser sp_SetAccessListEntry"
        " sp_RemoveAccessListEntry sp_ListAccessList sp_InvestigateUser sp_SetSetting"
        " sp_SetTierConfig sp_SetPricing sp_SetPricingConfig sp_SetWebhook"
        " sp_RetryDeadDeliveries sp_ListAuditLog sp_ExportUserData sp_EraseUserData"
    ),
}
# Named by the specification as granted to nobody.
INTERNAL = (
    "sp_i_Evaluate sp_i_ClaimSlot sp_i_MoveSlot sp_i_ReleaseSlot sp_i_ApplyBenefits"
    " sp_i_RevokeBenefits sp_i_RaiseFraud sp_i_ConfirmCore sp_i_ReleaseCore"
    " sp_i_ReverseCore sp_i_CheckCoupon sp_i_Audit sp_i_Enqueue sp_i_Idempotency"
)
LETTERS = {"S": "service", "J": "job", "O": "ops"}
MAY_EXECUTE = {
    procedure: {LETTERS[letter] for letter in letters.split()}
    for letters, procedures in EXECUTE.items()
    for procedure in procedures.split()
}
# Views with personal data, and those of the running server, are for operators alone.
FOR_OPERATORS = {
    "vw_SuspiciousIps",
    "vw_AttemptDetails",
    "vw_AuditTrail",
    "vw_ProcedurePerformance",
    "vw_TableSizes",
}
PERMISSION_DENIED = 229


def names(office: Office, kind: str) -> list[str]:
    found = office.rows(
        "SELECT name FROM sys.objects WHERE type = ? AND schema_id = SCHEMA_ID(N'dbo');", kind
    )
    return sorted(row["name"] for row in found)


def number_of(office: Office, role: str, text: str) -> int:
    """The number that a statement ends with for a role; 0 when it runs. What it wrote is undone."""
    connection = office.connection(role)
    try:
        run(connection, f"BEGIN TRANSACTION; {text} ROLLBACK TRANSACTION;")
    except Fault as fault:
        run(connection, "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;")
        return fault.number
    return 0


def test_the_matrix_names_every_public_procedure(office: Office) -> None:
    public = {name for name in names(office, "P") if not name.startswith("sp_i_")}

    assert public == MAY_EXECUTE.keys()
    assert len(MAY_EXECUTE) == 114
    assert MAY_EXECUTE.keys().isdisjoint(INTERNAL.split())


@pytest.mark.ec("EC-031")
@pytest.mark.parametrize("role", ROLES)
def test_a_role_executes_what_the_matrix_grants_and_nothing_else(office: Office, role: str) -> None:
    # Without its parameters a procedure that may be executed ends with another number than 229;
    # those that need none run, and are rolled back.
    present = names(office, "P")
    allowed = {
        name
        for name in present
        if number_of(office, role, f"EXEC dbo.{name};") != PERMISSION_DENIED
    }

    granted = {name for name, roles in MAY_EXECUTE.items() if role in roles}
    assert allowed == granted


@pytest.mark.parametrize("role", ROLES)
def test_views_are_for_readers_and_operators_and_personal_data_for_operators(
    office: Office, role: str
) -> None:
    present = names(office, "V")
    allowed = {
        name
        for name in present
        if number_of(office, role, f"SELECT TOP (1) * FROM dbo.{name};") != PERMISSION_DENIED
    }

    expected = {
        "ops": set(present),
        "reader": set(present) - FOR_OPERATORS,
    }
    assert allowed == expected.get(role, set())


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
    outcomes: dict[str, int] = {}
    for name in names(office, "IF"):
        parameters = office.value(
            "SELECT COUNT(*) FROM sys.parameters WHERE object_id = OBJECT_ID(?);", f"dbo.{name}"
        )
        nulls = ", ".join(["NULL"] * parameters)
        outcomes[name] = number_of(office, role, f"SELECT * FROM dbo.{name}({nulls});")

    assert outcomes
    assert set(outcomes.values()) == {PERMISSION_DENIED}, outcomes


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
