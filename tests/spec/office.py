"""The back office: campaigns, coupons, settings and the generation of codes, as nouns and verbs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import pyodbc
import pytest

from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, Row, call, run

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def now() -> datetime:
    """The present, in UTC and without a zone, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def fresh(prefix: str = "t") -> str:
    """A name that nobody has used."""
    return f"{prefix}-{secrets.token_hex(6)}"


def fresh_code(prefix: str = "T") -> str:
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(12))


def fresh_codes(number: int, prefix: str = "T") -> list[str]:
    return [fresh_code(prefix) for _ in range(number)]


def as_json(codes: Iterable[str | dict[str, Any]]) -> str:
    """What a worker sends to sp_BulkInsertCoupons."""
    return json.dumps([{"code": one} if isinstance(one, str) else one for one in codes])


class Office:
    """One database seen by its owner, and by a user of each role when asked."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connections: dict[str | None, pyodbc.Connection] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self._connections.values():
            connection.close()

    def connection(self, role: str | None = None) -> pyodbc.Connection:
        if role not in self._connections:
            self._connections[role] = self._target.connect(role)
        return self._connections[role]

    # ------------------------------------------------------------ calling and looking

    def call(self, procedure: str, *, role: str | None = None, **arguments: Any) -> Answer:
        return call(self.connection(role), procedure, **arguments)

    def refuses(
        self, number: int, procedure: str, *, role: str | None = None, **arguments: Any
    ) -> str:
        """The call throws that number; returns the message."""
        with pytest.raises(Fault) as caught:
            self.call(procedure, role=role, **arguments)
        assert caught.value.number == number, caught.value
        return caught.value.message

    def rows(self, text: str, *bound: object) -> tuple[Row, ...]:
        return run(self.connection(), text, bound)[0]

    def row(self, text: str, *bound: object) -> Row:
        (only,) = self.rows(text, *bound)
        return only

    def value(self, text: str, *bound: object) -> Any:
        return next(iter(self.row(text, *bound).values()))

    def write(self, text: str, *bound: object) -> None:
        """What no procedure can bring about, such as time that has passed."""
        run(self.connection(), text, bound)

    def actions(self, entity: str) -> list[str]:
        """What the audit log says was done to an entity, oldest first."""
        found = self.rows(
            "SELECT Action FROM dbo.AuditLog WHERE EntityId = ? ORDER BY AuditId;", entity
        )
        return [row["Action"] for row in found]

    def events(self, entity: str) -> list[str]:
        """What the outbox says about an entity, oldest first."""
        found = self.rows(
            "SELECT EventType FROM dbo.OutboxEvents WHERE EntityId = ? ORDER BY EventId;", entity
        )
        return [row["EventType"] for row in found]

    # ------------------------------------------------------------ campaigns and coupons

    def campaign(self, **changes: Any) -> str:
        """A campaign of 10 percent that runs now."""
        given: dict[str, Any] = {
            "campaign_id": fresh("c"),
            "name": "A campaign",
            "start_date": now() - timedelta(days=1),
            "discount_percentage": 10,
        } | changes
        answer = self.call("sp_CreateCampaign", **given)
        assert answer.success, answer.row
        return answer["CampaignId"]

    def coupon(self, campaign: str | None = None, **changes: Any) -> str:
        """A hand-made coupon without limits and with the discount of its campaign."""
        given: dict[str, Any] = {
            "coupon_code": fresh_code(),
            "campaign_id": campaign or self.campaign(),
        } | changes
        answer = self.call("sp_CreateCoupon", **given)
        assert answer.success, answer.row
        return answer["CouponCode"]

    # ------------------------------------------------------------ generation

    def request(self, amount: int = 10, campaign: str | None = None, **changes: Any) -> str:
        answer = self.call(
            "sp_CreateGenerationRequest",
            campaign_id=campaign or self.campaign(),
            requested_amount=amount,
            **changes,
        )
        assert answer.success, answer.row
        return answer["RequestId"]

    def claim(self, worker: str, request: str | None = None, **changes: Any) -> Answer:
        return self.call(
            "sp_ClaimGenerationRequest", lease_owner=worker, request_id=request, **changes
        )

    def claimed(self, amount: int = 10, worker: str = "worker-a", **changes: Any) -> str:
        """A request that a worker has claimed."""
        request = self.request(amount, **changes)
        assert self.claim(worker, request).success
        return request

    def store(
        self,
        request: str,
        number: int,
        codes: Sequence[str | dict[str, Any]],
        worker: str = "worker-a",
    ) -> Answer:
        return self.call(
            "sp_BulkInsertCoupons",
            request_id=request,
            lease_owner=worker,
            batch_no=number,
            coupons_json=as_json(codes),
        )

    def update(self, request: str, status: str, *, role: str | None = None, **more: Any) -> Answer:
        return self.call(
            "sp_UpdateGenerationRequest", role=role, request_id=request, status=status, **more
        )

    def let_lease_run_out(self, request: str) -> None:
        self.write(
            "UPDATE dbo.GenerationRequests SET LeaseExpiresAt = DATEADD(second, -1,"
            " SYSUTCDATETIME()) WHERE RequestId = ?;",
            request,
        )

    def clear_queue(self) -> None:
        """No request of another test waits or is being worked on."""
        self.write(
            "UPDATE dbo.GenerationRequests SET Status = N'Cancelled', LeaseOwner = NULL,"
            " LeaseExpiresAt = NULL WHERE Status IN (N'Pending', N'Processing');"
        )

    def stored(self, request: str) -> Row:
        return self.row("SELECT * FROM dbo.GenerationRequests WHERE RequestId = ?;", request)

    def codes_of(self, request: str) -> list[str]:
        found = self.rows(
            "SELECT CouponCode FROM dbo.Coupons WHERE GenerationBatchId = ? ORDER BY CouponCode;",
            request,
        )
        return [row["CouponCode"] for row in found]

    # ------------------------------------------------------------ settings

    def set(self, name: str, value: object) -> None:
        """A setting as the test needs it; the fixture puts it back afterwards."""
        self.write(
            "UPDATE dbo.Settings SET SettingValue = ? WHERE SettingName = ?;", str(value), name
        )

    def reset_settings(self) -> None:
        self.write(
            "UPDATE dbo.Settings SET SettingValue = DefaultValue"
            " WHERE SettingValue <> DefaultValue;"
        )
