SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Holds the configuration of a custom rule against its type: {"domains":[…]} with one text
           or more, {"minimum":n} from 0, {"days":n} from 1 to 3650; the other types take none.
Called by: sp_SetValidationRule
Locks:     none
Returns:   nothing
Throws:    50010; by sp_i_CheckJson 50004
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckRule
    @RuleType nvarchar(30),
    @ConfigJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Key nvarchar(20) = CASE @RuleType WHEN N'specific_email_domain' THEN N'domains'
                                               WHEN N'minimum_credit_balance' THEN N'minimum'
                                               WHEN N'exclude_refunded_users' THEN N'days' END,
            @Least int = IIF(@RuleType = N'minimum_credit_balance', 0, 1),
            @Most int = IIF(@RuleType = N'minimum_credit_balance', 2147483647, 3650);

    EXEC dbo.sp_i_CheckJson @Json = @ConfigJson, @Parameter = N'@ConfigJson', @Shape = N'object';

    IF EXISTS (SELECT 1 FROM OPENJSON(@ConfigJson) AS k
               WHERE @Key IS NULL OR k.[key] <> @Key COLLATE Latin1_General_100_BIN2)
        THROW 50010, N'ARG_BAD_RULE: @ConfigJson has a key that this rule does not take.', 1;

    -- OPENJSON types: 1 text, 2 number, 4 array.
    IF @Key = N'domains'
       AND (NOT EXISTS (SELECT 1 FROM OPENJSON(@ConfigJson) AS k WHERE k.[type] = 4)
            OR NOT EXISTS (SELECT 1 FROM OPENJSON(@ConfigJson, N'$.domains') AS d)
            OR EXISTS (SELECT 1 FROM OPENJSON(@ConfigJson, N'$.domains') AS d
                       WHERE d.[type] <> 1 OR TRIM(d.[value]) = N''))
        THROW 50010, N'ARG_BAD_RULE: @ConfigJson needs domains, an array of texts.', 1;

    IF @Key IN (N'minimum', N'days')
       AND NOT EXISTS (SELECT 1 FROM OPENJSON(@ConfigJson) AS k
                       WHERE k.[type] = 2 AND TRY_CAST(k.[value] AS int) BETWEEN @Least AND @Most)
    BEGIN
        DECLARE @Text nvarchar(400) = CONCAT(N'ARG_BAD_RULE: @ConfigJson needs ', @Key,
            IIF(@Key = N'days', N', a whole number from 1 to 3650.', N', a whole number from 0.'));
        THROW 50010, @Text, 1;
    END;
END;
