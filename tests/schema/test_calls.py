"""Calls between procedures: what the compiler cannot see until the call is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.schema.reader import ROOT

QUIET = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
HEAD = re.compile(
    r"CREATE OR ALTER PROCEDURE dbo\.(\w+)\s*\(?(.*?)\)?\s*(?:WITH [^\n]*)?\nAS\b", re.DOTALL
)
PARAMETER = re.compile(r"@(\w+)\s+(?:AS\s+)?\w+(?:\s*\([^)]*\))?")
CALL = re.compile(r"\bEXEC(?:UTE)?\s+(?:@\w+\s*=\s*)?dbo\.(sp_\w+)([^;]*);")
NAMED = re.compile(r"@(\w+)\s*=")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    required: bool
    output: bool


PROCEDURES = sorted((ROOT / "procedures").rglob("*.sql"))


@pytest.mark.parametrize("script", PROCEDURES, ids=lambda path: path.stem)
def test_a_procedure_is_called_with_what_it_requires(script: Path) -> None:
    known = {path.stem: _parameters(path) for path in PROCEDURES}

    for callee, arguments in _calls(script):
        if callee not in known:
            continue
        declared = {parameter.name: parameter for parameter in known[callee]}
        given = {_name(text, place, list(declared)): text for place, text in enumerate(arguments)}
        missing = {name for name, p in declared.items() if p.required} - set(given)
        assert not missing, f"{callee} is called without {missing}"
        for name, text in given.items():
            wanted = text.endswith(("OUTPUT", "OUT"))
            assert not wanted or declared[name].output, f"{callee} returns no @{name}"


@cache
def _parameters(script: Path) -> list[Parameter]:
    head = HEAD.search(_quiet(script))
    assert head is not None, script.name
    found: list[Parameter] = []
    for part in _parts(head[2]):
        match = PARAMETER.match(part)
        if match is not None:
            output = re.search(r"\bOUT(PUT)?\b", part) is not None
            found.append(Parameter(match[1], "=" not in part, output))
    return found


def _calls(script: Path) -> list[tuple[str, list[str]]]:
    return [(match[1], _parts(match[2])) for match in CALL.finditer(_quiet(script))]


def _name(argument: str, place: int, declared: list[str]) -> str:
    named = NAMED.match(argument)
    return named[1] if named else declared[place]


def _quiet(script: Path) -> str:
    """The text without comments, strings emptied."""
    text = script.read_text(encoding="utf-8")
    return QUIET.sub(lambda match: "''" if match[0].startswith("'") else " ", text)


def _parts(text: str) -> list[str]:
    """Split at the commas outside parentheses."""
    parts: list[str] = [""]
    depth = 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
