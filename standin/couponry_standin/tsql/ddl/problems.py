"""The errors of definitions, with SQL Server's numbers and wording."""

from __future__ import annotations

from .. import tree
from ..errors import SqlError


def problem(
    number: int, message: str, node: tree.Node, *, severity: int = 16, state: int = 1
) -> SqlError:
    return SqlError(number, message, severity=severity, state=state, line=node.line, col=node.col)


def written(name: tree.Name) -> str:
    """The name as the script has it, without brackets."""
    return ".".join(name.parts)


def name_taken(name: str, node: tree.Node) -> SqlError:
    message = f"There is already an object named '{name}' in the database."
    return problem(2714, message, node, state=6)


def not_dropped(kind: str, name: str, node: tree.Node) -> SqlError:
    message = (
        f"Cannot drop the {kind} '{name}', because it does not exist or you do not have permission."
    )
    return problem(3701, message, node, severity=11, state=5)


def not_found(number: int, name: str, node: tree.Node) -> SqlError:
    message = (
        f'Cannot find the object "{name}" because it does not exist or you do not have permissions.'
    )
    return problem(number, message, node)


def no_column(command: str, column: str, table: str, node: tree.Node) -> SqlError:
    message = (
        f"ALTER TABLE {command} failed because column '{column}' does not exist in table '{table}'."
    )
    return problem(4924, message, node)


def no_key_column(column: str, node: tree.Node) -> SqlError:
    message = f"Column name '{column}' does not exist in the target table or view."
    return problem(1911, message, node)


def dependent(kind: str, name: str, column: str, node: tree.Node) -> SqlError:
    return problem(5074, f"The {kind} '{name}' is dependent on column '{column}'.", node)
