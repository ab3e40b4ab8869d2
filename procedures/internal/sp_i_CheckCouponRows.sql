SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Holds the attributes of coupons against the rules that need no other row: enumerations,
           ranges, discount, dates. The only place of these rules; a row is what one coupon is to
           be, one or twenty thousand of them. @RowsJson is an array of objects: rowNo and the
           attributes in camelCase, as FOR JSON PATH writes them (an absent key is NULL).
Called by: sp_i_CheckCoupon
Locks:     none
Returns:   @ErrorsJson, the first broken rule of each row that breaks one, as an array of
           {rowNo, number, name, parameter, detail}; NULL: all is well
Throws:    nothing; reports 50002, 50003, 50006, 50007, 50008, 50009
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckCouponRows
    @RowsJson nvarchar(max),
    @Now datetime2(3),
    @ErrorsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @ErrorsJson = (
        SELECT b.RowNo AS rowNo, b.Number AS number, b.Name AS name, b.Parameter AS parameter,
               b.Detail AS detail
        FROM (
            SELECT j.RowNo, r.Number, r.Name, r.Parameter, r.Detail,
                   ROW_NUMBER() OVER (PARTITION BY j.RowNo ORDER BY r.Seq) AS Place
            FROM OPENJSON(@RowsJson) WITH (
                RowNo int '$.rowNo',
                InternalName nvarchar(200) '$.internalName',
                CouponType nvarchar(30) '$.couponType',
                DiscountType nvarchar(20) '$.discountType',
                DiscountValue decimal(10,2) '$.discountValue',
                MaxDiscountAmount decimal(10,2) '$.maxDiscountAmount',
                MinimumOrderAmount decimal(10,2) '$.minimumOrderAmount',
                MaxUses int '$.maxUses',
                MaxUsesPerUser int '$.maxUsesPerUser',
                ValidFrom datetime2(3) '$.validFrom',
                ExpiresAt datetime2(3) '$.expiresAt',
                ApplicableTo nvarchar(30) '$.applicableTo',
                HasConsultants bit '$.hasConsultants',
                AllowPastStart bit '$.allowPastStart'
            ) AS j
            -- A type without its partner in the list is no pair; the empty half is "as the
            -- campaign". Enumerations are case-sensitive in the tables, so they must be here.
            CROSS APPLY (
                SELECT IIF(CONCAT(j.CouponType, N'/', j.DiscountType)
                               COLLATE Latin1_General_100_BIN2 IN (
                           N'percentage_discount/', N'percentage_discount/percentage',
                           N'percentage_discount/free_session', N'fixed_amount_discount/',
                           N'fixed_amount_discount/fixed_amount',
                           N'fixed_amount_discount/credits',
                           N'tier_specific_discount/percentage',
                           N'tier_specific_discount/fixed_amount',
                           N'duration_bonus/months_free', N'byok_migration/percentage',
                           N'byok_migration/fixed_amount'), 1, 0) AS IsKnownPair
            ) AS p
            CROSS APPLY (VALUES
                (1, 50003, N'ARG_NOT_IN_LIST', N'CouponType', N'is no coupon type.',
                    IIF(j.CouponType COLLATE Latin1_General_100_BIN2 NOT IN (
                        N'percentage_discount', N'fixed_amount_discount', N'tier_specific_discount',
                        N'duration_bonus', N'byok_migration'), 1, 0)),
                (2, 50003, N'ARG_NOT_IN_LIST', N'DiscountType', N'is no discount type.',
                    IIF(j.DiscountType COLLATE Latin1_General_100_BIN2 NOT IN (
                        N'percentage', N'fixed_amount', N'credits', N'months_free',
                        N'free_session'), 1, 0)),
                (3, 50003, N'ARG_NOT_IN_LIST', N'ApplicableTo', N'is no audience.',
                    IIF(j.ApplicableTo COLLATE Latin1_General_100_BIN2 NOT IN (
                        N'all', N'book_a_meeting', N'30_for_30', N'specific_consultants',
                        N'first_time_users'), 1, 0)),
                (4, 50002, N'ARG_OUT_OF_RANGE', N'InternalName', N'needs 3 characters or more.',
                    IIF(LEN(j.InternalName) < 3, 1, 0)),
                (5, 50008, N'ARG_TOO_LONG', N'InternalName', N'is longer than 100 characters.',
                    IIF(LEN(j.InternalName) > 100, 1, 0)),
                (6, 50002, N'ARG_OUT_OF_RANGE', N'MinimumOrderAmount', N'must not be negative.',
                    IIF(j.MinimumOrderAmount < 0, 1, 0)),
                (7, 50002, N'ARG_OUT_OF_RANGE', N'MaxDiscountAmount', N'must be positive.',
                    IIF(j.MaxDiscountAmount <= 0, 1, 0)),
                (8, 50002, N'ARG_OUT_OF_RANGE', N'MaxUses',
                    N'must be 1 or more, or NULL for no limit.',
                    IIF(j.MaxUses < 1, 1, 0)),
                (9, 50002, N'ARG_OUT_OF_RANGE', N'MaxUsesPerUser', N'must be 1 to 10.',
                    IIF(j.MaxUsesPerUser NOT BETWEEN 1 AND 10, 1, 0)),
                (10, 50007, N'ARG_BAD_DISCOUNT', N'DiscountType',
                    N'does not go with this coupon type.', IIF(p.IsKnownPair = 0, 1, 0)),
                (11, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue',
                    N'is required for this discount type.',
                    IIF(j.DiscountType <> N'free_session' AND j.DiscountValue IS NULL, 1, 0)),
                (12, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue',
                    N'needs a discount type that takes a value.',
                    IIF(j.DiscountValue IS NOT NULL
                        AND COALESCE(j.DiscountType, N'free_session') = N'free_session', 1, 0)),
                (13, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue', N'must be positive.',
                    IIF(j.DiscountValue <= 0, 1, 0)),
                (14, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue', N'must be 1 to 100 percent.',
                    IIF(j.DiscountType = N'percentage' AND j.DiscountValue NOT BETWEEN 1 AND 100,
                        1, 0)),
                (15, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue',
                    N'must be 1 to 36 whole months.',
                    IIF(j.DiscountType = N'months_free'
                        AND (j.DiscountValue NOT BETWEEN 1 AND 36
                             OR j.DiscountValue <> FLOOR(j.DiscountValue)), 1, 0)),
                (16, 50006, N'ARG_BAD_DATES', N'ValidFrom', N'lies in the past.',
                    IIF(j.AllowPastStart = 0 AND j.ValidFrom < DATEADD(MINUTE, -5, @Now), 1, 0)),
                (17, 50006, N'ARG_BAD_DATES', N'ExpiresAt', N'must be after the start.',
                    IIF(j.ExpiresAt <= j.ValidFrom, 1, 0)),
                (18, 50009, N'ARG_CONFLICT', N'ApplicableTo',
                    N'specific_consultants needs consultant targets.',
                    IIF(j.ApplicableTo = N'specific_consultants' AND j.HasConsultants = 0, 1, 0))
            ) AS r (Seq, Number, Name, Parameter, Detail, Broken)
            WHERE r.Broken = 1
        ) AS b
        WHERE b.Place = 1
        ORDER BY b.RowNo
        FOR JSON PATH);
END;
