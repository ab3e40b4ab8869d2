/*
dbo.fn_TargetValues: the values of one list of targets, an array of texts, with the families of
tiers expanded: enterprise to both enterprise tiers, pro_family to both pro tiers. Values that
differ in case are different values; one that comes twice comes twice.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_TargetValues(@Kind nvarchar(100), @ListJson nvarchar(max))
RETURNS TABLE
AS
RETURN
    SELECT COALESCE(f.Tier, t.Text) COLLATE Latin1_General_100_BIN2 AS TargetValue
    FROM OPENJSON(@ListJson) AS v
    CROSS APPLY (SELECT TRIM(v.[value]) COLLATE Latin1_General_100_BIN2 AS Text) AS t
    LEFT OUTER JOIN (
        VALUES
            (N'enterprise', N'enterprise_pro'),
            (N'enterprise', N'enterprise_max'),
            (N'pro_family', N'pro'),
            (N'pro_family', N'pro_max')
    ) AS f(Family, Tier)
        ON t.Text = f.Family AND @Kind = N'tier';
GO
