"""Shows what the compiler makes of small texts; ``python -m`` writes the fixtures anew.

Whoever runs that reads the difference before it is kept: the fixtures are the specification.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from couponry_standin.tsql import tree
from couponry_standin.tsql.catalog import Catalog, ObjectDoc, ParameterDoc
from couponry_standin.tsql.compiler.blocks import DIAGNOSTICS, Block
from couponry_standin.tsql.compiler.changes import Change
from couponry_standin.tsql.compiler.coverage import Coverage
from couponry_standin.tsql.compiler.machine import Machine
from couponry_standin.tsql.compiler.modules import (
    broken_function,
    compile_batch,
    compile_function,
    compile_procedure,
)
from couponry_standin.tsql.compiler.shapes import function_doc, table_scalar, view_doc
from couponry_standin.tsql.compiler.shortening import shortened
from couponry_standin.tsql.compiler.unit import Unit
from couponry_standin.tsql.ddl import compile_ddl
from couponry_standin.tsql.errors import SqlError
from couponry_standin.tsql.parser import parse
from couponry_standin.tsql.plan import Plan
from couponry_standin.types import SqlType, nvarchar
from tests.standin.tsql.ddl.paper import Paper

TELL = (
    "_0 := -2; _1 := _e[1]; _2 := _e[2]; _3 := _e[3]; _4 := _e[4]; _5 := _e[5]; _6 := _e[6];"
    " RETURN NEXT;"
)
GUARD = re.compile(
    r"  EXCEPTION WHEN OTHERS THEN .*\n  _e := .*\n  _error := .*\n  IF _trancount > 0 AND .*\n"
    r"  (?:_pc := (\d+); CONTINUE machine;|IF _outer_try .*\n  _0 := -2; .*)\n  END;"
)

FIXTURES = Path(__file__).parent / "fixtures"

SCHEMA = """
CREATE TABLE dbo.Item (
    Id int NOT NULL CONSTRAINT PK_Item PRIMARY KEY,
    Code varchar(20) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT UQ_Item_Code UNIQUE,
    Name nvarchar(40) NULL,
    Price decimal(9, 2) NOT NULL CONSTRAINT DF_Item_Price DEFAULT 0,
    Stock int NOT NULL,
    Since datetime2(3) NULL,
    Version rowversion NOT NULL
);
CREATE TABLE dbo.Part (
    PartId int NOT NULL IDENTITY(1, 1) CONSTRAINT PK_Part PRIMARY KEY,
    ItemId int NOT NULL,
    Note nvarchar(max) NULL
);
CREATE SEQUENCE dbo.Numbers AS int START WITH 1;
CREATE TYPE dbo.ItemCode FROM varchar(20) NOT NULL;
CREATE TYPE dbo.Ids AS TABLE (Id int NOT NULL PRIMARY KEY, Note nvarchar(20) NULL);
"""

MODULES = [
    "CREATE VIEW dbo.Cheap (Id, Code, Stock) AS"
    " SELECT Id, Code, Stock FROM dbo.Item WHERE Price < 5",
    "CREATE FUNCTION dbo.Trimmed (@text nvarchar(20)) RETURNS TABLE AS RETURN"
    " SELECT x.Text, LEN(x.Text) AS Size FROM (SELECT TRIM(@text) AS Text) AS x",
    "CREATE FUNCTION dbo.PartsOf (@Item int) RETURNS TABLE AS RETURN"
    " SELECT PartId, Note FROM dbo.Part WHERE ItemId = @Item",
    "CREATE FUNCTION dbo.Doubled (@n int, @times int = 2) RETURNS int AS"
    " BEGIN RETURN @n * @times END",
]
"""What the texts may name; parsed and described as the session does it."""

VARIABLES = {
    "@i": SqlType("int"),
    "@b": SqlType("bit"),
    "@s": nvarchar(20),
    "@c": SqlType("varchar", 20, collation="Latin1_General_BIN2"),
    "@d": SqlType("decimal", None, 9, 2),
    "@t": SqlType("datetime2", scale=3),
}


class NoProcedures:
    """A database without procedures: every EXEC goes through the session."""

    def find(self, name: tree.Name) -> ObjectDoc | None:
        return None

    def is_direct(self, node: tree.Execute, coverage: Coverage) -> bool:
        return False

    def plan(self, found: ObjectDoc) -> Plan:
        raise AssertionError("there are no procedures")


def catalog() -> Catalog:
    paper = Paper("shop")
    paper.define(SCHEMA)
    for number, text in enumerate(MODULES, 800):
        [node] = parse(text).statements
        assert isinstance(node, (tree.CreateView, tree.CreateFunction))
        name = f"dbo.{node.name.last}"
        paper.catalog.put(ObjectDoc(number, "dbo", node.name.last, kind(node),
                                    shape(node, name, paper.catalog), text))  # fmt: skip
    return paper.catalog


def kind(node: tree.CreateView | tree.CreateFunction) -> str:
    if isinstance(node, tree.CreateView):
        return "V"
    return "IF" if node.query is not None else "FN" if node.table is None else "TF"


def shape(
    node: tree.CreateView | tree.CreateFunction, name: str, catalog: Catalog
) -> dict[str, Any]:
    if isinstance(node, tree.CreateView):
        return view_doc(node, name, catalog)
    return function_doc(node, name, catalog)


def machine(body: list[tree.Statement], *, module: bool, catalog: Catalog) -> Machine:
    unit = Unit(catalog, "dbo.p" if module else "")
    for name, type_ in VARIABLES.items():
        unit.declare(name, type_)
    made = Machine(unit, Coverage(body, module=module), NoProcedures())
    made.begins_implicitly(body, now=False)
    return made


def expression(text: str, catalog: Catalog) -> str:
    """The select list of a query over dbo.Item AS i, one expression a line."""
    lines: list[str] = []
    for line in text.splitlines():
        made = machine([], module=False, catalog=catalog)
        [statement] = parse(f"SELECT {line} FROM dbo.Item AS i").statements
        assert isinstance(statement, tree.SelectStatement)
        try:
            compiled = made.queries.query(statement.query, None)
        except SqlError as error:
            lines.append(f"error {error.number}: {error.message}")
            continue
        shown = compiled.sql.removeprefix("SELECT ").partition(' FROM "dbo"')[0]
        lines += [*made.unit.pre, f"{shown}  -- {compiled.columns[0].type}"]
    return "\n".join(lines)


def query(text: str, catalog: Catalog) -> str:
    """A query, with what must run before it: locks on what is absent."""
    lines: list[str] = []
    for statement in parse(text).statements:
        made = machine([], module=False, catalog=catalog)
        assert isinstance(statement, tree.SelectStatement)
        try:
            compiled = made.queries.query(statement.query, None)
        except SqlError as error:
            lines.append(f"error {error.number}: {error.message}")
            continue
        lines += [*made.unit.pre, compiled.sql]
    return "\n".join(lines)


def change(text: str, catalog: Catalog) -> str:
    """A change of a table, its checks, and what must run around it."""
    lines: list[str] = []
    for statement in parse(text).statements:
        made = machine([], module=False, catalog=catalog)
        try:
            found: Change
            if isinstance(statement, tree.Insert):
                found = made.inserts.insert(statement)
            elif isinstance(statement, tree.Merge):
                found = made.merges.merge(statement)
            else:
                assert isinstance(statement, (tree.Update, tree.Delete))
                found = made.modifications.change(statement)
        except SqlError as error:
            lines.append(f"error {error.number}: {error.message}")
            continue
        lines += [*made.unit.pre, f"{found.ctes}{found.body}", *found.after]
    return "\n".join(lines)


def flow(text: str, catalog: Catalog) -> str:
    """As ``blocks``, with the places where errors are taken in a word each."""
    return GUARD.sub(
        lambda match: f"  <errors go to CATCH {match[1]}>" if match[1] else "  <errors go out>",
        blocks(text, catalog),
    ).replace(TELL, "<tell _e>")


def blocks(text: str, catalog: Catalog) -> str:
    """The numbered blocks of a procedure (CREATE PROCEDURE) or a batch."""
    batch = parse(text)
    first = batch.statements[0]
    body = first.body if isinstance(first, tree.CreateProcedure) else batch.statements
    made = machine(body, module=isinstance(first, tree.CreateProcedure), catalog=catalog)
    try:
        made.statements(body)
    except SqlError as error:
        return f"error {error.number}: {error.message}"
    return shown(made, made.order)


def way(text: str, catalog: Catalog) -> str:
    """The blocks of a procedure that are left, without what they say to the session."""
    [node] = parse(text).statements
    assert isinstance(node, tree.CreateProcedure)
    made = machine(node.body, module=True, catalog=catalog)
    made.statements(node.body)
    lines = shown(made, shortened(made.order)).splitlines()
    return "\n".join(line for line in lines if not line.strip().startswith("_0 := 0;"))


def shown(made: Machine, order: list[Block]) -> str:
    lines = ["abort mode" if made.abort_mode else "statement mode"]
    for block in order:
        lines.append(f"[{block.number}]")
        lines += [f"  {line}" for line in block.code.texts]
    return (
        "\n".join(lines)
        .replace(DIAGNOSTICS, "<diagnostics>")
        .replace("tsql.caught(_x1, _x2, _x3, _x4, _x5, _x6, _x7, _x8, _x9, _x10,", "tsql.caught(…,")
    )


class Procedures:
    """The procedures of a text, each known to those after it."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.plans: dict[str, tuple[ObjectDoc, Plan]] = {}

    def add(self, text: str) -> Plan:
        [node] = parse(text).statements
        assert isinstance(node, tree.CreateProcedure)
        plan = compile_procedure(node, f"dbo.{node.name.last}", self.catalog, self)
        found = ObjectDoc(900 + len(self.plans), "dbo", node.name.last, "P", {}, text)
        found.cache["parameters"] = [
            ParameterDoc(each.name, each.type, each.has_default, each.default, each.output)
            for each in plan.parameters
        ]
        self.plans[node.name.last.lower()] = (found, plan)
        return plan

    def find(self, name: tree.Name) -> ObjectDoc | None:
        known = self.plans.get(name.last.lower())
        return known[0] if known is not None else None

    def is_direct(self, node: tree.Execute, coverage: Coverage) -> bool:
        return coverage.is_quiet and coverage.abort_mode and not coverage.in_handler

    def plan(self, found: ObjectDoc) -> Plan:
        return self.plans[found.name.lower()][1]


def expansion(text: str, catalog: Catalog) -> str:
    """The blocks of the last procedure, each expanded line with its procedure and line."""
    procedures = Procedures(catalog)
    for each in text.split("\nGO\n"):
        plan = procedures.add(each)
    [code] = plan.code
    start = code.text.index("IF _pc = 0 THEN")
    first = code.text[:start].count("\n") - 1
    body = code.text[start : code.text.index("IF _pc = -1 THEN", start)].splitlines()
    lines: list[str] = []
    for number, line in enumerate(body, first):
        if line.startswith(("_0 := 0;", "_e := ARRAY", "_error := ")):
            continue
        owner = code.owners[number] if code.owners else ""
        lines.append(f"{owner + ' ' + str(code.lines[number]) if owner else '':8}  {line}")
    return "\n".join(line.rstrip() for line in lines)


def batch(text: str, catalog: Catalog) -> str:
    """The steps of a whole batch, and the columns of its result sets."""
    try:
        plan = compile_batch(parse(text), [], catalog, NoProcedures())
    except SqlError as error:
        return f"error {error.number}: {error.message}"
    [code] = plan.code
    start = code.text.index("IF _pc = 0 THEN")
    body = code.text[start : code.text.index("IF _pc = -1 THEN", start)]
    sets = [", ".join(f"{each.name} {each.type}" for each in columns) for columns in plan.sets]
    return "\n".join([body.rstrip(), *(f"-- {each}" for each in sets)]).replace(TELL, "<tell _e>")


def function(text: str, catalog: Catalog) -> str:
    """The PL/pgSQL function of a scalar function, or of a table function of several statements."""
    [node] = parse(text).statements
    assert isinstance(node, tree.CreateFunction)
    name = f"dbo.{node.name.last}"
    try:
        code = compile_function(node, f'"dbo"."{node.name.last.lower()}"', name, catalog,
                                NoProcedures())  # fmt: skip
    except SqlError as error:
        found = ObjectDoc(900, "dbo", node.name.last, "FN", shape(node, name, catalog), text)
        return broken_function(node, found, catalog, error)
    return "\n".join([*(each.text for each in code.composites), code.create])


def description(text: str, catalog: Catalog) -> str:
    """What the catalogue keeps of a view or function."""
    [node] = parse(text).statements
    assert isinstance(node, (tree.CreateView, tree.CreateFunction))
    found = shape(node, f"dbo.{node.name.last}", catalog)
    return "\n".join(f"{key}: {value}" for key, value in found.items())


def definition(text: str, catalog: Catalog) -> str:
    """The expressions of a table's definition, as PostgreSQL gets them."""
    plan = compile_ddl(parse(text).statements[0], catalog, table_scalar(catalog))
    return "\n".join(each.text for each in plan.steps if "tsql.objects" not in each.text)


PASSES: dict[str, Callable[[str, Catalog], str]] = {
    "expressions": expression,
    "queries": query,
    "sources": query,
    "locks": query,
    "changes": change,
    "guards": blocks,
    "flow": flow,
    "computed": flow,
    "shortening": way,
    "releases": flow,
    "shifts": flow,
    "expansions": expansion,
    "statements": flow,
    "batches": batch,
    "functions": function,
    "descriptions": description,
    "definitions": definition,
}
"""By the name of the fixture file."""


def read(file: Path) -> list[tuple[str, str, str]]:
    """(title, T-SQL, expected) of a fixture file."""
    cases: list[tuple[str, str, str]] = []
    for block in ("\n" + file.read_text()).split("\n== ")[1:]:
        title, body = block.split("\n", 1)
        text, _, expected = body.partition("\n--->\n")
        cases.append((title, text.strip("\n"), expected.strip("\n")))
    return cases


def write() -> None:
    for name, show in PASSES.items():
        file = FIXTURES / f"{name}.txt"
        blocks = [
            f"== {title}\n{text}\n--->\n{show(text, catalog())}\n" for title, text, _ in read(file)
        ]
        file.write_text("\n".join(blocks))


if __name__ == "__main__":
    write()
