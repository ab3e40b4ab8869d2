/*
dbo.Providers: the model providers whose usage is priced.

Written by: sp_SetPricing, the reference seed.
Read by:    sp_DeductCredits, usage reports.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.Providers
(
    ProviderId nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Name nvarchar(100) NOT NULL,
    IsActive bit NOT NULL CONSTRAINT DF_Providers_IsActive DEFAULT (1),
    CreatedAt datetime2(3) NOT NULL CONSTRAINT DF_Providers_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_Providers PRIMARY KEY CLUSTERED (ProviderId)
);
GO
