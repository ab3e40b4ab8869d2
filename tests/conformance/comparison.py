"""What was expected against what was answered."""

from __future__ import annotations

import re
from typing import TypeVar

from tests.conformance.cases import Affected, Expected, Notice, Shape, Table
from tests.conformance.odbc import Column, Count, Event, Message, Rows

Each = TypeVar("Each", Expected, Event)

UNTOLD = (3621, 2007, 2724, 8153)
"""Said beside much else (a statement has ended, a module names what does not exist yet, a variable
has that type, NULLs were left out, which depends on the plan: an index may give MIN, a PIVOT meets
NULLs of other columns): compared only where a case names it."""


def difference(expected: list[Expected], observed: list[Event]) -> str | None:
    """None if all is as expected, else where it is not."""
    wanted = _ordered(expected)
    found = _ordered(_relevant(expected, observed))
    for index in range(max(len(wanted), len(found))):
        if index >= len(wanted):
            return f"beside what is expected: {shown(found[index])}"
        if index >= len(found):
            return f"missing: {shown(wanted[index])}\nanswered: {shown_all(found)}"
        problem = _one(wanted[index], found[index])
        if problem is not None:
            return f"{problem}\nanswered: {shown_all(found)}"
    return None


def _relevant(expected: list[Expected], observed: list[Event]) -> list[Event]:
    counts = any(isinstance(each, Affected) for each in expected)
    named = {each.number for each in expected if isinstance(each, Notice)}
    empty = any(isinstance(each, Table) and not each.rows for each in expected)
    found: list[Event] = []
    for index, event in enumerate(observed):
        if isinstance(event, Count) and not counts:
            continue
        if isinstance(event, Message) and event.number in UNTOLD and event.number not in named:
            continue
        # Whether the heading of rows comes before the error that hinders them is not promised.
        follower = observed[index + 1] if index + 1 < len(observed) else None
        failed = isinstance(follower, Message) and follower.is_error
        if isinstance(event, Rows) and not event.rows and failed and not empty:
            continue
        found.append(event)
    return found


def _ordered(events: list[Each]) -> list[Each]:
    """Drivers rank the messages of one answer: errors first. So do both sides here."""
    result: list[Each] = []
    messages: list[tuple[bool, Each]] = []
    for event in events:
        if isinstance(event, (Notice, Message)):
            messages.append((not event.is_error, event))
            continue
        result += _ranked(messages)
        messages.clear()
        result.append(event)
    return result + _ranked(messages)


def _ranked(messages: list[tuple[bool, Each]]) -> list[Each]:
    return [event for _, event in sorted(messages, key=lambda each: each[0])]


def _one(wanted: Expected, found: Event) -> str | None:
    match wanted, found:
        case Table(), Rows():
            return _table(wanted, found)
        case Notice(), Message():
            return _notice(wanted, found)
        case Affected(), Count():
            same = wanted.rows == found.rows
            return None if same else f"{found.rows} rows affected instead of {wanted.rows}"
        case _:
            return f"expected {shown(wanted)}, answered {shown(found)}"


def _table(wanted: Table, found: Rows) -> str | None:
    if wanted.shape is not None:
        problem = _columns(wanted.shape, found.columns)
        if problem is not None:
            return problem
    if wanted.rows == found.rows:
        return None
    return f"expected {wanted.rows}, answered {found.rows}"


def _columns(wanted: Shape, found: list[Column]) -> str | None:
    if len(wanted.columns) != len(found):
        return f"{len(found)} columns instead of {len(wanted.columns)}"
    for (name, type_, nullable), column in zip(wanted.columns, found, strict=True):
        if name != column.name:
            return f"column {column.name!r} instead of {name!r}"
        if type_ and type_.replace("numeric", "decimal") != column.type.replace(
            "numeric", "decimal"
        ):
            return f"column {name!r} is {column.type} instead of {type_}"
        if nullable is not None and nullable != column.nullable:
            return f"column {name!r}: nullable is {column.nullable} instead of {nullable}"
    return None


def _notice(wanted: Notice, found: Message) -> str | None:
    for what in ("number", "is_error", "severity", "state", "line"):
        expected, answered = getattr(wanted, what), getattr(found, what)
        if expected is not None and expected != answered:
            return f"{what} is {answered} instead of {expected}: {shown(found)}"
    if wanted.procedure is not None and wanted.procedure.lower() not in (
        found.procedure.lower(),
        found.procedure.lower().removeprefix("dbo."),
    ):
        return f"procedure is {found.procedure!r} instead of {wanted.procedure!r}"
    if wanted.text is None:
        return None
    pattern = "(?s:.*)".join(re.escape(part) for part in wanted.text.split("…"))
    return None if re.fullmatch(pattern, found.text) else f"text is {found.text!r}"


def shown(event: Expected | Event) -> str:
    match event:
        case Rows():
            columns = ", ".join(f"{each.name or '_'} {each.type}" for each in event.columns)
            return f"rows({columns}) {event.rows}"
        case Message() if event.number or event.is_error:
            kind = "error" if event.is_error else "message"
            return (
                f"{kind} {event.number}, severity {event.severity}, state {event.state}, line"
                f" {event.line}: {event.text}"
            )
        case Message():
            return f"print {event.text}"
        case Count():
            return f"rowcount {event.rows}"
        case _:
            return str(event)


def shown_all(events: list[Event]) -> str:
    return "; ".join(shown(each) for each in events) or "nothing"
