SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes the arguments that all reports share whole: a period, open where no end is given,
           and day, week or month.
Called by: the procedures of section "search and analytics"
Locks:     none
Returns:   @FromUtc, @ToUtc: half-open; @Grain
Throws:    50003, 50006
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckReport
    @FromUtc datetime2(3) OUTPUT,
    @ToUtc datetime2(3) OUTPUT,
    @Grain nvarchar(5) = N'day' OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @Grain = COALESCE(NULLIF(TRIM(@Grain), N''), N'day');
    IF @Grain COLLATE Latin1_General_100_BIN2 NOT IN (N'day', N'week', N'month')
        THROW 50003, N'ARG_NOT_IN_LIST: @Grain must be day, week or month.', 1;
    EXEC dbo.sp_i_ReadPeriod @FromUtc = @FromUtc OUTPUT, @ToUtc = @ToUtc OUTPUT;
    SELECT @FromUtc = COALESCE(@FromUtc, '00010101'), @ToUtc = COALESCE(@ToUtc, '99991231');
END;
