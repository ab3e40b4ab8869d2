/*
dbo.ErasureLog: proof that a person was erased; the original id is not stored.

Written by: sp_EraseUserData.
Read by:    data protection officers.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.ErasureLog
(
    ErasureId int IDENTITY (1, 1) NOT NULL,
    PseudonymId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RequestedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RequestedAt datetime2(3) NOT NULL
        CONSTRAINT DF_ErasureLog_RequestedAt DEFAULT (SYSUTCDATETIME()),
    RowsChangedJson nvarchar(max) NOT NULL,
    Ticket nvarchar(100) NOT NULL,

    CONSTRAINT PK_ErasureLog PRIMARY KEY CLUSTERED (ErasureId),
    CONSTRAINT UQ_ErasureLog_PseudonymId UNIQUE NONCLUSTERED (PseudonymId),
    CONSTRAINT CK_ErasureLog_RowsChangedJson_IsJson CHECK (ISJSON(RowsChangedJson) = 1)
);
GO
