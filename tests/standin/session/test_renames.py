"""sp_rename and sp_helpindex, which the migrations of object mappers call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine
from tests.standin.session.wire import Wire

TABLES = [
    "CREATE TABLE dbo.Parent (Id int IDENTITY PRIMARY KEY,"
    " A int NOT NULL CONSTRAINT DF_A DEFAULT 5, B nvarchar(10) NULL CONSTRAINT UQ_B UNIQUE,"
    " C int NULL CHECK (C > 0), V rowversion);"
    " CREATE INDEX IX_A ON dbo.Parent (A DESC, Id) INCLUDE (B)",
    "CREATE TABLE dbo.Child (Id int PRIMARY KEY,"
    " P int NOT NULL CONSTRAINT FK_P REFERENCES dbo.Parent (Id));"
    " INSERT dbo.Parent (B, C) VALUES (N'x', 1)",
]


@pytest.fixture
def wire(engine: Engine) -> Iterator[Wire]:
    with engine.database(*TABLES) as name, engine.wire(name) as opened:
        yield opened


def test_a_column_has_its_new_name_everywhere(wire: Wire) -> None:
    for old, new in (("Id", "ParentId"), ("A", "Amount"), ("B", "Word")):
        renamed = wire.batch(f"EXEC sp_rename N'dbo.Parent.{old}', N'{new}', 'COLUMN'")
        assert renamed.errors == []
        assert [each.number for each in renamed.of("info")] == [15477]

    assert wire.batch("INSERT dbo.Parent (C) VALUES (2); SELECT Amount FROM dbo.Parent").rows == [
        ("5",),
        ("5",),
    ]
    assert wire.batch("EXEC sp_helpindex N'dbo.Parent'").rows[0] == (
        "IX_A",
        "nonclustered located on PRIMARY",
        "Amount(-), ParentId",
    )
    [missing] = wire.batch("INSERT dbo.Child VALUES (1, 9)").errors
    assert "table \"dbo.Parent\", column 'ParentId'" in missing.text
    assert wire.batch("SELECT A FROM dbo.Parent").numbers == [207]


def test_a_table_leaves_room_for_another_one_under_its_old_name(wire: Wire) -> None:
    for old, new in (("IX_A", "IX_Amount"), ("UQ_B", "UQ_Word"), ("DF_A", "DF_Amount")):
        target = f"dbo.Parent.{old}" if old == "IX_A" else old
        assert wire.batch(f"EXEC sp_rename N'{target}', N'{new}'").errors == []

    assert wire.batch("EXEC sp_rename N'Parent', N'Elder'").errors == []
    again = wire.batch(TABLES[0])

    assert again.errors == []
    assert wire.batch("SELECT B FROM dbo.Elder").rows == [("x",)]
    assert wire.batch("SELECT B FROM dbo.Parent").rows == []
    [missing] = wire.batch("INSERT dbo.Child VALUES (1, 9)").errors
    assert 'table "dbo.Elder"' in missing.text
    [double] = wire.batch("INSERT dbo.Elder (B, C) VALUES (N'x', 1)").errors
    assert "'UQ_Word'" in double.text and "'dbo.Elder'" in double.text


def test_a_rename_is_undone_with_its_transaction(wire: Wire) -> None:
    wire.batch("BEGIN TRANSACTION; EXEC sp_rename N'Parent', N'Elder'")
    inside = wire.batch("SELECT B FROM dbo.Elder")
    wire.batch("ROLLBACK")

    assert inside.rows == [("x",)]
    assert wire.batch("SELECT B FROM dbo.Parent").rows == [("x",)]


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        ("N'dbo.Parent.C', N'D', 'COLUMN'", 15336),
        ("N'dbo.Parent.B', N'A', 'COLUMN'", 15335),
        ("N'dbo.Parent.X', N'A', 'COLUMN'", 15248),
        ("N'dbo.Nobody', N'A'", 15225),
        ("N'dbo.Parent', N'Child'", 15335),
        ("N'dbo.Parent.V', N'W', 'COLUMN'", 40517),
        ("N'dbo.Parent'", 201),
    ],
)
def test_what_cannot_be_renamed(wire: Wire, arguments: str, number: int) -> None:
    caught = wire.batch(
        f"BEGIN TRY EXEC sp_rename {arguments} END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH"
    )
    plain = wire.batch(f"EXEC sp_rename {arguments}")

    assert plain.numbers == [number]
    assert number == 40517 or caught.value == str(number)


def test_indexes_of_what_does_not_exist(wire: Wire) -> None:
    assert wire.batch("EXEC sp_helpindex N'dbo.Nobody'").numbers == [15009]
    wire.batch("CREATE TABLE dbo.Heap (Id int)")
    assert "does not have any indexes" in wire.batch("EXEC sp_helpindex N'Heap'").printed[0]


def test_the_views_of_the_standard_show_their_names_in_capitals(wire: Wire) -> None:
    shown = wire.batch("SELECT TOP (0) * FROM INFORMATION_SCHEMA.TABLES")

    [columns] = shown.of("columns")
    names = [getattr(each, "name", each) for each in columns]
    assert names == ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE"]


def test_sequences_are_in_the_views_of_the_standard(wire: Wire) -> None:
    wire.batch("CREATE SEQUENCE dbo.Ord_SEQ AS int START WITH 1 INCREMENT BY 50")

    assert wire.batch(
        "SELECT SEQUENCE_SCHEMA, SEQUENCE_NAME, DATA_TYPE, START_VALUE, INCREMENT, CYCLE_OPTION"
        " FROM INFORMATION_SCHEMA.SEQUENCES"
    ).rows == [("dbo", "Ord_SEQ", "int", "1", "50", "0")]


def test_what_object_mappers_write(wire: Wire) -> None:
    merged = wire.batch(
        "MERGE INTO dbo.Child USING (VALUES (5, 1)) AS given (a, b) ON Child.Id = given.a"
        " WHEN NOT MATCHED THEN INSERT (Id, P) VALUES (given.a, given.b);"
    )
    ordered = wire.batch(
        "SELECT DISTINCT q.P_Id AS ids_P_Id FROM (SELECT Id AS P_Id FROM dbo.Child) AS q"
        " ORDER BY P_Id OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY"
    )

    assert merged.errors == []
    assert ordered.rows == [("5",)]
    assert wire.batch("SELECT DISTINCT Id FROM dbo.Child ORDER BY P").numbers == [145]
