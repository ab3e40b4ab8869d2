"""System procedures that clients and scripts call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..tsql import tree
from ..tsql.driver_procedures import DRIVER_PROCEDURES
from ..tsql.errors import SqlError
from ..tsql.plan import Plan
from ..types import INT, UNICODE, SqlType
from . import administration, datatypes
from .arguments import Argument, Bound, bind
from .descriptions import description_query, suggestion_query, undeclared_in
from .texts import declarations, parse_name

if TYPE_CHECKING:
    from .session import Session

System = Callable[["Session", list[Argument]], Awaitable[tuple[Plan, Bound]]]


async def executesql(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
    """sp_executesql called from T-SQL: its text is a batch with parameters."""
    if not arguments:
        raise SqlError(
            201,
            "Procedure or function 'sp_executesql' expects parameter '@statement', which was not"
            " supplied.",
            state=10,
        )
    if arguments[0].type.name not in (*UNICODE, "null"):
        raise SqlError(
            214,
            "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.",
            severity=16,
            state=2,
        )
    key = (arguments[1].value or "") if len(arguments) > 1 else ""
    parameters = declarations(key, await session.catalog())
    plan = await session.batch_plan(arguments[0].value or "", parameters, key)
    bound = bind(plan, arguments[2:], statement=arguments[0].value or "")
    shifted = [
        (None if position is None else position + 2, parameter)
        for position, parameter in bound.outputs
    ]
    return plan, Bound(bound.sql, bound.values, shifted)


async def set_session_context(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
    """sp_set_session_context: a value that SESSION_CONTEXT reads."""
    given = {each.name.lower(): each for each in arguments if each.name}
    positional = [each for each in arguments if not each.name]
    key = given.get("@key") or (positional[0] if positional else None)
    value = given.get("@value") or (positional[1] if len(positional) > 1 else None)
    if key is None or key.value is None:
        raise SqlError(15664, "Cannot set key '' in the session context. The key is not valid.")
    declared = "@key nvarchar(128), @value nvarchar(4000)"
    plan = await session.batch_plan(
        "DECLARE @done int = SET_SESSION_CONTEXT(@key, @value)",
        declarations(declared),
        declared,
    )
    return plan, bind(
        plan,
        [
            Argument("@key", key.type, key.value),
            Argument("@value", key.type, value.value if value is not None else None),
        ],
    )


def query(name: str, declared: str, text: str) -> System:
    """A procedure that is one query with parameters."""

    async def ask(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
        plan = await session.batch_plan(text, declarations(declared), declared)
        return plan, bind(plan, arguments, name)

    return ask


async def datatype_info(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
    """sp_datatype_info: the types that a driver may bind, and how long they may be."""
    declared = "@data_type int = 0, @ODBCVer tinyint = 2"
    return await query("sp_datatype_info", declared, datatypes.query())(session, arguments)


async def describe(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
    """sp_describe_first_result_set called from T-SQL."""
    given = given_to(("@tsql", "@params", "@browse_information_mode"), arguments)
    if not given.get("@tsql"):
        raise SqlError(214, "Procedure expects parameter '@tsql' of type 'nvarchar(max)'.", state=3)
    key = given.get("@params") or ""
    parameters = declarations(key, await session.catalog())
    plan = await session.batch_plan(given["@tsql"] or "", parameters, key)
    plan.check_complete()
    text = description_query(plan.sets[0] if plan.sets else [])
    found = await session.batch_plan(text, [], "")
    return found, bind(found, [])


async def describe_undeclared(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
    """sp_describe_undeclared_parameters called from T-SQL, as JDBC calls it."""
    given = given_to(("@tsql", "@params"), arguments)
    if not given.get("@tsql"):
        raise SqlError(214, "Procedure expects parameter '@tsql' of type 'nvarchar(max)'.", state=3)
    found = await undeclared_in(session, given["@tsql"] or "", given.get("@params") or "")
    plan = await session.batch_plan(suggestion_query(found), [], "")
    return plan, bind(plan, [])


HELP_TEXT = """
SELECT CAST(s.value + CASE WHEN s.ordinal < MAX(s.ordinal) OVER () THEN CHAR(13) + CHAR(10)
    ELSE '' END AS nvarchar(255)) AS Text
FROM STRING_SPLIT(REPLACE(OBJECT_DEFINITION(OBJECT_ID(@objname)), CHAR(13), N''), CHAR(10), 1) AS s
ORDER BY s.ordinal;
"""


async def help_text(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
    """sp_helptext: a module as it was written, line by line."""
    name = given_to(("@objname", "@columnname"), arguments).get("@objname") or ""
    found = (await session.catalog()).object(parse_name(name))
    if found is None:
        raise missing(name, session.database.name, "sp_helptext")
    if found.type not in ("P", "V", "IF", "FN", "TF"):
        raise SqlError(15197, f"There is no text for object '{name}'.", procedure="sp_helptext")
    declared = "@objname nvarchar(776)"
    plan = await session.batch_plan(HELP_TEXT, declarations(declared), declared)
    return plan, bind(plan, [Argument("@objname", SqlType("nvarchar", 776), name)])


async def help_index(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
    """sp_helpindex: the indexes of a table, with a line of words about each."""
    name = given_to(("@objname",), arguments).get("@objname") or ""
    found = administration.named(name, await session.catalog())
    if found is None:
        raise missing(name, session.database.name, "sp_helpindex")
    declared = "@id int"
    text = administration.HELP_INDEX if found.doc.get("indexes") else administration.NO_INDEX
    plan = await session.batch_plan(text, declarations(declared), declared)
    return plan, bind(plan, [Argument("@id", INT, str(found.object_id))])


async def rename(session: Session, arguments: list[Argument]) -> tuple[Plan, Bound]:
    """sp_rename. The session renames as it carries out a definition, when the machine stops."""
    given = given_to(("@objname", "@newname", "@objtype"), arguments)
    old, new = given.get("@objname"), given.get("@newname")
    if not old or not new:
        missed = "@newname" if old else "@objname"
        raise SqlError(
            201,
            f"Procedure or function 'sp_rename' expects parameter '{missed}', which was not"
            " supplied.",
            state=4,
        )
    node = tree.Rename(1, 1, parse_name(old), new, given.get("@objtype") or "")
    template = await session.batch_plan(administration.A_DEFINITION, [], "")
    plan = replace(template, host=[node], created_for=None)
    return plan, bind(plan, [])


def missing(name: str, database: str, procedure: str) -> SqlError:
    return SqlError(
        15009,
        f"The object '{name}' does not exist in database '{database}' or is invalid for this"
        " operation.",
        procedure=procedure,
    )


def given_to(names: tuple[str, ...], arguments: list[Argument]) -> dict[str, str | None]:
    """The arguments of a system procedure by the names of its parameters."""
    given: dict[str, str | None] = {}
    for name, argument in zip(names, arguments, strict=False):
        given[(argument.name or name).lower()] = argument.value
    return given


SYSTEM: dict[str, System] = {
    # The driver asks the server of its own version; the answer is the same for all.
    "sp_datatype_info": datatype_info,
    "sp_datatype_info_90": datatype_info,
    "sp_datatype_info_100": datatype_info,
    "sp_executesql": executesql,
    "sp_set_session_context": set_session_context,
    "sp_describe_first_result_set": describe,
    "sp_describe_undeclared_parameters": describe_undeclared,
    "sp_helptext": help_text,
    "sp_helpindex": help_index,
    "sp_rename": rename,
    **{name: query(name, each.parameters, each.text) for name, each in DRIVER_PROCEDURES.items()},
}
"""By lower-case name."""
