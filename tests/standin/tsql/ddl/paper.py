"""A catalogue on paper: applies the catalogue rows of plans without any PostgreSQL."""

from __future__ import annotations

import json
from typing import Any, cast

from couponry_standin.tsql import tree
from couponry_standin.tsql.catalog import Catalog, ColumnDoc, ObjectDoc
from couponry_standin.tsql.ddl import DdlPlan, compile_ddl
from couponry_standin.tsql.ddl.plan import Sql
from couponry_standin.tsql.parser import parse
from couponry_standin.tsql.parser.expressions import is_condition
from couponry_standin.tsql.typed import BOOLEAN, Typed, pg_type
from couponry_standin.tsql.unparse import unparse
from couponry_standin.types import INT, SqlType

FIRST_ID = 100


def plain_scalar(expr: tree.Expr, columns: list[ColumnDoc], target: SqlType | None) -> Typed:
    """T-SQL in angle brackets: these tests look at definitions, not at expressions."""
    type_ = target or (expr.type if isinstance(expr, tree.Cast) else INT)
    if isinstance(expr, tree.Column):
        type_ = target or next(c.type for c in columns if c.name == expr.name.last)
    if is_condition(expr):
        type_ = BOOLEAN
    return Typed(f"<{unparse(expr)}>", type_, pg_type(type_))


class Paper:
    def __init__(self, database: str = "shop") -> None:
        self.catalog = Catalog(database)
        self.next_id = FIRST_ID

    def define(self, text: str) -> list[DdlPlan]:
        plans: list[DdlPlan] = []
        for statement in parse(text).statements:
            plan = compile_ddl(statement, self.catalog, plain_scalar)
            for step in plan.steps:
                self.apply(step)
            plans.append(plan)
        return plans

    def apply(self, step: Sql) -> None:
        values = [each or "" for each in step.params]
        if step.text.startswith("INSERT INTO tsql.objects (schema_name, name, type, definition"):
            self._insert(values[0], values[1], values[2], 0, values[4])
        elif step.text.startswith("INSERT INTO tsql.objects"):
            parent = self.catalog.find(values[0], values[3])
            assert parent is not None
            found = self._insert(values[0], values[1], values[2], parent.object_id, values[4])
            if len(values) > 5:
                target = self.catalog.find(values[5], values[6])
                assert target is not None
                found.doc["references"] = target.object_id
        elif step.text.startswith("UPDATE tsql.objects SET doc"):
            found = self.catalog.by_id(int(values[0]))
            assert found is not None
            found.doc = json.loads(values[1])
            found.cache.clear()
        elif step.text.startswith("DELETE FROM tsql.objects"):
            for number in values[0].strip("{}").split(","):
                for child in self.catalog.children(int(number)):
                    self.catalog.remove(child.object_id)
                self.catalog.remove(int(number))

    def _insert(self, schema: str, name: str, type_: str, parent: int, doc: str) -> ObjectDoc:
        found = ObjectDoc(
            self.next_id, schema, name, type_, json.loads(doc), None, parent, str(self.next_id)
        )
        self.next_id += 1
        self.catalog.put(found)
        return found


def show(plan: DdlPlan) -> str:
    """The plan as text: PostgreSQL's statements whole, catalogue rows by what they say."""
    lines: list[str] = []
    for step in plan.steps:
        if "tsql.objects" in step.text:
            verb = step.text.split(" ", 1)[0].lower()
            said = [_short(each or "") for each in step.params]
            lines.append(f"{verb} object {' '.join(each for each in said if each)}")
        elif step.params:
            lines.append(f"{step.text} -- {' | '.join(str(each) for each in step.params)}")
        else:
            lines.append(step.text)
    for field in ("database", "database_action", "login_action", "required_login", "termination"):
        if getattr(plan, field) is not None:
            lines.append(f"{field}: {getattr(plan, field)}")
    return "\n".join(lines)


def _short(param: str) -> str:
    """A document without what it does not say."""
    if not param.startswith('{"'):
        return param
    return json.dumps(_pruned(json.loads(param)), ensure_ascii=False)


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return {key: _pruned(each) for key, each in pairs if each not in (None, False, [])}
    if isinstance(value, list):
        return [_pruned(each) for each in cast("list[Any]", value)]
    return value
