SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Who may execute and read what. Rights are given object by object, never on the schema: what is not
listed is refused. No role has any right on a table; procedures and views reach the tables because
one owner, dbo, owns them all. Internal procedures (sp_i_) and functions are granted to nobody.
*/
-- Services and operators
GRANT EXECUTE ON OBJECT::dbo.sp_ValidateCoupon TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RedeemCoupon TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ReverseRedemption TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ProcessPaymentEvent TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetUserRedemptions TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetUserCoupons TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RecordFulfilment TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ReserveCoupon TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ConfirmReservation TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ReleaseReservation TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetReservation TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_UpsertUserProfile TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_AssignCoupon TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_UnassignCoupon TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CreateGenerationRequest TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CancelGenerationRequest TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetCampaign TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ListCampaigns TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RecordFraudEvent TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GrantCredits TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetCreditBalance TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetTokenUsage TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_StartSubscription TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ChangeSubscriptionTier TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetSubscriptionStatus TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GrantPerpetualLicense TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetLicenseStatus TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetLicenseMode TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ActivateLicense TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_DeactivateLicense TO coupon_service, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RecordVersionUpgrade TO coupon_service, coupon_ops;

-- Services, jobs and operators
GRANT EXECUTE ON OBJECT::dbo.sp_GetCouponDetails TO coupon_service, coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetGenerationRequest TO coupon_service, coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ListGenerationRequests TO coupon_service, coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetSettings TO coupon_service, coupon_job, coupon_ops;

-- Services
GRANT EXECUTE ON OBJECT::dbo.sp_RecordFunnelEvent TO coupon_service;
GRANT EXECUTE ON OBJECT::dbo.sp_DeductCredits TO coupon_service;

-- Jobs
GRANT EXECUTE ON OBJECT::dbo.sp_ClaimGenerationRequest TO coupon_job;
GRANT EXECUTE ON OBJECT::dbo.sp_BulkInsertCoupons TO coupon_job;
GRANT EXECUTE ON OBJECT::dbo.sp_DequeueOutbox TO coupon_job;
GRANT EXECUTE ON OBJECT::dbo.sp_CompleteOutbox TO coupon_job;

-- Jobs and operators
GRANT EXECUTE ON OBJECT::dbo.sp_UpdateGenerationRequest TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ExportBatchCodes TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ExpireReservations TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_VerifyInstallation TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RefreshCampaignCounters TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ReconcileCounters TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RunExpirySweep TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CleanupData TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ArchiveRedemptionHistory TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ExpireCredits TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SummariseUsage TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_StartJobRun TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RunFraudScan TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CreateAnalyticsSnapshot TO coupon_job, coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_EndJobRun TO coupon_job, coupon_ops;

-- Operators
GRANT EXECUTE ON OBJECT::dbo.sp_RetryGenerationRequest TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CreateCampaign TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_UpdateCampaign TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetCampaignStatus TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_DeleteCampaign TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RestoreCampaign TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetCampaignStripes TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CreateCoupon TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_UpdateCoupon TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetCouponStatus TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_DeleteCoupon TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RestoreCoupon TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SearchCoupons TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ListCouponUsage TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetDashboard TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetCouponAnalytics TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetCampaignAnalytics TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CompareCoupons TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetSystemAnalytics TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetTargetReport TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SaveSearch TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ListSavedSearches TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_DeleteSavedSearch TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ImportCoupons TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_BulkUpdateCoupons TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CloneCampaign TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_AttachCoupon TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_DetachCoupon TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetTargets TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_AddMarker TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_UpsertPartner TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SuggestCode TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_PreviewDiscount TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetTranslation TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetDiscountTiers TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetValidationRule TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_DeleteValidationRule TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SaveTemplate TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ListTemplates TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_CreateCouponFromTemplate TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ListFraudEvents TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_GetFraudDashboard TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_InvestigateUser TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ListAuditLog TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_EraseUserData TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ExportUserData TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ReviewFraudEvents TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ReviewRedemptions TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_FlagUser TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetAccessListEntry TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RemoveAccessListEntry TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_ListAccessList TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetSetting TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetTierConfig TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetPricing TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetPricingConfig TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_SetWebhook TO coupon_ops;
GRANT EXECUTE ON OBJECT::dbo.sp_RetryDeadDeliveries TO coupon_ops;

-- Reading
GRANT SELECT ON OBJECT::dbo.vw_ActiveCampaigns TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_RedemptionStats TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_CouponList TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_GenerationProgress TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_RedemptionLedger TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_ActiveReservations TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_CounterDrift TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_SettingsList TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_CampaignPerformance TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_CampaignBudget TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_CampaignCoupons TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_VariantPerformance TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_ChannelAttribution TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_PartnerCommissions TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_ExpiringCoupons TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_RecentActivity TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_DailyRedemptions TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_TopPerformers TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_ConversionFunnel TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_GeographicUsage TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_ServiceBreakdown TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_ConsultantImpact TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_TierBreakdown TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_TemporalPatterns TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_FailureReasons TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_CohortRetention TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_AnalyticsDaily TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_FraudQueue TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_FraudSummary TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_Watchlist TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_AccessLists TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_PaymentEvents TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_UnpaidInvoices TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_InvoiceDiscounts TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_SubscriptionCredits TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_CouponSubscriptions TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_LicenseUsage TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_CreditLedger TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_ProrationTimeline TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_RevenueAttribution TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_JobStatus TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_RecentEvents TO coupon_reader, coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_OutboxBacklog TO coupon_reader, coupon_ops;

-- Reading personal data
GRANT SELECT ON OBJECT::dbo.vw_SuspiciousIps TO coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_AttemptDetails TO coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_AuditTrail TO coupon_ops;

-- Operators watch the running server as well (procedure statistics, table sizes).
GRANT SELECT ON OBJECT::dbo.vw_ProcedurePerformance TO coupon_ops;
GRANT SELECT ON OBJECT::dbo.vw_TableSizes TO coupon_ops;
GRANT VIEW DATABASE STATE TO coupon_ops;
GO
