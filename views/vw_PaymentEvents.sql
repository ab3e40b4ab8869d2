/*
dbo.vw_PaymentEvents: what the payment provider reported, and what became of it. An event that
waits for its payment has no ProcessedAt.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_PaymentEvents
AS
SELECT
    e.EventId,
    e.EventType,
    e.Outcome,
    e.OrderId,
    e.ReservationId,
    e.RedemptionId,
    e.Amount,
    e.ReceivedAt,
    e.ProcessedAt,
    e.Attempts,
    CAST(DATEDIFF_BIG(MILLISECOND, e.ReceivedAt, e.ProcessedAt) / 1000.0 AS decimal(18, 3))
        AS SecondsToProcess,
    e.LastError
FROM dbo.ProcessedPaymentEvents AS e;
GO
