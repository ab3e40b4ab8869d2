"""Redemptions per second on one hot campaign, without and with stripes, and on many campaigns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.callers import redeem
from bench.shops import make_campaign, make_coupons, spread
from bench.sites import Site
from couponry_jobs.connection import Database

CONNECTIONS = 32
STRIPES = 16
COUPONS = 256


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    rate: float
    median_ms: float
    slowest_ms: float
    refused: int


def measure(
    site: Site,
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    coupons: int = COUPONS,
    say: Callable[[str], None] = lambda _: None,
) -> list[Figure]:
    """All three have the same number of coupons; only how campaigns share them differs."""
    say("making the campaigns")
    with Database(site.settings) as database:
        make_campaign(database, "hot")
        make_campaign(database, "hot-striped", stripes=STRIPES)
        shops = {
            "one hot campaign": make_coupons(database, "hot", coupons),
            f"one hot campaign, {STRIPES} stripes": make_coupons(database, "hot-striped", coupons),
            "spread over 64 campaigns": spread(
                database, "spread-", min(64, coupons), max(coupons // 64, 1)
            ),
        }
    figures: list[Figure] = []
    for what, codes in shops.items():
        say(what)
        calls = redeem(site.settings, codes, connections=connections, seconds=seconds)
        figures.append(
            Figure(
                what,
                calls.rate,
                calls.percentile(0.5) * 1000,
                calls.percentile(0.99) * 1000,
                calls.refused.total(),
            )
        )
    return figures
