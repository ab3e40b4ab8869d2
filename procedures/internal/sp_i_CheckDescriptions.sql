SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Refuses description texts that CouponTranslations may not hold: an object of one text per
           language, {"en":"…","de":"…"}, with `en` among
           them. Languages are told apart without case.
Called by: sp_CreateCoupon, sp_UpdateCoupon
Locks:     none
Returns:   nothing
Throws:    50004, 50008
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckDescriptions
    @DescriptionJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF @DescriptionJson IS NULL RETURN;

    EXEC dbo.sp_i_CheckJson
        @Json = @DescriptionJson, @Parameter = N'@DescriptionJson', @Shape = N'object';

    -- OPENJSON type 1 is text.
    IF EXISTS (SELECT 1 FROM OPENJSON(@DescriptionJson) AS d
               WHERE d.[type] <> 1 OR TRIM(d.[value]) = N'' OR TRIM(d.[key]) = N'')
        THROW 50004, N'ARG_BAD_JSON: @DescriptionJson takes one text for each language.', 1;
    IF EXISTS (SELECT 1 FROM OPENJSON(@DescriptionJson) AS d
               WHERE LEN(d.[key]) > 10 OR LEN(d.[value]) > 1000)
        THROW 50008, N'ARG_TOO_LONG: @DescriptionJson: languages 10, texts 1000 characters.', 1;
    IF NOT EXISTS (SELECT 1 FROM OPENJSON(@DescriptionJson) AS d 
                   WHERE LOWER(TRIM(d.[key])) = N'en')
        THROW 50004, N'ARG_BAD_JSON: @DescriptionJson needs the language en.', 1;
    IF EXISTS (SELECT 1 FROM OPENJSON(@DescriptionJson) AS d
               GROUP BY LOWER(TRIM(d.[key])) HAVING COUNT(*) > 1)
        THROW 50004, N'ARG_BAD_JSON: @DescriptionJson names a language twice.', 1;
END;
