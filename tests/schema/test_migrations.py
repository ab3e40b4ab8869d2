"""The migrations of the project: they lead to the tables that the schema describes, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyodbc
import pytest

from couponry_jobs.deployment import Migration, read_migrations
from couponry_jobs.deployment.ledgers import LEDGERS
from couponry_jobs.scripts import Script, split_batches, without_comments
from tests.endpoint import Target
from tests.schema.reader import ROOT, read_tables

MIGRATIONS = read_migrations()
TABLES = read_tables()
PARTITIONS = (ROOT / "sql" / "optional" / "partition_coupons.sql").read_text("utf-8")

CATALOGUE = """
SELECT N'column' AS Kind, t.name AS TableName, c.name AS Name,
       CONCAT(TYPE_NAME(c.user_type_id), N'/', c.max_length, N'/', c.precision, N'/', c.scale,
              N'/', c.is_nullable, N'/', c.collation_name) AS Shape
FROM sys.tables AS t JOIN sys.columns AS c ON c.object_id = t.object_id
UNION ALL
SELECT N'index', t.name, CONCAT(i.name, N'.', c.name),
       CONCAT(i.is_unique, N'/', x.key_ordinal, N'/', x.is_included_column, N'/',
              x.is_descending_key, N'/', i.filter_definition)
FROM sys.tables AS t
JOIN sys.indexes AS i ON i.object_id = t.object_id
JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
UNION ALL
SELECT N'check', OBJECT_NAME(k.parent_object_id), k.name, k.definition
FROM sys.check_constraints AS k
UNION ALL
SELECT N'default', OBJECT_NAME(d.parent_object_id), d.name, d.definition
FROM sys.default_constraints AS d
UNION ALL
SELECT N'foreign key', OBJECT_NAME(f.parent_object_id), f.name, OBJECT_NAME(f.referenced_object_id)
FROM sys.foreign_keys AS f
"""


@pytest.fixture
def undone(database: Target) -> Iterator[pyodbc.Connection]:
    """The shared database, which afterwards is as it was."""
    connection = database.connect(autocommit=False)
    try:
        yield connection
    finally:
        connection.rollback()
        connection.close()


def shape(connection: pyodbc.Connection) -> set[tuple[str, ...]]:
    return {tuple(map(str, row)) for row in connection.execute(CATALOGUE).fetchall()}


def run(connection: pyodbc.Connection, script: Script) -> None:
    for batch in script.batches:
        connection.execute(batch)


def test_migrations_lead_to_the_tables_of_the_schema_from_where_their_rollbacks_lead(
    undone: pyodbc.Connection,
) -> None:
    today = shape(undone)

    for migration in reversed(MIGRATIONS):
        run(undone, migration.rollback)
        run(undone, migration.rollback)
    before = shape(undone)
    for migration in MIGRATIONS:
        run(undone, migration.script)
        run(undone, migration.script)

    assert before != today
    assert shape(undone) == today
    changed = {table for _, table, *_ in before ^ today}
    assert changed <= set().union(*(migration.tables for migration in MIGRATIONS))


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda one: str(one.version))
def test_a_migration_names_tables_of_the_schema(migration: Migration) -> None:
    assert migration.tables <= set(TABLES)


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda one: str(one.version))
def test_a_rollback_takes_no_row_and_no_column_of_a_ledger(migration: Migration) -> None:
    code = without_comments(migration.rollback.text)

    assert set(LEDGERS) <= set(TABLES)
    for ledger in LEDGERS:
        assert not re.search(rf"(?:DELETE(?:\s+FROM)?|TABLE)\s+dbo\.{ledger}\b(?!\w)", code, re.I)


def test_partitions_put_back_every_key_that_refers_to_the_codes() -> None:
    pattern = r"CONSTRAINT (\w+)\s+FOREIGN KEY \(CouponId\) REFERENCES dbo\.Coupons \(CouponId\)"
    code = without_comments(PARTITIONS)
    keys = {name for table in TABLES.values() for name in re.findall(pattern, table.text)}

    assert len(keys) >= 8
    assert set(re.findall(r"DROP CONSTRAINT (FK_\w+)", code)) == keys
    assert set(re.findall(pattern, code)) == keys
    assert code.count("WITH CHECK") == len(keys)


def test_partitions_build_every_other_index_once_and_leave_it_in_one_piece() -> None:
    code = without_comments(PARTITIONS)
    names = {index.name for index in TABLES["Coupons"].indexes}

    assert len(names) >= 11
    for verb in ("DISABLE", "REBUILD"):
        done = re.findall(rf"ALTER INDEX (\w+) ON dbo\.Coupons {verb};", code)
        assert len(done) == len(names)
        assert set(done) == names
    assert re.findall(r"CREATE [\w ]*INDEX (\w+)", code) == ["CIX_Coupons"]
    assert re.search(
        r"CIX_Coupons\s+ON dbo\.Coupons \(CampaignId, CouponId\)"
        r"\s+ON PS_CouponsCampaign \(CampaignId\);",
        code,
    )
    assert "PRIMARY KEY NONCLUSTERED (CouponId) ON [PRIMARY]" in code


def test_a_boundary_belongs_to_the_partition_on_its_right() -> None:
    (column,) = [one for one in TABLES["Coupons"].columns if one.name == "CampaignId"]

    parameter = f"({column.type} COLLATE {column.collation})"
    text = f"PARTITION FUNCTION PF_CouponsCampaign {parameter}\n        AS RANGE RIGHT"
    assert text in PARTITIONS
    assert len(split_batches(PARTITIONS)) == 2
