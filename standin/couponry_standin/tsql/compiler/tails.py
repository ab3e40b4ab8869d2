"""What may run between a COMMIT and the end of a machine without the commit being done first.

Such statements read nothing but variables and cannot fail, so nobody can tell whether they ran
before the commit or after it; the machine then ends once instead of stopping at its COMMIT.
"""

from __future__ import annotations

from .. import tree
from .unit import Unit

NUMBERS = frozenset({"bit", "tinyint", "smallint", "int", "bigint", "decimal"})
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


def is_light(node: tree.Statement, unit: Unit) -> bool:
    """Whether one statement, or a branch over such, only shows, tests or sets variables."""
    match node:
        case tree.SelectStatement(query=tree.Select() as query):
            return query == tree.Select(query.line, query.col, items=query.items) and all(
                is_light_item(item, unit) for item in query.items
            )
        case tree.SetVariable(op="="):
            return takes(node.name, family(node.expr, unit), unit)
        case tree.Return():
            return node.expr is None or isinstance(node.expr, tree.Literal)
        case tree.Block():
            return all(is_light(each, unit) for each in node.body)
        case tree.If():
            return (
                is_test(node.condition, unit)
                and is_light(node.then, unit)
                and (node.otherwise is None or is_light(node.otherwise, unit))
            )
        case _:
            return False


def is_light_item(item: tree.SelectItem, unit: Unit) -> bool:
    given = family(item.expr, unit)
    if item.variable is None:
        return given is not None
    return item.op == "=" and takes(item.variable, given, unit)


def takes(name: str, given: str | None, unit: Unit) -> bool:
    """Whether a variable takes every value of a family without an error."""
    found = unit.variables.get(name.lower())
    if given is None or found is None or found.type is None:
        return False
    if given == "null" or (given == "text" and found.type.is_string):
        return True
    return given == "number" and found.type.name == "bit"


def is_test(node: tree.Expr, unit: Unit) -> bool:
    """Whether a condition compares variables with values of their own family."""
    match node:
        case tree.Binary(op="AND" | "OR"):
            return is_test(node.left, unit) and is_test(node.right, unit)
        case tree.Binary():
            left, right = family(node.left, unit), family(node.right, unit)
            return node.op in COMPARISONS and left is not None and left == right
        case tree.Unary(op="NOT"):
            return is_test(node.operand, unit)
        case tree.IsNull():
            return family(node.operand, unit) is not None
        case _:
            return False


def family(node: tree.Expr, unit: Unit) -> str | None:
    """The family of a value that is computed without failing; None where that is not certain."""
    match node:
        case tree.Variable():
            found = unit.variables.get(node.name.lower())
            if found is None or found.type is None:
                return None
            return family_of(found.type.name, is_string=found.type.is_string)
        case tree.Literal():
            return {"int": "number", "string": "text", "nstring": "text", "null": "null"}.get(
                node.kind
            )
        case tree.Cast(operand=tree.Literal(kind="null")):
            return family_of(node.type.name, is_string=node.type.is_string)
        case tree.Cast():
            to_bit = node.type.name == "bit" and family(node.operand, unit) == "number"
            return "number" if to_bit else None
        case tree.Case(operand=None):
            if not all(is_test(test, unit) for test, _ in node.whens):
                return None
            values = [value for _, value in node.whens]
            return common([*values, *([node.otherwise] if node.otherwise else [])], unit)
        case tree.Function(name="COALESCE"):
            return common(node.args, unit)
        case _:
            return None


def common(values: list[tree.Expr], unit: Unit) -> str | None:
    """The one family of several values, NULLs aside."""
    found = {family(value, unit) for value in values} - {"null"}
    return found.pop() if len(found) == 1 else None


def family_of(name: str, *, is_string: bool) -> str:
    return "text" if is_string else "number" if name in NUMBERS else name
