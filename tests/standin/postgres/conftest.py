"""One PostgreSQL for the tests of a module, and a loop to talk to it from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from couponry_standin.postgres.cluster import UNSYNCED, Cluster

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

SMALL = {"shared_buffers": "16MB", "max_connections": "40"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"), settings={**SMALL, **UNSYNCED})
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def run() -> Iterator[Run[Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A runtime of two scripts, the second of which needs the first."""
    directory = tmp_path / "runtime"
    directory.mkdir()
    (directory / "000_tables.sql").write_text(
        "CREATE SCHEMA IF NOT EXISTS tsql;\n"
        "CREATE TABLE IF NOT EXISTS tsql.options (name text PRIMARY KEY, value text);\n"
    )
    (directory / "010_functions.sql").write_text(
        "CREATE OR REPLACE FUNCTION tsql.version() RETURNS int\n"
        "LANGUAGE sql RETURN (SELECT 1 + count(*)::int FROM tsql.options WHERE false);\n"
    )
    return directory
