/*
dbo.fn_SearchKey: a search text folded as Coupons.SearchKey folds code and name: upper case, without
hyphens, underscores and blanks, look-alikes taken as one (0 O, 1 L I, 5 S, 8 B, 2 Z).
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_SearchKey(@Text nvarchar(200))
RETURNS TABLE
AS
RETURN
    SELECT
        CAST(
            REPLACE(
                TRANSLATE(
                    UPPER(@Text COLLATE Latin1_General_100_BIN2),
                    N'-_01L582', N'  OIISBZ'
                ),
                N' ', N''
            ) AS nvarchar(200)
        ) COLLATE Latin1_General_100_BIN2 AS SearchKey;
GO
