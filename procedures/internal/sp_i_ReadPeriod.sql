SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes the period of a report whole: from a named one, or from one or both of its ends. An
           end that is not given is open. Neither name nor ends: both stay NULL, no period is meant.
Called by: sp_SearchCoupons and the reports
Locks:     none
Returns:   @FromUtc, @ToUtc: half-open
Throws:    50003, 50006, 50009
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReadPeriod
    @DatePreset nvarchar(20) = NULL,
    @FromUtc datetime2(3) OUTPUT,
    @ToUtc datetime2(3) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF @DatePreset IS NOT NULL
    BEGIN
        IF @FromUtc IS NOT NULL OR @ToUtc IS NOT NULL
            THROW 50009, N'ARG_CONFLICT: @DatePreset and a date exclude each other.', 1;
        SELECT @FromUtc = p.FromUtc, @ToUtc = p.ToUtc
        FROM dbo.fn_DatePreset(@DatePreset, SYSUTCDATETIME()) AS p;
        IF @FromUtc IS NULL
            THROW 50003, N'ARG_NOT_IN_LIST: @DatePreset', 1;
    END;
    IF @FromUtc > @ToUtc
        THROW 50006, N'ARG_BAD_DATES: the end of the period is before its beginning.', 1;

    IF @FromUtc IS NOT NULL OR @ToUtc IS NOT NULL
        SELECT @FromUtc = COALESCE(@FromUtc, '00010101'),
               @ToUtc = COALESCE(@ToUtc, '99991231');
END;
