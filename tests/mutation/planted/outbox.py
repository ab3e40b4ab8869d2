"""Events on their way to subscribers."""

from __future__ import annotations

from tests.mutation.bug import bug

OUTBOX = "spec/test_outbox.py"

BUGS = [
    bug(
        "delivery-waits",
        "sp_DequeueOutbox",
        "FROM dbo.OutboxDeliveries AS d WITH (READPAST, UPDLOCK, ROWLOCK)",
        "FROM dbo.OutboxDeliveries AS d WITH (UPDLOCK, ROWLOCK)",
        "Workers queue at a delivery instead of passing it.",
        OUTBOX,
    ),
    bug(
        "delivery-lost-with-its-worker",
        "sp_DequeueOutbox",
        "(d.Status = N'Pending' OR d.LeaseExpiresAt < @Now)",
        "(d.Status = N'Pending')",
        "A delivery whose worker died is never tried again.",
        OUTBOX,
    ),
    bug(
        "delivery-too-soon",
        "sp_DequeueOutbox",
        " AND d.NextAttemptAt <= @Now\n",
        "\n",
        "A receiver that is down is asked again at once.",
        OUTBOX,
    ),
    bug(
        "delivery-told-by-anybody",
        "sp_CompleteOutbox",
        " AND Status = N'Leased'\n              AND LeaseOwner = @LeaseOwner;",
        ";",
        "A worker without the lease says what became of a delivery.",
        OUTBOX,
    ),
    bug(
        "delivery-never-dead",
        "sp_CompleteOutbox",
        "WHEN Attempts + 1 >= @MaxAttempts ",
        "WHEN Attempts + 1 > @MaxAttempts ",
        "A delivery is tried once more than allowed.",
        OUTBOX,
    ),
    bug(
        "delivery-without-back-off",
        "sp_CompleteOutbox",
        "IIF(Attempts >= 10, 21600, 30 * POWER(2, Attempts))",
        "30",
        "The waiting time between attempts does not grow.",
        OUTBOX,
    ),
]
