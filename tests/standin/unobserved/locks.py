"""Locks: absent keys, application locks, and rows that were waited for in vain."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from couponry_standin.tsql import tree
from couponry_standin.tsql.compiler.walk import columns, nodes

from .corpus import Script, scripts
from .reading import (
    ABSENCE,
    argument,
    calls,
    equated,
    fixes_a_key,
    hinted,
    names_one,
    options,
    sources,
    writes,
)
from .rule import rule, told
from .schema import tables

UPDATING = ("UPDLOCK", "XLOCK")

told(
    "a foreign key does not wait for a change of the row that it refers to",
    why="A wait less, and no other result: keys that are referred to never change, and a deletion"
    " is waited for.",
)
told(
    "Of several that wait for one row a later one may come first",
    why="Nobody is promised a place: who comes first is a matter of time, and each of them may.",
)


# ---------------------------------------------------------------- absent keys


@rule(
    "`HOLDLOCK` on a row that does not exist locks that key",
    "Who asks for the absence of any row waits for all",
    avoids="`HOLDLOCK` asks for one unique key.",
    breaks="SELECT @@ROWCOUNT FROM dbo.JobRuns AS j WITH (UPDLOCK, HOLDLOCK) WHERE j.JobName ="
    " N'a';",
    keeps="SELECT @@ROWCOUNT FROM dbo.Campaigns AS c WITH (UPDLOCK, HOLDLOCK) WHERE c.CampaignId ="
    " N'a';",
    seen={
        "procedures/internal/sp_i_RaiseFraud.sql": "the absence of any waits for more than a range"
        " would, never for less: events without a user, a statement each",
        "procedures/ops/sp_SaveSearch.sql": "the searches of one owner: others wait longer, none"
        " gets by",
        "procedures/ops/sp_SetPricingConfig.sql": "few rows, seldom written: others wait longer,"
        " none gets by",
    },
)
def searches_without_a_key(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, (tree.Select, tree.Update, tree.Delete)):
            for each in sources(node):
                if (
                    isinstance(each, tree.TableSource)
                    and names_one(each.hints, ABSENCE)
                    and not fixes_a_key(each.name.last, equated(node.where))
                ):
                    yield each


@rule(
    "An insertion does not lock the keys of",
    avoids="Whoever inserts a key that others ask for with `HOLDLOCK` has asked for it so, or means"
    " to meet the unique key; nobody trusts that a blind insertion waits.",
    breaks="INSERT INTO dbo.Partners (Name) SELECT N'a';",
    keeps="SELECT @@ROWCOUNT FROM dbo.Partners AS p WITH (UPDLOCK, HOLDLOCK) WHERE p.Name = N'a';"
    " INSERT INTO dbo.Partners (Name) VALUES (N'a');",
    seen={
        **dict.fromkeys(
            ("sql/seed/demo.sql", "sql/seed/reference.sql", "sql/seed/sample.sql"),
            "seeds: run alone, under the lock of a deployment",
        ),
        "procedures/internal/sp_i_CopyCampaign.sql": "sp_CloneCampaign has asked for the key",
        "procedures/internal/sp_i_CopyCoupons.sql": "sp_i_AdmitCopies has asked for the keys",
        "procedures/internal/sp_i_ErasePerson.sql": "sp_i_LockPerson holds the user",
        "procedures/internal/sp_i_InsertCampaign.sql": "sp_CreateCampaign has asked for the key",
        "procedures/internal/sp_i_InsertCoupon.sql": "sp_i_AdmitCoupon has asked for the key",
        "procedures/internal/sp_i_InsertGeneration.sql": "sp_CreateGenerationRequest has asked for"
        " the key",
        "procedures/internal/sp_i_WriteImportRows.sql": "sp_i_PlanImport has asked for the keys",
    },
)
def inserts_blindly(script: Script) -> Iterator[tree.Node]:
    asked = {each.name.last.lower() for each in hinted(script, *ABSENCE)}
    for node in script.all:
        if isinstance(node, tree.Insert):
            table = writes(node)
            if table in guarded() and table not in asked:
                yield node


@cache
def guarded() -> set[str]:
    """The tables whose absent keys somebody asks for."""
    return {each.name.last.lower() for one in scripts() for each in hinted(one, *ABSENCE)}


@rule(
    "on SQL Server neighbours in a gap wait for one another besides",
    "not the gap around it",
    "who shares a row waits for `UPDLOCK`",
    avoids="`HOLDLOCK` comes with `UPDLOCK`, and what it finds absent is inserted at once: that a"
    " neighbour waits besides is time, and no result.",
    breaks="SELECT @@ROWCOUNT FROM dbo.Partners AS p WITH (HOLDLOCK) WHERE p.Name = N'a';",
    keeps="SELECT @@ROWCOUNT FROM dbo.Partners AS p WITH (UPDLOCK, HOLDLOCK) WHERE p.Name = N'a';",
)
def holds_shared(script: Script) -> Iterator[tree.Node]:
    for each in hinted(script, *ABSENCE, "REPEATABLEREAD"):
        if not names_one(each.hints, UPDATING):
            yield each


@rule(
    "`TABLOCK` and `TABLOCKX` lock the rows read",
    avoids="No `TABLOCK`, no `TABLOCKX`.",
    breaks="DELETE FROM dbo.JobRuns WITH (TABLOCK);",
    keeps="DELETE FROM dbo.JobRuns;",
)
def locks_tables(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.Hint) and node.name in ("TABLOCK", "TABLOCKX"):
            yield node


@rule(
    "A `FORCESEEK` that no index serves",
    avoids="`FORCESEEK` looks for a unique key; joins have no hints.",
    breaks="SELECT @@ROWCOUNT FROM dbo.Coupons AS c WITH (FORCESEEK) WHERE c.MaxUses + 1 = 3;",
    keeps="SELECT @@ROWCOUNT FROM dbo.Coupons AS c WITH (FORCESEEK) WHERE c.CouponCode = N'a';",
)
def asks_for_a_plan_that_is_none(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.Join) and node.hint is not None:
            yield node
        if isinstance(node, (tree.Select, tree.Update, tree.Delete)):
            for each in sources(node):
                if (
                    isinstance(each, tree.TableSource)
                    and names_one(each.hints, ("FORCESEEK",))
                    and not fixes_a_key(each.name.last, equated(node.where))
                ):
                    yield each


@rule(
    "Two that read the absence of all keys under `SERIALIZABLE` wait for one another",
    avoids="Nothing runs under `SERIALIZABLE`.",
    breaks="SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
    keeps="SET LOCK_TIMEOUT 15000;",
)
def runs_serializable(script: Script) -> Iterator[tree.Node]:
    for each in options(script, "TRANSACTION ISOLATION LEVEL"):
        if each.value == "SERIALIZABLE":
            yield each


told(
    "Searches that lock by ranges, joins and aggregates do not see rows",
    why="Such searches are sweeps, which come again, or they hold the user, coupon or campaign"
    " whose holder inserts the rows.",
)

told(
    "A foreign key to a row that another has inserted and not committed",
    why="References are taken from rows that were read, or locked, before: those are committed, or"
    " the transaction's own.",
)


@rule(
    "a statement that waited for a row which the other deletes and inserts again",
    avoids="Rows are changed, not deleted and inserted again in one procedure.",
    breaks="DELETE FROM dbo.Partners WHERE Name = N'a'; INSERT INTO dbo.Partners (Name) VALUES"
    " (N'a');",
    keeps="DELETE FROM dbo.Partners WHERE Name = N'a'; INSERT INTO dbo.JobRuns (JobName) VALUES"
    " (N'a');",
    seen={
        **dict.fromkeys(
            (
                "procedures/internal/sp_i_EraseCredits.sql",
                "procedures/internal/sp_i_ErasePerson.sql",
            ),
            "the row that is inserted has another key: that of nobody",
        ),
        **dict.fromkeys(
            (
                "procedures/internal/sp_i_SpreadCampaign.sql",
                "procedures/internal/sp_i_SpreadCoupon.sql",
            ),
            "deletes the stripes that are too many, and inserts those that are missing",
        ),
        "procedures/job/sp_SummariseUsage.sql": "under the application lock of the job; nobody else"
        " changes summaries",
        "procedures/ops/sp_SaveSearch.sql": "deletes old searches, and inserts a new one",
        **dict.fromkeys(
            (
                "procedures/ops/sp_SetDiscountTiers.sql",
                "procedures/ops/sp_SetTargets.sql",
                "procedures/ops/sp_SetTranslation.sql",
            ),
            "under the lock of the coupon or campaign above",
        ),
    },
)
def inserts_again(script: Script) -> Iterator[tree.Node]:
    deleted = {writes(node) for node in script.all if isinstance(node, tree.Delete)}
    for node in script.all:
        if isinstance(node, tree.Insert) and writes(node) in deleted - {""}:
            yield node


told(
    "A transaction that holds more than 5,000 locks of keys locks the table in their place",
    "SQL Server counts the rows of one statement, and the memory of all",
    why="Transactions of couponry's write fewer rows by single statements: who waits for a table"
    " waits for a load of somebody else's.",
)


# ---------------------------------------------------------------- application locks


@rule(
    "two `IntentExclusive` exclude each other",
    avoids="Application locks are exclusive.",
    breaks="EXEC sp_getapplock @Resource = N'a', @LockMode = N'IntentExclusive';",
    keeps="EXEC sp_getapplock @Resource = N'a', @LockMode = N'Exclusive', @LockOwner = N'Session';",
)
def intends(script: Script) -> Iterator[tree.Node]:
    for each in calls(script, "sp_getapplock"):
        if argument(each, "@lockmode") != "exclusive":
            yield each


@rule(
    "a lock of a transaction is released at its end only",
    avoids="Application locks belong to the session.",
    breaks="EXEC sp_releaseapplock @Resource = N'a', @LockOwner = N'Transaction';",
    keeps="EXEC sp_releaseapplock @Resource = N'a', @LockOwner = N'Session';",
)
def releases_early(script: Script) -> Iterator[tree.Node]:
    for each in calls(script, "sp_releaseapplock"):
        if argument(each, "@lockowner") != "session":
            yield each


told(
    "Deadlocks are found after half a second",
    why="Time, and no result. SQL Server looks every five seconds, and faster after one.",
)


# ---------------------------------------------------------------- what was waited for in vain


@rule(
    "where the key that alone was asked for has been changed meanwhile",
    "those that change several rows hold the user, coupon or campaign above them",
    avoids="Keys by which rows are locked are not changed.",
    breaks="UPDATE dbo.Campaigns SET CampaignId = N'b' WHERE CampaignId = N'a';",
    keeps="UPDATE dbo.Campaigns SET Status = N'Active' WHERE CampaignId = N'a';",
    seen={
        **dict.fromkeys(
            (
                "procedures/internal/sp_i_EraseBilling.sql",
                "procedures/internal/sp_i_EraseCredits.sql",
                "procedures/internal/sp_i_EraseLists.sql",
                "procedures/internal/sp_i_EraseUsage.sql",
            ),
            "the erasure holds the person's row, for which the others wait first",
        ),
        **dict.fromkeys(
            (
                "procedures/ops/sp_SaveTemplate.sql",
                "procedures/ops/sp_SetWebhook.sql",
                "procedures/ops/sp_UpsertPartner.sql",
            ),
            "administrators rename, by the number of the row: a row too much is held until the"
            " commit of the one call",
        ),
    },
)
def changes_keys(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.Update) and (table := tables().get(writes(node))) is not None:
            keys = {name for key in table.keys for name in key}
            for each in node.assignments:
                if each.column is not None and each.column.last.lower() in keys:
                    yield each


@rule(
    "where `UPDLOCK` stands in a subquery of an expression",
    "A row that a statement waited for and that then does not qualify is let go",
    "couponry's scripts change no keys and ask with `UPDLOCK`",
    avoids="`UPDLOCK` stands in statements of its own, in `IF EXISTS`, or beside `HOLDLOCK`, under"
    " which SQL Server keeps the row, too.",
    breaks="DECLARE @a int = (SELECT COUNT(*) FROM dbo.JobRuns AS j WITH (UPDLOCK));",
    keeps="IF EXISTS (SELECT 1 FROM dbo.JobRuns AS j WITH (UPDLOCK)) RETURN;",
)
def locks_in_an_expression(script: Script) -> Iterator[tree.Node]:
    tested = {id(query) for node in script.all for query in _tested(node)}
    for node in script.all:
        if isinstance(node, (tree.Subquery, tree.InQuery, tree.Exists)) and id(node) not in tested:
            for each in nodes(node.query):
                if (
                    isinstance(each, tree.TableSource)
                    and names_one(each.hints, UPDATING)
                    and not names_one(each.hints, ABSENCE)
                ):
                    yield each


def _tested(node: tree.Node) -> Iterator[tree.Node]:
    """What IF [NOT] EXISTS asks."""
    if isinstance(node, tree.If):
        asked = node.condition
        yield asked.operand if isinstance(asked, tree.Unary) and asked.op == "NOT" else asked


ABOVE = {
    *("userid", "couponid", "campaignid", "assignedto", "redeemedby", "owner"),
    *("generationbatchid", "targetkind"),
}
"""Whose row a writer holds first, as docs/lock-order.md has it."""


@rule(
    "It stays locked until the transaction ends where the statement changes other rows",
    "changes other rows",
    avoids="What changes several rows changes those of a user, coupon or campaign whose row it"
    " holds, or rows that it has locked by their keys.",
    breaks="UPDATE dbo.Coupons SET IsActive = 0 WHERE IsRedeemed = 0;",
    keeps="UPDATE dbo.Coupons SET IsActive = 0 WHERE CouponId = 1 AND IsRedeemed = 0;",
    seen={
        "procedures/job/sp_CleanupData.sql": "one statement a transaction: a row too much is held"
        " until its commit",
        "procedures/internal/sp_i_StartJob.sql": "under the application lock of the job",
        "procedures/ops/sp_RetryDeadDeliveries.sql": "deliveries that nobody works on: dead ones",
        "sql/seed/sample.sql": "a seed: run alone, under the lock of a deployment",
    },
)
def changes_several(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, (tree.Update, tree.Delete)) and (table := writes(node)) in tables():
            named = {each.name.last.lower() for each in columns([node.where, node.sources])}
            known = any(isinstance(each, tree.VariableSource) for each in sources(node))
            if not (known or named & ABOVE or fixes_a_key(table, equated(node.where))):
                yield node


@rule(
    "`sys.dm_exec_requests` and `sys.dm_os_waiting_tasks` name the session that is waited for",
    avoids="Nobody asks who waits.",
    breaks="SELECT r.session_id FROM sys.dm_exec_requests AS r;",
    keeps="SELECT t.name FROM sys.tables AS t;",
)
def asks_who_waits(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.TableSource) and node.name.last.lower() in (
            *("dm_exec_requests", "dm_os_waiting_tasks", "dm_tran_locks"),
        ):
            yield node
