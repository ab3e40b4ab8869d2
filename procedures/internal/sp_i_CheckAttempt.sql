SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Checks and tidies the arguments that validate, reserve and redeem share (Context):
           text is trimmed and blank text is NULL, codes are normalised and cut to 50.
           A malformed code is not an error here: step S01 answers it.
Called by: sp_ValidateCoupon, sp_ReserveCoupon, sp_RedeemCoupon, before their transaction.
Locks:     none.
Returns:   the tidied arguments.
Throws:    50001 code or user missing; 50002 negative amount; 50003 unknown tier or channel;
           50008 user id, order id or key longer than 100.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckAttempt
    @CouponCode nvarchar(200) OUTPUT,
    @IsWellFormed bit = NULL OUTPUT,
    @UserId nvarchar(200) OUTPUT,
    @IpAddress nvarchar(45) OUTPUT,
    @UserAgent nvarchar(500) OUTPUT,
    @OrderAmount decimal(10,2),
    @OrderId nvarchar(200) OUTPUT,
    @CurrencyCode nchar(3) OUTPUT,
    @Tier nvarchar(20) OUTPUT,
    @ServiceType nvarchar(50) OUTPUT,
    @ConsultantId nvarchar(50) OUTPUT,
    @CountryCode nchar(2) OUTPUT,
    @DeviceFingerprint nvarchar(128) OUTPUT,
    @MarketingChannel nvarchar(20) OUTPUT,
    @IdempotencyKey nvarchar(200) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @CouponCode = LEFT(n.Code, 50), @IsWellFormed = n.IsWellFormed
    FROM dbo.fn_NormaliseCode(@CouponCode) AS n;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''),
           @IpAddress = NULLIF(TRIM(@IpAddress), N''),
           @UserAgent = NULLIF(TRIM(@UserAgent), N''),
           @OrderId = NULLIF(TRIM(@OrderId), N''),
           @CurrencyCode = NULLIF(UPPER(TRIM(@CurrencyCode)), N''),
           @Tier = NULLIF(TRIM(@Tier), N''),
           @ServiceType = NULLIF(TRIM(@ServiceType), N''),
           @ConsultantId = NULLIF(TRIM(@ConsultantId), N''),
           @CountryCode = NULLIF(UPPER(TRIM(@CountryCode)), N''),
           @DeviceFingerprint = NULLIF(TRIM(@DeviceFingerprint), N''),
           @MarketingChannel = NULLIF(TRIM(@MarketingChannel), N''),
           @IdempotencyKey = NULLIF(TRIM(@IdempotencyKey), N'');

    IF @CouponCode IS NULL OR @CouponCode = N''
        THROW 50001, N'ARG_REQUIRED: @CouponCode is required.', 1;
    IF @UserId IS NULL
        THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@OrderId) > 100
        THROW 50008, N'ARG_TOO_LONG: @OrderId is longer than 100 characters.', 1;
    IF LEN(@IdempotencyKey) > 100
        THROW 50008, N'ARG_TOO_LONG: @IdempotencyKey is longer than 100 characters.', 1;
    IF @OrderAmount < 0
        THROW 50002, N'ARG_OUT_OF_RANGE: @OrderAmount is negative.', 1;
    -- Enumerations are exact: the collation keeps 'Pro' from passing as 'pro'.
    IF @Tier COLLATE Latin1_General_100_BIN2 NOT IN
        (N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual')
        THROW 50003, N'ARG_NOT_IN_LIST: @Tier is not a subscription tier.', 1;
    IF @MarketingChannel COLLATE Latin1_General_100_BIN2 NOT IN
        (N'email', N'social', N'paid_ads', N'organic')
        THROW 50003, N'ARG_NOT_IN_LIST: @MarketingChannel is not a marketing channel.', 1;
END;
