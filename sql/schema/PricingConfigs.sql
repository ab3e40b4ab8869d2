/*
dbo.PricingConfigs: margin and credit rate, of one tier or (Tier NULL) of all; a tier's own row
wins.

Written by: sp_SetPricingConfig, the reference seed.
Read by:    sp_DeductCredits.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.PricingConfigs
(
    ConfigId int IDENTITY (1, 1) NOT NULL,
    Tier nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    MarginMultiplier decimal(6, 3) NOT NULL,
    CreditsPerUsd decimal(12, 4) NOT NULL,
    EffectiveFrom datetime2(3) NOT NULL,
    EffectiveTo datetime2(3) NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_PricingConfigs_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_PricingConfigs PRIMARY KEY CLUSTERED (ConfigId),
    CONSTRAINT UQ_PricingConfigs_Tier_EffectiveFrom UNIQUE NONCLUSTERED (Tier, EffectiveFrom),
    CONSTRAINT CK_PricingConfigs_Tier CHECK (
        Tier IN (
            N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual'
        )
    ),
    CONSTRAINT CK_PricingConfigs_MarginMultiplier CHECK (MarginMultiplier >= 1),
    CONSTRAINT CK_PricingConfigs_CreditsPerUsd CHECK (CreditsPerUsd > 0),
    CONSTRAINT CK_PricingConfigs_Dates CHECK (EffectiveTo > EffectiveFrom)
);
GO
