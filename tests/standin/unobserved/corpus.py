"""Every text of T-SQL that couponry has: its scripts, its Python and the examples of its pages.

A text is parsed once, by the stand-in's own parser. Of Python the string constants that begin with
a statement are taken; what is filled into them later is a name, a number or a list of columns.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from couponry_jobs.scripts import split_batches
from couponry_standin.tsql import tree
from couponry_standin.tsql.compiler.walk import nodes
from couponry_standin.tsql.errors import SqlError
from couponry_standin.tsql.parser import parse

ROOT = Path(__file__).resolve().parents[3]
REFUSED = "sql/optional/partition_coupons.sql"
"""Partitions: the stand-in refuses the script as a whole, before any of it runs."""

STATEMENT = re.compile(
    r"\s*(?:SELECT|EXEC|EXECUTE|INSERT|UPDATE|DELETE|MERGE|SET|DECLARE|WITH|BEGIN|COMMIT|ROLLBACK"
    r"|CREATE|DROP|ALTER|GRANT|USE|IF|WHILE|DBCC|TRUNCATE) [A-Z@\[#(*?0-9a-z\0]"
)
FILLED = ("x", "1", "", "SELECT 1 AS x", "TOP (1) ")
"""What may stand where Python fills something in."""


@dataclass(frozen=True, eq=False)
class Script:
    """One file, or one text of a file of Python."""

    name: str
    batches: tuple[tree.Batch, ...]

    @cached_property
    def all(self) -> list[tree.Node]:
        """Every node, outermost first."""
        return list(nodes(list(self.batches)))


def script(name: str, text: str) -> Script:
    return Script(name, tuple(parse(batch) for batch in split_batches(text)))


@cache
def scripts() -> tuple[Script, ...]:
    """What is installed, what migrates, and what a client sends."""
    return (*_files(), *_python(), *_examples())


def _files() -> Iterator[Script]:
    for folder in ("sql", "procedures", "views"):
        for path in sorted((ROOT / folder).rglob("*.sql")):
            name = path.relative_to(ROOT).as_posix()
            if name != REFUSED:
                yield script(name, path.read_text("utf-8"))


# ---------------------------------------------------------------- texts in Python


def _python() -> Iterator[Script]:
    for folder in ("jobs", "cli"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _in(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))


def _in(name: str, text: str) -> Iterator[Script]:
    source = ast.parse(text)
    inner = {
        id(part)
        for each in ast.walk(source)
        if isinstance(each, ast.JoinedStr)
        for part in ast.walk(each)
        if part is not each
    }
    documented = {id(each.value) for each in ast.walk(source) if isinstance(each, ast.Expr)}
    for each in ast.walk(source):
        if id(each) in inner or id(each) in documented:
            continue
        template = _template(each)
        if template is not None and STATEMENT.match(template):
            yield Script(f"{name}:{each.lineno}", (_parsed(template, name, each.lineno),))


def _template(node: ast.AST) -> str | None:
    """The text of a constant or an f-string, with a mark for each value that is filled in."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(
                str(each.value) if isinstance(each, ast.Constant) else "\0" for each in values
            )
        case _:
            return None


def _parsed(template: str, name: str, line: int) -> tree.Batch:
    numbered = iter(range(1, 1000))
    template = re.sub(r"\?", lambda _: f"@P{next(numbered)}", template)
    problem: SqlError | None = None
    for filled in _fillings(template.count("\0")):
        parts = template.split("\0")
        text = "".join(f"{part}{fill}" for part, fill in zip(parts, (*filled, ""), strict=True))
        try:
            return parse(text)
        except SqlError as error:
            problem = error
    raise ValueError(f"{name}:{line} is no T-SQL: {problem}")


def _fillings(places: int) -> Iterator[tuple[str, ...]]:
    if not places:
        yield ()
        return
    for rest in _fillings(places - 1):
        for each in FILLED:
            yield (each, *rest)


# ---------------------------------------------------------------- examples of the pages


def _examples() -> Iterator[Script]:
    """The statements in the programs that the README shows."""
    text = (ROOT / "README.md").read_text("utf-8")
    for block in re.findall(r"```(?:python|csharp|java|javascript)\n(.*?)```", text, re.DOTALL):
        for quoted in re.findall(r'"([^"\n]*)"', block):
            if STATEMENT.match(quoted):
                yield Script("README.md", (_parsed(quoted, "README.md", 1),))
