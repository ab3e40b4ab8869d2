"""Campaigns and coupons that are redeemed over and over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from couponry_jobs import procedures
from couponry_jobs.connection import Database


def make_campaign(database: Database, name: str, *, stripes: int = 1) -> None:
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(days=1)
    procedures.create_campaign(
        database,
        campaign_id=name,
        name=f"Bench {name}",
        start=start,
        end=start + timedelta(days=30),
        percent=Decimal(15),
        per_user=5,
        stripes=stripes,
    )


def make_coupons(database: Database, campaign: str, count: int) -> list[str]:
    """Plain percentage coupons without a limit of uses."""
    codes = [f"{campaign}-{number:04d}".upper() for number in range(count)]
    for code in codes:
        procedures.create_coupon(
            database,
            code=code,
            campaign_id=campaign,
            name=f"Bench {code}",
            discount_type="percentage",
            value=Decimal(15),
        )
    return codes


def spread(database: Database, prefix: str, campaigns: int, each: int) -> list[str]:
    codes: list[str] = []
    for number in range(campaigns):
        name = f"{prefix}{number}"
        make_campaign(database, name)
        codes += make_coupons(database, name, each)
    return codes


def middle(values: Sequence[float]) -> float:
    """The median: one slow round does not decide."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
