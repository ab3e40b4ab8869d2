"""Isolation levels, and what outlives a failure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from couponry_standin.tsql import tree
from couponry_standin.tsql.compiler.walk import nodes

from .corpus import Script, scripts
from .reading import hinted, options, procedures, writes
from .rule import rule, told

LEVEL, SNAPSHOTS = "TRANSACTION ISOLATION LEVEL", "READ_COMMITTED_SNAPSHOT"


@rule(
    "With `READ_COMMITTED_SNAPSHOT` OFF a reader",
    "Scalar functions, and table functions of several statements, read without waiting",
    avoids="An installation sets `READ_COMMITTED_SNAPSHOT ON`, and nothing sets it off.",
    breaks="ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF;",
    keeps="ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON;",
)
def lets_readers_wait(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.AlterDatabase) and (SNAPSHOTS, "OFF") in node.options:
            yield node


@rule(
    "`READ UNCOMMITTED` reads committed rows",
    avoids="Nobody reads what is not committed: no level, no `NOLOCK`, no `READUNCOMMITTED`.",
    breaks="SELECT c.CouponCode FROM dbo.Coupons AS c WITH (NOLOCK);",
    keeps="SELECT c.CouponCode FROM dbo.Coupons AS c;",
)
def reads_uncommitted(script: Script) -> Iterator[tree.Node]:
    yield from hinted(script, "NOLOCK", "READUNCOMMITTED")
    for each in options(script, LEVEL):
        if each.value == "READ UNCOMMITTED":
            yield each


@rule(
    "`REPEATABLE READ` and `SERIALIZABLE` lock what they read as the hints",
    "A transaction under `SNAPSHOT` sees what was committed at its `BEGIN`",
    avoids="No text sets an isolation level: `READ COMMITTED`, with hints where rows must stay.",
    breaks="SET TRANSACTION ISOLATION LEVEL SNAPSHOT;",
    keeps="SET XACT_ABORT ON;",
)
def sets_a_level(script: Script) -> Iterator[tree.Node]:
    yield from options(script, LEVEL)


# ---------------------------------------------------------------- writes outside a transaction


@rule(
    "what a machine wrote between two stops is committed together at its end",
    "Errors that the batch survives, `@@ROWCOUNT` and the final state are the same",
    avoids="Every write stands in a transaction; its `COMMIT` is a stop.",
    breaks="CREATE PROCEDURE dbo.p AS DELETE FROM dbo.JobRuns; DELETE FROM dbo.AuditLog;",
    keeps="CREATE PROCEDURE dbo.p AS BEGIN TRANSACTION; DELETE FROM dbo.JobRuns; COMMIT;",
    seen={
        "procedures/internal/sp_i_StartJob.sql": "two rows of `JobRuns`; the transaction of the job"
        " begins behind them",
        "procedures/internal/sp_i_EndJob.sql": "one row of `JobRuns`; the answer follows",
        "procedures/service/sp_RecordFunnelEvent.sql": "one row; the answer follows",
    },
)
def writes_outside(script: Script) -> Iterator[tree.Node]:
    for procedure in procedures(script):
        if procedure.name.last.lower() not in joined():
            yield from _outside(procedure.body)


@cache
def joined() -> set[str]:
    """The procedures without a transaction of their own that are called inside of one only."""
    found: set[str] = set()
    outside: set[str] = set()
    for script in scripts():
        for each in procedures(script):
            name = each.name.last.lower()
            inside = script.name.startswith("procedures/internal") and not any(
                isinstance(node, tree.Transaction) for node in nodes(each.body)
            )
            (found if inside else outside).add(name)
    return found - _called_outside(outside, found)


def _called_outside(roots: set[str], inner: set[str]) -> set[str]:
    """Of the inner procedures those that are called where no transaction is begun."""
    by_name = {each.name.last.lower(): each for script in scripts() for each in procedures(script)}
    known: set[str] = set()
    rest = [by_name[name] for name in roots]
    while rest:
        for call in _outside(rest.pop().body, calls=True):
            assert isinstance(call, tree.Execute) and call.procedure is not None
            name = call.procedure.last.lower()
            if name in inner and name not in known:
                known.add(name)
                rest.append(by_name[name])
    return known


def _outside(body: list[tree.Statement], *, calls: bool = False) -> list[tree.Node]:
    found: list[tree.Node] = []
    _follow(body, False, found, calls)
    return found


def _follow(body: list[tree.Statement], inside: bool, found: list[tree.Node], calls: bool) -> bool:
    """Whether a transaction is open behind these statements, which IF @Own = 1 may begin."""
    for each in body:
        match each:
            case tree.Transaction():
                inside = each.action in ("BEGIN", "SAVE")
            case tree.Block():
                inside = _follow(each.body, inside, found, calls)
            case tree.If():
                ends = [_follow([each.then], inside, found, calls)]
                if each.otherwise is not None:
                    ends.append(_follow([each.otherwise], inside, found, calls))
                inside = all(ends) if inside else any(ends)
            case tree.While():
                inside = _follow([each.body], inside, found, calls)
            case tree.TryCatch():
                inside = _follow(each.body, inside, found, calls)
                _follow(each.handler, False, found, calls)
            case tree.Execute() if calls and not inside and each.procedure is not None:
                found.append(each)
            case _ if not calls and not inside and writes(each):
                found.append(each)
            case _:
                pass
    return inside


# ---------------------------------------------------------------- after an error


@rule(
    "Read in a doomed transaction, the work of the procedure that failed is gone already",
    avoids="A `CATCH` reads no table before it rolls back.",
    breaks="BEGIN TRY COMMIT; END TRY BEGIN CATCH SELECT j.JobName FROM dbo.JobRuns AS j; ROLLBACK;"
    " END CATCH;",
    keeps="BEGIN TRY COMMIT; END TRY BEGIN CATCH ROLLBACK; SELECT j.JobName FROM dbo.JobRuns AS j;"
    " END CATCH;",
)
def reads_when_doomed(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.TryCatch):
            for each in node.handler:
                if any(
                    isinstance(part, tree.Transaction) and part.action == "ROLLBACK"
                    for part in nodes(each)
                ):
                    break
                yield from (part for part in nodes(each) if isinstance(part, tree.TableSource))


@rule(
    "A cancelled request always loses its transaction",
    "So does a call whose argument cannot be converted",
    avoids="`XACT_ABORT` is on in every procedure: SQL Server rolls back as well.",
    breaks="CREATE PROCEDURE dbo.p AS BEGIN SET NOCOUNT ON; DELETE FROM dbo.JobRuns; END;",
    keeps="CREATE PROCEDURE dbo.p AS BEGIN SET NOCOUNT, XACT_ABORT ON; DELETE FROM dbo.JobRuns;"
    " END;",
)
def keeps_its_transaction(script: Script) -> Iterator[tree.Node]:
    for each in procedures(script):
        first = each.body[0]
        body = first.body if isinstance(first, tree.Block) else each.body
        if not any(
            isinstance(one, tree.SetOption) and "XACT_ABORT" in one.names and one.value == "ON"
            for one in body
        ):
            yield each


@rule(
    "An error of `COMMIT` itself (a full disk) reaches the client and not `CATCH`",
    avoids="A `CATCH` around a `COMMIT` ends with `THROW`: the client gets the error in any case.",
    breaks="BEGIN TRY COMMIT; END TRY BEGIN CATCH DECLARE @a int = 1; END CATCH;",
    keeps="BEGIN TRY COMMIT; END TRY BEGIN CATCH ROLLBACK; THROW; END CATCH;",
    seen={
        "procedures/job/sp_ExpireReservations.sql": "a full disk ends the sweep one reservation"
        " later, or one earlier; what is committed is the same",
    },
)
def swallows_what_commit_says(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if (
            isinstance(node, tree.TryCatch)
            and any(
                isinstance(each, tree.Transaction) and each.action == "COMMIT"
                for each in nodes(node.body)
            )
            and not (node.handler and isinstance(node.handler[-1], tree.Throw))
        ):
            yield node


@rule(
    "`INSERT … EXEC` is no transaction of its own",
    avoids="`INSERT … EXEC` stands only where the procedure that it calls commits nothing.",
    breaks="DECLARE @t TABLE (a int); INSERT INTO @t (a) EXEC dbo.sp_CleanupData;",
    keeps="DECLARE @t TABLE (a int); INSERT INTO @t (a) EXEC dbo.sp_SearchCoupons;",
)
def inserts_what_commits(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if (
            isinstance(node, tree.Insert)
            and isinstance(node.source, (tree.Execute, tree.ExecuteText))
            and (
                isinstance(node.source, tree.ExecuteText)
                or node.source.procedure is None
                or node.source.procedure.last.lower() in committing()
            )
        ):
            yield node


@cache
def committing() -> set[str]:
    """The procedures that begin a transaction, or write outside of one."""
    return {
        each.name.last.lower()
        for script in scripts()
        for each in procedures(script)
        if any(isinstance(part, tree.Transaction) or writes(part) for part in nodes(each.body))
    }


told(
    "The message 3621 comes once more than on SQL Server",
    "The warning 8153 (NULLs that an aggregate leaves out)",
    "`RETURN` of a NULL is 0 without the message 282",
    "Of several errors in one definition the first one comes",
    why="`couponry_jobs` reads rows, counts and errors; no program reads messages.",
)
told(
    "An error ends a `SELECT` without any of its rows",
    why="`couponry_jobs` takes the rows of a call when all of it has succeeded.",
)
told(
    "`ERROR_PROCEDURE()` and messages name a procedure with its schema",
    why="No script asks for `ERROR_PROCEDURE()`, and programs go by the number of an error.",
)
