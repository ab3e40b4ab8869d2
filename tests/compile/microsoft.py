"""Microsoft's T-SQL parser (ScriptDom) and schema compiler (DacFx) at SQL Server 2019 level.

Every batch is parsed. What creates an object goes into one schema model, which then resolves every
table, column, procedure and parameter name. Other batches (grants, seed data, migrations) enter the
model as the body of a procedure, so that their names are resolved too.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from .scripts import Finding, Outcome, Script
from .toolchain import Toolchain

ASSEMBLIES = (
    "Microsoft.SqlServer.TransactSql.ScriptDom",
    "Microsoft.SqlServer.Dac.Extensions",
    "Microsoft.SqlServer.Dac",
)
# Names are resolved as a case-sensitive server or database does it: what is spelt right there is
# right everywhere, variables and columns included.
COLLATION = "SQL_Latin1_General_CP1_CS_AS"

ELEMENT = re.compile(r"Error validating element (\S+?): ")
UNRESOLVED = re.compile(r"unresolved reference to \w+ (\[.*\])\.$")
AMBIGUOUS = re.compile(r"any of the following objects: (.*)\.$")
CATALOGUE = re.compile(r"\[(?:sys|INFORMATION_SCHEMA)\]\.", re.IGNORECASE)
CREATED = re.compile(
    r"CREATE\s+(?:OR\s+ALTER\s+)?(?:TABLE|VIEW|PROC(?:EDURE)?|FUNCTION|TYPE|SEQUENCE|ROLE)\s+"
    r"((?:\[?\w+\]?\.)?\[?\w+\]?)",
    re.IGNORECASE,
)


class Compiler:
    """One schema model and the parser that feeds it; a process can make one runtime only."""

    def __init__(self, toolchain: Toolchain) -> None:
        _start_runtime(toolchain)
        # Namespaces of .NET, which no type checker can look into.
        model: Any = import_module("Microsoft.SqlServer.Dac.Model")
        script_dom: Any = import_module("Microsoft.SqlServer.TransactSql.ScriptDom")
        self._reader: Any = import_module("System.IO").StringReader
        self._parser: Any = script_dom.TSql150Parser(True)
        self._model_error: Any = model.DacModelException
        settings: Any = model.TSqlModelOptions()
        settings.Collation = COLLATION
        self._model: Any = model.TSqlModel(model.SqlServerVersion.Sql150, settings)
        self._options: Any = model.TSqlObjectOptions()
        self._options.AnsiNulls = True
        self._options.QuotedIdentifier = True
        self._owners: dict[str, Script] = {}
        self._told: list[tuple[str, str, str]] = []
        self._batches = 0
        self._objects = 0

    def compile(self, scripts: Iterable[Script]) -> Outcome:
        """Parse and resolve all `scripts` together."""
        read = tuple(scripts)
        findings = [finding for script in read for finding in self._add(script)]
        findings.extend(self._validate(read))
        return Outcome(len(read), self._objects, tuple(sorted(set(findings))))

    def _add(self, script: Script) -> Iterator[Finding]:
        # .NET counts UTF-16 units: a character outside the BMP would shift every offset.
        source = re.sub(r"[^\u0000-\uffff]", "?", script.text)
        fragment, errors = self._parser.Parse(self._reader(source), None)
        for error in errors:
            yield Finding(
                script.path, error.Line, error.Column, "error", f"SQL{error.Number}", error.Message
            )
        if len(list(errors)) > 0:
            return
        for batch in fragment.Batches:
            statements = list(batch.Statements)
            if all(_kind(statement) == "PredicateSetStatement" for statement in statements):
                continue
            yield from self._add_batch(script, source, statements)

    def _add_batch(self, script: Script, source: str, statements: list[Any]) -> Iterator[Finding]:
        made = _definitions(statements)
        if script.is_change:
            # An index of a migration stands in its table's script as well; a model takes it once.
            made = (one for one in made if _kind(one).startswith("CreatePartition"))
        created = [_model_form(statement, source) for statement in made]
        for text, offset in created:
            yield from self._add_text(script, text, offset)
            self._objects += 1
        for match in CREATED.finditer("\n".join(text for text, _ in created)):
            self._owners.setdefault(_plain(match[1]), script)
        if script.is_change or not any(_kind(one).startswith("Create") for one in statements):
            first, last = statements[0], statements[-1]
            body = source[first.StartOffset : last.StartOffset + last.FragmentLength]
            name = f"dbo.batch_{self._batches}"
            self._owners[name] = script
            text = f"CREATE PROCEDURE {name} AS {body}"
            yield from self._add_text(script, text, first.StartOffset)

    def _add_text(self, script: Script, text: str, offset: int) -> Iterator[Finding]:
        self._batches += 1
        try:
            self._model.AddOrUpdateObjects(
                text, f"{script.path}#{self._batches}.sql", self._options
            )
        except self._model_error as failure:
            # The model repeats the errors of earlier batches with each new one.
            messages = [_said(message) for message in failure.Messages]
            new, self._told = list((Counter(messages) - Counter(self._told)).elements()), messages
            for severity, code, message in new:
                named = re.search(r'"(@\w+)"', message)
                place = script.find_word(named[1]) if named else None
                place = place or script.position(offset)
                yield Finding(script.path, *place, severity, code, message)

    def _validate(self, scripts: tuple[Script, ...]) -> Iterator[Finding]:
        for message in self._model.Validate():
            severity, code, text = _said(message)
            if _is_catalogue(text):
                continue
            element = ELEMENT.match(text)
            script = self._owner(element[1] if element else "", scripts)
            place = (_place(script, text) if script else None) or (1, 1)
            reason = text[element.end() :] if element else text
            yield Finding(script.path if script else "(model)", *place, severity, code, reason)

    def _owner(self, element: str, scripts: tuple[Script, ...]) -> Script | None:
        parts = [part.strip("[]") for part in element.split("].[")]
        owner = self._owners.get(".".join(parts[:2]).lower())
        if owner is not None:
            return owner
        return next((script for script in scripts if script.find_word(parts[-1])), None)


def _start_runtime(toolchain: Toolchain) -> None:
    sys.path.insert(0, str(toolchain.bridge))
    loader: Any = import_module("clr_loader")
    bridge: Any = import_module("pythonnet")
    framework = {"name": "Microsoft.NETCore.App", "version": "3.1.0"}
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "runtimeconfig.json"
        settings.write_text(json.dumps({"runtimeOptions": {"framework": framework}}))
        bridge.set_runtime(
            loader.get_coreclr(runtime_config=str(settings), dotnet_root=str(toolchain.dotnet))
        )
        clr: Any = import_module("clr")

    sys.path.append(str(toolchain.assemblies))
    for assembly in ASSEMBLIES:
        clr.AddReference(str(toolchain.assemblies / f"{assembly}.dll"))


def _kind(statement: Any) -> str:
    return str(statement.GetType().Name)


def _definitions(statements: Iterable[Any]) -> Iterator[Any]:
    """CREATE statements, also behind IF … and BEGIN … END (idempotent scripts)."""
    for statement in statements:
        kind = _kind(statement)
        if kind.startswith("Create"):
            yield statement
        elif kind == "IfStatement":
            branches = [statement.ThenStatement, statement.ElseStatement]
            yield from _definitions(branch for branch in branches if branch is not None)
        elif kind == "BeginEndBlockStatement":
            yield from _definitions(statement.StatementList.Statements)


def _model_form(statement: Any, source: str) -> tuple[str, int]:
    """The statement as the model takes it: CREATE for CREATE OR ALTER, at the same columns."""
    start = int(statement.StartOffset)
    text = source[start : start + int(statement.FragmentLength)]
    if _kind(statement).startswith("CreateOrAlter"):
        text = re.sub(
            r"^(CREATE)(\s+OR\s+ALTER)",
            lambda match: match[1] + re.sub(r"\S", " ", match[2]),
            text,
            flags=re.IGNORECASE,
        )
    return text, start


def _said(message: Any) -> tuple[str, str, str]:
    return str(message.MessageType).lower(), f"SQL{message.Number}", str(message.Message)


def _plain(name: str) -> str:
    parts = [part.strip("[]").lower() for part in name.split(".")]
    return ".".join(parts if len(parts) > 1 else ["dbo", *parts])


def _is_catalogue(text: str) -> bool:
    """The model holds no system catalogue: names in it cannot be resolved by anyone here."""
    single, several = UNRESOLVED.search(text), AMBIGUOUS.search(text)
    if single is not None:
        return CATALOGUE.match(single[1]) is not None
    if several is not None:
        return any(CATALOGUE.match(name) for name in re.split(r", | or ", several[1]))
    return False


def _place(script: Script, text: str) -> tuple[int, int] | None:
    reference = UNRESOLVED.search(text) or AMBIGUOUS.search(text)
    names: list[str] = re.findall(r"\[([^\]]+)\]", reference[1] if reference else text)
    return script.find_word(names[-1]) if names else None
