/*
dbo.ModelProviderPricing: what a provider's model costs per 1,000 tokens, by period.

Written by: sp_SetPricing, the reference seed.
Read by:    sp_DeductCredits.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.ModelProviderPricing
(
    PricingId int IDENTITY (1, 1) NOT NULL,
    ProviderId nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ModelId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    InputPricePer1K decimal(18, 6) NOT NULL,
    OutputPricePer1K decimal(18, 6) NOT NULL,
    EffectiveFrom datetime2(3) NOT NULL,
    EffectiveTo datetime2(3) NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_ModelProviderPricing_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_ModelProviderPricing PRIMARY KEY CLUSTERED (PricingId),
    CONSTRAINT UQ_ModelProviderPricing_ProviderId_ModelId_EffectiveFrom
        UNIQUE NONCLUSTERED (ProviderId, ModelId, EffectiveFrom),
    CONSTRAINT FK_ModelProviderPricing_Providers
        FOREIGN KEY (ProviderId) REFERENCES dbo.Providers (ProviderId),
    CONSTRAINT CK_ModelProviderPricing_InputPricePer1K CHECK (InputPricePer1K >= 0),
    CONSTRAINT CK_ModelProviderPricing_OutputPricePer1K CHECK (OutputPricePer1K >= 0),
    CONSTRAINT CK_ModelProviderPricing_Dates CHECK (EffectiveTo > EffectiveFrom)
);
GO
