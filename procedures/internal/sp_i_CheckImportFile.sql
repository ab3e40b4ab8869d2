SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Refuses an import file that is not an array of at most 20,000 objects whose keys are all
           known and whose values are texts or numbers.
Called by: sp_i_ReadImportRows
Locks:     none
Returns:   nothing
Throws:    50002 more than 20,000 rows; 50004; by sp_i_CheckJson 50004
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckImportFile
    @RowsJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Text nvarchar(400);

    EXEC dbo.sp_i_CheckJson @Json = @RowsJson, @Parameter = N'@RowsJson', @Shape = N'array';

    -- OPENJSON types: 4 is an array, 5 an object.
    SELECT TOP (1) @Text = CONCAT(N'ARG_BAD_JSON: @RowsJson row ', CAST(e.[key] AS int) + 1,
                                  N' is no object.')
    FROM OPENJSON(@RowsJson) AS e
    WHERE e.[type] <> 5
    ORDER BY CAST(e.[key] AS int);
    IF @Text IS NOT NULL THROW 50004, @Text, 1;

    IF (SELECT COUNT(*) FROM OPENJSON(@RowsJson) AS e) > 20000
        THROW 50002, N'ARG_OUT_OF_RANGE: @RowsJson holds more than 20,000 rows.', 1;

    SELECT TOP (1) @Text = CONCAT(N'ARG_BAD_JSON: @RowsJson row ', CAST(e.[key] AS int) + 1,
                                  N' key ', LEFT(k.[key], 60), N' is unknown or no single value.')
    FROM OPENJSON(@RowsJson) AS e
    CROSS APPLY OPENJSON(e.[value]) AS k
    WHERE k.[type] IN (4, 5)
          OR k.[key] NOT IN (
              N'code', N'discount_type', N'discount_value', N'valid_from', N'internal_name',
              N'description_en', N'max_uses_total', N'valid_until', N'applicable_to',
              N'campaign_source')
    ORDER BY CAST(e.[key] AS int);
    IF @Text IS NOT NULL THROW 50004, @Text, 1;
END;
