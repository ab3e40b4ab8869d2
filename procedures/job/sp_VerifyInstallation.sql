SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Tells whether the database is whole: the release's objects and settings exist,
           constraints are trusted and named, options are on, stripes add up to what
           the campaigns allow.
           A caller without rights on the metadata does not see the catalogue (ownership chaining
           covers tables, not their description); then the checks of the catalogue are left out.
Called by: coupon_job, coupon_ops
Locks:     none
Returns:   RS1 CheckName, Passed, Detail
Throws:    50101
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_VerifyInstallation
    @MinVersion int = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Version int, @Text nvarchar(400), @Tables nvarchar(max), @Functions nvarchar(max),
            @Views nvarchar(max), @Procedures nvarchar(max), @Roles nvarchar(max),
            @Settings nvarchar(max);
    DECLARE @Expected TABLE (
        Kind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Name nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
        PRIMARY KEY (Kind, Name));
    DECLARE @Checks TABLE (CheckNo int NOT NULL PRIMARY KEY, CheckName nvarchar(60) NOT NULL,
                           Fault nvarchar(max) NULL, Detail nvarchar(200) NULL);

    SELECT @Version = MAX(v.Version) FROM dbo.SchemaVersions AS v;
    IF @MinVersion > COALESCE(@Version, 0)
    BEGIN
        SET @Text = CONCAT(N'SCHEMA_MISMATCH: version ', @MinVersion, N' is needed, version ',
                           COALESCE(@Version, 0), N' is installed.');
        THROW 50101, @Text, 1;
    END;

    EXEC dbo.sp_i_ListRelease
        @Tables = @Tables OUTPUT, @Functions = @Functions OUTPUT, @Views = @Views OUTPUT,
        @Procedures = @Procedures OUTPUT, @Roles = @Roles OUTPUT, @Settings = @Settings OUTPUT;
    INSERT INTO @Expected (Kind, Name)
    SELECT k.Kind, v.value
    FROM (VALUES (N'U', @Tables), (N'IF', @Functions), (N'V', @Views), (N'P', @Procedures),
                 (N'role', @Roles), (N'setting', @Settings)) AS k (Kind, Names)
    CROSS APPLY STRING_SPLIT(k.Names, N' ') AS v
    WHERE v.value <> N'';

    INSERT INTO @Checks (CheckNo, CheckName, Fault, Detail)
    VALUES
        (1, N'schema version', IIF(@Version IS NULL, N'SchemaVersions is empty', NULL),
         CONCAT(N'version ', @Version)),
        (7, N'settings complete', (
            SELECT STRING_AGG(CAST(e.Name AS nvarchar(max)) COLLATE DATABASE_DEFAULT, N', ')
            FROM @Expected AS e
            WHERE e.Kind = N'setting'
                  AND NOT EXISTS (SELECT 1 FROM dbo.Settings AS s
                                  WHERE s.SettingName = e.Name)), NULL),
        (8, N'settings readable', (
            SELECT STRING_AGG(CAST(s.SettingName AS nvarchar(max)), N', ')
            FROM dbo.Settings AS s
            WHERE s.ValueType <> N'text'
                  AND (TRY_CAST(s.SettingValue AS decimal(18,4)) IS NULL
                       OR TRY_CAST(s.SettingValue AS decimal(18,4)) < s.MinValue
                       OR TRY_CAST(s.SettingValue AS decimal(18,4)) > s.MaxValue)), NULL),
        (9, N'campaign stripes', (
            SELECT STRING_AGG(CAST(c.CampaignId AS nvarchar(max)), N', ')
            FROM dbo.Campaigns AS c
            CROSS APPLY (SELECT COUNT(*) AS Stripes, SUM(COALESCE(s.StripeLimit, 0)) AS Uses,
                                SUM(COALESCE(s.BudgetLimit, 0)) AS Budget
                         FROM dbo.CampaignCounterStripes AS s
                         WHERE s.CampaignId = c.CampaignId) AS s
            WHERE s.Stripes <> c.StripeCount
                  OR s.Uses <> COALESCE(c.MaxTotalRedemptions, 0)
                  OR s.Budget <> COALESCE(c.BudgetAmount, 0)), NULL),
        (10, N'coupon stripes', (
            SELECT STRING_AGG(CAST(k.CouponCode AS nvarchar(max)), N', ')
            FROM (SELECT s.CouponId, COUNT(*) AS Stripes, SUM(COALESCE(s.StripeLimit, 0)) AS Uses
                  FROM dbo.CouponCounterStripes AS s
                  GROUP BY s.CouponId) AS s
            JOIN dbo.Coupons AS k
                ON k.CouponId = s.CouponId
            WHERE s.Stripes <> k.StripeCount OR s.Uses <> COALESCE(k.MaxUses, 0)), NULL);

    -- This statement reads dbo.Settings, so it exists: if its id is not told, nothing is.
    IF OBJECT_ID(N'dbo.Settings', N'U') IS NULL
        INSERT INTO @Checks (CheckNo, CheckName, Fault, Detail)
        VALUES (2, N'catalogue', NULL,
                N'not visible to this user: objects and constraints unchecked');
    ELSE
        INSERT INTO @Checks (CheckNo, CheckName, Fault, Detail)
        SELECT k.CheckNo, k.CheckName, (
                   SELECT STRING_AGG(CAST(e.Name AS nvarchar(max)) COLLATE DATABASE_DEFAULT, N', ')
                   FROM @Expected AS e
                   WHERE e.Kind = k.Kind
                         AND NOT EXISTS (SELECT 1 FROM sys.objects AS o
                                         WHERE o.object_id = OBJECT_ID(CONCAT(N'dbo.', e.Name))
                                               AND o.type COLLATE Latin1_General_100_BIN2
                                                   = e.Kind)),
               NULL
        FROM (VALUES (2, N'tables', N'U'), (3, N'functions', N'IF'), (4, N'views', N'V'),
                     (5, N'procedures', N'P')) AS k (CheckNo, CheckName, Kind)
        UNION ALL
        SELECT 6, N'roles', (
                   SELECT STRING_AGG(CAST(e.Name AS nvarchar(max)) COLLATE DATABASE_DEFAULT, N', ')
                   FROM @Expected AS e
                   WHERE e.Kind = N'role' AND DATABASE_PRINCIPAL_ID(e.Name) IS NULL), NULL
        UNION ALL
        SELECT f.CheckNo, f.CheckName, f.Fault, NULL
        FROM dbo.fn_CatalogueFaults() AS f;

    SELECT k.CheckName, CAST(IIF(k.Fault IS NULL, 1, 0) AS bit) AS Passed,
           LEFT(COALESCE(k.Fault, k.Detail, N'as expected'), 1000) AS Detail
    FROM @Checks AS k
    ORDER BY k.CheckNo;
END;
