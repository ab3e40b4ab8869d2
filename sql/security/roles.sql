SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
The four roles of the system. Members: coupon_service = microservices, coupon_job = workers and
maintenance jobs, coupon_ops = operators, coupon_reader = database administrators and reporting.
What each may do is in grants.sql; who is in them is decided outside the scripts.
*/
IF DATABASE_PRINCIPAL_ID(N'coupon_service') IS NULL
    CREATE ROLE coupon_service AUTHORIZATION dbo;

IF DATABASE_PRINCIPAL_ID(N'coupon_job') IS NULL
    CREATE ROLE coupon_job AUTHORIZATION dbo;

IF DATABASE_PRINCIPAL_ID(N'coupon_ops') IS NULL
    CREATE ROLE coupon_ops AUTHORIZATION dbo;

IF DATABASE_PRINCIPAL_ID(N'coupon_reader') IS NULL
    CREATE ROLE coupon_reader AUTHORIZATION dbo;
GO
