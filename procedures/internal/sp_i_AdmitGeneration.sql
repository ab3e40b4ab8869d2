SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Decides whether a generation request may be stored: its campaign exists, somebody grants
           a discount, the codes are hard enough to guess. Fills in what the caller left to
           settings. Strength: 4.954 bits a character (31 symbols) less log2 of the
           codes of the campaign.
Called by: sp_CreateGenerationRequest, inside its transaction
Locks:     none beyond the caller's
Returns:   @ErrorCode (NULL: admitted), @Message, @CodeLength, @BatchSize, @EffectiveBits
Throws:    50100
Replay:    reads only; a request that is stored already (@IsStored) only has its bits counted
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AdmitGeneration
    @CampaignId nvarchar(100),
    @RequestId nvarchar(100),
    @RequestedAmount int,
    @DiscountType nvarchar(20),
    @IsStored bit,
    @CodeLength tinyint OUTPUT,
    @BatchSize int OUTPUT,
    @EffectiveBits decimal(6,2) OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @CampaignFound bit, @CampaignGrants bit, @MinimumBits int, @Codes bigint;

    SELECT @CodeLength = COALESCE(@CodeLength, l.IntValue),
           @BatchSize = COALESCE(@BatchSize, b.IntValue), @MinimumBits = m.IntValue
    FROM dbo.fn_Setting(N'generation_code_length') AS l
    CROSS JOIN dbo.fn_Setting(N'generation_batch_size') AS b
    CROSS JOIN dbo.fn_Setting(N'min_guess_bits') AS m;
    IF @CodeLength IS NULL OR @BatchSize IS NULL OR @MinimumBits IS NULL
        THROW 50100, N'SETTING_MISSING: generation_code_length, _batch_size or min_guess_bits', 1;

    SELECT @CampaignFound = 1,
           @CampaignGrants = IIF(COALESCE(c.DiscountPercentage, c.DiscountAmount) IS NULL, 0, 1)
    FROM dbo.Campaigns AS c
    WHERE c.CampaignId = @CampaignId AND c.DeletedAt IS NULL;

    -- Codes that will exist: what other requests made or will make, the hand-made ones, these.
    -- Summing the requests spares counting millions of coupons.
    SELECT @Codes = @RequestedAmount
        + (SELECT COALESCE(SUM(CAST(IIF(g.Status IN (N'Pending', N'Processing'),
                                        g.RequestedAmount, g.GeneratedAmount) AS bigint)), 0)
           FROM dbo.GenerationRequests AS g
           WHERE g.CampaignId = @CampaignId AND g.RequestId <> COALESCE(@RequestId, N''))
        + (SELECT COUNT_BIG(*)
           FROM dbo.Coupons AS k
           WHERE k.CampaignId = @CampaignId AND k.GenerationBatchId IS NULL
             AND k.DeletedAt IS NULL);
    SET @EffectiveBits = @CodeLength * 4.954 - LOG(@Codes) / LOG(2);

    SELECT @ErrorCode = NULL,
           @Message = IIF(@IsStored = 1, N'Generation request exists already.',
                          N'Generation request created.');
    IF @IsStored = 1 RETURN;

    IF @CampaignFound IS NULL
        SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND', @EffectiveBits = NULL,
               @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');
    ELSE IF @DiscountType IS NULL AND @CampaignGrants = 0
        SELECT @ErrorCode = N'NO_DISCOUNT_CONFIGURED', @EffectiveBits = NULL,
               @Message = N'Neither the template nor the campaign has a discount.';
    ELSE IF @EffectiveBits < @MinimumBits
        SELECT @ErrorCode = N'INSUFFICIENT_ENTROPY',
               @Message = CONCAT(N'Codes would resist guessing by ', @EffectiveBits,
                                 N' bits only; ', @MinimumBits, N' are required.'),
               @EffectiveBits = NULL;
END;
