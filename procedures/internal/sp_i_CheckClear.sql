SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Reads a comma list of columns that an update is to set NULL. A column may be cleared when
           @GivenJson has its name as a key; it is either cleared or given a value, not both.
Called by: sp_UpdateCampaign, sp_UpdateCoupon
Locks:     none
Returns:   @Clear, the names between commas, or only commas when nothing is to be cleared
Throws:    50003, 50009
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckClear
    @ClearColumns nvarchar(400),
    @GivenJson nvarchar(max),
    @Clear nvarchar(410) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Text nvarchar(400);

    SET @Clear = N',';
    SELECT @Clear = CONCAT(N',', STRING_AGG(g.[key], N','), N',')
    FROM OPENJSON(@GivenJson) AS g
    INNER JOIN STRING_SPLIT(@ClearColumns, N',') AS s
        ON TRIM(s.[value]) COLLATE Latin1_General_100_BIN2 = g.[key];

    SELECT TOP (1) @Text = CONCAT(N'ARG_NOT_IN_LIST: @ClearColumns ', LEFT(TRIM(s.[value]), 60),
                                  N' is no column that can be cleared.')
    FROM STRING_SPLIT(@ClearColumns, N',') AS s
    WHERE TRIM(s.[value]) <> N''
      AND TRIM(s.[value]) COLLATE Latin1_General_100_BIN2
          NOT IN (SELECT g.[key] FROM OPENJSON(@GivenJson) AS g);
    IF @Text IS NOT NULL THROW 50003, @Text, 1;

    SELECT TOP (1) @Text = CONCAT(N'ARG_CONFLICT: @ClearColumns clears ', g.[key],
                                  N', which is given a value.')
    FROM OPENJSON(@GivenJson) AS g
    WHERE g.[type] <> 0 AND CHARINDEX(CONCAT(N',', g.[key], N','), @Clear) > 0;
    IF @Text IS NOT NULL THROW 50009, @Text, 1;
END;
