"""Generation requests to work on, and what the database says about them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

from couponry_jobs import procedures
from couponry_jobs.connection import Database, Row
from couponry_jobs.settings import Settings
from tests.endpoint import Target


@dataclass(frozen=True, slots=True)
class Request:
    """One request in a campaign of its own."""

    target: Target
    database: Database
    request_id: str
    campaign_id: str

    def settings(self, instance: str = "worker-1", **changes: object) -> Settings:
        return replace(
            self.target.settings,
            request_id=self.request_id,
            instance=instance,
            **changes,  # type: ignore[arg-type]
        )

    def row(self) -> Row:
        return procedures.get_generation_request(self.database, request_id=self.request_id).row

    @property
    def status(self) -> str:
        return str(self.row()["Status"])

    def batches(self) -> list[int]:
        answer = procedures.get_generation_request(self.database, request_id=self.request_id)
        return sorted(int(cast(int, row["BatchNo"])) for row in answer.set(2))

    def codes(self) -> list[str]:
        """The codes that are really in the table."""
        rows = self.database.execute(
            "SELECT CouponCode FROM dbo.Coupons WHERE GenerationBatchId = ?", [self.request_id]
        )[0]
        return [str(row["CouponCode"]) for row in rows]

    def end_lease(self) -> None:
        """As if the lease had run out: nobody waits for it in a test."""
        self.database.execute(
            "UPDATE dbo.GenerationRequests SET LeaseExpiresAt = DATEADD(SECOND, -1,"
            " SYSUTCDATETIME()) WHERE RequestId = ?",
            [self.request_id],
        )

    def end_as(self, status: str, owner: str) -> None:
        procedures.update_generation_request(
            self.database, request_id=self.request_id, status=status, lease_owner=owner
        )

    def claim_by(self, owner: str) -> procedures.Claim:
        return procedures.claim_generation_request(
            self.database, lease_owner=owner, request_id=self.request_id
        )


def make_campaign(database: Database, *, percent: int = 10) -> str:
    campaign_id = f"gen-{secrets.token_hex(6)}"
    now = datetime.now(UTC).replace(tzinfo=None)
    procedures.create_campaign(
        database,
        campaign_id=campaign_id,
        name="Generation",
        start=now,
        end=now + timedelta(days=1),
        percent=Decimal(percent),
    )
    return campaign_id


def make_request(
    target: Target, database: Database, *, amount: int, batch_size: int | None = None
) -> Request:
    campaign_id = make_campaign(database)
    answer = procedures.create_generation_request(
        database, campaign_id=campaign_id, amount=amount, batch_size=batch_size
    )
    return Request(target, database, str(answer.row["RequestId"]), campaign_id)
