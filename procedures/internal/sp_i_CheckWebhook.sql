SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Trims and checks what a subscription to events says: its channel, a target that goes with
           it, and known event types, all of them when none is named.
Called by: sp_SetWebhook, before its transaction
Locks:     none
Returns:   the trimmed texts; @Actor is the login when nobody is named
Throws:    50001, 50003, 50004, 50005, 50008
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckWebhook
    @Name nvarchar(100) OUTPUT,
    @Channel nvarchar(10) OUTPUT,
    @Target nvarchar(500) OUTPUT,
    @EventTypesJson nvarchar(max) OUTPUT,
    @SecretName nvarchar(100) OUTPUT,
    @Actor nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @Name = NULLIF(TRIM(@Name), N''), @Target = NULLIF(TRIM(@Target), N''),
           @Channel = NULLIF(TRIM(@Channel), N''), @SecretName = NULLIF(TRIM(@SecretName), N''),
           @EventTypesJson = COALESCE(NULLIF(TRIM(@EventTypesJson), N''), N'["*"]'),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @Name IS NULL THROW 50001, N'ARG_REQUIRED: @Name', 1;
    IF @Channel IS NULL THROW 50001, N'ARG_REQUIRED: @Channel', 1;
    IF @Target IS NULL THROW 50001, N'ARG_REQUIRED: @Target', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF @Channel COLLATE Latin1_General_100_BIN2
       NOT IN (N'webhook', N'slack', N'queue', N'email')
        THROW 50003, N'ARG_NOT_IN_LIST: @Channel must be webhook, slack, queue or email.', 1;
    IF @Channel IN (N'webhook', N'slack') AND LEFT(@Target, 8) <> N'https://'
        THROW 50005, N'ARG_BAD_CODE: @Target must start with https://.', 1;
    IF ISJSON(@EventTypesJson) = 0 OR LEFT(@EventTypesJson, 1) <> N'['
        THROW 50004, N'ARG_BAD_JSON: @EventTypesJson must be an array of event types.', 1;
    IF NOT EXISTS (SELECT 1 FROM OPENJSON(@EventTypesJson) AS t)
       OR EXISTS (SELECT 1 FROM OPENJSON(@EventTypesJson) AS t WHERE t.type <> 1)
        THROW 50004, N'ARG_BAD_JSON: @EventTypesJson must be an array of event types.', 1;
    IF EXISTS (
        SELECT 1
        FROM OPENJSON(@EventTypesJson) AS t
        WHERE t.value COLLATE Latin1_General_100_BIN2 NOT IN (
            N'*', N'coupon_used', N'fraud_detected', N'limit_reached', N'expired',
            N'coupon_expiring', N'coupon_changed', N'campaign_changed', N'coupons_imported',
            N'reservation_created', N'reservation_closed', N'redemption_reversed',
            N'late_payment', N'budget_alert', N'budget_exhausted', N'counter_drift',
            N'generation_requested', N'generation_finished', N'credits_granted',
            N'license_granted', N'list_changed', N'user_erased'))
        THROW 50003, N'ARG_NOT_IN_LIST: @EventTypesJson names an unknown event type.', 1;
END;
