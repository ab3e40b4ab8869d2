SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes up codes that nobody has used: prefix, year, month (JAN to DEC) and random
           characters of the safe alphabet, up to @Length altogether, or three. Nothing is kept: the
           code is free until somebody creates it.
Called by: coupon_ops
Locks:     none
Returns:   SR; RS2 CouponCode. CODE_SPACE_EXHAUSTED (twenty tries for a code; then RS2 is empty)
Throws:    50002, 50005, 50008, 50009
Replay:    reads only; random codes differ each time
*/
CREATE OR ALTER PROCEDURE dbo.sp_SuggestCode
    @Prefix nvarchar(200) = NULL,
    @IncludeYear bit = 0,
    @IncludeMonth bit = 0,
    @RandomSuffix bit = 0,
    @Length tinyint = NULL,
    @Count tinyint = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Today datetime2(3) = SYSUTCDATETIME(), @Base nvarchar(50), @Random int,
            @Suffix nvarchar(100) = N'', @Code nvarchar(50), @Tries int = 0, @Found int = 0,
            @ErrorCode nvarchar(50);
    DECLARE @Codes TABLE (
        CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);

    SELECT @Prefix = n.Code, @Count = COALESCE(@Count, 1),
           @RandomSuffix = COALESCE(@RandomSuffix, 0)
    FROM dbo.fn_NormaliseCode(@Prefix) AS n;
    IF LEN(@Prefix) > 20 THROW 50008, N'ARG_TOO_LONG: @Prefix is longer than 20 characters.', 1;
    IF @Prefix COLLATE Latin1_General_100_BIN2 LIKE N'%[^A-Z0-9_-]%'
        THROW 50005, N'ARG_BAD_CODE: @Prefix takes A-Z, 0-9, line and hyphen.', 1;
    IF @Count NOT BETWEEN 1 AND 100
        THROW 50002, N'ARG_OUT_OF_RANGE: @Count must be 1 to 100.', 1;
    IF @Length NOT BETWEEN 3 AND 20
        THROW 50002, N'ARG_OUT_OF_RANGE: @Length must be 3 to 20.', 1;
    SET @Base = CONCAT(
        @Prefix, IIF(@IncludeYear = 1, CAST(YEAR(@Today) AS nvarchar(4)), N''),
        IIF(@IncludeMonth = 1, SUBSTRING(N'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC',
                                         MONTH(@Today) * 3 - 2, 3), N''));
    IF @Base = N'' AND @RandomSuffix = 0
        THROW 50009, N'ARG_CONFLICT: @Prefix, year, month or a random suffix must be given.', 1;
    SET @Random = IIF(@RandomSuffix = 1, COALESCE(@Length - LEN(@Base), 3), 0);
    IF @RandomSuffix = 1 AND @Random < 1
        THROW 50002, N'ARG_OUT_OF_RANGE: @Length leaves no room for random characters.', 1;
    IF LEN(@Base) + @Random NOT BETWEEN 3 AND COALESCE(@Length, 20)
        THROW 50002, N'ARG_OUT_OF_RANGE: @Length: a code takes 3 to 20 characters.', 1;

    WHILE @Found < @Count AND @ErrorCode IS NULL
    BEGIN
        IF @Random > 0 EXEC dbo.sp_i_MakeRandomText @Length = @Random, @Text = @Suffix OUTPUT;
        SELECT @Code = CONCAT(@Base, @Suffix), @Tries += 1;

        -- A deleted code is not issued again, so it is not suggested either.
        IF NOT EXISTS (SELECT 1 FROM dbo.Coupons AS k WHERE k.CouponCode = @Code)
           AND NOT EXISTS (SELECT 1 FROM @Codes AS c WHERE c.CouponCode = @Code)
        BEGIN
            INSERT INTO @Codes (CouponCode) VALUES (@Code);
            SELECT @Found += 1, @Tries = 0;
        END
        -- Without random characters a second try is the first again.
        ELSE IF @Tries >= 20 OR @Random = 0
            SET @ErrorCode = N'CODE_SPACE_EXHAUSTED';
    END;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           CAST(IIF(@ErrorCode IS NULL, N'Codes suggested.', N'No unused code of this shape found.')
                AS nvarchar(400)) AS Message;
    SELECT c.CouponCode FROM @Codes AS c WHERE @ErrorCode IS NULL ORDER BY c.CouponCode;
END;
