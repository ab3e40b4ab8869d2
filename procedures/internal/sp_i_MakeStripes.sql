SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a new campaign its counter stripes. Limit and budget are split evenly, the
           remainder (whole uses, whole cents) going to the lowest numbers, so that the sums are
           exact.
Called by: sp_CreateCampaign, sp_i_CopyCampaign, inside their transaction
Locks:     L11 inserts
Returns:   nothing
Throws:    nothing of its own
Replay:    none: the caller has just made the campaign
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_MakeStripes
    @CampaignId nvarchar(100),
    @StripeCount tinyint,
    @Limit int,
    @Budget decimal(10,2)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Cents bigint = CAST(@Budget * 100 AS bigint);

    INSERT INTO dbo.CampaignCounterStripes (CampaignId, StripeNo, StripeLimit, BudgetLimit)
    SELECT @CampaignId,
           n.StripeNo,
           @Limit / @StripeCount + IIF(n.StripeNo < @Limit % @StripeCount, 1, 0),
           CAST((@Cents / @StripeCount + IIF(n.StripeNo < @Cents % @StripeCount, 1, 0)) / 100.0
                AS decimal(10,2))
    FROM (SELECT CAST(e.Eights * 8 + o.Ones AS tinyint) AS StripeNo
          FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7)) AS e (Eights)
          CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7)) AS o (Ones)) AS n
    WHERE n.StripeNo < @StripeCount;
END;
