SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Locks all counter stripes of a campaign, one by one in ascending order, so that two who
           want all of them meet at the lowest. How many there are is found on the way: somebody may
           just have changed it.
Called by: sp_i_GatherCampaign, sp_i_StripeCampaign, sp_i_ChangeCampaign, sp_i_StopCampaignStripes.
Locks:     L4: CampaignCounterStripes, ascending.
Returns:   nothing; what is read after this stays.
Throws:    nothing.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockCampaignStripes
    @CampaignId nvarchar(100)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Locked int = -1, @Next int;

    WHILE @Locked IS NOT NULL
    BEGIN
        SET @Next = NULL;
        -- UPDLOCK: claims on the stripe wait, and it is written later in this transaction.
        SELECT TOP (1) @Next = s.StripeNo
        FROM dbo.CampaignCounterStripes AS s WITH (UPDLOCK, ROWLOCK)
        WHERE s.CampaignId = @CampaignId AND s.StripeNo > @Locked
        ORDER BY s.StripeNo;
        SET @Locked = @Next;
    END;
END;
