SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Waits for the claims under way on a striped campaign, before its row changes: locks its
           stripes in ascending order and writes them all. The write counts also where a hint
           does not. A claim that comes later waits, and then reads the row as it became.
Called by: sp_SetCampaignStatus, sp_DeleteCampaign, sp_i_ChangeCampaign,
           sp_i_RefreshCampaign, which hold the row
Locks:     L4: CampaignCounterStripes, ascending
Returns:   nothing
Throws:    nothing of its own
Replay:    harmless
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_StopCampaignStripes
    @CampaignId nvarchar(100)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    -- One statement over all stripes would take their locks in an order of its own.
    EXEC dbo.sp_i_LockCampaignStripes @CampaignId = @CampaignId;
    UPDATE dbo.CampaignCounterStripes SET UsedCount = UsedCount WHERE CampaignId = @CampaignId;
END;
