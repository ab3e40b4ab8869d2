"""What an answer may be: rows, an error of SQL Server's, or a refusal with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.standin.session.wire import Answer, Message

REFUSED = 40517
INTERNAL = (596, 8630)
LAST_RESORT = re.compile(r"The stand-in does not support what this (statement|text) asks for")
"""A refusal that cannot say what it refuses: a fault of the stand-in's, in order for the client."""

PLACE = re.compile(
    r"The stand-in does not support .* \((line \d+, column \d+|in a call, which has no lines)\)\.",
    re.DOTALL,
)
FOREIGN = re.compile(
    r"""
    does\ not\ exist$ | syntax\ error\ at | at\ or\ near | cannot\ cast | invalid\ input
  | SQLSTATE | (?:relation|column|operator|function|type|role|schema)\ "[^"]*"\ (?:does|is|already)
  | violates\ (?:check|unique|not-null|foreign)
  | duplicate\ key\ value\ vio | PL/?pgSQL | plpgsql | pg_
  | postgres | tsql[._] | record\ " | (?:Error|Exception|Traceback)\b:\ \b | Traceback
  | out\ of\ range\ for\ type | (?:Value|Type|Key|Index|Attribute|Runtime|Assertion|Unicode\w*)Error
  | \bNone\b | \bpsycopg | \btext\[\] | \bint4\b | \bjsonb\b | bytea | character\ varying
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Words of PostgreSQL and of Python."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind`` is the same for what has the same cause, as far as that can be told."""

    kind: str
    text: str
    detail: str = ""


def problem(text: str, answer: Answer, catalogue: dict[int, re.Pattern[str]]) -> Finding | None:
    """What is wrong with the answer to ``text``."""
    for message in answer.errors:
        kind = wrong(message, text, catalogue)
        if kind:
            return Finding(kind, text, f"{message.number}: {message.text}")
    return None


def wrong(message: Message, text: str, catalogue: dict[int, re.Pattern[str]]) -> str:
    number, words = message.number, message.text
    if number in INTERNAL:
        return f"internal {number}"
    if number >= 50000:
        return ""
    if number == REFUSED and LAST_RESORT.match(words):
        return "unmapped"
    if number == REFUSED:
        return "" if PLACE.search(words) else f"a refusal without its place: {words[:60]}"
    # What the text itself says may stand in the message: that is no word of the server's.
    own = re.sub(r"'[^']*'|\"[^\"]*\"", "''", words)
    found = FOREIGN.search(own)
    if found is not None and found.group().lower() not in text.lower():
        return f"{number} says {found.group()!r}"
    form = catalogue.get(number)
    if form is None:
        return f"{number} is not in the catalogue: {words[:60]}"
    return "" if form.fullmatch(words) else f"{number} in other words: {words[:80]}"


class Log:
    """What a log has got since one last looked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen = path.stat().st_size if path.exists() else 0

    def news(self) -> str:
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(self.seen)
            data = file.read()
        self.seen += len(data)
        return data.decode("utf-8", "replace")


def cause(engine_log: str, postgres_log: str) -> str:
    """The last line of a traceback, or PostgreSQL's own words, without what differs each time."""
    found = ""
    for line in engine_log.splitlines():
        if re.match(r"[\w.]*(Error|Exception|Lost|Iteration)\b", line):
            found = line
    if not found:
        for line in postgres_log.splitlines():
            if "unmapped error" in line:
                found = line.partition("unmapped error")[2]
    found = re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", found)
    return re.sub(r"\d+", "9", found).strip()[:160]
