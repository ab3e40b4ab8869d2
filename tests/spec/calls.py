"""Calling a procedure over an open connection: an answer, or a fault with its number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyodbc

Row = Mapping[str, Any]


class Fault(Exception):
    """What the database threw."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(f"{number}: {message}")
        self.number = number
        self.message = message


@dataclass(frozen=True, slots=True)
class Answer:
    """The result sets of one call; the first row of the first is the answer proper."""

    sets: tuple[tuple[Row, ...], ...]

    @property
    def row(self) -> Row:
        return self.sets[0][0]

    @property
    def success(self) -> bool:
        return bool(self.row["Success"])

    @property
    def code(self) -> str | None:
        return self.row["ErrorCode"]

    def __getitem__(self, column: str) -> Any:
        return self.row[column]


def call(connection: pyodbc.Connection, procedure: str, **arguments: Any) -> Answer:
    """EXEC with named parameters: `campaign_id` is @CampaignId; None is passed as NULL."""
    given = {_parameter(name): value for name, value in arguments.items()}
    text = ", ".join(
        f"{name} = {'NULL' if value is None else '?'}" for name, value in given.items()
    )
    bound = [value for value in given.values() if value is not None]
    return Answer(run(connection, f"EXEC dbo.{procedure} {text};", bound))


def run(
    connection: pyodbc.Connection, text: str, bound: Sequence[object] = ()
) -> tuple[tuple[Row, ...], ...]:
    """Any statement; all its result sets."""
    try:
        cursor = connection.execute(text, *bound)
        sets: list[tuple[Row, ...]] = []
        while True:
            if cursor.description is not None:
                names = [column[0] for column in cursor.description]
                sets.append(tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall()))
            if not cursor.nextset():
                return tuple(sets)
    except pyodbc.Error as error:
        raise as_fault(error) from error


def as_fault(error: pyodbc.Error) -> Fault:
    """The number that the driver puts in brackets behind the server's text."""
    text = str(error.args[-1])
    numbers = re.findall(r"\((\d+)\)", text)
    message = re.sub(r"^(\[[^\]]*\]\s*)+", "", text)
    return Fault(int(numbers[0]) if numbers else 0, message)


def _parameter(name: str) -> str:
    return "@" + "".join(part.capitalize() for part in name.split("_"))
