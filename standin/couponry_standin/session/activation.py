"""Machines that run or wait, and what goes wrong between one and its caller."""

from __future__ import annotations

from dataclasses import dataclass

from ..tsql.errors import SqlError
from ..tsql.plan import Plan
from .arguments import Bound


@dataclass(slots=True)
class Activation:
    """A machine that runs or waits for a call that it made."""

    plan: Plan
    bound: Bound
    is_module: bool
    nocount: bool
    xact_abort: bool
    trancount: int
    outer_try: bool
    pc: str = "0"
    frame: bytes | None = None
    handler: int = 0
    rowcount: int = 0
    error: int = 0
    incoming: bytes | None = None
    isolation: str = ""
    """the level when it was called, which comes back when it is done"""
    lock_timeout: int | None = None
    """SET LOCK_TIMEOUT as it stood when the machine stopped; it ends with the machine"""
    scope: int = 0
    """where the temporary tables that it makes belong"""
    captured: list[list[str | None]] | None = None
    """inside INSERT … EXEC: the rows that its call has shown so far"""
    width: int = 0
    """how many columns such rows must have"""
    misfit: bool = False
    scope_identity: str | None = None
    """what its own insertions gave last: those of the procedures it calls are not among them"""


def capture(top: Activation, number: int, rows: list[tuple[bytes | None, ...]]) -> None:
    """Keep the rows of a result set for the INSERT that called."""
    assert top.captured is not None
    columns = top.plan.sets[number - 1]
    if len(columns) != top.width:
        top.misfit = True
        return
    for row in rows:
        texts = [None if value is None else value.decode() for value in row]
        for index, column in enumerate(columns):
            text = texts[index]
            if text is not None and column.type.is_binary:
                texts[index] = "0" + text[1:]
        top.captured.append(texts)


def mismatch(top: Activation, now: int) -> SqlError:
    return SqlError(
        266,
        "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT"
        f" statements. Previous count = {top.trancount}, current count = {now}.",
        state=2,
        procedure=top.plan.name,
    )


def misfit() -> SqlError:
    return SqlError(
        213,
        "Column name or number of supplied values does not match table definition.",
        state=7,
    )
