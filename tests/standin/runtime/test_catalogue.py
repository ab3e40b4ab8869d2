"""The catalogue views: their columns are what the compiler is told, their rows what was defined."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import psycopg
import pytest

from couponry_standin.tsql.system_views import SYSTEM_VIEWS
from couponry_standin.tsql.typed import pg_type

from .conftest import Desk

DEFINITIONS = """
CREATE TABLE dbo.Shops (
    ShopId int NOT NULL IDENTITY(10, 5) CONSTRAINT PK_Shops PRIMARY KEY,
    Name nvarchar(40) NOT NULL CONSTRAINT DF_Shops_Name DEFAULT N'shop',
    Code varchar(10) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT UQ_Shops_Code UNIQUE,
    Area decimal(9, 2) NULL CONSTRAINT CK_Shops_Area CHECK (Area > 0),
    Twice AS (Area * 2) PERSISTED,
    Version rowversion NOT NULL,
    INDEX IX_Shops_Name (Name DESC) INCLUDE (Area) WHERE (Area IS NOT NULL)
);
CREATE TABLE dbo.Doors (
    DoorId int NOT NULL,
    ShopId int NOT NULL CONSTRAINT FK_Doors_Shops REFERENCES dbo.Shops (ShopId) ON DELETE CASCADE
);
CREATE SEQUENCE dbo.Tickets AS int START WITH 7 INCREMENT BY 2;
CREATE SCHEMA extra;
CREATE ROLE clerks;
CREATE USER ann WITHOUT LOGIN;
ALTER ROLE clerks ADD MEMBER ann;
GRANT SELECT ON OBJECT::dbo.Shops TO clerks;
"""


@pytest.fixture(scope="module")
def shops(desk: Desk) -> Iterator[Desk]:
    desk.define(DEFINITIONS)
    desk.connection.execute("INSERT INTO dbo.shops (name, code) VALUES ('a', 'a'), ('b', 'b')")
    yield desk


@pytest.mark.parametrize("view", sorted(SYSTEM_VIEWS))
def test_a_view_has_the_columns_that_the_compiler_is_told(desk: Desk, view: str) -> None:
    schema, name = view.split(".")
    found = desk.connection.execute(
        "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute AS a"
        " WHERE a.attrelid = %s::regclass AND a.attnum > 0 ORDER BY a.attnum",
        (f"{'tsql_is' if schema == 'information_schema' else schema}.{name}",),
    ).fetchall()

    names = {"int2": "smallint", "int4": "integer", "int8": "bigint", "bpchar": "character",
             "timestamp": "timestamp without time zone"}  # fmt: skip
    told = [
        (column.lower(), names.get(pg_type(type_), pg_type(type_)))
        for column, type_, _ in SYSTEM_VIEWS[view]
    ]
    assert [(each[0], each[1].replace("bpchar", "character")) for each in found] == told


@pytest.mark.parametrize("view", sorted(SYSTEM_VIEWS))
def test_a_view_can_be_read_and_has_no_unannounced_null(shops: Desk, view: str) -> None:
    rows = shops.rows(f"SELECT * FROM {view}")

    for row in rows:
        for value, (column, _, nullable) in zip(row, SYSTEM_VIEWS[view], strict=True):
            assert nullable or value is not None, column


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            "SELECT name, type, type_desc FROM sys.objects"
            " WHERE parent_object_id = OBJECT_ID('dbo.Shops') ORDER BY name",
            [
                ("CK_Shops_Area", "C ", "CHECK_CONSTRAINT"),
                ("DF_Shops_Name", "D ", "DEFAULT_CONSTRAINT"),
                ("PK_Shops", "PK", "PRIMARY_KEY_CONSTRAINT"),
                ("UQ_Shops_Code", "UQ", "UNIQUE_CONSTRAINT"),
            ],
        ),
        (
            "SELECT c.name, t.name, c.max_length, c.precision, c.scale, c.is_nullable,"
            " c.is_identity, c.is_computed FROM sys.columns AS c"
            " JOIN sys.types AS t ON t.user_type_id = c.user_type_id"
            " WHERE c.object_id = OBJECT_ID(N'dbo.Shops') ORDER BY c.column_id",
            [
                ("ShopId", "int", "4", "10", "0", "0", "1", "0"),
                ("Name", "nvarchar", "80", "0", "0", "0", "0", "0"),
                ("Code", "varchar", "10", "0", "0", "0", "0", "0"),
                ("Area", "decimal", "5", "9", "2", "1", "0", "0"),
                ("Twice", "decimal", "9", "11", "2", "1", "0", "1"),
                ("Version", "timestamp", "8", "0", "0", "0", "0", "0"),
            ],
        ),
        (
            "SELECT i.name, i.type_desc, i.is_unique, i.is_primary_key, i.has_filter"
            " FROM sys.indexes AS i WHERE i.object_id = OBJECT_ID('dbo.Shops') ORDER BY i.index_id",
            [
                ("PK_Shops", "CLUSTERED", "1", "1", "0"),
                ("UQ_Shops_Code", "NONCLUSTERED", "1", "0", "0"),
                ("IX_Shops_Name", "NONCLUSTERED", "0", "0", "1"),
            ],
        ),
        (
            "SELECT c.name, k.key_ordinal, k.is_descending_key, k.is_included_column"
            " FROM sys.index_columns AS k JOIN sys.columns AS c"
            " ON c.object_id = k.object_id AND c.column_id = k.column_id"
            " JOIN sys.indexes AS i ON i.object_id = k.object_id AND i.index_id = k.index_id"
            " WHERE i.name = 'ix_shops_name' ORDER BY k.index_column_id",
            [("Name", "1", "1", "0"), ("Area", "0", "0", "1")],
        ),
        (
            "SELECT name, is_system_named, delete_referential_action_desc, key_index_id"
            " FROM sys.foreign_keys WHERE parent_object_id = OBJECT_ID('dbo.Doors')",
            [("FK_Doors_Shops", "0", "CASCADE", "1")],
        ),
        (
            "SELECT COL_NAME(parent_object_id, parent_column_id),"
            " OBJECT_NAME(referenced_object_id) FROM sys.foreign_key_columns"
            " WHERE parent_object_id = OBJECT_ID('dbo.Doors')",
            [("ShopId", "Shops")],
        ),
        (
            "SELECT seed_value, increment_value, last_value FROM sys.identity_columns"
            " WHERE object_id = OBJECT_ID('dbo.Shops')",
            [("10", "5", "15")],
        ),
        (
            "SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS"
            " WHERE TABLE_NAME = 'Shops' ORDER BY CONSTRAINT_NAME",
            [
                ("CK_Shops_Area", "CHECK"),
                ("PK_Shops", "PRIMARY KEY"),
                ("UQ_Shops_Code", "UNIQUE"),
            ],
        ),
        (
            "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, IS_NULLABLE"
            " FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = N'SHOPS' AND ORDINAL_POSITION < 3"
            " ORDER BY ORDINAL_POSITION",
            [("ShopId", "int", None, "NO"), ("Name", "nvarchar", "40", "NO")],
        ),
        (
            "SELECT UNIQUE_CONSTRAINT_NAME, DELETE_RULE"
            " FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS"
            " WHERE CONSTRAINT_NAME = 'FK_Doors_Shops'",
            [("PK_Shops", "CASCADE")],
        ),
        (
            "SELECT SUM(p.row_count) FROM sys.dm_db_partition_stats AS p"
            " WHERE p.object_id = OBJECT_ID('dbo.Shops') AND p.index_id IN (0, 1)",
            [("2",)],
        ),
        ("SELECT start_value, increment FROM sys.sequences", [("7", "2")]),
        ("SELECT name FROM sys.schemas WHERE schema_id > 4", [("extra",)]),
        (
            "SELECT r.name, m.name FROM sys.database_role_members AS x"
            " JOIN sys.database_principals AS r ON r.principal_id = x.role_principal_id"
            " JOIN sys.database_principals AS m ON m.principal_id = x.member_principal_id"
            " WHERE m.name = 'ann'",
            [("clerks", "ann")],
        ),
        (
            "SELECT permission_name, state_desc, OBJECT_NAME(major_id)"
            " FROM sys.database_permissions WHERE class = 1 AND USER_NAME(grantee_principal_id)"
            " = 'clerks'",
            [("SELECT", "GRANT", "Shops")],
        ),
    ],
)
def test_a_catalogue_query_finds_what_was_defined(
    shops: Desk, query: str, rows: list[tuple[str, ...]]
) -> None:
    assert shops.rows(query) == rows


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("OBJECT_NAME(OBJECT_ID('[dbo].[shops]'))", "Shops"),
        ("OBJECT_ID('Shops', 'U') - OBJECT_ID('dbo.Shops')", "0"),
        ("OBJECT_ID('dbo.Shops', 'V')", None),
        ("OBJECT_ID('Runtime_Test.dbo.Shops') - OBJECT_ID('runtime_test..shops')", "0"),
        ("OBJECT_ID('other.dbo.Shops')", None),
        ("COL_LENGTH('dbo.Shops', 'name')", "80"),
        ("COL_LENGTH('dbo.Shops', 'none')", None),
        ("COLUMNPROPERTY(OBJECT_ID('dbo.Shops'), 'ShopId', 'IsIdentity')", "1"),
        ("OBJECTPROPERTY(OBJECT_ID('dbo.Shops'), 'TableHasPrimaryKey')", "1"),
        ("INDEXPROPERTY(OBJECT_ID('dbo.Shops'), 'PK_Shops', 'IsClustered')", "1"),
        ("IDENT_CURRENT('dbo.Shops')", "15"),
        ("IDENT_SEED('dbo.Shops')", "10"),
        ("IDENT_INCR('dbo.Shops')", "5"),
        ("IS_ROLEMEMBER('clerks', 'ann')", "1"),
        ("OBJECTPROPERTYEX(OBJECT_ID('dbo.Shops'), 'IsTable')", "1"),
        ("OBJECT_NAME(OBJECT_ID('dbo.Shops'), DB_ID())", "Shops"),
        ("OBJECT_NAME(OBJECT_ID('dbo.Shops'), 32767)", None),
        ("OBJECT_SCHEMA_NAME(OBJECT_ID('dbo.Shops'))", "dbo"),
        ("OBJECT_SCHEMA_NAME(OBJECT_ID('dbo.Shops'), DB_ID())", "dbo"),
        ("OBJECT_SCHEMA_NAME(OBJECT_ID('dbo.Shops'), 32767)", None),
        ("OBJECT_DEFINITION(OBJECT_ID('dbo.CK_Shops_Area'))", "([Area]>(0))"),
        ("OBJECT_DEFINITION(OBJECT_ID('dbo.Shops'))", None),
        ("SCHEMA_ID()", "1"),
        ("DB_NAME(DB_ID())", "Runtime_Test"),
        ("DB_NAME(32767)", None),
        ("SUSER_SNAME(SUSER_SID('sa'))", "sa"),
        ("SUSER_SNAME(0x07)", None),
        ("COLLATIONPROPERTY('Latin1_General_BIN2', 'CodePage')", "1252"),
        ("COLLATIONPROPERTY('Latin1_General_100_CI_AS_SC_UTF8', 'CodePage')", "65001"),
        ("COLLATIONPROPERTY('Latin1_General_BIN2', 'Colour')", None),
    ],
)
def test_a_metadata_function_knows_the_catalogue(
    shops: Desk, expression: str, expected: str | None
) -> None:
    assert shops.value(expression) == expected


def test_permissions_follow_roles_and_denials(shops: Desk) -> None:
    def may(permission: str, table: str) -> bool:
        return shops.scalar(
            "SELECT tsql.has_permission('ann', tsql.object_id($1), $2)", table, permission
        )

    assert may("SELECT", "dbo.Shops")
    assert not may("INSERT", "dbo.Shops")
    assert not may("SELECT", "dbo.Doors")
    shops.define("DENY SELECT ON OBJECT::dbo.Shops TO ann;")
    assert not may("SELECT", "dbo.Shops")


def test_the_object_without_room_is_told_by_its_file(shops: Desk) -> None:
    for relation in ("dbo.shops", "dbo.shops$pk_shops"):
        path = shops.scalar("SELECT pg_relation_filepath($1::text::regclass)", relation)
        raw = f'could not extend file "{path}": No space left on device'

        assert shops.scalar("SELECT tsql.full_object($1)", raw) == "dbo.Shops"
    assert shops.scalar("SELECT tsql.full_object('could not write to a log')") == "dbo"


def test_time_that_passed_is_counted_in_milliseconds(desk: Desk) -> None:
    past = desk.scalar("SELECT tsql.since(clock_timestamp() - interval '90 seconds')")

    assert past >= 90_000
    assert desk.scalar("SELECT tsql.since('-infinity')") == 2_147_483_647


def test_the_kind_of_a_wait_is_that_of_the_lock_waited_for(shops: Desk) -> None:
    with psycopg.connect(shops.conninfo) as holder, psycopg.connect(shops.conninfo) as waiter:
        holder.execute("LOCK TABLE dbo.shops IN ACCESS EXCLUSIVE MODE")
        for mode, expected in (("ACCESS SHARE", "LCK_M_S"), ("EXCLUSIVE", "LCK_M_X")):
            text = f"LOCK TABLE dbo.shops IN {mode} MODE"
            waiting = threading.Thread(target=ignore_the_end, args=(waiter, text))
            waiting.start()
            kind = None
            while kind is None:
                kind = shops.scalar("SELECT tsql.wait_type($1)", waiter.info.backend_pid)
            waiter.cancel()
            waiting.join()

            assert kind == expected


def ignore_the_end(waiter: psycopg.Connection[tuple[object, ...]], text: str) -> None:
    with contextlib.suppress(psycopg.errors.QueryCanceled), waiter.transaction():
        waiter.execute(text)
