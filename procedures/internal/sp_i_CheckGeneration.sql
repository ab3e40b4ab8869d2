SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Trims and checks the arguments of a new generation request, but for its template.
Called by: sp_CreateGenerationRequest, before its transaction
Locks:     none
Returns:   the trimmed texts; who is not named as the asker is the actor, and that the login
Throws:    50001, 50002, 50005, 50008
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckGeneration
    @RequestedAmount int,
    @CodeLength tinyint,
    @BatchSize int,
    @CampaignId nvarchar(200) OUTPUT,
    @RequestId nvarchar(200) OUTPUT,
    @Prefix nvarchar(20) OUTPUT,
    @RequestedBy nvarchar(200) OUTPUT,
    @Actor nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @CampaignId = NULLIF(TRIM(@CampaignId), N''),
           @RequestId = NULLIF(TRIM(@RequestId), N''),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    SELECT @Prefix = NULLIF(n.Code, N'') FROM dbo.fn_NormaliseCode(@Prefix) AS n;
    SET @RequestedBy = COALESCE(NULLIF(TRIM(@RequestedBy), N''), @Actor);

    IF @CampaignId IS NULL THROW 50001, N'ARG_REQUIRED: @CampaignId', 1;
    IF @RequestedAmount IS NULL THROW 50001, N'ARG_REQUIRED: @RequestedAmount', 1;
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF LEN(@RequestedBy) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestedBy is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF @RequestedAmount NOT BETWEEN 1 AND 5000000
        THROW 50002, N'ARG_OUT_OF_RANGE: @RequestedAmount must be 1 to 5,000,000.', 1;
    IF @CodeLength NOT BETWEEN 8 AND 30
        THROW 50002, N'ARG_OUT_OF_RANGE: @CodeLength must be 8 to 30.', 1;
    IF @BatchSize NOT BETWEEN 1 AND 20000
        THROW 50002, N'ARG_OUT_OF_RANGE: @BatchSize must be 1 to 20,000.', 1;
    IF @Prefix COLLATE Latin1_General_100_BIN2 LIKE N'%[^A-Z0-9_-]%'
        THROW 50005, N'ARG_BAD_CODE: @Prefix takes A-Z, 0-9, line and hyphen.', 1;
    -- A code is prefix, hyphen and random characters.
    IF LEN(@Prefix) + 1 + @CodeLength > 50
        THROW 50002, N'ARG_OUT_OF_RANGE: @CodeLength leaves more than 50 characters a code.', 1;
END;
