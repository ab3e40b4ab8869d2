SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The markers of a report: what was launched, sent or published in its period, for the
           campaign or for all campaigns.
Called by: sp_GetCouponAnalytics, sp_GetCampaignAnalytics
Locks:     none
Returns:   rows, the oldest first: MarkerId, CampaignId, OccurredAt, Kind, Label
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShowMarkers
    @CampaignId nvarchar(100),
    @FromUtc datetime2(3),
    @ToUtc datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT m.MarkerId, m.CampaignId, m.OccurredAt, m.Kind, m.Label
    FROM dbo.CampaignMarkers AS m
    WHERE (m.CampaignId = @CampaignId OR m.CampaignId IS NULL)
          AND m.OccurredAt >= @FromUtc AND m.OccurredAt < @ToUtc
    ORDER BY m.OccurredAt, m.MarkerId;
END;
