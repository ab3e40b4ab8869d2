"""Drivers of other languages that follow the protocol: one small program each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.standin.clients import programs
from tests.standin.clients.pooled import CLEAN
from tests.standin.clients.programs import told
from tests.standin.session.engine import Engine

# The first run of a checkout fetches and compiles.
pytestmark = pytest.mark.timeout(1500)

TOLD = {
    "rows": [[[True, "ünï"]], [["second", None]]],
    "outputs": [25, "ünï at 2024-02-29T01:02:03.123"],
    "returned": 3,
    "sets": [[[1]], [["two", None]]],
    "error": [50123, "broken call"],
    "kept": [[1, "first"], [2, None]],
    "copied": 2,
    "listed": [8, "acht"],
    "gave_up": True,
    "fresh": CLEAN,
    "identity": "checkout-api",
    "ended": True,
}
STRICT = TOLD | {"strict": 1}
"""What those tell that speak TDS 8, too."""


@pytest.fixture
def given(engine: Engine) -> Iterator[str]:
    """The connection to a database of its own, as JSON."""
    with engine.database(*programs.DATABASE) as name:
        yield programs.given(engine, name)


def test_node_mssql_and_tedious(given: str) -> None:
    assert told(programs.node(given).run()) == STRICT


def test_go_mssqldb(given: str) -> None:
    assert told(programs.go(given).run()) == STRICT


@pytest.mark.skipif(
    shutil.which("mvn") is None, reason="Microsoft's driver comes through Maven, and no mvn is here"
)
def test_jdbc(given: str) -> None:
    assert told(programs.jdbc(given).run()) == STRICT
