/*
dbo.fn_IsFirstTimeUser: 1 when the user already uses this very coupon (and so was admitted as a
first-timer), or has neither bought, nor used another coupon, nor held a paid subscription.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_IsFirstTimeUser(@UserId nvarchar(100), @CouponId bigint)
RETURNS TABLE
AS
RETURN
    SELECT
        CAST(
            CASE
                WHEN EXISTS (
                    SELECT 1 AS Found
                    FROM dbo.CouponUserUsage AS u
                    WHERE
                        u.CouponId = @CouponId
                        AND u.UserId = @UserId
                        AND u.UsedCount > 0
                ) THEN 1
                WHEN EXISTS (
                    SELECT 1 AS Found
                    FROM dbo.UserProfiles AS p
                    WHERE
                        p.UserId = @UserId
                        AND p.FirstPurchaseAt IS NOT NULL
                ) THEN 0
                WHEN EXISTS (
                    SELECT 1 AS Found
                    FROM dbo.CouponUserUsage AS u
                    WHERE
                        u.UserId = @UserId
                        AND u.UsedCount > 0
                ) THEN 0
                WHEN EXISTS (
                    SELECT 1 AS Found
                    FROM dbo.Subscriptions AS s
                    WHERE
                        s.UserId = @UserId
                        AND s.Tier <> N'free'
                        AND s.Status <> N'trial'
                ) THEN 0
                ELSE 1
            END AS bit
        ) AS IsFirstTime;
GO
