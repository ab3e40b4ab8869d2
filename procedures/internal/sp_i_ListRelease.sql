SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

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
        N'fn_ActiveCoupons fn_Activity fn_CalculateDiscount fn_Calendar fn_CampaignCounters ',
        N'fn_CouponCounters fn_CouponState fn_DatePreset fn_EffectiveDiscount fn_IsFirstTimeUser ',
        N'fn_NormaliseCode fn_PeriodFigures fn_Rates fn_Retention fn_Returns fn_RiskScore ',
        N'fn_SearchKey fn_SearchOrder fn_Setting fn_ShownCode fn_Totals fn_Trend fn_UserLinks ');

    SET @Views = CONCAT(CAST(N'' AS nvarchar(max)),
        N'vw_AccessLists vw_ActiveCampaigns vw_ActiveReservations vw_AnalyticsDaily ',
        N'vw_AttemptDetails vw_AuditTrail vw_CampaignBudget vw_CampaignCoupons ',
        N'vw_CampaignPerformance vw_ChannelAttribution vw_CohortRetention vw_ConsultantImpact ',
        N'vw_ConversionFunnel vw_CounterDrift vw_CouponList vw_CouponSubscriptions ',
        N'vw_CreditLedger vw_DailyRedemptions vw_ExpiringCoupons vw_FailureReasons vw_FraudQueue ',
        N'vw_FraudSummary vw_GenerationProgress vw_GeographicUsage vw_InvoiceDiscounts ',
        N'vw_JobStatus vw_LicenseUsage vw_OutboxBacklog vw_PartnerCommissions vw_PaymentEvents ',
        N'vw_ProcedurePerformance vw_ProrationTimeline vw_RecentActivity vw_RecentEvents ',
        N'vw_RedemptionLedger vw_RedemptionStats vw_RevenueAttribution vw_ServiceBreakdown ',
        N'vw_SettingsList vw_SubscriptionCredits vw_SuspiciousIps vw_TableSizes ',
        N'vw_TemporalPatterns vw_TierBreakdown vw_TopPerformers vw_UnpaidInvoices ',
        N'vw_VariantPerformance vw_Watchlist ');

    SET @Procedures = CONCAT(CAST(N'' AS nvarchar(max)),
        N'sp_ActivateLicense sp_AddMarker sp_ArchiveRedemptionHistory sp_AssignCoupon ',
        N'sp_AttachCoupon sp_BulkInsertCoupons sp_BulkUpdateCoupons sp_CancelGenerationRequest ',
        N'sp_ChangeSubscriptionTier sp_ClaimGenerationRequest sp_CleanupData sp_CloneCampaign ',
        N'sp_CompareCoupons sp_CompleteOutbox sp_ConfirmReservation sp_CreateAnalyticsSnapshot ',
        N'sp_CreateCampaign sp_CreateCoupon sp_CreateCouponFromTemplate ',
        N'sp_CreateGenerationRequest sp_DeactivateLicense sp_DeductCredits sp_DeleteCampaign ',
        N'sp_DeleteCoupon sp_DeleteSavedSearch sp_DeleteValidationRule sp_DequeueOutbox ',
        N'sp_DetachCoupon sp_EndJobRun sp_EraseUserData sp_ExpireCredits sp_ExpireReservations ',
        N'sp_ExportBatchCodes sp_ExportUserData sp_FlagUser sp_GetCampaign ',
        N'sp_GetCampaignAnalytics sp_GetCouponAnalytics sp_GetCouponDetails sp_GetCreditBalance ',
        N'sp_GetDashboard sp_GetFraudDashboard sp_GetGenerationRequest sp_GetReservation ',
        N'sp_GetSettings sp_GetSystemAnalytics sp_GetTargetReport sp_GetTokenUsage ',
        N'sp_GetUserCoupons sp_GetUserRedemptions sp_GrantCredits sp_GrantPerpetualLicense ',
        N'sp_i_AddCredits sp_i_AddDescriptions sp_i_AddTargets sp_i_AdmitBatch sp_i_AdmitCopies ',
        N'sp_i_AdmitCoupon sp_i_AdmitGeneration sp_i_AnnounceBudget sp_i_AnnounceEnds ',
        N'sp_i_AnnounceLatePayment sp_i_AnnounceLimit sp_i_AnswerRedemption sp_i_ApplyBenefits ',
        N'sp_i_ApplyWaitingMonths sp_i_ArchiveFraud sp_i_ArchiveLedger sp_i_Audit ',
        N'sp_i_BlockSubject sp_i_ChangeCampaign sp_i_ChangeCoupon sp_i_ChangeCouponState ',
        N'sp_i_ChangeTier sp_i_CheckAdmin sp_i_CheckAttempt sp_i_CheckCampaign sp_i_CheckClear ',
        N'sp_i_CheckCoupon sp_i_CheckCouponDefaults sp_i_CheckCouponRows sp_i_CheckDescriptions ',
        N'sp_i_CheckFilter sp_i_CheckImportFile sp_i_CheckJson sp_i_CheckPaymentEvent ',
        N'sp_i_CheckReport sp_i_CheckRule sp_i_CheckSearch sp_i_CheckTargets sp_i_CheckTiers ',
        N'sp_i_CheckUsage sp_i_ClaimCampaign sp_i_ClaimCoupon sp_i_ClaimCouponStripe ',
        N'sp_i_ClaimRedemptionKey sp_i_ClaimSlot sp_i_ClaimUser sp_i_CloseReservation ',
        N'sp_i_CompleteReservation sp_i_ConfirmCore sp_i_ConfirmOnce sp_i_ContinueHold ',
        N'sp_i_CopyCampaign sp_i_CopyCoupons sp_i_CountActivity sp_i_CountPerson ',
        N'sp_i_DescribeRefusal sp_i_DescribeReservation sp_i_DetectFraud sp_i_EndHolds ',
        N'sp_i_EndJob sp_i_EndReservations sp_i_Enqueue sp_i_EraseBilling sp_i_EraseCredits ',
        N'sp_i_EraseFraud sp_i_EraseHolds sp_i_EraseJson sp_i_EraseLists sp_i_EraseLogs ',
        N'sp_i_ErasePerson sp_i_EraseRequests sp_i_EraseUsage sp_i_Evaluate sp_i_EvaluateCaller ',
        N'sp_i_EvaluateCoupon sp_i_EvaluateEligibility sp_i_EvaluateFraud sp_i_EvaluateOrder ',
        N'sp_i_EvaluateRules sp_i_ExpireCore sp_i_ExplainRefusal sp_i_ExportBilling ',
        N'sp_i_ExportLogs sp_i_ExportUsage sp_i_FindFacts sp_i_FindFraud sp_i_FindHold ',
        N'sp_i_FindPerson sp_i_FindRedemption sp_i_FinishGeneration sp_i_GatherCampaign ',
        N'sp_i_GatherCoupon sp_i_GrantLicense sp_i_HoldSlot sp_i_Idempotency sp_i_LiftBan ',
        N'sp_i_ListCopies sp_i_ListRelease sp_i_LockCampaignStripes sp_i_LockCoupon ',
        N'sp_i_LockCouponStripes sp_i_LockLicense sp_i_LockOwner sp_i_LockPerson ',
        N'sp_i_LockRedemption sp_i_LockReservation sp_i_LockSubscription sp_i_LockUser ',
        N'sp_i_MakeRandomText sp_i_MakeStripes sp_i_MoveSlot sp_i_MoveSubscriptionEnd ',
        N'sp_i_MoveToPerpetual sp_i_OpenReservation sp_i_OpenSubscription sp_i_PaymentApply ',
        N'sp_i_PaymentClaim sp_i_PaymentDeferred sp_i_PaymentFail sp_i_PaymentHolds ',
        N'sp_i_PaymentInvoice sp_i_PaymentRecord sp_i_PaymentRefund sp_i_PaymentResolve ',
        N'sp_i_PaymentStore sp_i_PaymentSucceed sp_i_PlanImport sp_i_PriceUsage sp_i_QuoteHold ',
        N'sp_i_RaiseFraud sp_i_RaiseSignals sp_i_ReadCouponDefaults sp_i_ReadDescription ',
        N'sp_i_ReadImportRows sp_i_ReadPeriod sp_i_ReadSettings sp_i_ReconcileCampaign ',
        N'sp_i_ReconcileCoupon sp_i_ReconcileCredit sp_i_ReconcileOne sp_i_ReconcileUser ',
        N'sp_i_RecordAttempt sp_i_RecordChange sp_i_RecordDeduction sp_i_RecordDevice ',
        N'sp_i_RecordImport sp_i_RecordRedemption sp_i_RecordUse sp_i_RecordView sp_i_RedeemCore ',
        N'sp_i_RedeemOnce sp_i_RefreshCampaign sp_i_RefreshCoupon sp_i_ReleaseCore ',
        N'sp_i_ReleaseSlot sp_i_ReplaceTargets sp_i_ReserveCore sp_i_ReserveOnce sp_i_RestoreUse ',
        N'sp_i_ReverseCore sp_i_ReverseNamed sp_i_ReviewFraudEvent sp_i_ReviewRedemption ',
        N'sp_i_RevokeBenefits sp_i_SelectCoupons sp_i_SetAssignment sp_i_SetListEntry ',
        N'sp_i_ShiftCampaign sp_i_ShiftCouponStripe sp_i_ShiftSlot sp_i_ShowCampaign ',
        N'sp_i_ShowChannels sp_i_ShowCoupon sp_i_ShowMarkers sp_i_ShowRule sp_i_ShowTimeline ',
        N'sp_i_SpreadCampaign sp_i_SpreadCoupon sp_i_StartJob sp_i_StopCampaignStripes ',
        N'sp_i_StopCouponStripes sp_i_StripeCampaign sp_i_StripeCoupon sp_i_SuggestCoupon ',
        N'sp_i_SumUser sp_i_TakeCredits sp_i_ThrowCounter sp_i_UndoCoupon sp_i_UseHold ',
        N'sp_i_WatchBudget sp_i_WriteImport sp_ImportCoupons sp_InvestigateUser ',
        N'sp_ListAccessList sp_ListAuditLog sp_ListCampaigns sp_ListCouponUsage ',
        N'sp_ListFraudEvents sp_ListGenerationRequests sp_ListSavedSearches sp_ListTemplates ',
        N'sp_PreviewDiscount sp_ProcessPaymentEvent sp_ReconcileCounters sp_RecordFraudEvent ',
        N'sp_RecordFulfilment sp_RecordFunnelEvent sp_RecordVersionUpgrade sp_RedeemCoupon ',
        N'sp_RefreshCampaignCounters sp_ReleaseReservation sp_RemoveAccessListEntry ',
        N'sp_ReserveCoupon sp_RestoreCampaign sp_RestoreCoupon sp_RetryDeadDeliveries ',
        N'sp_RetryGenerationRequest sp_ReverseRedemption sp_ReviewFraudEvents ',
        N'sp_ReviewRedemptions sp_RunExpirySweep sp_RunFraudScan sp_SaveSearch sp_SaveTemplate ',
        N'sp_SearchCoupons sp_SetAccessListEntry sp_SetCampaignStatus sp_SetCampaignStripes ',
        N'sp_SetCouponStatus sp_SetDiscountTiers sp_SetLicenseMode sp_SetLicenseStatus ',
        N'sp_SetPricing sp_SetPricingConfig sp_SetSetting sp_SetSubscriptionStatus sp_SetTargets ',
        N'sp_SetTierConfig sp_SetTranslation sp_SetValidationRule sp_SetWebhook sp_StartJobRun ',
        N'sp_StartSubscription sp_SuggestCode sp_SummariseUsage sp_UnassignCoupon ',
        N'sp_UpdateCampaign sp_UpdateCoupon sp_UpdateGenerationRequest sp_UpsertPartner ',
        N'sp_UpsertUserProfile sp_ValidateCoupon sp_VerifyInstallation ');

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
