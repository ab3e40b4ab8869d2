"""What the compiler makes of small texts, case by case."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType

import pytest

from couponry_standin.tsql import compiler
from tests.standin.tsql.compiler.passes import FIXTURES, PASSES, catalog, read

CASES = [
    (name, title, text, expected)
    for name in PASSES
    for title, text, expected in read(FIXTURES / f"{name}.txt")
]
NAMES = [f"{name}: {title}" for name, title, _, _ in CASES]


@pytest.mark.parametrize(("name", "title", "text", "expected"), CASES, ids=NAMES)
def test_a_text_becomes_its_sql(name: str, title: str, text: str, expected: str) -> None:
    assert PASSES[name](text, catalog()) == expected


@pytest.mark.parametrize(("name", "title", "text", "expected"), CASES, ids=NAMES)
def test_compiling_twice_gives_the_same(name: str, title: str, text: str, expected: str) -> None:
    known = catalog()

    assert PASSES[name](text, known) == PASSES[name](text, known)


COMPILER = Path(compiler.__file__).parent


def functions() -> dict[tuple[str, int], str]:
    """The functions of the compiler by file and first line; abstract ones have nothing to run."""
    found: dict[tuple[str, int], str] = {}
    for file in COMPILER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            if all(
                isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
                for each in node.body
            ):
                continue
            first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            found[file.name, first] = f"{file.stem}.{node.name}"
    return found


def forget_what_is_cached() -> None:
    """What ran before these cases would not run again."""
    for file in COMPILER.glob("[!_]*.py"):
        for each in vars(import_module(f"{compiler.__name__}.{file.stem}")).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()


def test_every_function_of_the_compiler_has_a_case() -> None:
    called: set[CodeType] = set()
    forget_what_is_cached()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for name, _, text, _ in CASES:
            PASSES[name](text, catalog())
    finally:
        sys.setprofile(before)

    reached = {
        (Path(code.co_filename).name, code.co_firstlineno)
        for code in called
        if Path(code.co_filename).parent == COMPILER
    }
    missing = [name for place, name in functions().items() if place not in reached]
    assert sorted(missing) == []
