"""Procedures, batches and definitions: names, pieces, cursors, views and the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from couponry_standin.tsql import tree
from couponry_standin.tsql.compiler.walk import nodes

from .corpus import Script, scripts
from .queries import defined
from .rule import rule, told
from .schema import tables


@rule(
    "A cursor and a `WHILE` that name a table which does not exist",
    avoids="Every table that is named exists after an installation.",
    breaks="CREATE PROCEDURE dbo.p AS SELECT n.a FROM dbo.Nowhere AS n ORDER BY n.a;",
    keeps="CREATE PROCEDURE dbo.p AS SELECT c.Name FROM dbo.Campaigns AS c ORDER BY c.CampaignId;",
)
def names_what_is_missing(script: Script) -> Iterator[tree.Node]:
    own = {each.name.lower() for each in script.all if isinstance(each, tree.CommonTable)}
    for node in script.all:
        if isinstance(node, tree.TableSource):
            name = node.name.last.lower()
            catalogue = node.name.parts[0].lower() == "sys"
            if not (catalogue or name in known() or name in own or filled_in(name)):
                yield node


@cache
def known() -> set[str]:
    made = {
        each.name.last.lower()
        for script in scripts()
        for each in script.all
        if isinstance(each, tree.CreateTable)
    }
    return set(tables()) | set(defined()) | made


def filled_in(name: str) -> bool:
    """Python fills in the name of a view."""
    return name == "x"


@rule(
    "A batch is compiled in pieces",
    "Where a variable is used on both sides",
    avoids="No `USE`, `EXECUTE AS` or `REVERT`; a batch defines one thing, and does nothing else"
    " with variables.",
    breaks="DECLARE @a int = 1; CREATE TABLE dbo.T (A int NOT NULL); SELECT @a AS A;",
    keeps="CREATE TABLE dbo.T (A int NOT NULL);",
)
def defines_on_the_way(script: Script) -> Iterator[tree.Node]:
    for batch in script.batches:
        for node in nodes(batch.statements):
            if isinstance(node, (tree.Use, tree.ExecuteAs, tree.Revert)):
                yield node
        if any(isinstance(each, tree.CreateTable) for each in nodes(batch.statements)):
            yield from (each for each in nodes(batch.statements) if isinstance(each, tree.Declare))


told(
    "Permissions are asked before a piece runs",
    why="Who lacks a permission gets the same 229; services call procedures, whose tables are"
    " reached by ownership.",
)


@rule(
    "A cursor shows the rows as they were when it was opened",
    avoids="No cursors.",
    breaks="DECLARE c CURSOR LOCAL FAST_FORWARD FOR SELECT j.JobName FROM dbo.JobRuns AS j;",
    keeps="DECLARE @c TABLE (JobName nvarchar(50) NOT NULL);",
)
def opens_a_cursor(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.DeclareCursor):
            yield node


# ---------------------------------------------------------------- definitions


@rule(
    "show the defaults of `FILLFACTOR`",
    avoids="Nobody reads how an index is stored.",
    breaks="SELECT i.fill_factor FROM sys.indexes AS i ORDER BY i.index_id;",
    keeps="SELECT i.name FROM sys.indexes AS i ORDER BY i.name;",
)
def reads_how_an_index_is_stored(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.Column) and node.name.last.lower() in STORED:
            yield node


STORED = (
    "fill_factor",
    "is_padded",
    "allow_row_locks",
    "allow_page_locks",
    "optimize_for_sequential_key",
    "data_compression",
    "data_compression_desc",
)


@rule(
    "definitions are for the members of `db_owner`",
    avoids="No role of couponry's gets a permission to define anything; deployments run as owner.",
    breaks="GRANT CREATE TABLE TO coupon_ops;",
    keeps="GRANT SELECT ON dbo.vw_JobStatus TO coupon_ops;",
)
def grants_definitions(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.Permission) and any(
            word.startswith(("CREATE", "ALTER", "CONTROL")) for word in node.permissions
        ):
            yield node


@rule(
    "computed columns are always stored",
    avoids="Computed columns are `PERSISTED`.",
    breaks="CREATE TABLE dbo.T (A int NOT NULL, B AS (A + 1));",
    keeps="CREATE TABLE dbo.T (A int NOT NULL, B AS (A + 1) PERSISTED);",
)
def computes_at_each_read(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.ColumnDefinition) and node.computed and not node.persisted:
            yield node


@rule(
    "`WITH SCHEMABINDING` protects by the catalogue",
    avoids="No module is bound to the schema.",
    breaks="CREATE VIEW dbo.v WITH SCHEMABINDING AS SELECT j.JobName FROM dbo.JobRuns AS j;",
    keeps="CREATE VIEW dbo.v AS SELECT j.JobName FROM dbo.JobRuns AS j;",
)
def binds(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.Module) and "SCHEMABINDING" in node.options:
            yield node


@rule(
    "`SELECT *` in a view or a function shows columns that were added",
    avoids="Views and functions name their columns.",
    breaks="CREATE VIEW dbo.v AS SELECT * FROM dbo.JobRuns AS j;",
    keeps="CREATE VIEW dbo.v AS SELECT COUNT(*) AS Runs FROM dbo.JobRuns AS j;",
)
def shows_all_columns(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, (tree.CreateView, tree.CreateFunction)):
            for each in nodes(node.query or []):
                if isinstance(each, tree.SelectItem) and isinstance(each.expr, tree.Star):
                    yield each


@rule(
    "`CREATE DATABASE … AS COPY OF` ends when the copy is whole",
    avoids="No program copies a database.",
    breaks="CREATE DATABASE b AS COPY OF a;",
    keeps="CREATE DATABASE b;",
)
def copies_a_database(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.CreateDatabase) and node.source is not None:
            yield node


@rule(
    "`SINGLE_USER` takes the database from the others as its `WITH` says, but keeps nobody out",
    avoids="No script says who may come.",
    breaks="ALTER DATABASE CURRENT SET SINGLE_USER WITH ROLLBACK IMMEDIATE;",
    keeps="ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = 150;",
    seen={
        "jobs/couponry_jobs/deployment/servers.py:48": "who drops a database takes it for that, and"
        " nobody has a reason to come then",
    },
)
def keeps_others_out(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.AlterDatabase) and ("SINGLE_USER", "") in node.options:
            yield node


@rule(
    "Executions are not measured",
    "`sys.dm_db_partition_stats` counts the rows and PostgreSQL's pages",
    avoids="No procedure decides by what was measured.",
    breaks="SELECT s.open_transaction_count FROM sys.dm_exec_sessions AS s;",
    keeps="SELECT t.name FROM sys.tables AS t;",
    seen={
        "views/vw_ProcedurePerformance.sql": "empty, as after a restart of SQL Server: what runs"
        " slowly here says nothing of SQL Server",
        "views/vw_TableSizes.sql": "the counts of rows are the same; the megabytes are those of"
        " PostgreSQL's files, and nobody reads them but people",
    },
)
def reads_what_is_measured(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.TableSource) and node.name.last.lower().startswith("dm_"):
            yield node


@rule(
    "A `CHECK` that rows were let past (`NOCHECK`) is asked at each change of such a row",
    avoids="Every constraint has been asked of every row.",
    breaks="ALTER TABLE dbo.Coupons NOCHECK CONSTRAINT CK_Coupons_Status;",
    keeps="ALTER TABLE dbo.Coupons WITH CHECK ADD CONSTRAINT CK_c CHECK (UsedCount <> 7);",
)
def lets_rows_past(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.AlterTable) and (
            node.action == "NOCHECK" or node.with_check is False
        ):
            yield node
