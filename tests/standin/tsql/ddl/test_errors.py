"""What the catalogue forbids, with SQL Server's numbers; nothing is planned then."""

from __future__ import annotations

import pytest

from couponry_standin.tsql.errors import NotSupported, SqlError
from tests.standin.tsql.ddl.paper import Paper

BEFORE = """
CREATE TABLE dbo.Parents (
    Id int NOT NULL CONSTRAINT PK_Parents PRIMARY KEY,
    Code varchar(10) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT UQ_Parents_Code UNIQUE,
    Name nvarchar(50) NOT NULL CONSTRAINT UQ_Parents_Name UNIQUE,
    Loose int NULL CONSTRAINT CK_Parents_Loose CHECK (Loose > 0),
    Twice AS (Id * 2)
);
CREATE TABLE dbo.Kids (
    Id int IDENTITY NOT NULL CONSTRAINT PK_Kids PRIMARY KEY,
    Parent int NOT NULL CONSTRAINT FK_Kids_Parents REFERENCES dbo.Parents (Id),
    Note nvarchar(20) NULL CONSTRAINT DF_Kids_Note DEFAULT (N''),
    Big nvarchar(max) NULL,
    Row rowversion
);
CREATE INDEX IX_Kids_Note ON dbo.Kids (Note);
CREATE TYPE dbo.Codes AS TABLE (Code nvarchar(10));
CREATE SEQUENCE dbo.Numbers;
"""


@pytest.fixture(scope="module")
def paper() -> Paper:
    made = Paper()
    made.define(BEFORE)
    return made


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE TABLE dbo.kids (a int)", 2714),
        ("CREATE TABLE t (a int, CONSTRAINT PK_Kids PRIMARY KEY (a))", 2714),
        ("CREATE TABLE t (a int, A int)", 2705),
        ("CREATE TABLE t (a int IDENTITY, b int IDENTITY)", 2744),
        ("CREATE TABLE t (a rowversion, b rowversion)", 2738),
        ("CREATE TABLE t (a varchar(9) IDENTITY)", 2749),
        ("CREATE TABLE t (a int IDENTITY NULL)", 8147),
        ("CREATE TABLE t (a int IDENTITY DEFAULT (1))", 1754),
        ("CREATE TABLE t (a rowversion DEFAULT (0x0))", 1755),
        ("CREATE TABLE t (a int NULL PRIMARY KEY)", 8111),
        ("CREATE TABLE t (a int NOT NULL PRIMARY KEY, b int NOT NULL, PRIMARY KEY (b))", 8110),
        ("CREATE TABLE t (a int, UNIQUE CLUSTERED (a), INDEX i CLUSTERED (a))", 1902),
        ("CREATE TABLE t (a int, UNIQUE (b))", 1911),
        ("CREATE TABLE t (a int, UNIQUE (a, a))", 1909),
        ("CREATE TABLE t (a nvarchar(max), UNIQUE (a))", 1919),
        ("CREATE TABLE t (a int, INDEX i (a), INDEX I (a))", 1913),
        ("CREATE TABLE t (a dbo.Nothing)", 2715),
        ("CREATE TABLE t (a varchar(9) COLLATE Nonsense)", 448),
        ("CREATE TABLE t (a int DEFAULT (b))", 128),
        ("CREATE TABLE t (a int DEFAULT ((SELECT 1)))", 1046),
        ("CREATE TABLE t (a int, b int CHECK (a > 0))", 8141),
        ("CREATE TABLE t (a AS (GETDATE()) PERSISTED, b int)", 4936),
        ("CREATE TABLE t (a int, b AS (a + 1), c AS (b + 1))", 1759),
        ("CREATE TABLE sys.t (a int)", 2760),
        ("CREATE TABLE t (a int REFERENCES dbo.Nothing (a))", 1767),
        ("CREATE TABLE t (a int REFERENCES dbo.Parents (Nothing))", 1770),
        ("CREATE TABLE t (a int REFERENCES dbo.Parents (Loose))", 1776),
        ("CREATE TABLE t (a bigint REFERENCES dbo.Parents (Id))", 1778),
        (
            "CREATE TABLE t (a varchar(9) COLLATE Latin1_General_BIN2"
            " REFERENCES dbo.Parents (Code))",
            1753,
        ),
        ("CREATE TABLE t (a varchar(10) REFERENCES dbo.Parents (Code))", 1757),
        ("CREATE TABLE t (a int, FOREIGN KEY (b) REFERENCES dbo.Parents (Id))", 1769),
        ("CREATE TABLE t (a int, FOREIGN KEY (a, a) REFERENCES dbo.Parents (Id))", 8139),
        ("ALTER TABLE Nothing ADD a int", 4902),
        ("ALTER TABLE Kids ADD Note int", 2705),
        ("ALTER TABLE Kids ADD Row2 rowversion", 2738),
        ("ALTER TABLE Kids ADD CONSTRAINT x DEFAULT (1) FOR Note", 1781),
        ("ALTER TABLE Kids ADD CONSTRAINT x DEFAULT (1) FOR Nothing", 1752),
        ("ALTER TABLE Kids ADD CONSTRAINT PK_2 PRIMARY KEY (Parent)", 1779),
        ("ALTER TABLE Kids DROP COLUMN Nothing", 4924),
        ("ALTER TABLE Kids DROP COLUMN Parent", 5074),
        ("ALTER TABLE Kids DROP COLUMN Note", 5074),
        ("ALTER TABLE Parents DROP COLUMN Loose", 5074),
        ("ALTER TABLE Kids DROP CONSTRAINT Nothing", 3728),
        ("ALTER TABLE Kids DROP CONSTRAINT PK_Parents", 3728),
        ("ALTER TABLE Parents DROP CONSTRAINT PK_Parents", 3725),
        ("ALTER TABLE Kids ALTER COLUMN Nothing int", 4924),
        ("ALTER TABLE Kids ALTER COLUMN Note nvarchar(5)", 5074),
        ("ALTER TABLE Kids ALTER COLUMN Parent bigint NOT NULL", 5074),
        ("ALTER TABLE Kids ALTER COLUMN Id int NULL", 5074),
        ("ALTER TABLE Kids ALTER COLUMN Row int", 4928),
        ("ALTER TABLE Parents ALTER COLUMN Twice int", 4928),
        ("ALTER TABLE Kids NOCHECK CONSTRAINT Nothing", 4917),
        ("ALTER TABLE Kids NOCHECK CONSTRAINT PK_Kids", 11415),
        ("CREATE INDEX i ON Nothing (a)", 1088),
        ("CREATE INDEX ix_kids_note ON Kids (Parent)", 1913),
        ("CREATE INDEX i ON Kids (Nothing)", 1911),
        ("CREATE INDEX i ON Kids (Note) INCLUDE (Note)", 1909),
        ("CREATE CLUSTERED INDEX i ON Kids (Note)", 1902),
        ("DROP INDEX Nothing ON Kids", 3701),
        ("DROP INDEX PK_Kids ON Kids", 3723),
        ("DROP TABLE Nothing", 3701),
        ("DROP TABLE Parents", 3726),
        ("DROP VIEW Kids", 3705),
        ("DROP TABLE Numbers", 3705),
        ("DROP PROCEDURE Nothing", 3701),
        ("DROP TYPE Nothing", 218),
        ("DROP SEQUENCE Nothing", 3701),
        ("TRUNCATE TABLE Nothing", 4701),
        ("TRUNCATE TABLE Parents", 4712),
        ("CREATE TYPE dbo.Codes FROM int", 219),
        ("CREATE SEQUENCE Numbers", 2714),
        ("CREATE SEQUENCE n AS varchar(3)", 11702),
        ("CREATE SEQUENCE n INCREMENT BY 0", 11700),
        ("CREATE SEQUENCE n MINVALUE 5 MAXVALUE 4", 11705),
        ("CREATE SEQUENCE n START WITH 5 MAXVALUE 4", 11703),
        ("DROP SCHEMA dbo", 3729),
        ("GRANT SELECT ON Nothing TO r", 15151),
        ("GRANT EXECUTE ON Kids TO r", 4606),
        ("GRANT SELECT ON Kids TO dbo", 4624),
        ("DROP USER dbo", 15150),
        ("ALTER ROLE r ADD MEMBER r", 15413),
        ("ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = 95", 15048),
    ],
)
def test_an_impossible_definition_gets_its_error(paper: Paper, text: str, number: int) -> None:
    with pytest.raises(SqlError) as caught:
        paper.define(text)

    assert caught.value.number == number


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE IF EXISTS Nothing",
        "DROP VIEW IF EXISTS Nothing",
        "DROP INDEX IF EXISTS Nothing ON Kids",
        "DROP INDEX IF EXISTS Nothing ON Nowhere",
        "DROP TYPE IF EXISTS Nothing",
    ],
)
def test_if_exists_is_content_with_nothing(paper: Paper, text: str) -> None:
    [plan] = paper.define(text)

    assert [step for step in plan.steps if not step.text.startswith("UPDATE")] == []


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE ##t (a int)",
        "CREATE TABLE other.dbo.t (a int)",
        "CREATE TABLE t (a decimal(9) IDENTITY)",
        "CREATE TABLE t (a int, b AS (GETDATE()))",
        "CREATE TABLE t (a nvarchar(50) REFERENCES dbo.Parents (Name))",
        "CREATE TYPE t AS TABLE (a int CHECK (a > 0))",
        "GRANT SELECT ON Kids (Id) TO r",
        "CREATE USER u WITH PASSWORD = 'x'",
        "CREATE DATABASE d COLLATE Latin1_General_BIN2",
        "ALTER DATABASE CURRENT SET READ_ONLY",
        "CREATE SCHEMA tsql",
    ],
)
def test_what_has_no_faithful_form_is_refused(paper: Paper, text: str) -> None:
    with pytest.raises(NotSupported):
        paper.define(text)
