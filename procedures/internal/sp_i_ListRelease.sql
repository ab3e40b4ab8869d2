/*
Purpose:   Names what this release consists of. It is the one place that does; a test holds it
           against the scripts.
Called by: sp_VerifyInstallation
Locks:     none
Returns:   one OUTPUT parameter per kind, names parted by blanks
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ListRelease
    @Tables nvarchar(max) OUTPUT,
    @Functions nvarchar(max) OUTPUT,
    @Views nvarchar(max) OUTPUT,
    @Procedures nvarchar(max) OUTPUT,
    @Roles nvarchar(max) OUTPUT,
    @Settings nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @Tables = CONCAT(CAST(N'' AS nvarchar(max)),
        N'AccessLists AuditLog BillingInvoices CampaignCounterStripes CampaignCoupons ',
        N'CampaignMarkers Campaigns CouponAnalyticsSnapshots CouponCounterStripes Coupons ',
        N'CouponTargets CouponTemplates CouponTranslations CouponUserUsage CouponValidationRules ',
        N'CreditAllocations CreditDeductionLedger CreditUsageDailySummaries DiscountTiers ',
        N'DunningAttempts ErasureLog FraudEvents FraudEventsArchive FunnelEvents ',
        N'GenerationBatches GenerationRequests IdempotencyKeys JobRuns LicenseActivations ',
        N'ModelProviderPricing OutboxDeliveries OutboxEvents Partners PaymentTransactions ',
        N'PerpetualLicenses PricingConfigs ProcessedPaymentEvents ProrationEvents Providers ',
        N'RedemptionHistory RedemptionHistoryArchive Reservations SavedSearches SchemaVersions ',
        N'Settings Subscriptions SubscriptionTierConfigs TokenUsageDailySummaries ',
        N'TokenUsageLedger UserCreditBalances UserCreditSources UserDevices UserProfiles ',
        N'UserRedemptions VersionUpgrades WebhookSubscriptions ');

    SET @Functions = CONCAT(CAST(N'' AS nvarchar(max)),
        N'fn_Activity fn_CalculateDiscount fn_CampaignCounters fn_CouponCounters fn_CouponState ',
        N'fn_DatePreset fn_EffectiveDiscount fn_IsFirstTimeUser fn_NormaliseCode fn_Rates ',
        N'fn_Retention fn_Returns fn_RiskScore fn_SearchKey fn_SearchOrder fn_Setting ',
        N'fn_ShownCode fn_UserLinks ');

    SET @Views = CONCAT(CAST(N'' AS nvarchar(max)),
        N'vw_AccessLists vw_ActiveCampaigns vw_ActiveReservations vw_AnalyticsDaily ',
        N'vw_AttemptDetails vw_AuditTrail vw_CampaignBudget vw_CampaignCoupons ',
        N'vw_CampaignPerformance vw_ChannelAttribution vw_CohortRetention vw_ConsultantImpact ',
        N'vw_ConversionFunnel vw_CounterDrift vw_CouponList vw_CouponSubscriptions ',
        N'vw_CreditLedger vw_DailyRedemptions vw_ExpiringCoupons vw_FailureReasons vw_FraudQueue ',
        N'vw_FraudSummary vw_GenerationProgress vw_GeographicUsage vw_InvoiceDiscounts ',
        N'vw_LicenseUsage vw_PartnerCommissions vw_PaymentEvents vw_ProrationTimeline ',
        N'vw_RecentActivity vw_RedemptionLedger vw_RedemptionStats vw_RevenueAttribution ',
        N'vw_ServiceBreakdown vw_SettingsList vw_SubscriptionCredits vw_SuspiciousIps ',
        N'vw_TemporalPatterns vw_TierBreakdown vw_TopPerformers vw_UnpaidInvoices ',
        N'vw_VariantPerformance vw_Watchlist ');

    SET @Procedures = CONCAT(CAST(N'' AS nvarchar(max)),
        N'sp_ActivateLicense sp_ArchiveRedemptionHistory sp_AssignCoupon sp_BulkInsertCoupons ',
        N'sp_BulkUpdateCoupons sp_CancelGenerationRequest sp_ChangeSubscriptionTier ',
        N'sp_ClaimGenerationRequest sp_CleanupData sp_CompareCoupons sp_CompleteOutbox ',
        N'sp_ConfirmReservation sp_CreateCampaign sp_CreateCoupon sp_CreateGenerationRequest ',
        N'sp_DeactivateLicense sp_DeductCredits sp_DeleteCampaign sp_DeleteCoupon ',
        N'sp_DeleteSavedSearch sp_DequeueOutbox sp_EndJobRun sp_EraseUserData sp_ExpireCredits ',
        N'sp_ExpireReservations sp_ExportBatchCodes sp_ExportUserData sp_FlagUser sp_GetCampaign ',
        N'sp_GetCouponDetails sp_GetCreditBalance sp_GetFraudDashboard sp_GetGenerationRequest ',
        N'sp_GetReservation sp_GetSettings sp_GetTokenUsage sp_GetUserCoupons ',
        N'sp_GetUserRedemptions sp_GrantCredits sp_GrantPerpetualLicense sp_i_AddCredits ',
        N'sp_i_AddDescriptions sp_i_AddTargets sp_i_AdmitBatch sp_i_AdmitCoupon ',
        N'sp_i_AdmitGeneration sp_i_AnnounceBudget sp_i_AnnounceEnds sp_i_AnnounceLatePayment ',
        N'sp_i_AnnounceLimit sp_i_AnswerRedemption sp_i_ApplyBenefits sp_i_ApplyWaitingMonths ',
        N'sp_i_ArchiveFraud sp_i_ArchiveLedger sp_i_Audit sp_i_BlockSubject sp_i_ChangeCampaign ',
        N'sp_i_ChangeCoupon sp_i_ChangeCouponState sp_i_ChangeTier sp_i_CheckAdmin ',
        N'sp_i_CheckAttempt sp_i_CheckCampaign sp_i_CheckClear sp_i_CheckCoupon ',
        N'sp_i_CheckCouponDefaults sp_i_CheckCouponRows sp_i_CheckDescriptions sp_i_CheckFilter ',
        N'sp_i_CheckImportFile sp_i_CheckJson sp_i_CheckSearch sp_i_CheckTargets sp_i_CheckUsage ',
        N'sp_i_ClaimCampaign sp_i_ClaimCouponStripe sp_i_ClaimRedemptionKey sp_i_ClaimSlot ',
        N'sp_i_ClaimUser sp_i_CloseReservation sp_i_CompleteReservation sp_i_ConfirmCore ',
        N'sp_i_CountActivity sp_i_CountPerson sp_i_DescribeRefusal sp_i_DescribeReservation ',
        N'sp_i_DetectFraud sp_i_EndHolds sp_i_EndJob sp_i_EndReservations sp_i_Enqueue ',
        N'sp_i_EraseBilling sp_i_EraseCredits sp_i_EraseFraud sp_i_EraseHolds sp_i_EraseJson ',
        N'sp_i_EraseLogs sp_i_ErasePerson sp_i_EraseRequests sp_i_EraseUsage sp_i_Evaluate ',
        N'sp_i_EvaluateCaller sp_i_EvaluateCoupon sp_i_EvaluateEligibility sp_i_EvaluateFraud ',
        N'sp_i_EvaluateOrder sp_i_EvaluateRules sp_i_ExpireCore sp_i_ExportBilling ',
        N'sp_i_ExportLogs sp_i_ExportUsage sp_i_FindFacts sp_i_FindFraud sp_i_FindPerson ',
        N'sp_i_FindRedemption sp_i_FinishGeneration sp_i_GatherCampaign sp_i_GatherCoupon ',
        N'sp_i_GrantLicense sp_i_Idempotency sp_i_LiftBan sp_i_ListRelease ',
        N'sp_i_LockCampaignStripes sp_i_LockCoupon sp_i_LockCouponStripes sp_i_LockLicense ',
        N'sp_i_LockPerson sp_i_LockReservation sp_i_LockSubscription sp_i_LockUser ',
        N'sp_i_MakeRandomText sp_i_MakeStripes sp_i_MoveSlot sp_i_MoveSubscriptionEnd ',
        N'sp_i_MoveToPerpetual sp_i_OpenReservation sp_i_OpenSubscription sp_i_PaymentApply ',
        N'sp_i_PaymentClaim sp_i_PaymentDeferred sp_i_PaymentFail sp_i_PaymentHolds ',
        N'sp_i_PaymentInvoice sp_i_PaymentRecord sp_i_PaymentRefund sp_i_PaymentResolve ',
        N'sp_i_PaymentStore sp_i_PaymentSucceed sp_i_PlanImport sp_i_PriceUsage sp_i_QuoteHold ',
        N'sp_i_RaiseFraud sp_i_RaiseSignals sp_i_ReadCouponDefaults sp_i_ReadDescription ',
        N'sp_i_ReadImportRows sp_i_ReadPeriod sp_i_ReadSettings sp_i_ReconcileCampaign ',
        N'sp_i_ReconcileCoupon sp_i_ReconcileCredit sp_i_ReconcileOne sp_i_ReconcileUser ',
        N'sp_i_RecordChange sp_i_RecordDeduction sp_i_RecordImport sp_i_RecordUse ',
        N'sp_i_RedeemCore sp_i_RefreshCampaign sp_i_RefreshCoupon sp_i_ReleaseCore ',
        N'sp_i_ReleaseSlot sp_i_ReplaceTargets sp_i_ReserveCore sp_i_ReverseCore ',
        N'sp_i_ReverseNamed sp_i_ReviewFraudEvent sp_i_ReviewRedemption sp_i_RevokeBenefits ',
        N'sp_i_SelectCoupons sp_i_SetAssignment sp_i_SetListEntry sp_i_ShiftCampaign ',
        N'sp_i_ShiftCouponStripe sp_i_ShiftSlot sp_i_ShowCampaign sp_i_ShowCoupon ',
        N'sp_i_SpreadCampaign sp_i_SpreadCoupon sp_i_StartJob sp_i_StopCampaignStripes ',
        N'sp_i_StopCouponStripes sp_i_StripeCampaign sp_i_StripeCoupon sp_i_SuggestCoupon ',
        N'sp_i_SumUser sp_i_TakeCredits sp_i_UseHold sp_i_WatchBudget sp_i_WriteImport ',
        N'sp_ImportCoupons sp_InvestigateUser sp_ListAccessList sp_ListAuditLog sp_ListCampaigns ',
        N'sp_ListFraudEvents sp_ListGenerationRequests sp_ListSavedSearches ',
        N'sp_ProcessPaymentEvent sp_ReconcileCounters sp_RecordFraudEvent sp_RecordFulfilment ',
        N'sp_RecordFunnelEvent sp_RecordVersionUpgrade sp_RedeemCoupon ',
        N'sp_RefreshCampaignCounters sp_ReleaseReservation sp_RemoveAccessListEntry ',
        N'sp_ReserveCoupon sp_RestoreCampaign sp_RestoreCoupon sp_RetryDeadDeliveries ',
        N'sp_RetryGenerationRequest sp_ReverseRedemption sp_ReviewFraudEvents ',
        N'sp_ReviewRedemptions sp_RunExpirySweep sp_RunFraudScan sp_SaveSearch sp_SearchCoupons ',
        N'sp_SetAccessListEntry sp_SetCampaignStatus sp_SetCampaignStripes sp_SetCouponStatus ',
        N'sp_SetLicenseMode sp_SetLicenseStatus sp_SetPricing sp_SetPricingConfig sp_SetSetting ',
        N'sp_SetSubscriptionStatus sp_SetTierConfig sp_SetWebhook sp_StartJobRun ',
        N'sp_StartSubscription sp_SummariseUsage sp_UnassignCoupon sp_UpdateCampaign ',
        N'sp_UpdateCoupon sp_UpdateGenerationRequest sp_UpsertUserProfile sp_ValidateCoupon ',
        N'sp_VerifyInstallation ');

    SET @Roles = CONCAT(CAST(N'' AS nvarchar(max)),
        N'coupon_service coupon_job coupon_ops coupon_reader ');

    SET @Settings = CONCAT(CAST(N'' AS nvarchar(max)),
        N'archive_after_months attempts_per_day attempts_per_hour attempts_per_minute ',
        N'audit_retention_days auto_flag_threshold block_disposable_emails ',
        N'block_linked_accounts budget_alert_percent captcha_after_failures ',
        N'chargeback_restores_use coupon_credit_expiry_days coupon_credits_per_usd ',
        N'expiry_notice_days funnel_retention_days generation_batch_size ',
        N'generation_code_length generation_lease_seconds generation_max_attempts ',
        N'geo_blocking_enabled guess_limit guess_window_minutes idempotency_retention_days ',
        N'ip_switch_limit ip_switch_window_minutes job_run_retention_days ',
        N'lockout_duration_minutes manual_review_threshold max_accounts_per_device ',
        N'max_attempts_per_ip max_coupons_per_order max_devices_per_user min_guess_bits ',
        N'outbox_retention_days payment_fee_fixed payment_fee_percent ',
        N'rate_validate_per_minute redemptions_enabled refund_restores_use ',
        N'require_device_fingerprint require_email_verification ',
        N'reservation_max_active_per_user reservation_minutes retention_window_days ',
        N'risk_score_block_threshold slow_procedure_ms snapshot_retention_days ',
        N'trend_threshold_percent velocity_limit_per_hour velocity_window_minutes ',
        N'vpn_detection_enabled ');
END;
