"""Changes by operators: imports, limits, who was faster, what is written down."""

from __future__ import annotations

from tests.mutation.bug import bug

CAMPAIGNS = "spec/test_changing_campaigns.py"
COUPONS = "spec/test_changing_coupons.py"
IMPORT = "spec/test_import.py"

BUGS = [
    bug(
        "change-over-another",
        "sp_i_ChangeCampaign",
        "                             WHEN @RowVer <> @ExpectedRowVer"
        " THEN N'CONCURRENT_UPDATE' END,",
        "                             END,",
        "The second of two operators writes over the first.",
        CAMPAIGNS,
    ),
    bug(
        "limit-below-held",
        "sp_i_ChangeCampaign",
        "IIF(SUM(s.UsedCount + s.ReservedCount) > @MaxTotalRedemptions\n",
        "IIF(SUM(s.UsedCount) > @MaxTotalRedemptions\n",
        "A limit is set below what is used and held.",
        CAMPAIGNS,
    ),
    bug(
        "limit-of-code-below-use",
        "sp_i_AdmitCouponChange",
        "WHEN @Used + @Reserved > @MaxUses THEN N'LIMIT_BELOW_USAGE'\n",
        "WHEN @Used + @Reserved > @MaxUses + 1 THEN N'LIMIT_BELOW_USAGE'\n",
        "The limit of a code is set one below its use.",
        COUPONS,
    ),
    bug(
        "change-unaudited",
        "sp_UpdateCampaign",
        "            EXEC dbo.sp_i_RecordChange\n",
        "            IF 1 = 0\n            EXEC dbo.sp_i_RecordChange\n",
        "A change of a campaign leaves no audit entry.",
        CAMPAIGNS,
    ),
    bug(
        "import-in-part",
        "sp_ImportCoupons",
        "            IF @ErrorCode IS NULL AND @DryRun = 0\n"
        "                EXEC dbo.sp_i_RecordImport",
        "            IF @DryRun = 0\n                EXEC dbo.sp_i_RecordImport",
        "A file with bad rows is imported as far as it is good.",
        IMPORT,
    ),
    bug(
        "import-by-preview",
        "sp_ImportCoupons",
        "            IF @ErrorCode IS NULL AND @DryRun = 0\n"
        "                EXEC dbo.sp_i_RecordImport",
        "            IF @ErrorCode IS NULL\n                EXEC dbo.sp_i_RecordImport",
        "Who only looks at an import has made it.",
        IMPORT,
    ),
    bug(
        "import-of-retired-codes",
        "sp_i_PlanImport",
        "            WHEN k.DeletedAt IS NOT NULL THEN N'CODE_RETIRED'\n",
        "",
        "A code that was deleted comes back through an import.",
        IMPORT,
    ),
    bug(
        "import-below-use",
        "sp_i_PlanImport",
        "            WHEN n.UsedCount + n.ReservedCount > r.MaxUses THEN N'LIMIT_BELOW_USAGE'\n",
        "",
        "An import sets a limit below what is used.",
        IMPORT,
    ),
    bug(
        "import-into-another-campaign",
        "sp_i_PlanImport",
        "WHEN @UpdateExisting = 0 OR r.IsLate = 1 OR k.CampaignId <> @CampaignId\n",
        "WHEN @UpdateExisting = 0 OR r.IsLate = 1\n",
        "An import changes the codes of another campaign.",
        IMPORT,
    ),
]
