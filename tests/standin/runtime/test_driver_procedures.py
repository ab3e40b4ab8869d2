"""What drivers ask about tables, columns and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from couponry_standin.tsql.driver_procedures import DRIVER_PROCEDURES
from couponry_standin.tsql.parser import parse
from couponry_standin.tsql.tree import CreateProcedure, Literal

from .conftest import Desk

DEFINITIONS = """
CREATE TABLE dbo.Streets (
    StreetId int NOT NULL IDENTITY(1, 1) CONSTRAINT PK_Streets PRIMARY KEY,
    Name nvarchar(40) NOT NULL CONSTRAINT DF_Streets_Name DEFAULT N'x',
    Length decimal(9, 2) NULL,
    Note nvarchar(max) NULL,
    Built datetime2(3) NULL,
    Version rowversion NOT NULL,
    INDEX IX_Streets_Name UNIQUE (Name DESC)
);
CREATE TABLE dbo.Houses (
    HouseId int NOT NULL CONSTRAINT PK_Houses PRIMARY KEY,
    StreetId int NOT NULL CONSTRAINT FK_Houses_Streets REFERENCES dbo.Streets (StreetId)
);
"""


@pytest.fixture(scope="module")
def town(desk: Desk) -> Iterator[Desk]:
    desk.define(DEFINITIONS)
    yield desk


def ask(desk: Desk, name: str, **arguments: str) -> list[tuple[str | None, ...]]:
    """The rows of a procedure: its parameters replaced by arguments and defaults."""
    procedure = DRIVER_PROCEDURES[name]
    node = parse(f"CREATE PROCEDURE p {procedure.parameters} AS RETURN").statements[0]
    assert isinstance(node, CreateProcedure)
    values: dict[str, str] = {}
    for parameter in node.parameters:
        default = parameter.default
        text = "NULL"
        if isinstance(default, Literal) and default.kind != "null":
            text = default.value if default.kind == "int" else f"N'{default.value}'"
        given = arguments.get(parameter.name[1:])
        value = text if given is None else "N'" + given.replace("'", "''") + "'"
        values[parameter.name.lower()] = f"CAST({value} AS {parameter.type})"
    text = re.sub(r"@\w+", lambda match: values[match[0].lower()], procedure.text)
    return desk.rows(text.strip().rstrip(";"))


def test_tables_are_listed_by_pattern_and_type(town: Desk) -> None:
    assert ask(town, "sp_tables", table_name="Street%") == [
        ("Runtime_Test", "dbo", "Streets", "TABLE", None)
    ]
    assert ask(town, "sp_tables", table_name="Streets", table_type="'VIEW'") == []


def test_columns_have_their_odbc_types(town: Desk) -> None:
    rows = ask(town, "sp_columns_100", table_name="Streets")

    assert [(row[3], row[4], row[5], row[6], row[7], row[8], row[10]) for row in rows] == [
        ("StreetId", "4", "int identity", "10", "4", "0", "0"),
        ("Name", "-9", "nvarchar", "40", "80", None, "0"),
        ("Length", "3", "decimal", "9", "11", "2", "1"),
        ("Note", "-9", "nvarchar", "0", "0", None, "1"),
        ("Built", "93", "datetime2", "23", "16", "3", "1"),
        ("Version", "-2", "timestamp", "8", "8", None, "0"),
    ]
    assert len(rows[0]) == 29


def test_keys_are_listed(town: Desk) -> None:
    assert ask(town, "sp_pkeys", table_name="houses") == [
        ("Runtime_Test", "dbo", "Houses", "HouseId", "1", "PK_Houses")
    ]
    [row] = ask(town, "sp_fkeys", fktable_name="Houses")
    assert row[2:4] + row[6:8] + row[11:13] == (
        "Streets", "StreetId", "Houses", "StreetId", "FK_Houses_Streets", "PK_Streets"
    )  # fmt: skip


def test_indexes_and_row_identifiers_are_listed(town: Desk) -> None:
    rows = ask(town, "sp_statistics_100", table_name="Streets")
    assert [(row[5], row[6], row[8], row[9]) for row in rows] == [
        (None, "0", None, None),
        ("PK_Streets", "1", "StreetId", "A"),
        ("IX_Streets_Name", "3", "Name", "D"),
    ]
    assert [row[1] for row in ask(town, "sp_special_columns_100", table_name="Streets")] == [
        "StreetId"
    ]
    assert [
        row[1] for row in ask(town, "sp_special_columns_100", table_name="Streets", col_type="V")
    ] == ["Version"]


@pytest.mark.parametrize("name", sorted(DRIVER_PROCEDURES))
def test_every_procedure_can_be_asked_without_arguments(town: Desk, name: str) -> None:
    ask(town, name)
