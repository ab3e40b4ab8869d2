SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Sets what a subscription tier costs and how many credits a month of it brings. Running
           subscriptions keep what they began with.
Called by: coupon_ops
Locks:     SubscriptionTierConfigs; L11: AuditLog. Own transaction, or that of the caller.
Returns:   SR
Throws:    50001 tier, a price or the credits missing; 50002 one of them negative; 50003 unknown
           tier; 50008 text too long; 50102 called in a doomed transaction.
Replay:    the present values again succeed and write nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetTierConfig
    @Tier nvarchar(20), @MonthlyPrice decimal(10,2), @AnnualPrice decimal(10,2),
    @MonthlyCredits int,
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @IsNew bit, @Monthly decimal(10,2), @Annual decimal(10,2), @Credits int,
            @Action nvarchar(60), @Before nvarchar(max), @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SET @Tier = NULLIF(TRIM(@Tier), N'');
    EXEC dbo.sp_i_CheckAdmin
         @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @Tier IS NULL THROW 50001, N'ARG_REQUIRED: @Tier is required.', 1;
    IF @MonthlyPrice IS NULL THROW 50001, N'ARG_REQUIRED: @MonthlyPrice is required.', 1;
    IF @AnnualPrice IS NULL THROW 50001, N'ARG_REQUIRED: @AnnualPrice is required.', 1;
    IF @MonthlyCredits IS NULL THROW 50001, N'ARG_REQUIRED: @MonthlyCredits is required.', 1;
    IF @MonthlyPrice < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @MonthlyPrice is negative.', 1;
    IF @AnnualPrice < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @AnnualPrice is negative.', 1;
    IF @MonthlyCredits < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @MonthlyCredits is negative.', 1;
    IF @Tier COLLATE Latin1_General_100_BIN2 NOT IN
        (N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual')
        THROW 50003, N'ARG_NOT_IN_LIST: @Tier is not a subscription tier.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        -- HOLDLOCK protects the absence between the test and the insert.
        INSERT INTO dbo.SubscriptionTierConfigs
            (Tier, DisplayName, MonthlyPrice, AnnualPrice, MonthlyCredits, CreatedAt, CreatedBy,
             UpdatedAt, UpdatedBy)
        SELECT @Tier,
               CASE @Tier WHEN N'free' THEN N'Free' WHEN N'pro' THEN N'Pro'
                          WHEN N'pro_max' THEN N'Pro Max'
                          WHEN N'enterprise_pro' THEN N'Enterprise Pro'
                          WHEN N'enterprise_max' THEN N'Enterprise Max' ELSE N'Perpetual' END,
               @MonthlyPrice, @AnnualPrice, @MonthlyCredits, @Now, @Actor, @Now, @Actor
        WHERE NOT EXISTS (SELECT 1
                          FROM dbo.SubscriptionTierConfigs AS t WITH (UPDLOCK, HOLDLOCK)
                          WHERE t.Tier = @Tier);
        SET @IsNew = @@ROWCOUNT;

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @Monthly = t.MonthlyPrice, @Annual = t.AnnualPrice, @Credits = t.MonthlyCredits
        FROM dbo.SubscriptionTierConfigs AS t WITH (UPDLOCK, ROWLOCK)
        WHERE t.Tier = @Tier;
        IF @IsNew = 1 OR @Monthly <> @MonthlyPrice OR @Annual <> @AnnualPrice
           OR @Credits <> @MonthlyCredits
        BEGIN
            UPDATE dbo.SubscriptionTierConfigs
            SET MonthlyPrice = @MonthlyPrice, AnnualPrice = @AnnualPrice,
                MonthlyCredits = @MonthlyCredits, UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE Tier = @Tier AND @IsNew = 0;

            IF @IsNew = 0
                SET @Before = (SELECT @Monthly AS monthlyPrice, @Annual AS annualPrice,
                                      @Credits AS monthlyCredits
                               FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SELECT @Action = IIF(@IsNew = 1, N'tier.create', N'tier.update'),
                   @After = (SELECT @MonthlyPrice AS monthlyPrice, @AnnualPrice AS annualPrice,
                                    @MonthlyCredits AS monthlyCredits
                             FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = @Action, @EntityType = N'tier', @EntityId = @Tier,
                 @BeforeJson = @Before, @AfterJson = @After, @Actor = @Actor,
                 @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                 @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'Tier set.' AS nvarchar(400)) AS Message;
END;
