SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Records a step of the funnel that happens outside, such as the view of a landing page.
           An unknown code is recorded as it is given.
Called by: coupon_service
Locks:     L11: FunnelEvents.
Returns:   SR.
Throws:    50001 no @EventType; 50003 unknown @EventType; 50005 @CountryCode is not two letters;
           50008 @UserId longer than 100; 50102 called in a doomed transaction.
Replay:    none; every call is an event.
*/
CREATE OR ALTER PROCEDURE dbo.sp_RecordFunnelEvent
    @EventType nvarchar(20),
    @CouponCode nvarchar(200) = NULL,
    @UserId nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @CountryCode nchar(2) = NULL,
    @ServiceType nvarchar(50) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @Code nvarchar(50);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @EventType = NULLIF(TRIM(@EventType), N''), @Code = NULLIF(LEFT(n.Code, 50), N''),
           @UserId = NULLIF(TRIM(@UserId), N''), @IpAddress = NULLIF(TRIM(@IpAddress), N''),
           @CountryCode = NULLIF(UPPER(TRIM(@CountryCode)), N''),
           @ServiceType = NULLIF(TRIM(@ServiceType), N'')
    FROM dbo.fn_NormaliseCode(@CouponCode) AS n;
    IF @EventType IS NULL
        THROW 50001, N'ARG_REQUIRED: @EventType is required.', 1;
    IF @EventType COLLATE Latin1_General_100_BIN2
            NOT IN (N'coupon_view', N'coupon_apply', N'coupon_success')
        THROW 50003, N'ARG_NOT_IN_LIST: @EventType is not a step of the funnel.', 1;
    IF @CountryCode COLLATE Latin1_General_100_BIN2 NOT LIKE N'[A-Z][A-Z]'
        THROW 50005, N'ARG_BAD_CODE: @CountryCode is not two letters.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;

    -- One statement: it needs no transaction of its own.
    INSERT INTO dbo.FunnelEvents
        (EventType, CouponCode, CouponId, CampaignId, UserId, IpAddress, CountryCode, ServiceType)
    SELECT @EventType, @Code, c.CouponId, c.CampaignId, @UserId, @IpAddress, @CountryCode,
           @ServiceType
    FROM (VALUES (@Code)) AS v (CouponCode)
    LEFT OUTER JOIN dbo.Coupons AS c
        ON c.CouponCode = v.CouponCode COLLATE Latin1_General_100_BIN2;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'Recorded.' AS nvarchar(400)) AS Message;
END;
