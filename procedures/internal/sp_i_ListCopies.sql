SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Names the coupons that a clone of their campaign gets: hand-made, shared and not deleted,
           each with its new code.
Called by: sp_CloneCampaign, before its transaction
Locks:     none
Returns:   @CopiesJson, an array of {couponId, code}, NULL when there are none; @Copies, how many
Throws:    50005 a new code would be longer than 20 characters
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ListCopies
    @CampaignId nvarchar(100),
    @CodeSuffix nvarchar(10),
    @CopiesJson nvarchar(max) OUTPUT,
    @Copies int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Text nvarchar(400);
    DECLARE @List TABLE (
        CouponId bigint NOT NULL PRIMARY KEY,
        Code nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL);

    INSERT INTO @List (CouponId, Code)
    SELECT k.CouponId, CONCAT(k.CouponCode, @CodeSuffix)
    FROM dbo.Coupons AS k
    WHERE k.CampaignId = @CampaignId AND k.GenerationBatchId IS NULL AND k.DeletedAt IS NULL
      AND k.AssignedTo IS NULL AND (k.MaxUses IS NULL OR k.MaxUses > 1);
    SET @Copies = @@ROWCOUNT;

    SELECT TOP (1) @Text = CONCAT(N'ARG_BAD_CODE: @CodeSuffix makes ', l.Code,
                                  N', which is longer than 20 characters.')
    FROM @List AS l
    WHERE LEN(l.Code) > 20
    ORDER BY l.Code;
    IF @Text IS NOT NULL THROW 50005, @Text, 1;

    SET @CopiesJson = (
        SELECT l.CouponId AS couponId, l.Code AS code FROM @List AS l FOR JSON PATH);
END;
