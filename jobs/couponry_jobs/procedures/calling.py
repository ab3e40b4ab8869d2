"""How a procedure is called: the statement, what is bound to it, and what comes back."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from couponry_jobs.connection import Database, ResultSet, Row, Value
from couponry_jobs.errors import BusinessFailure, DatabaseFault

NO_ROWS = ResultSet((), ())


@dataclass(frozen=True, slots=True)
class Answer:
    """The first row of a procedure that succeeded, and the result sets after it."""

    row: Row
    sets: tuple[ResultSet, ...] = ()

    def set(self, number: int) -> ResultSet:
        """Result set 2, 3 … as the specification counts them."""
        return self.sets[number - 2] if number - 2 < len(self.sets) else NO_ROWS


@dataclass(frozen=True, slots=True)
class Admin:
    """Who does it and why: what every administrative write passes to the audit log."""

    actor: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    reason: str | None = None
    correlation_id: str | None = None

    def parameters(self) -> dict[str, Value]:
        return {
            "Actor": self.actor,
            "IpAddress": self.ip_address,
            "UserAgent": self.user_agent,
            "Reason": self.reason,
            "CorrelationId": self.correlation_id,
        }


@dataclass(frozen=True, slots=True)
class Order:
    """What is known about the order and the caller when a code is checked or redeemed."""

    amount: Decimal | None = None
    order_id: str | None = None
    currency: str | None = None
    tier: str | None = None
    service: str | None = None
    consultant: str | None = None
    country: str | None = None
    device: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    is_vpn: bool | None = None
    channel: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None

    def parameters(self) -> dict[str, Value]:
        return {
            "IpAddress": self.ip_address,
            "UserAgent": self.user_agent,
            "OrderAmount": self.amount,
            "OrderId": self.order_id,
            "CurrencyCode": self.currency,
            "Tier": self.tier,
            "ServiceType": self.service,
            "ConsultantId": self.consultant,
            "CountryCode": self.country,
            "DeviceFingerprint": self.device,
            "IsVpn": self.is_vpn,
            "MarketingChannel": self.channel,
            "UtmSource": self.utm_source,
            "UtmMedium": self.utm_medium,
            "UtmCampaign": self.utm_campaign,
        }


CONFIRMATION = frozenset({"CONFIRMATION_REQUIRED"})
"""The refusal that carries the counts a person is asked about."""

NOBODY = Admin()
NO_ORDER = Order()


def statement_of(
    name: str, required: Mapping[str, Value], optional: Mapping[str, Value]
) -> tuple[str, list[Value]]:
    """The text of a call and what is bound to it."""
    texts: list[str] = []
    values: list[Value] = []
    for parameter, value in required.items():
        if value is None:
            # Written out: for a bound NULL the driver would have to ask the server for its type.
            texts.append(f"@{parameter} = NULL")
        else:
            texts.append(f"@{parameter} = ?")
            values.append(value)
    for parameter, value in optional.items():
        # An absent argument leaves the default to the procedure, which owns it.
        if value is not None:
            texts.append(f"@{parameter} = ?")
            values.append(value)
    return f"EXEC dbo.{name} {', '.join(texts)}".rstrip(), values


def call(
    database: Database,
    name: str,
    required: Mapping[str, Value],
    optional: Mapping[str, Value] | None = None,
    *,
    read: bool = False,
    idempotent: bool = False,
    keyed: bool = False,
    timeout: int | None = None,
    answers: Container[str] = (),
    report: bool = False,
) -> Answer:
    """Calls a procedure that answers with a row. Refusals are raised, but for those in answers,
    whose other result sets are wanted. A report may come from a replica of the database."""
    statement, values = statement_of(name, required, optional or {})
    sets = database.execute(
        statement,
        values,
        idempotent=idempotent or read or report,
        keyed=keyed,
        read_only=report,
        timeout=timeout,
    )
    row = next(iter(sets[0]), None) if sets else None
    if row is None or "Success" not in row:
        raise DatabaseFault(0, f"{name} did not answer with a result row")
    if not row["Success"] and str(row["ErrorCode"]) not in answers:
        raise BusinessFailure(str(row["ErrorCode"]), str(row["Message"] or ""), row)
    return Answer(row, tuple(sets[1:]))


def rows(
    database: Database,
    name: str,
    optional: Mapping[str, Value],
    *,
    timeout: int | None = None,
    report: bool = False,
) -> ResultSet:
    return sets(database, name, optional, timeout=timeout, report=report)[0]


def sets(
    database: Database,
    name: str,
    optional: Mapping[str, Value],
    *,
    timeout: int | None = None,
    report: bool = False,
) -> tuple[ResultSet, ...]:
    """All result sets of a procedure that only reads and has no result row."""
    statement, values = statement_of(name, {}, optional)
    found = tuple(
        database.execute(statement, values, idempotent=True, read_only=report, timeout=timeout)
    )
    if not found:
        raise DatabaseFault(0, f"{name} did not answer with rows")
    return found


def whole(row: Row, name: str) -> int:
    return int(cast(int, row[name]))
