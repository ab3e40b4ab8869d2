"""What the fuzzers of texts start from: a small shop of their own, and every script at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.conformance.cases import read_batches, subjects

ROOT = Path(__file__).parents[3]
SCRIPTS = ("sql", "procedures", "views")

SCHEMA = """
CREATE TABLE dbo.Kind (
    Id int NOT NULL CONSTRAINT PK_Kind PRIMARY KEY,
    Code varchar(10) NOT NULL CONSTRAINT UQ_Kind_Code UNIQUE,
    Name nvarchar(40) NULL
);
CREATE TABLE dbo.Thing (
    Id bigint IDENTITY(1, 1) CONSTRAINT PK_Thing PRIMARY KEY,
    KindId int NULL CONSTRAINT FK_Thing_Kind REFERENCES dbo.Kind (Id),
    Title nvarchar(50) NOT NULL,
    Note nvarchar(max) NULL,
    Tiny tinyint NULL,
    Small smallint NULL,
    Price decimal(12, 4) NOT NULL CONSTRAINT DF_Thing_Price DEFAULT 0,
    Cash money NULL,
    Weight float NULL,
    IsOn bit NOT NULL CONSTRAINT DF_Thing_IsOn DEFAULT 1,
    Born date NULL,
    Clock time(3) NULL,
    Made datetime2(3) NOT NULL CONSTRAINT DF_Thing_Made DEFAULT SYSUTCDATETIME(),
    Old datetime NULL,
    Zoned datetimeoffset(3) NULL,
    Mark uniqueidentifier NULL,
    Raw varbinary(40) NULL,
    Fixed char(5) NULL,
    Doubled AS Price * 2,
    Stamp rowversion,
    CONSTRAINT CK_Thing_Price CHECK (Price >= 0)
);
CREATE INDEX IX_Thing_Kind ON dbo.Thing (KindId) INCLUDE (Title);
INSERT dbo.Kind (Id, Code, Name) VALUES (1, 'A', N'first'), (2, 'B', N'second'), (3, 'C', NULL);
INSERT dbo.Thing
    (KindId, Title, Note, Tiny, Small, Price, Cash, Weight, Born, Clock, Old, Mark, Raw)
VALUES
    (1, N'one', N'{"a": 1, "b": [1, 2]}', 1, -5, 1.5, 2.25, 0.1, '2024-02-29', '10:00',
        '2024-01-01', '6F9619FF-8B86-D011-B42D-00C04FC964FF', 0x00FF),
    (2, N'two', NULL, 255, 32767, 99999999.9999, NULL, 1e300, NULL, NULL, NULL, NULL, NULL),
    (NULL, N'drei', N'not json', NULL, NULL, 0, 0, NULL, '0001-01-01', '23:59:59.999', NULL, NULL,
        0x)
"""

MODULES = (
    "CREATE TYPE dbo.IdList AS TABLE (Id bigint NOT NULL PRIMARY KEY, Word nvarchar(20) NULL)",
    "CREATE SEQUENCE dbo.Counter AS int START WITH 1 INCREMENT BY 1",
    "CREATE VIEW dbo.vThing AS SELECT t.Id, t.Title, k.Name FROM dbo.Thing AS t"
    " LEFT JOIN dbo.Kind AS k ON k.Id = t.KindId",
    "CREATE FUNCTION dbo.fnDouble (@x int) RETURNS int AS BEGIN RETURN @x * 2 END",
    "CREATE FUNCTION dbo.fnThings (@kind int) RETURNS TABLE AS"
    " RETURN SELECT Id, Title FROM dbo.Thing WHERE KindId = @kind",
    "CREATE PROCEDURE dbo.spThing @Id bigint, @Title nvarchar(50) = NULL, @Count int = 0 OUTPUT AS"
    " BEGIN SET NOCOUNT ON; SELECT Id, Title FROM dbo.Thing WHERE Id = @Id;"
    " SET @Count = @@ROWCOUNT; RETURN 7 END",
)

TEXTS = (
    "SELECT t.Id, t.Title, k.Name FROM dbo.Thing AS t LEFT JOIN dbo.Kind AS k ON k.Id = t.KindId"
    " WHERE t.Price > 1 AND t.Title LIKE N'o%' ORDER BY t.Id DESC",
    "SELECT KindId, COUNT(*) AS N, SUM(Price) AS Total, MAX(Made) AS Last FROM dbo.Thing"
    " GROUP BY KindId HAVING COUNT(*) > 0 ORDER BY N DESC OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY",
    "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, i * 2 FROM n"
    " OPTION (MAXRECURSION 10)",
    "INSERT dbo.Thing (KindId, Title, Price) OUTPUT inserted.Id, inserted.Made"
    " VALUES (1, N'new', 2.5), (2, N'newer', 3)",
    "INSERT INTO dbo.Kind (Id, Code, Name) SELECT 10 + Id, Code + 'x', Name FROM dbo.Kind",
    "UPDATE t SET t.Price = t.Price + 1, t.Note = NULL OUTPUT deleted.Price, inserted.Price"
    " FROM dbo.Thing AS t INNER JOIN dbo.Kind AS k ON k.Id = t.KindId WHERE k.Code = 'A'",
    "DELETE TOP (1) FROM dbo.Thing OUTPUT deleted.Id WHERE IsOn = 1",
    "MERGE dbo.Kind AS t USING (VALUES (1, 'A', N'x'), (9, 'Z', N'y')) AS s (Id, Code, Name)"
    " ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET Name = s.Name WHEN NOT MATCHED THEN"
    " INSERT (Id, Code, Name) VALUES (s.Id, s.Code, s.Name) OUTPUT $action, inserted.Id;",
    "DECLARE @i int = 0, @t nvarchar(20); WHILE @i < 3 BEGIN SET @i += 1; SET @t = CONCAT(@t, @i);"
    " IF @i = 2 PRINT @t ELSE CONTINUE END; SELECT @i AS i, @t AS t",
    "BEGIN TRY SELECT 1 / 0 AS x END TRY BEGIN CATCH SELECT ERROR_NUMBER() AS n,"
    " ERROR_MESSAGE() AS m, ERROR_LINE() AS l; THROW END CATCH",
    "DECLARE @ids dbo.IdList; INSERT @ids (Id, Word) VALUES (1, N'a'), (2, NULL);"
    " SELECT t.Title, i.Word FROM @ids AS i JOIN dbo.Thing AS t ON t.Id = i.Id",
    "CREATE TABLE #w (Id int IDENTITY PRIMARY KEY, Word nvarchar(10) NOT NULL DEFAULT N'?',"
    " CHECK (LEN(Word) > 0)); INSERT #w (Word) VALUES (N'a'); SELECT * FROM #w; DROP TABLE #w",
    "SELECT Id, ROW_NUMBER() OVER (PARTITION BY KindId ORDER BY Price DESC) AS n,"
    " LAG(Title, 1, N'-') OVER (ORDER BY Id) AS p, SUM(Price) OVER (ORDER BY Id"
    " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM dbo.Thing",
    "SELECT CAST('12' AS int), CONVERT(varchar(10), GETDATE(), 120), TRY_CAST(N'x' AS decimal(5)),"
    " ISNULL(NULL, 'a'), COALESCE(NULL, 1, 2), NULLIF(1, 1), IIF(1 = 1, 'y', 'n')",
    "SELECT DATEADD(day, 1, Born), DATEDIFF(minute, Made, SYSUTCDATETIME()), EOMONTH(Born),"
    " DATEPART(year, Made), DATENAME(month, Old), YEAR(Zoned) FROM dbo.Thing",
    "SELECT SUBSTRING(Title, 1, 2), REPLACE(Title, N'o', N'0'), CHARINDEX(N'e', Title), LEN(Title),"
    " LEFT(Title, 2), UPPER(Title), STUFF(Title, 1, 1, N'x'), REPLICATE(Fixed, 3), LTRIM(Title)"
    " FROM dbo.Thing",
    "SELECT JSON_VALUE(Note, '$.a'), ISJSON(Note), j.[key], j.value FROM dbo.Thing"
    " CROSS APPLY OPENJSON(Note) AS j WHERE ISJSON(Note) = 1 FOR JSON PATH",
    "SELECT Id, CASE WHEN Price > 1 THEN N'dear' WHEN Price IS NULL THEN NULL ELSE N'low' END AS c"
    " FROM dbo.Thing WHERE Id IN (1, 2, 3) AND EXISTS (SELECT 1 FROM dbo.Kind WHERE Id = KindId)",
    "DECLARE @n int; EXEC dbo.spThing @Id = 1, @Title = N'x', @Count = @n OUTPUT; SELECT @n",
    "EXEC sp_executesql N'SELECT Title FROM dbo.Thing WHERE Id = @id', N'@id int', @id = 1",
    "SELECT Title FROM dbo.fnThings(1) UNION SELECT Name FROM dbo.Kind EXCEPT"
    " SELECT Title FROM dbo.vThing WHERE Id = dbo.fnDouble(1)",
    "DECLARE c CURSOR LOCAL FAST_FORWARD FOR SELECT Id FROM dbo.Kind ORDER BY Id; DECLARE @x int;"
    " OPEN c; FETCH NEXT FROM c INTO @x; WHILE @@FETCH_STATUS = 0 FETCH NEXT FROM c INTO @x;"
    " CLOSE c; DEALLOCATE c; SELECT @x",
    "SAVE TRANSACTION s; UPDATE dbo.Kind SET Name = N'z' WHERE Id = 1; ROLLBACK TRANSACTION s;"
    " SELECT @@TRANCOUNT, XACT_STATE(), Name FROM dbo.Kind",
    "CREATE TABLE dbo.Made (Id int NOT NULL PRIMARY KEY, Word varchar(10)"
    " COLLATE Latin1_General_BIN2 NULL, Total AS Id * 2);"
    " ALTER TABLE dbo.Made ADD Extra decimal(5, 2) NOT NULL DEFAULT 1;"
    " CREATE UNIQUE INDEX UX ON dbo.Made (Word) WHERE Word IS NOT NULL; DROP TABLE dbo.Made",
    "CREATE OR ALTER PROCEDURE dbo.spNew @a int, @b varchar(5) = 'x' AS SELECT @a AS a, @b AS b",
    "SELECT NEXT VALUE FOR dbo.Counter AS n, NEWID() AS g, @@SPID AS s, DB_NAME() AS d,"
    " OBJECT_ID(N'dbo.Thing') AS o, SCOPE_IDENTITY() AS i",
    "RAISERROR (N'%s and %d', 16, 1, N'word', 5); THROW 50001, N'mine', 1",
    "SELECT STRING_AGG(Title, N',') WITHIN GROUP (ORDER BY Id) FROM dbo.Thing;"
    " SELECT value FROM STRING_SPLIT(N'a,b,c', N',')",
    "SELECT DISTINCT TOP (2) WITH TIES Price FROM dbo.Thing WITH (UPDLOCK, ROWLOCK) ORDER BY Price",
    "SET NOCOUNT ON; SET XACT_ABORT OFF; SET LOCK_TIMEOUT 100; IF @@ROWCOUNT = 0 RETURN; SELECT 1",
)


@dataclass(frozen=True, slots=True)
class Seed:
    """A text, and what is run before it as it is."""

    text: str
    before: tuple[str, ...] = ()


def scripts() -> list[Seed]:
    """Every batch of the scripts that are deployed."""
    found: list[Seed] = []
    for folder in SCRIPTS:
        for path in sorted((ROOT / folder).rglob("*.sql")):
            found += map(Seed, read_batches(path.read_text("utf-8").splitlines()))
    return found


def conformance() -> list[Seed]:
    """Every batch of the cases, behind the batches that it stands on."""
    found: list[Seed] = []
    for subject in subjects():
        for case in subject.cases:
            batches = [step.batch for step in case.steps]
            for number, batch in enumerate(batches):
                found.append(Seed(batch, (*subject.each, *batches[:number])))
    return found


def preparations() -> list[str]:
    """What the cases of conformance stand on."""
    return [batch for subject in subjects() for batch in subject.setup]
