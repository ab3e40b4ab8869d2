SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Settings with their defaults and ranges. Only missing rows are added: values that somebody changed
stay, so the script can run with every deployment.
*/
SET NOCOUNT, XACT_ABORT ON;

INSERT INTO dbo.Settings (
    SettingName, SettingValue, DefaultValue, ValueType, MinValue, MaxValue, Description, UpdatedBy
)
SELECT
    v.SettingName,
    v.DefaultValue,
    v.DefaultValue,
    v.ValueType,
    v.MinValue,
    v.MaxValue,
    v.Description,
    N'seed'
FROM (
    VALUES
        (
            N'redemptions_enabled', N'1', N'bit', 0, 1,
            N'Kill switch: 0 refuses every validation, reservation and redemption.'
        ),
        (N'reservation_minutes', N'15', N'int', 1, 1440, N'Life of a reservation in minutes.'),
        (
            N'reservation_max_active_per_user', N'3', N'int', 1, 50,
            N'Open reservations of one user over all codes.'
        ),
        (
            N'rate_validate_per_minute', N'10', N'int', 1, 10000,
            N'Dry runs per user and per IP address within 60 seconds.'
        ),
        (
            N'attempts_per_minute', N'5', N'int', 1, 10000,
            N'Reserve and redeem attempts per user within 60 seconds.'
        ),
        (
            N'attempts_per_hour', N'60', N'int', 1, 100000,
            N'Attempts per user and hour; exceeding it locks the user out.'
        ),
        (
            N'attempts_per_day', N'200', N'int', 1, 100000,
            N'Attempts per user and day; exceeding it locks the user out.'
        ),
        (
            N'max_attempts_per_ip', N'100', N'int', 1, 1000000,
            N'Dry runs and attempts per IP address and hour.'
        ),
        (N'lockout_duration_minutes', N'15', N'int', 1, 10080, N'Length of a lock-out in minutes.'),
        (
            N'velocity_limit_per_hour', N'3', N'int', 1, NULL,
            N'Attempts of one user within the velocity window.'
        ),
        (
            N'velocity_window_minutes', N'60', N'int', 1, NULL,
            N'Length of the velocity window in minutes.'
        ),
        (
            N'ip_switch_limit', N'5', N'int', 1, NULL,
            N'More IP addresses of one user within the window are ip_switching.'
        ),
        (
            N'ip_switch_window_minutes', N'60', N'int', 1, NULL,
            N'Length of the IP switching window in minutes.'
        ),
        (
            N'guess_limit', N'10', N'int', 1, NULL,
            N'Unknown codes within the window before code_guessing.'
        ),
        (
            N'guess_window_minutes', N'10', N'int', 1, NULL,
            N'Length of the code guessing window in minutes.'
        ),
        (N'max_accounts_per_device', N'2', N'int', 1, NULL, N'Users per device and campaign.'),
        (N'max_devices_per_user', N'5', N'int', 1, NULL, N'Devices of one user within 24 hours.'),
        (
            N'require_device_fingerprint', N'0', N'bit', 0, 1,
            N'1 refuses calls without a device fingerprint.'
        ),
        (
            N'risk_score_block_threshold', N'0.90', N'decimal', 0, 1,
            N'Risk score from which a call is refused.'
        ),
        (
            N'manual_review_threshold', N'0.70', N'decimal', 0, 1,
            N'Risk score from which a redemption goes to review.'
        ),
        (
            N'auto_flag_threshold', N'0.50', N'decimal', 0, 1,
            N'Risk score from which a fraud event is raised.'
        ),
        (
            N'block_linked_accounts', N'1', N'bit', 0, 1,
            N'1 refuses a second account of the same person in a campaign.'
        ),
        (
            N'block_disposable_emails', N'1', N'bit', 0, 1,
            N'1 refuses users with an address at a disposable domain.'
        ),
        (
            N'require_email_verification', N'0', N'bit', 0, 1,
            N'1 refuses users whose address is not verified.'
        ),
        (
            N'geo_blocking_enabled', N'0', N'bit', 0, 1,
            N'1 makes country entries of the block list count.'
        ),
        (N'vpn_detection_enabled', N'1', N'bit', 0, 1, N'1 lets a VPN raise the risk score.'),
        (
            N'captcha_after_failures', N'3', N'int', 0, 100,
            N'Failures within 10 minutes after which a captcha is asked for; 0 = never.'
        ),
        (
            N'max_coupons_per_order', N'1', N'int', 1, 5,
            N'Codes on one order; 2 is usual where stacking is wanted.'
        ),
        (
            N'budget_alert_percent', N'80', N'int', 1, 100,
            N'Budget alert of new campaigns, percent of the budget.'
        ),
        (
            N'coupon_credits_per_usd', N'1', N'decimal', 0.0001, NULL,
            N'Credits per 1.00 of a credits coupon.'
        ),
        (
            N'coupon_credit_expiry_days', N'0', N'int', 0, 3650,
            N'Life of coupon credits in days; 0 = they do not expire.'
        ),
        (
            N'refund_restores_use', N'1', N'bit', 0, 1,
            N'1 gives the use back when an order is refunded.'
        ),
        (
            N'chargeback_restores_use', N'0', N'bit', 0, 1,
            N'1 gives the use back after a chargeback.'
        ),
        (
            N'payment_fee_percent', N'2.9', N'decimal', 0, NULL,
            N'Payment fee in percent, for net revenue.'
        ),
        (
            N'payment_fee_fixed', N'0.30', N'decimal', 0, NULL,
            N'Fixed payment fee per paid order, for net revenue.'
        ),
        (
            N'retention_window_days', N'90', N'int', 1, NULL,
            N'Days within which a customer counts as retained.'
        ),
        (
            N'trend_threshold_percent', N'5', N'int', 1, NULL,
            N'Change in percent from which a trend is up or down.'
        ),
        (
            N'expiry_notice_days', N'3', N'int', 0, 90,
            N'Days before expiry at which coupon_expiring is sent.'
        ),
        (
            N'generation_batch_size', N'5000', N'int', 1, 20000,
            N'Codes per batch of a generation request.'
        ),
        (
            N'generation_lease_seconds', N'300', N'int', 1, 86400,
            N'Lease of a claimed generation request in seconds.'
        ),
        (
            N'generation_max_attempts', N'5', N'int', 1, 100,
            N'Claims after which a generation request fails.'
        ),
        (
            N'generation_code_length', N'12', N'int', 8, 30,
            N'Random characters of a generated code.'
        ),
        (
            N'min_guess_bits', N'32', N'int', 20, 120,
            N'Least strength of generated codes against guessing, in bits.'
        ),
        (
            N'archive_after_months', N'24', N'int', 3, NULL,
            N'Age in months from which ledger rows are archived.'
        ),
        (
            N'snapshot_retention_days', N'365', N'int', 1, NULL,
            N'Days analytics snapshots are kept.'
        ),
        (N'funnel_retention_days', N'90', N'int', 1, NULL, N'Days funnel events are kept.'),
        (N'outbox_retention_days', N'30', N'int', 1, NULL, N'Days delivered events are kept.'),
        (
            N'idempotency_retention_days', N'400', N'int', 1, NULL,
            N'Days outcomes of keyed calls are kept.'
        ),
        (N'job_run_retention_days', N'90', N'int', 1, NULL, N'Days job runs are kept.'),
        (N'audit_retention_days', N'2557', N'int', 1, NULL, N'Days the audit log is kept.'),
        (
            N'slow_procedure_ms', N'100', N'int', 1, NULL,
            N'Average duration from which a procedure counts as slow.'
        )
) AS v(SettingName, DefaultValue, ValueType, MinValue, MaxValue, Description)
WHERE NOT EXISTS (
    SELECT 1 AS Found
    FROM dbo.Settings AS s
    WHERE s.SettingName = v.SettingName
);
GO
