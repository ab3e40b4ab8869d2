/*
dbo.vw_AuditTrail: who changed what, when and from where. Personal data: for operators.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_AuditTrail
AS
SELECT
    a.AuditId,
    a.OccurredAt,
    a.Actor,
    a.LoginName,
    a.Action,
    a.EntityType,
    a.EntityId,
    a.SubjectUserId,
    a.BeforeJson,
    a.AfterJson,
    a.Reason,
    a.IpAddress,
    a.UserAgent,
    a.CorrelationId
FROM dbo.AuditLog AS a;
GO
