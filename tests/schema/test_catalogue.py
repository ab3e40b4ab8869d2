"""What a server makes of the scripts, by its own catalogue views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyodbc
import pytest

from tests.endpoint import Target
from tests.schema.reader import Table, read_tables

TABLES = read_tables()
Query = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def query(database: Target) -> Iterator[Query]:
    connection = database.connect()

    def run(text: str, *arguments: object) -> list[Any]:
        return [tuple(row) for row in connection.execute(text, *arguments).fetchall()]

    yield run
    connection.close()


def test_every_table_is_there(query: Query) -> None:
    found = query("SELECT t.name FROM sys.tables AS t ORDER BY t.name")

    assert {name for (name,) in found} == set(TABLES)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_columns_are_as_declared(query: Query, table: Table) -> None:
    found = query(
        """
        SELECT
            c.name, y.name, c.max_length, c.precision, c.scale, c.collation_name, c.is_nullable,
            c.is_identity, c.is_computed
        FROM sys.columns AS c
        INNER JOIN sys.types AS y
            ON y.user_type_id = c.user_type_id
        WHERE c.object_id = OBJECT_ID(?)
        ORDER BY c.column_id
        """,
        f"dbo.{table.name}",
    )

    assert [row[0] for row in found] == [column.name for column in table.columns]
    for row, column in zip(found, table.columns, strict=True):
        name, kind, length, precision, scale, collation, nullable, identity, computed = row
        assert (bool(identity), bool(computed)) == (column.identity, column.computed), name
        if column.computed:
            continue
        assert _declared(kind, length, precision, scale) == column.type, name
        assert bool(nullable) == column.nullable, name
        if column.collation is not None:
            assert collation == column.collation, name


@pytest.mark.parametrize(
    ("table", "column", "length"),
    [("Coupons", "SearchKey", 160), ("UserProfiles", "EmailDomain", 254)],
)
def test_a_computed_column_is_stored_and_compared_exactly(
    query: Query, table: str, column: str, length: int
) -> None:
    found = query(
        """
        SELECT c.is_persisted, c.max_length, c.collation_name
        FROM sys.computed_columns AS c
        WHERE c.object_id = OBJECT_ID(?) AND c.name = ?
        """,
        f"dbo.{table}",
        column,
    )

    assert found == [(True, 2 * length, "Latin1_General_100_BIN2")]


@pytest.mark.parametrize("kind", ["default", "check", "key"])
def test_no_constraint_is_unnamed(query: Query, kind: str) -> None:
    unnamed = query(f"SELECT k.name FROM sys.{kind}_constraints AS k WHERE k.is_system_named = 1")

    assert unnamed == []


def test_foreign_keys_are_named_trusted_enabled_and_never_cascade(query: Query) -> None:
    found = query(
        """
        SELECT
            k.name, OBJECT_NAME(k.parent_object_id), OBJECT_NAME(k.referenced_object_id),
            k.is_system_named, k.is_not_trusted, k.is_disabled, k.delete_referential_action,
            k.update_referential_action
        FROM sys.foreign_keys AS k
        """
    )

    assert {(name, child) for name, child, *_ in found} == {
        (name, table.name)
        for table in TABLES.values()
        for name, kind in table.constraints.items()
        if kind == "FOREIGN KEY"
    }
    for name, child, parent, *flags in found:
        assert parent in TABLES[child].references, name
        assert [int(flag) for flag in flags] == [0, 0, 0, 0, 0], name


def test_checks_are_trusted_and_enabled(query: Query) -> None:
    found = query(
        """
        SELECT k.name, k.is_not_trusted, k.is_disabled
        FROM sys.check_constraints AS k
        """
    )

    declared = {
        name
        for table in TABLES.values()
        for name, kind in table.constraints.items()
        if kind == "CHECK"
    }
    assert {name for name, *_ in found} == declared
    assert [name for name, *flags in found if any(flags)] == []


def test_defaults_are_as_declared(query: Query) -> None:
    found = query(
        """
        SELECT k.name, OBJECT_NAME(k.parent_object_id), c.name
        FROM sys.default_constraints AS k
        INNER JOIN sys.columns AS c
            ON c.object_id = k.parent_object_id AND c.column_id = k.parent_column_id
        """
    )

    assert set(found) == {
        (column.default_name, table.name, column.name)
        for table in TABLES.values()
        for column in table.columns
        if column.default_name is not None
    }


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_indexes_are_as_declared(query: Query, table: Table) -> None:
    found = query(
        """
        SELECT
            i.name, i.is_unique, i.has_filter, c.name, k.is_descending_key, k.is_included_column
        FROM sys.indexes AS i
        INNER JOIN sys.index_columns AS k
            ON k.object_id = i.object_id AND k.index_id = i.index_id
        INNER JOIN sys.columns AS c
            ON c.object_id = k.object_id AND c.column_id = k.column_id
        WHERE
            i.object_id = OBJECT_ID(?)
            AND i.is_primary_key = 0
            AND i.is_unique_constraint = 0
        ORDER BY i.name, k.is_included_column, k.key_ordinal, k.index_column_id
        """,
        f"dbo.{table.name}",
    )

    seen: dict[str, tuple[bool, bool, list[str], set[str]]] = {}
    for name, unique, filtered, column, descending, included in found:
        entry = seen.setdefault(name, (bool(unique), bool(filtered), [], set()))
        if included:
            entry[3].add(column)
        else:
            entry[2].append(f"{column} DESC" if descending else column)
    assert seen == {
        index.name: (
            index.unique,
            index.filter is not None,
            list(index.keys),
            set(index.include),
        )
        for index in table.indexes
    }


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_the_primary_key_is_the_clustered_index(query: Query, table: Table) -> None:
    found = query(
        """
        SELECT i.name, i.type_desc
        FROM sys.indexes AS i
        WHERE i.object_id = OBJECT_ID(?) AND i.is_primary_key = 1
        """,
        f"dbo.{table.name}",
    )

    assert found == [(f"PK_{table.name}", "CLUSTERED")]


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (
            "INSERT INTO dbo.Campaigns (CampaignId, Name, StartDate, EndDate)"
            " VALUES (N'x', N'x', '2025-01-02', '2025-01-01')",
            "CK_Campaigns_Dates",
        ),
        (
            "INSERT INTO dbo.Campaigns (CampaignId, Name, StartDate)"
            " VALUES (N'no blanks', N'x', '2025-01-01')",
            "CK_Campaigns_CampaignId",
        ),
        (
            "INSERT INTO dbo.Coupons (CouponCode, CampaignId, DiscountType)"
            " VALUES (N'NO-VALUE', N'nowhere', N'percentage')",
            "CK_Coupons_DiscountValue",
        ),
        (
            "INSERT INTO dbo.Coupons (CouponCode, CampaignId, DiscountValue)"
            " VALUES (N'NO-TYPE', N'nowhere', 5)",
            "CK_Coupons_DiscountValue",
        ),
        (
            "INSERT INTO dbo.Coupons (CouponCode, CampaignId, DiscountType, DiscountValue)"
            " VALUES (N'PAIR', N'nowhere', N'months_free', 2)",
            "CK_Coupons_TypePair",
        ),
        (
            "INSERT INTO dbo.Coupons (CouponCode, CampaignId) VALUES (N'lower', N'nowhere')",
            "CK_Coupons_Code",
        ),
        (
            "INSERT INTO dbo.Coupons (CouponCode, CampaignId, UsedCount)"
            " VALUES (N'TOO-OFTEN', N'nowhere', 2)",
            "CK_Coupons_",
        ),
        (
            "INSERT INTO dbo.Coupons (CouponCode, CampaignId) VALUES (N'ORPHAN', N'nowhere')",
            "FK_Coupons_Campaigns",
        ),
        (
            "INSERT INTO dbo.RedemptionHistory (CouponCode, UserId, Success, Status)"
            " VALUES (N'ABC', N'u', 1, N'failed')",
            "CK_RedemptionHistory_SuccessStatus",
        ),
        (
            "INSERT INTO dbo.AuditLog (Actor, LoginName, Action, EntityType, AfterJson)"
            " VALUES (N'a', N'a', N'a', N'a', N'{broken')",
            "CK_AuditLog_AfterJson_IsJson",
        ),
    ],
)
def test_a_wrong_row_is_refused(database: Target, statement: str, constraint: str) -> None:
    connection = database.connect(autocommit=False)

    with pytest.raises(pyodbc.IntegrityError, match=constraint) as refused:
        connection.execute(statement)

    assert "(547)" in str(refused.value)
    connection.rollback()
    connection.close()


def _declared(kind: str, length: int, precision: int, scale: int) -> str:
    """A type as a script writes it."""
    if kind in ("nvarchar", "nchar", "varbinary"):
        characters = length if kind == "varbinary" else length // 2
        return f"{kind}({'max' if length == -1 else characters})"
    if kind == "decimal":
        return f"decimal({precision},{scale})"
    if kind == "datetime2":
        return f"datetime2({scale})"
    # The catalogue keeps the older name of a row version.
    return "rowversion" if kind == "timestamp" else kind
