"""The catalogue that all sessions of a database share."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from couponry_standin.postgres.pool import Pool
from couponry_standin.session import database as module
from couponry_standin.session.database import Database
from couponry_standin.tsql.catalog import Catalog


def test_whoever_comes_while_the_catalogue_is_read_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = Catalog("shop")
    reads = 0

    async def slowly(*_: Any) -> Catalog:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0)
        return read

    async def nothing(_: Database) -> None:
        return None

    monkeypatch.setattr(module, "read_catalog", slowly)
    monkeypatch.setattr(Database, "_connection", nothing)

    async def three() -> list[Catalog]:
        database = Database("shop", "shop", pool=Pool(str, limit=1))
        return await asyncio.gather(*(database.fresh() for _ in range(3)))

    found = asyncio.run(three())

    # The second and the third used to get the empty one that a server starts with.
    assert all(one is read for one in found)
    assert reads == 1
