SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Lays the counters of a campaign over so many stripes: limit, budget and what is taken of
           them are each split evenly, the remainder (whole uses, whole cents) going to the lowest
           numbers. A share of the taken is never above the share of the limit, because both are
           split alike; the sums are what was given.
Called by: sp_i_StripeCampaign.
Locks:     the caller holds the Campaigns row and all stripes (L4).
Returns:   nothing.
Throws:    50202 fewer or more stripes than asked for.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_SpreadCampaign
    @CampaignId nvarchar(100),
    @StripeCount int,
    @Limit bigint,                   -- NULL: none
    @Budget decimal(10,2),          -- NULL: none
    @Used bigint,
    @Reserved bigint,
    @Spent decimal(10,2),
    @Held decimal(10,2)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Taken bigint = @Used + @Reserved, @Cents bigint = CAST(@Budget * 100 AS bigint),
            @SpentCents bigint = CAST(@Spent * 100 AS bigint),
            @TakenCents bigint = CAST((@Spent + @Held) * 100 AS bigint), @Next int = 0;

    WHILE @Next < @StripeCount
    BEGIN
        INSERT INTO dbo.CampaignCounterStripes (CampaignId, StripeNo)
        SELECT @CampaignId, @Next
        WHERE NOT EXISTS (SELECT 1
                          FROM dbo.CampaignCounterStripes AS s
                          WHERE s.CampaignId = @CampaignId AND s.StripeNo = @Next);
        SET @Next += 1;
    END;
    DELETE FROM dbo.CampaignCounterStripes
    WHERE CampaignId = @CampaignId AND StripeNo >= @StripeCount;

    -- The share of n over m stripes with number i: (n + m - 1 - i) / m, in whole numbers. The
    -- sum may pass what an int holds, therefore all are bigint.
    UPDATE dbo.CampaignCounterStripes
    SET StripeLimit = (@Limit + @StripeCount - 1 - StripeNo) / @StripeCount,
        UsedCount = (@Used + @StripeCount - 1 - StripeNo) / @StripeCount,
        ReservedCount = (@Taken + @StripeCount - 1 - StripeNo) / @StripeCount
                        - (@Used + @StripeCount - 1 - StripeNo) / @StripeCount,
        BudgetLimit = CAST(((@Cents + @StripeCount - 1 - StripeNo) / @StripeCount) / 100.0
                           AS decimal(10,2)),
        BudgetUsed = CAST(((@SpentCents + @StripeCount - 1 - StripeNo) / @StripeCount) / 100.0
                          AS decimal(10,2)),
        BudgetReserved = CAST(((@TakenCents + @StripeCount - 1 - StripeNo) / @StripeCount
                               - (@SpentCents + @StripeCount - 1 - StripeNo) / @StripeCount) / 100.0
                              AS decimal(10,2))
    WHERE CampaignId = @CampaignId;
    IF @@ROWCOUNT <> @StripeCount
        THROW 50202, N'INVARIANT_ROWCOUNT: a campaign has other stripes than were made.', 1;
END;
