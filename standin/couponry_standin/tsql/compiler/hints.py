"""Table hints that cannot be obeyed together, or not on this table: SQL Server says so."""

from __future__ import annotations

from itertools import pairwise

from .. import tree
from ..catalog import ObjectDoc
from ..errors import NotSupported, SqlError

_SYNONYMS = {"READUNCOMMITTED": "NOLOCK", "SERIALIZABLE": "HOLDLOCK"}
_GROUPS = (
    {"PAGLOCK", "NOLOCK", "READCOMMITTEDLOCK", "ROWLOCK", "TABLOCK", "TABLOCKX"},
    {"HOLDLOCK", "NOLOCK", "READCOMMITTED", "REPEATABLEREAD"},
    {"NOLOCK", "UPDLOCK"},
    {"NOLOCK", "XLOCK"},
)
"""Of each group one hint at most."""

_NO_INSERTION = ("READPAST", "NOWAIT")


def check_hints(
    hints: list[tree.Hint], found: ObjectDoc, name: tree.Name, isolation: str = ""
) -> None:
    """The hints of one table, ``isolation`` being the level of the session."""
    if not hints:
        return
    _check_repeated(hints)
    names = {_SYNONYMS.get(each.name, each.name) for each in hints}
    first = hints[0]
    if any(len(names & group) > 1 for group in _GROUPS):
        raise _problem(1047, "Conflicting locking hints specified.", first, severity=15)
    if {"READPAST", "NOWAIT"} <= names:
        raise NotSupported("READPAST together with NOWAIT", first.line, first.col)
    if "READPAST" in names:
        _check_readpast(names, isolation, first)
    if {"FORCESEEK", "FORCESCAN"} <= names:
        raise NotSupported("FORCESEEK together with FORCESCAN", first.line, first.col)
    for hint in hints:
        written = ".".join(name.parts)
        if hint.name == "NOEXPAND":
            message = f"Hint 'noexpand' on object '{written}' is invalid."
            raise _problem(8171, message, hint)
        if hint.name in ("INDEX", "FORCESEEK"):
            _check_indexes(hint, found, written)


def check_target(hints: list[tree.Hint], *, inserts: bool = False) -> None:
    """The hints that stand at the target of a change itself."""
    for hint in hints:
        if _SYNONYMS.get(hint.name, hint.name) == "NOLOCK":
            raise _problem(
                1065,
                "The NOLOCK and READUNCOMMITTED lock hints are not allowed for target tables of"
                " INSERT, UPDATE, DELETE or MERGE statements.",
                hint,
                severity=15,
            )
        if inserts and hint.name in _NO_INSERTION:
            raise NotSupported(f"{hint.name} of INSERT", hint.line, hint.col)


def _check_repeated(hints: list[tree.Hint]) -> None:
    ordered = sorted(hints, key=lambda each: each.name)
    for one, other in pairwise(ordered):
        if one.name == other.name:
            raise NotSupported(f"the table hint {other.name} twice", other.line, other.col)


def _check_readpast(names: set[str], isolation: str, hint: tree.Hint) -> None:
    if "NOLOCK" in names:
        raise NotSupported("READPAST together with NOLOCK", hint.line, hint.col)
    serial = isolation == "SERIALIZABLE" and not names & {"READCOMMITTED", "REPEATABLEREAD"}
    if serial or "HOLDLOCK" in names:
        raise _problem(
            650,
            "You can only specify the READPAST lock in the READ COMMITTED or REPEATABLE READ"
            " isolation levels.",
            hint,
        )


def _check_indexes(hint: tree.Hint, found: ObjectDoc, written: str) -> None:
    """The indexes that a hint names have to be there."""
    indexes = {each["name"].lower(): each for each in found.doc.get("indexes", [])}
    numbers = {each["index_id"] for each in indexes.values()}
    for each in hint.args:
        if each.isdigit():
            if int(each) and int(each) not in numbers:
                raise _problem(
                    307,
                    f"Index ID {each} on table '{written}' (specified in the FROM clause) does not"
                    " exist.",
                    hint,
                )
            continue
        index, _, rest = each.partition("(")
        if index.lower() not in indexes:
            raise _problem(
                308,
                f"Index '{index}' on table '{written}' (specified in the FROM clause) does not"
                " exist.",
                hint,
            )
        asked = [column.lower() for column in rest.rstrip(")").split(",")] if rest else []
        keys = [column[0].lower() for column in indexes[index.lower()]["columns"]]
        if asked != keys[: len(asked)]:
            raise NotSupported(
                f"FORCESEEK on other columns than the first of '{index}'", hint.line, hint.col
            )


def _problem(number: int, message: str, hint: tree.Hint, severity: int = 16) -> SqlError:
    return SqlError(number, message, severity=severity, line=hint.line, col=hint.col)
