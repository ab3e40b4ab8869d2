/*
Purpose:   Holds the attributes of a coupon against the rules that need no other row: enumerations,
           ranges, discount, dates. It reports the first broken rule and lets the caller decide:
           creating throws it, an import makes it the row's error.
Called by: sp_CreateCoupon, sp_CreateGenerationRequest
Locks:     none
Returns:   @ErrorNumber (NULL: all is well) and @ErrorMessage, `NAME: parameter explanation`
Throws:    nothing; reports 50002, 50003, 50006, 50007, 50008, 50009
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckCoupon
    @InternalName nvarchar(200) = NULL,
    @CouponType nvarchar(30),
    @DiscountType nvarchar(20) = NULL,
    @DiscountValue decimal(10,2) = NULL,
    @MaxDiscountAmount decimal(10,2) = NULL,
    @MinimumOrderAmount decimal(10,2) = 0,
    @MaxUses int = NULL,
    @MaxUsesPerUser int = 1,
    @ValidFrom datetime2(3) = NULL,
    @ExpiresAt datetime2(3) = NULL,
    @ApplicableTo nvarchar(30) = N'all',
    @HasConsultants bit = 0,
    @AllowPastStart bit = 0,
    @Now datetime2(3),
    @ParameterPrefix nvarchar(40) = N'@',
    @ErrorNumber int OUTPUT,
    @ErrorMessage nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    -- A type without its partner in the list is no pair; the empty half is "as the campaign".
    DECLARE @Pair nvarchar(60) = CONCAT(@CouponType, N'/', @DiscountType);
    -- Enumerations are case-sensitive in the tables, so they must be here.
    DECLARE @IsKnownPair bit = IIF(@Pair COLLATE Latin1_General_100_BIN2 IN (
        N'percentage_discount/', N'percentage_discount/percentage',
        N'percentage_discount/free_session', N'fixed_amount_discount/',
        N'fixed_amount_discount/fixed_amount', N'fixed_amount_discount/credits',
        N'tier_specific_discount/percentage', N'tier_specific_discount/fixed_amount',
        N'duration_bonus/months_free', N'byok_migration/percentage',
        N'byok_migration/fixed_amount'), 1, 0);

    SELECT @ErrorNumber = NULL, @ErrorMessage = NULL;

    SELECT TOP (1)
           @ErrorNumber = r.Number,
           @ErrorMessage = CONCAT(r.Name, N': ', @ParameterPrefix, r.Parameter, N' ', r.Detail)
    FROM (VALUES
        (1, 50003, N'ARG_NOT_IN_LIST', N'CouponType', N'is no coupon type.',
            IIF(@CouponType COLLATE Latin1_General_100_BIN2 NOT IN (
                N'percentage_discount', N'fixed_amount_discount', N'tier_specific_discount',
                N'duration_bonus', N'byok_migration'), 1, 0)),
        (2, 50003, N'ARG_NOT_IN_LIST', N'DiscountType', N'is no discount type.',
            IIF(@DiscountType COLLATE Latin1_General_100_BIN2 NOT IN (
                N'percentage', N'fixed_amount', N'credits', N'months_free', N'free_session'),
                1, 0)),
        (3, 50003, N'ARG_NOT_IN_LIST', N'ApplicableTo', N'is no audience.',
            IIF(@ApplicableTo COLLATE Latin1_General_100_BIN2 NOT IN (
                N'all', N'book_a_meeting', N'30_for_30', N'specific_consultants',
                N'first_time_users'), 1, 0)),
        (4, 50002, N'ARG_OUT_OF_RANGE', N'InternalName', N'needs 3 characters or more.',
            IIF(LEN(@InternalName) < 3, 1, 0)),
        (5, 50008, N'ARG_TOO_LONG', N'InternalName', N'is longer than 100 characters.',
            IIF(LEN(@InternalName) > 100, 1, 0)),
        (6, 50002, N'ARG_OUT_OF_RANGE', N'MinimumOrderAmount', N'must not be negative.',
            IIF(@MinimumOrderAmount < 0, 1, 0)),
        (7, 50002, N'ARG_OUT_OF_RANGE', N'MaxDiscountAmount', N'must be positive.',
            IIF(@MaxDiscountAmount <= 0, 1, 0)),
        (8, 50002, N'ARG_OUT_OF_RANGE', N'MaxUses', N'must be 1 or more, or NULL for no limit.',
            IIF(@MaxUses < 1, 1, 0)),
        (9, 50002, N'ARG_OUT_OF_RANGE', N'MaxUsesPerUser', N'must be 1 to 10.',
            IIF(@MaxUsesPerUser NOT BETWEEN 1 AND 10, 1, 0)),
        (10, 50007, N'ARG_BAD_DISCOUNT', N'DiscountType', N'does not go with this coupon type.',
            IIF(@IsKnownPair = 0, 1, 0)),
        (11, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue', N'is required for this discount type.',
            IIF(@DiscountType <> N'free_session' AND @DiscountValue IS NULL, 1, 0)),
        (12, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue',
            N'needs a discount type that takes a value.',
            IIF(@DiscountValue IS NOT NULL
                AND COALESCE(@DiscountType, N'free_session') = N'free_session', 1, 0)),
        (13, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue', N'must be positive.',
            IIF(@DiscountValue <= 0, 1, 0)),
        (14, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue', N'must be 1 to 100 percent.',
            IIF(@DiscountType = N'percentage' AND @DiscountValue NOT BETWEEN 1 AND 100, 1, 0)),
        (15, 50007, N'ARG_BAD_DISCOUNT', N'DiscountValue', N'must be 1 to 36 whole months.',
            IIF(@DiscountType = N'months_free'
                AND (@DiscountValue NOT BETWEEN 1 AND 36
                     OR @DiscountValue <> FLOOR(@DiscountValue)), 1, 0)),
        (16, 50006, N'ARG_BAD_DATES', N'ValidFrom', N'lies in the past.',
            IIF(@AllowPastStart = 0 AND @ValidFrom < DATEADD(MINUTE, -5, @Now), 1, 0)),
        (17, 50006, N'ARG_BAD_DATES', N'ExpiresAt', N'must be after the start.',
            IIF(@ExpiresAt <= @ValidFrom, 1, 0)),
        (18, 50009, N'ARG_CONFLICT', N'ApplicableTo',
            N'specific_consultants needs consultant targets.',
            IIF(@ApplicableTo = N'specific_consultants' AND @HasConsultants = 0, 1, 0))
    ) AS r (Seq, Number, Name, Parameter, Detail, Broken)
    WHERE r.Broken = 1
    ORDER BY r.Seq;
END;
