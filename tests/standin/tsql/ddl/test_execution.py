"""Definitions carried out: the tables behave as SQL Server's do."""

from __future__ import annotations

import psycopg
import pytest

from tests.standin.tsql.ddl.conftest import Workbench

ITEMS = """
CREATE TABLE dbo.Items (
    Id int IDENTITY(10, 5) NOT NULL CONSTRAINT PK_Items PRIMARY KEY,
    Code nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT UQ_Items_Code UNIQUE,
    Name nvarchar(20) NULL CONSTRAINT UQ_Items_Name UNIQUE,
    Amount decimal(10, 2) NULL CONSTRAINT DF_Items_Amount DEFAULT (1.5)
        CONSTRAINT CK_Items_Amount CHECK (Amount > 0),
    Twice AS (Amount * 2) PERSISTED,
    Row rowversion NOT NULL
)
"""


def test_a_table_has_identity_defaults_computed_columns_and_row_versions(bench: Workbench) -> None:
    bench.define(ITEMS)

    bench.rows("INSERT INTO dbo.items (code) VALUES ('a')")
    bench.rows("INSERT INTO dbo.items (code, name) VALUES ('A', 'x')")

    found = bench.rows('SELECT id, amount, twice, "row" FROM dbo.items ORDER BY id')
    assert [(row[0], float(row[1]), float(row[2])) for row in found] == [(10, 1.5, 3), (15, 1.5, 3)]
    assert found[0][3] < found[1][3]
    assert len(found[0][3]) == 8


@pytest.mark.parametrize(
    ("insert", "constraint"),
    [
        ("INSERT INTO dbo.items (code, name) VALUES ('a  ', 'other')", "items$uq_items_code"),
        ("INSERT INTO dbo.items (code, name) VALUES ('b', 'FIRST')", "items$uq_items_name"),
        (
            "INSERT INTO dbo.items (code, name, amount) VALUES ('b', 'y', 0)",
            "items$ck_items_amount",
        ),
        ("INSERT INTO dbo.items (id, code, name) VALUES (10, 'b', 'y')", "items$pk_items"),
    ],
)
def test_an_offending_row_names_its_constraint(
    bench: Workbench, insert: str, constraint: str
) -> None:
    bench.define(ITEMS)
    bench.rows("INSERT INTO dbo.items (code, name) VALUES ('a', 'first')")

    with pytest.raises(psycopg.errors.IntegrityError) as caught:
        bench.rows(insert)

    assert caught.value.diag.constraint_name == constraint
    name = bench.value("SELECT name FROM tsql.objects WHERE doc->>'pg_name' = $1", constraint)
    assert name.lower() == constraint.split("$")[1]


def test_null_is_equal_to_null_in_a_unique_key_and_passes_a_check(bench: Workbench) -> None:
    bench.define(ITEMS)
    bench.rows("INSERT INTO dbo.items (code, amount) VALUES ('a', NULL)")

    with pytest.raises(psycopg.errors.UniqueViolation):
        bench.rows("INSERT INTO dbo.items (code) VALUES ('b')")


def test_a_filtered_unique_index_looks_at_its_rows_only(bench: Workbench) -> None:
    bench.define("CREATE TABLE t (a int NULL, b bit NOT NULL)")
    bench.define("CREATE UNIQUE INDEX UQ_t_a ON t (a) WHERE a IS NOT NULL AND b = 1")

    bench.rows("INSERT INTO dbo.t VALUES (NULL, 1), (NULL, 1), (7, 0), (7, 0), (7, 1)")

    with pytest.raises(psycopg.errors.UniqueViolation):
        bench.rows("INSERT INTO dbo.t VALUES (7, 1)")


def test_foreign_keys_hold_and_cascade_where_told(bench: Workbench) -> None:
    bench.define("CREATE TABLE p (Id int NOT NULL CONSTRAINT PK_p PRIMARY KEY)")
    bench.define(
        "CREATE TABLE c (Id int NOT NULL CONSTRAINT PK_c PRIMARY KEY,"
        " P int CONSTRAINT FK_c_p REFERENCES p ON DELETE CASCADE,"
        " Boss int NULL CONSTRAINT FK_c_c REFERENCES c (Id))"
    )
    bench.rows("INSERT INTO dbo.p VALUES (1)")
    bench.rows("INSERT INTO dbo.c VALUES (1, 1, NULL), (2, 1, 1)")

    with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
        bench.rows("INSERT INTO dbo.c VALUES (3, 9, NULL)")
    bench.rows("DELETE FROM dbo.p")

    assert caught.value.diag.constraint_name == "c$fk_c_p"
    assert bench.value("SELECT count(*) FROM dbo.c") == 0
    own = bench.value("SELECT object_id FROM tsql.objects WHERE name = 'c'")
    assert bench.doc("FK_c_c")["references"] == own


def test_computed_strings_know_unicode_letters(bench: Workbench) -> None:
    bench.define(
        "CREATE TABLE t (Email nvarchar(50) NULL, Domain AS (LOWER(SUBSTRING(Email,"
        " NULLIF(CHARINDEX('@', Email), 0) + 1, 50)) COLLATE Latin1_General_100_BIN2) PERSISTED)"
    )

    bench.rows("INSERT INTO dbo.t (email) VALUES ('x@GRÖSSE.de'), ('nothing')")

    assert bench.rows("SELECT domain FROM dbo.t") == [("grösse.de",), (None,)]
    column = bench.doc("t")["columns"][1]
    assert column["type"]["collation"] == "Latin1_General_100_BIN2"


def test_added_columns_fill_rows_as_sql_server_does(bench: Workbench) -> None:
    bench.define("CREATE TABLE t (a int NOT NULL)")
    bench.rows("INSERT INTO dbo.t VALUES (1)")

    bench.define(
        "ALTER TABLE t ADD b int NULL CONSTRAINT DF_b DEFAULT (5),"
        " c int NULL CONSTRAINT DF_c DEFAULT (6) WITH VALUES,"
        " d int NOT NULL CONSTRAINT DF_d DEFAULT (7), e int IDENTITY NOT NULL, f AS (a + 1)"
    )
    bench.rows("INSERT INTO dbo.t (a) VALUES (2)")

    assert bench.rows("SELECT * FROM dbo.t ORDER BY a") == [
        (1, None, 6, 7, 1, 2),
        (2, 5, 6, 7, 2, 3),
    ]
    assert bench.names("D") == ["DF_b", "DF_c", "DF_d"]
    with pytest.raises(psycopg.Error) as caught:
        bench.define("ALTER TABLE t ADD g int NOT NULL")
    assert caught.value.diag.message_detail == "4901,16,1"


def test_a_column_changes_its_type_with_its_values(bench: Workbench) -> None:
    bench.define("CREATE TABLE t (a int NOT NULL, b varchar(10) NULL)")
    bench.rows("INSERT INTO dbo.t VALUES (1, '12')")

    bench.define("ALTER TABLE t ALTER COLUMN a decimal(9, 2) NOT NULL")
    bench.define("ALTER TABLE t ALTER COLUMN b int NULL")
    bench.define("ALTER TABLE t ALTER COLUMN b int NOT NULL")

    assert bench.rows("SELECT a::text, b FROM dbo.t") == [("1.00", 12)]
    with pytest.raises(psycopg.errors.NotNullViolation):
        bench.rows("INSERT INTO dbo.t VALUES (1, NULL)")


def test_constraints_go_and_come_back(bench: Workbench) -> None:
    bench.define("CREATE TABLE t (a int CONSTRAINT CK_t CHECK (a > 0))")

    bench.define("ALTER TABLE t NOCHECK CONSTRAINT CK_t")
    bench.rows("INSERT INTO dbo.t VALUES (-1)")
    bench.define("ALTER TABLE t CHECK CONSTRAINT CK_t")

    with pytest.raises(psycopg.errors.CheckViolation):
        bench.rows("INSERT INTO dbo.t VALUES (-2)")
    assert bench.doc("CK_t")["trusted"] is False
    with pytest.raises(psycopg.errors.CheckViolation):
        bench.define("ALTER TABLE t WITH CHECK CHECK CONSTRAINT CK_t")
    bench.rows("DELETE FROM dbo.t")
    bench.define("ALTER TABLE t WITH CHECK CHECK CONSTRAINT CK_t")
    assert bench.doc("CK_t")["trusted"] is True
    bench.define("ALTER TABLE t DROP CONSTRAINT CK_t")
    bench.rows("INSERT INTO dbo.t VALUES (-2)")


def test_dropping_takes_everything_that_belongs_to_the_table(bench: Workbench) -> None:
    bench.define(ITEMS)
    bench.define("CREATE ROLE r; GRANT SELECT ON dbo.Items TO r")

    bench.define("DROP TABLE dbo.Items")

    assert bench.value("SELECT count(*) FROM tsql.objects") == 0
    assert bench.value("SELECT count(*) FROM tsql.permissions") == 0
    bench.define(ITEMS)


def test_long_names_of_one_table_stay_apart(bench: Workbench) -> None:
    long = "x" * 120

    bench.define(f"CREATE TABLE {long} (a int CONSTRAINT PK_{long} PRIMARY KEY, b int)")
    bench.define(f"CREATE INDEX IX_{long}1 ON {long} (b); CREATE INDEX IX_{long}2 ON {long} (b)")

    assert len({each["pg_name"] for each in bench.doc(long)["indexes"]}) == 3


def test_sequences_and_schemas(bench: Workbench) -> None:
    bench.define("CREATE SCHEMA Sales")
    bench.define("CREATE SEQUENCE Sales.Numbers AS tinyint START WITH 254 CYCLE")

    taken = [bench.value("SELECT nextval('sales.numbers')") for _ in range(3)]

    assert taken == [254, 255, 0]
    bench.define("DROP SEQUENCE Sales.Numbers; DROP SCHEMA Sales")
    with pytest.raises(psycopg.Error) as caught:
        bench.define("CREATE TABLE Sales.T (a int)")
    assert caught.value.diag.message_detail == "2760,16,1"


def test_truncate_sets_the_identity_back(bench: Workbench) -> None:
    bench.define("CREATE TABLE t (a int IDENTITY(7, 1) NOT NULL, b int)")
    bench.rows("INSERT INTO dbo.t (b) VALUES (1), (2)")

    bench.define("TRUNCATE TABLE t")
    bench.rows("INSERT INTO dbo.t (b) VALUES (3)")

    assert bench.rows("SELECT * FROM dbo.t") == [(7, 3)]
