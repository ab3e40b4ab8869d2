SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Who changed what, when and from where, newest first. A page goes on below @BeforeId, the
           last AuditId of the page before.
Called by: coupon_ops
Locks:     none
Returns:   rows of AuditLog
Throws:    50002, 50006, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_ListAuditLog
    @EntityType nvarchar(40) = NULL,
    @EntityId nvarchar(200) = NULL,
    @Actor nvarchar(200) = NULL,
    @Action nvarchar(60) = NULL,
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL,
    @PageSize int = 100,
    @BeforeId bigint = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @EntityType = NULLIF(TRIM(@EntityType), N''), @EntityId = NULLIF(TRIM(@EntityId), N''),
           @Actor = NULLIF(TRIM(@Actor), N''), @Action = NULLIF(TRIM(@Action), N''),
           @PageSize = COALESCE(@PageSize, 100);
    IF @PageSize NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 1000.', 1;
    IF @FromUtc > @ToUtc
        THROW 50006, N'ARG_BAD_DATES: @ToUtc is before @FromUtc.', 1;
    IF LEN(@EntityId) > 120
        THROW 50008, N'ARG_TOO_LONG: @EntityId is longer than 120 characters.', 1;
    IF LEN(@Actor) > 100
        THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;

    -- RECOMPILE: a filter that was not given costs nothing, one that was given finds its index.
    SELECT TOP (@PageSize)
           a.AuditId, a.OccurredAt, a.Actor, a.LoginName, a.Action, a.EntityType, a.EntityId,
           a.SubjectUserId, a.BeforeJson, a.AfterJson, a.Reason, a.IpAddress, a.UserAgent,
           a.CorrelationId
    FROM dbo.AuditLog AS a
    WHERE (@EntityType IS NULL OR a.EntityType = @EntityType)
      AND (@EntityId IS NULL OR a.EntityId = @EntityId)
      AND (@Actor IS NULL OR a.Actor = @Actor)
      AND (@Action IS NULL OR a.Action = @Action)
      AND (@FromUtc IS NULL OR a.OccurredAt >= @FromUtc)
      AND (@ToUtc IS NULL OR a.OccurredAt < @ToUtc)
      AND (@BeforeId IS NULL OR a.AuditId < @BeforeId)
    ORDER BY a.AuditId DESC
    OPTION (RECOMPILE);
END;
