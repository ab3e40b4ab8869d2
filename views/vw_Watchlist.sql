/*
dbo.vw_Watchlist: the users on the watch list, with the attempts that fraud rules flagged and the
last attempt of any kind. Entries that ended or were removed are left out.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_Watchlist
AS
SELECT
    a.SubjectValue AS UserId,
    a.RiskScore,
    (
        SELECT ISNULL(SUM(e.OccurrenceCount), 0)
        FROM dbo.FraudEvents AS e
        WHERE
            e.UserId = a.SubjectValue
            AND e.IsFlagged = 1
    ) AS FlaggedAttempts,
    (
        SELECT MAX(h.AttemptedAt)
        FROM dbo.RedemptionHistory AS h
        WHERE h.UserId = a.SubjectValue
    ) AS LastActivity,
    a.RecommendedAction,
    a.Reason
FROM dbo.AccessLists AS a
WHERE
    a.ListKind = N'watch'
    AND a.SubjectKind = N'user'
    AND a.IsActive = 1
    AND (a.ExpiresAt IS NULL OR a.ExpiresAt > SYSUTCDATETIME());
GO
