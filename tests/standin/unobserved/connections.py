"""Connections, access tokens, bulk loads: what couponry's programs ask of them."""

from __future__ import annotations

from collections.abc import Iterator

from couponry_standin.tsql import tree

from .corpus import Script
from .reading import options
from .rule import rule, told

told(
    "A client that does not ask for encryption logs in without it",
    why="The connection strings of `couponry_jobs` ask for encryption unless told otherwise; what"
    " is asked is done.",
)


@rule(
    "Rows of a result arrive when its machine stops",
    avoids="No script says anything while it runs: no `PRINT`, no `RAISERROR`; a result is read"
    " when it is there.",
    breaks="RAISERROR (N'half of it is done', 0, 1) WITH NOWAIT;",
    keeps="THROW 50001, N'ARG_REQUIRED', 1;",
)
def tells_on_the_way(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, (tree.Print, tree.RaisError)):
            yield node


@rule(
    "`KILL` returns when the work of the session is undone",
    "Whoever owns the database may end sessions",
    avoids="No script ends a session.",
    breaks="KILL 53;",
    keeps="SET NOCOUNT ON;",
)
def ends_sessions(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.Kill):
            yield node


@rule(
    "A bulk load always checks constraints",
    "An identity column in its list takes the values sent",
    avoids="No bulk loads: rows come as JSON, to procedures.",
    breaks="INSERT BULK dbo.Coupons (CouponCode nvarchar(50)) WITH (TABLOCK);",
    keeps="INSERT INTO dbo.Partners (Name) VALUES (N'a');",
)
def loads_in_bulk(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.InsertBulk):
            yield node


@rule(
    "`SET FMTONLY ON` holds to the end of its text",
    avoids="No text sets `FMTONLY`.",
    breaks="SET FMTONLY ON;",
    keeps="SET NOCOUNT ON;",
)
def asks_for_formats(script: Script) -> Iterator[tree.Node]:
    yield from options(script, "FMTONLY")


@rule(
    "no groups, no `CREATE LOGIN … FROM EXTERNAL PROVIDER`, no `WITH SID`",
    avoids="Identities become users of the database, with `CREATE USER … FROM EXTERNAL PROVIDER`"
    " alone.",
    breaks="CREATE USER [a] FROM EXTERNAL PROVIDER WITH OBJECT_ID = 'x';",
    keeps="CREATE USER [a] FROM EXTERNAL PROVIDER;",
)
def makes_logins(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.CreatePrincipal) and (
            node.kind == "LOGIN" or (node.external and node.options)
        ):
            yield node


@rule(
    "`SET TEXTSIZE` cuts nothing",
    avoids="No text sets `TEXTSIZE`; the drivers that couponry comes with ask for whole values.",
    breaks="SET TEXTSIZE 4096;",
    keeps="SET NOCOUNT ON;",
)
def cuts_values(script: Script) -> Iterator[tree.Node]:
    yield from options(script, "TEXTSIZE")


told(
    "A connection that broke while nobody used it stays broken",
    why="The pool of `couponry_jobs` asks a connection whether it lives before it gives it out.",
)
