/*
Purpose:   Gives what a redeemed coupon grants besides a price: credits, months, a licence.
           Price discounts never come here. This version grants none of the three, so it refuses
           them: the whole call is rolled back, and nobody is charged a use for nothing.
Called by: sp_i_RedeemCore after the ledger row, for discount types credits and months_free and for
           coupon type byok_migration.
Locks:     L9, L10 belong here; none are taken yet.
Returns:   nothing.
Throws:    50203 always: the benefit cannot be applied, nothing was written.
Replay:    none; the benefit belongs to one ledger row.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ApplyBenefits
    @RedemptionId bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Text nvarchar(200) = CONCAT(N'BENEFIT_FAILED: redemption ', @RedemptionId,
        N' grants credits, months or a licence, which this version cannot apply.');

    THROW 50203, @Text, 1;
END;
