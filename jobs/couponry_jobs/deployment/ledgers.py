"""What no rollback may take away: the columns of the tables that say what happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from couponry_jobs.connection import Session
from couponry_jobs.errors import DeploymentError
from couponry_jobs.scripts import Script

LEDGERS = (
    "AuditLog",
    "BillingInvoices",
    "CreditAllocations",
    "CreditDeductionLedger",
    "ErasureLog",
    "FraudEvents",
    "FraudEventsArchive",
    "IdempotencyKeys",
    "PaymentTransactions",
    "ProcessedPaymentEvents",
    "ProrationEvents",
    "RedemptionHistory",
    "RedemptionHistoryArchive",
    "Reservations",
    "TokenUsageLedger",
    "UserRedemptions",
)


@contextmanager
def kept(session: Session, script: Script) -> Iterator[None]:
    """The block runs in a transaction that fails when it takes a ledger, or a column of one."""
    before = _columns(session)
    yield
    lost = sorted(before - _columns(session))
    if lost:
        raise DeploymentError(
            f"{script.name} drops {', '.join(lost)}: a rollback keeps what ledgers hold."
            " Nothing was changed"
        )


def _columns(session: Session) -> frozenset[str]:
    names = ", ".join(f"N'{name}'" for name in LEDGERS)
    rows = session.execute(
        "SELECT t.name, c.name FROM sys.tables AS t JOIN sys.columns AS c"
        f" ON c.object_id = t.object_id WHERE t.name IN ({names})"
    )[0].rows
    return frozenset(f"{table}.{column}" for table, column in rows)
