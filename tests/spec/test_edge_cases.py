"""No edge case of the specification is without a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.spec.edge_cases import EDGE_CASES

TESTS = Path(__file__).resolve().parents[1]
IN_NAME = re.compile(r"(?<=ec_)0\d\d(?=_)")


def identifiers(source: str) -> Iterator[str]:
    """The ids that the tests of a module carry, as a marker or in their names."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        yield from (f"EC-{number}" for number in IN_NAME.findall(node.name))
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.ec":
                yield from (str(ast.literal_eval(argument)) for argument in mark.args)


def test_every_edge_case_is_shown_by_a_test() -> None:
    modules = sorted(TESTS.rglob("test_*.py"))

    carried = {one for file in modules for one in identifiers(file.read_text(encoding="utf-8"))}

    assert len(EDGE_CASES) == 53
    assert {name: EDGE_CASES[name] for name in EDGE_CASES.keys() - carried} == {}
    assert carried - EDGE_CASES.keys() == set()


def test_an_id_is_carried_by_the_name_of_a_test_or_by_its_marker() -> None:
    source = (
        "@pytest.mark.ec('EC-001')\n@pytest.mark.ec('EC-002')\n"
        "def test_a(): ...\n"
        "def test_ec_003_ec_004_b(): ...\n"
        "def helper_ec_005_c(): ...\n"
        "# EC-006\n"
    )

    assert sorted(identifiers(source)) == ["EC-001", "EC-002", "EC-003", "EC-004"]
