"""What SQLAlchemy's inspector reads of the deployed schema is what the scripts say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql

from tests.endpoint import Target
from tests.schema.reader import Table, read_tables

TABLES = read_tables()
DEFAULT = "SQL_Latin1_General_CP1_CI_AS"


SHOWN = re.compile(r"^INT$|^ROWVERSION$|^NUMERIC|(?<=^DATETIME2)\(\d\)")
"""where SQLAlchemy has names of its own, or does not look at the precision"""


def shown(found: re.Match[str]) -> str:
    return {"INT": "INTEGER", "ROWVERSION": "TIMESTAMP", "NUMERIC": "DECIMAL"}.get(found[0], "")


@pytest.fixture(scope="module")
def reflected(database: Target) -> Iterator[sa.MetaData]:
    engine = sa.create_engine(database.url)
    metadata = sa.MetaData()
    metadata.reflect(engine, schema="dbo")
    yield metadata
    engine.dispose()


def test_the_whole_schema_is_reflected(reflected: sa.MetaData) -> None:
    assert {table.name for table in reflected.tables.values()} == set(TABLES)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_table_is_reflected_as_its_script_says(reflected: sa.MetaData, table: Table) -> None:
    found = reflected.tables[f"dbo.{table.name}"]

    assert [described(column) for column in found.columns] == [
        (
            column.name,
            "computed" if column.computed else SHOWN.sub(shown, column.type.upper()),
            column.collation if not column.computed else None,
            column.nullable or column.computed,
            column.identity,
            column.default is not None,
        )
        for column in table.columns
    ]
    named = [found.primary_key, *found.foreign_key_constraints]
    indexes = {str(index.name) for index in found.indexes}
    of_kind = {
        kind: {name for name, each in table.constraints.items() if each == kind}
        for kind in ("PRIMARY KEY", "FOREIGN KEY", "UNIQUE")
    }
    assert {str(each.name) for each in named} == of_kind["PRIMARY KEY"] | of_kind["FOREIGN KEY"]
    assert indexes == {index.name for index in table.indexes} | of_kind["UNIQUE"]
    assert {key.column.table.name for key in found.foreign_keys} == set(table.references)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_indexes_are_reflected_as_their_script_says(reflected: sa.MetaData, table: Table) -> None:
    found = {index.name: index for index in reflected.tables[f"dbo.{table.name}"].indexes}

    for index in table.indexes:
        seen = found[index.name]
        options = seen.dialect_options["mssql"]
        assert seen.unique == index.unique, index.name
        assert [column.name for column in seen.columns] == [
            key.removesuffix(" DESC") for key in index.keys
        ], index.name
        assert set(options["include"] or ()) == set(index.include), index.name
        assert (options["where"] is not None) == (index.filter is not None), index.name


def described(
    column: sa.Column[object],
) -> tuple[str, str, str | None, bool, bool, bool]:
    computed = column.computed is not None
    collation = getattr(column.type, "collation", None)
    plain = column.type
    if isinstance(plain, sa.String):
        plain = type(plain)(plain.length)
    kind = plain.compile(dialect=mssql.dialect()).replace(", ", ",").upper()
    return (
        column.name,
        "computed" if computed else kind,
        None if computed else (collation if collation != DEFAULT else None),
        bool(column.nullable) or computed,
        column.identity is not None,
        column.server_default is not None and not computed and column.identity is None,
    )
