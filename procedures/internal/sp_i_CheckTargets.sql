SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Refuses target lists that no CouponTargets row may hold. The document is an object of
           arrays of texts: {"tier":["pro"],"country":["US"],"service":[…],"consultant":["7"]}. The
           tier families `enterprise` and `pro_family` are allowed here; sp_i_AddTargets expands
           them.
Called by: sp_CreateCampaign, sp_UpdateCampaign, sp_CreateCoupon, sp_UpdateCoupon, sp_SetTargets
Locks:     none
Returns:   nothing
Throws:    50003, 50004, 50005, 50008
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckTargets
    @TargetsJson nvarchar(max),
    @Parameter nvarchar(60)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @ErrorNumber int, @Text nvarchar(400);

    EXEC dbo.sp_i_CheckJson @Json = @TargetsJson, @Parameter = @Parameter, @Shape = N'object';

    -- OPENJSON types: 1 is text, 4 is an array. Keys compare binary: `Tier` is an unknown key.
    SELECT TOP (1)
           @ErrorNumber = 50004,
           @Text = CONCAT(N'ARG_BAD_JSON: ', @Parameter, N' key ', LEFT(k.[key], 50),
                          N' is unknown or not an array of texts.')
    FROM OPENJSON(@TargetsJson) AS k
    WHERE k.[key] NOT IN (N'tier', N'country', N'service', N'consultant')
          OR k.[type] <> 4
          OR EXISTS (SELECT 1
                     FROM OPENJSON(IIF(k.[type] = 4, k.[value], N'[]')) AS v
                     WHERE v.[type] <> 1 OR TRIM(v.[value]) = N'');

    IF @ErrorNumber IS NULL
        SELECT TOP (1)
               @ErrorNumber = r.Number,
               @Text = CONCAT(r.Name, N': ', @Parameter, N' ', k.[key] COLLATE DATABASE_DEFAULT,
                              N' ', LEFT(v.[value], 50), N' ', r.Detail)
        FROM OPENJSON(@TargetsJson) AS k
        CROSS APPLY OPENJSON(IIF(k.[type] = 4, k.[value], N'[]')) AS v
        CROSS APPLY (VALUES
            (1, 50008, N'ARG_TOO_LONG', N'is longer than 100 characters.',
                IIF(LEN(TRIM(v.[value])) > 100, 1, 0)),
            (2, 50003, N'ARG_NOT_IN_LIST', N'is no tier.',
                IIF(k.[key] = N'tier'
                    AND TRIM(v.[value]) COLLATE Latin1_General_100_BIN2 NOT IN (
                        N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max',
                        N'perpetual', N'enterprise', N'pro_family'), 1, 0)),
            (3, 50005, N'ARG_BAD_CODE', N'is no two-letter country code in capitals.',
                IIF(k.[key] = N'country'
                    AND TRIM(v.[value]) COLLATE Latin1_General_100_BIN2 NOT LIKE N'[A-Z][A-Z]',
                    1, 0))
        ) AS r (Seq, Number, Name, Detail, Broken)
        WHERE r.Broken = 1
        ORDER BY r.Seq;

    IF @ErrorNumber IS NOT NULL THROW @ErrorNumber, @Text, 1;
END;
