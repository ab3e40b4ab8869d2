"""What a database answers a test: rows with names, or a fault with a number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyodbc


@dataclass(frozen=True, slots=True)
class Result:
    """One row with its columns as attributes: result.discount_amount, result.error."""

    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(f"no column {name!r} among {sorted(self.values)}") from None

    @property
    def ok(self) -> bool:
        return bool(self.values["success"])

    @property
    def error(self) -> str | None:
        return self.values["error_code"]


class Fault(Exception):
    """An exception of the server: its number and text."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(number, text)
        self.number = number
        self.text = text


def read(cursor: pyodbc.Cursor) -> list[Result]:
    names = [snake(column[0]) for column in cursor.description]
    return [Result(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def fault_of(error: pyodbc.Error) -> Fault:
    text = str(error.args[-1])
    numbers: Sequence[str] = re.findall(r"\((\d+)\)", text)
    return Fault(int(numbers[0]) if numbers else 0, text)


def pascal(name: str) -> str:
    """max_uses → MaxUses: tests write columns in snake case."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
