"""QUOTED_IDENTIFIER OFF: text in double quotes is a string, not a name.

The parser knows names in double quotes only, so a text is rewritten before it is parsed. As on SQL
Server the setting is minded while the text is read: SET changes it from there on, whether or not
it is ever carried out, and not inside of a module.
"""

from __future__ import annotations

import re

from .errors import SqlError
from .lexer import comment_end

_PIECE = re.compile(
    r"""
    (?P<other>--[^\r\n]*|[\s\ufeff]+|'[^']*(?:''[^']*)*'|\[[^\]]*(?:\]\][^\]]*)*\])
  | (?P<comment>/\*)
  | (?P<quoted>"[^"]*(?:""[^"]*)*")
  | (?P<word>[^\W\d][\w@\#$]*)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MENTIONED = re.compile("QUOTED_IDENTIFIER|ANSI_DEFAULTS", re.IGNORECASE)
_SETTINGS = ("QUOTED_IDENTIFIER", "ANSI_DEFAULTS")
_MODULES = re.compile(
    r"(?:CREATE|ALTER)(?: OR ALTER)? (?:PROC|PROCEDURE|FUNCTION|VIEW|TRIGGER)(?: |$)"
)
_FIRST_WORDS = 4


def setting_after(text: str, *, quoted: bool) -> bool:
    """What the setting is once the text has been read."""
    return _read(text, quoted)[1] if _MENTIONED.search(text) else quoted


def with_names_quoted(text: str, *, quoted: bool) -> str:
    """The text as it reads where QUOTED_IDENTIFIER is ON."""
    if '"' not in text or (quoted and not _MENTIONED.search(text)):
        return text
    return _read(text, quoted)[0]


def _read(text: str, quoted: bool) -> tuple[str, bool]:
    pieces: list[str] = []
    first: list[str] = []
    option: list[str] | None = None
    in_module = False
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        assert match is not None
        kind, piece, position = match.lastgroup, match.group(), match.end()
        if kind == "comment":
            try:
                position = comment_end(text, match.start(), 1, 1)
            except SqlError:
                position = len(text)
            piece = text[match.start() : position]
        elif kind == "quoted" and not quoted:
            piece = "'" + piece[1:-1].replace('""', '"').replace("'", "''") + "'"
        elif kind == "word":
            word = piece.upper()
            if len(first) < _FIRST_WORDS:
                first.append(word)
                in_module = bool(_MODULES.match(" ".join(first)))
            if word in ("ON", "OFF") and option is not None:
                if not in_module and any(each in _SETTINGS for each in option):
                    quoted = word == "ON"
                option = None
            elif word == "SET":
                option = []
            elif option is not None:
                option.append(word)
        elif kind == "sign" and piece != ",":
            option = None
        pieces.append(piece)
    return "".join(pieces), quoted
