SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Sets what a model costs per 1,000 tokens from an instant on: the price in force until
           then ends there, one that was to begin later ends the new one. A price from the very
           same instant is corrected in its place. A provider that is not known yet is made.
Called by: coupon_ops
Locks:     Providers: the row of the provider stands guard for all its prices. ModelProviderPricing;
           L11: AuditLog. Own transaction, or that of the caller.
Returns:   SR
Throws:    50001 provider, model or a price missing; 50002 negative price; 50008 text too long;
           50102 called in a doomed transaction.
Replay:    the price in force at that instant again succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetPricing
    @ProviderId nvarchar(50), @ModelId nvarchar(100), @InputPricePer1K decimal(18,6),
    @OutputPricePer1K decimal(18,6), @EffectiveFrom datetime2(3) = NULL,
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @Guard nvarchar(50), @PricingId int, @From datetime2(3), @Input decimal(18,6),
            @Output decimal(18,6), @EntityId nvarchar(200), @Before nvarchar(max),
            @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @ProviderId = NULLIF(TRIM(@ProviderId), N''), @ModelId = NULLIF(TRIM(@ModelId), N'');
    EXEC dbo.sp_i_CheckAdmin
         @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @ProviderId IS NULL THROW 50001, N'ARG_REQUIRED: @ProviderId is required.', 1;
    IF @ModelId IS NULL THROW 50001, N'ARG_REQUIRED: @ModelId is required.', 1;
    IF @InputPricePer1K IS NULL THROW 50001, N'ARG_REQUIRED: @InputPricePer1K is required.', 1;
    IF @OutputPricePer1K IS NULL THROW 50001, N'ARG_REQUIRED: @OutputPricePer1K is required.', 1;
    IF @InputPricePer1K < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @InputPricePer1K is negative.', 1;
    IF @OutputPricePer1K < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @OutputPricePer1K is negative.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        -- HOLDLOCK protects the absence between the test and the insert.
        INSERT INTO dbo.Providers (ProviderId, Name, CreatedAt, CreatedBy)
        SELECT @ProviderId, @ProviderId, @Now, @Actor
        WHERE NOT EXISTS (SELECT 1
                          FROM dbo.Providers AS p WITH (UPDLOCK, HOLDLOCK)
                          WHERE p.ProviderId = @ProviderId);
        -- UPDLOCK: prices of one provider are changed one call after the other.
        SELECT @Guard = p.ProviderId
        FROM dbo.Providers AS p WITH (UPDLOCK, ROWLOCK)
        WHERE p.ProviderId = @ProviderId;

        SET @Now = SYSUTCDATETIME();
        SET @EffectiveFrom = COALESCE(@EffectiveFrom, @Now);
        SELECT TOP (1) @PricingId = p.PricingId, @From = p.EffectiveFrom,
               @Input = p.InputPricePer1K, @Output = p.OutputPricePer1K
        FROM dbo.ModelProviderPricing AS p
        WHERE p.ProviderId = @ProviderId AND p.ModelId = @ModelId
              AND p.EffectiveFrom <= @EffectiveFrom
              AND (p.EffectiveTo IS NULL OR p.EffectiveTo > @EffectiveFrom)
        ORDER BY p.EffectiveFrom DESC;

        IF @PricingId IS NULL OR @Input <> @InputPricePer1K OR @Output <> @OutputPricePer1K
        BEGIN
            IF @From = @EffectiveFrom
                UPDATE dbo.ModelProviderPricing
                SET InputPricePer1K = @InputPricePer1K, OutputPricePer1K = @OutputPricePer1K
                WHERE PricingId = @PricingId;
            ELSE
            BEGIN
                UPDATE dbo.ModelProviderPricing
                SET EffectiveTo = @EffectiveFrom
                WHERE PricingId = @PricingId;
                INSERT INTO dbo.ModelProviderPricing
                    (ProviderId, ModelId, InputPricePer1K, OutputPricePer1K, EffectiveFrom,
                     EffectiveTo, CreatedAt, CreatedBy)
                SELECT @ProviderId, @ModelId, @InputPricePer1K, @OutputPricePer1K, @EffectiveFrom,
                       MIN(p.EffectiveFrom), @Now, @Actor
                FROM dbo.ModelProviderPricing AS p
                WHERE p.ProviderId = @ProviderId AND p.ModelId = @ModelId
                      AND p.EffectiveFrom > @EffectiveFrom;
            END;

            SET @EntityId = LEFT(CONCAT(@ProviderId, N'/', @ModelId), 120);
            IF @PricingId IS NOT NULL
                SET @Before = (SELECT @Input AS inputPricePer1K, @Output AS outputPricePer1K,
                                      @From AS effectiveFrom
                               FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SET @After = (SELECT @InputPricePer1K AS inputPricePer1K,
                                 @OutputPricePer1K AS outputPricePer1K,
                                 @EffectiveFrom AS effectiveFrom
                          FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'pricing.set', @EntityType = N'pricing',
                 @EntityId = @EntityId, @BeforeJson = @Before, @AfterJson = @After,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
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
           CAST(N'Price set.' AS nvarchar(400)) AS Message;
END;
