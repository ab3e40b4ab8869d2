SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The catalogue of refusals: step and message of each ErrorCode of the evaluation.
           {} in a message stands for the detail of the case: an instant, a number, a code.
Called by: sp_i_ExplainRefusal.
Locks:     none.
Returns:   @FailedStep (as given, else that of the code) and @Message.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_DescribeRefusal
    @ErrorCode nvarchar(50),
    @Detail nvarchar(200) = NULL,
    @FailedStep nvarchar(4) OUTPUT,   -- given only by S22, which shares a code with S13
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @FailedStep = COALESCE(@FailedStep, r.Step),
           @Message = REPLACE(r.Text, N'{}', COALESCE(@Detail, N''))
    FROM (VALUES
        (N'S00', N'SERVICE_PAUSED', N'Redemptions are paused.'),
        (N'S01', N'INVALID_CODE_FORMAT', N'Coupon code is not well formed.'),
        (N'S02', N'LOCKED_OUT', N'Too many attempts. Locked until {} UTC.'),
        (N'S02', N'RATE_LIMITED', N'Too many requests. Retry in {} seconds.'),
        -- One text for all blocks: no hint to an attacker.
        (N'S03', N'USER_BLOCKED', N'This request cannot be accepted.'),
        (N'S03', N'IP_BLOCKED', N'This request cannot be accepted.'),
        (N'S03', N'DEVICE_BLOCKED', N'This request cannot be accepted.'),
        (N'S03', N'EMAIL_DOMAIN_BLOCKED', N'This request cannot be accepted.'),
        (N'S03', N'COUNTRY_BLOCKED', N'This request cannot be accepted.'),
        (N'S03', N'PAYMENT_METHOD_BLOCKED', N'This request cannot be accepted.'),
        (N'S03', N'USER_AGENT_BLOCKED', N'This request cannot be accepted.'),
        (N'S03', N'DISPOSABLE_EMAIL', N'A permanent e-mail address is required.'),
        (N'S03', N'EMAIL_NOT_VERIFIED', N'Verify the e-mail address first.'),
        (N'S04', N'COUPON_NOT_FOUND', N'Coupon code not found'),
        (N'S05', N'CAMPAIGN_INACTIVE', N'Campaign is not active.'),
        (N'S05', N'CAMPAIGN_NOT_STARTED', N'Campaign starts {} UTC.'),
        (N'S05', N'CAMPAIGN_ENDED', N'Campaign ended {} UTC.'),
        (N'S05', N'CAMPAIGN_BUDGET_EXHAUSTED', N'Campaign budget is used up.'),
        (N'S06', N'COUPON_INACTIVE', N'Coupon is not active.'),
        (N'S07', N'ALREADY_REDEEMED', N'Coupon was already redeemed.'),
        (N'S07', N'COUPON_RESERVED', N'Coupon is held by an open checkout.'),
        (N'S08', N'COUPON_NOT_YET_VALID', N'Coupon valid from {} UTC.'),
        (N'S08', N'COUPON_EXPIRED', N'Coupon expired. Valid until {} UTC.'),
        (N'S09', N'NOT_ASSIGNED_TO_USER', N'Coupon belongs to another user.'),
        (N'S10', N'TIER_NOT_ELIGIBLE', N'Not available for tier {}.'),
        (N'S11', N'SERVICE_NOT_APPLICABLE', N'Not valid for this service.'),
        (N'S11', N'CONSULTANT_NOT_APPLICABLE', N'Not valid for this consultant.'),
        (N'S12', N'COUNTRY_NOT_ELIGIBLE', N'Not available in {}.'),
        (N'S13', N'FIRST_TIME_USER_ONLY', N'For new customers only.'),
        (N'S14', N'MAX_USES_REACHED', N'Coupon usage limit reached.'),
        (N'S15', N'MAX_USES_PER_USER_REACHED',
         N'You have used this coupon the allowed {} time(s).'),
        (N'S16', N'CAMPAIGN_USER_LIMIT_REACHED',
         N'Limit of {} redemption(s) per user reached.'),
        (N'S17', N'CAMPAIGN_LIMIT_REACHED', N'Campaign redemption limit reached.'),
        (N'S18', N'STACKING_NOT_ALLOWED', N'Cannot be combined with {}.'),
        (N'S18', N'STACKING_LIMIT_REACHED', N'At most {} coupon(s) per order.'),
        (N'S19', N'CURRENCY_MISMATCH', N'Coupon is in {}.'),
        (N'S19', N'NO_DISCOUNT_CONFIGURED', N'Coupon has no discount.'),
        (N'S20', N'CAMPAIGN_BUDGET_EXCEEDED', N'Campaign budget does not cover this discount.'),
        (N'S21', N'MINIMUM_PURCHASE_NOT_MET', N'Minimum purchase is {}.'),
        (N'S22', N'EMAIL_DOMAIN_NOT_ALLOWED', N'Not available for this e-mail domain.'),
        (N'S22', N'MINIMUM_CREDIT_BALANCE_NOT_MET', N'At least {} credits required.'),
        (N'S22', N'REFUNDED_USER_EXCLUDED', N'Not available within {} days of a refund.'),
        (N'S22', N'PAYMENT_METHOD_REQUIRED', N'A payment method is required.'),
        (N'S23', N'FRAUD_FLAGGED', N'This request needs review.'),
        (N'S23', N'RISK_SCORE_TOO_HIGH', N'This request needs review.'),
        (N'S23', N'DUPLICATE_ACCOUNT', N'This request needs review.'),
        (N'S24', N'VELOCITY_LIMIT_EXCEEDED', N'More than {}.'),
        (N'S25', N'DEVICE_FINGERPRINT_REQUIRED', N'Device information required.'),
        (N'S25', N'DEVICE_FINGERPRINT_MISMATCH', N'This device cannot be used.'),
        (NULL, N'RESERVATION_LIMIT_REACHED', N'At most {} open reservations.'),
        (NULL, N'ALREADY_LICENSED', N'User already holds an active licence.'),
        (NULL, N'IDEMPOTENCY_KEY_REUSED', N'Key was used with other arguments.')
    ) AS r (Step, Code, Text)
    WHERE r.Code = @ErrorCode;
END;
