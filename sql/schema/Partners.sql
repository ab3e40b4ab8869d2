/*
dbo.Partners: affiliates and their commission.

Written by: sp_UpsertPartner.
Read by:    sp_CreateCoupon, vw_PartnerCommissions.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.Partners
(
    PartnerId int IDENTITY (1, 1) NOT NULL,
    Name nvarchar(200) NOT NULL,
    CommissionPercent decimal(5, 2) NOT NULL CONSTRAINT DF_Partners_CommissionPercent DEFAULT (0),
    IsActive bit NOT NULL CONSTRAINT DF_Partners_IsActive DEFAULT (1),
    CreatedAt datetime2(3) NOT NULL CONSTRAINT DF_Partners_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL CONSTRAINT DF_Partners_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_Partners PRIMARY KEY CLUSTERED (PartnerId),
    CONSTRAINT UQ_Partners_Name UNIQUE NONCLUSTERED (Name),
    CONSTRAINT CK_Partners_CommissionPercent CHECK (
        CommissionPercent >= 0 AND CommissionPercent <= 100
    )
);
GO
