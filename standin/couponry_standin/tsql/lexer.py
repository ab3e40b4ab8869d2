"""T-SQL text to tokens, each with its place in the batch."""

from __future__ import annotations

import re

from .errors import SyntaxProblem

MAX_IDENTIFIER = 128


class Token:
    """One token.

    ``kind``: word, quoted, string, nstring, int, decimal, float, money, binary, variable, sysvar,
    op or end. ``key`` is what the parser compares: a word in upper case or an operator; it is ''
    for every other kind, so that a quoted name never looks like a keyword. ``value`` is the text
    with quotes resolved. ``start`` and ``end`` are offsets in the batch.
    """

    __slots__ = ("col", "end", "key", "kind", "line", "start", "value")

    def __init__(
        self, kind: str, key: str, value: str, line: int, col: int, start: int, end: int
    ) -> None:
        self.kind = kind
        self.key = key
        self.value = value
        self.line = line
        self.col = col
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"Token({self.kind}, {self.value!r}, {self.line}:{self.col})"


# The order of the alternatives matters: N'…' before words, 0x before numbers, comments before
# operators, longer numbers before shorter ones.
_TOKEN = re.compile(
    r"""
    (?P<space>[\s\ufeff\x00]+|--[^\r\n]*)
  | (?P<comment>/\*)
  | (?P<nstring>[Nn]'[^']*(?:''[^']*)*')
  | (?P<string>'[^']*(?:''[^']*)*')
  | (?P<word>[^\W\d][\w@\#$]*|\#[\w@\#$]+)
  | (?P<bracket>\[[^\]]*(?:\]\][^\]]*)*\])
  | (?P<quoted>"[^"]*(?:""[^"]*)*")
  | (?P<sysvar>@@[\w@\#$]+)
  | (?P<variable>@[\w@\#$]*)
  | (?P<binary>0[xX][0-9A-Fa-f]*)
  | (?P<float>(?:\d+\.?\d*|\.\d+)[eE][+-]?\d*)
  | (?P<decimal>\d+\.\d*|\.\d+)
  | (?P<int>\d+)
  | (?P<pseudo>\$[^\W\d]\w*)
  | (?P<money>[$£¥€]\s*\d*(?:\.\d*)?)
  | (?P<op>[-+*/%&|^!<>]=|!<|!>|<>|::|[-+*/%&|^~=<>(),.;:{}?])
    """,
    re.VERBOSE,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_CONTINUATION = re.compile(r"\\\r?\n")


def tokenise(text: str) -> list[Token]:
    """All tokens of the batch and a closing ``end`` token that repeats the last one's place."""
    tokens: list[Token] = []
    add = tokens.append
    match_at = _TOKEN.match
    position, line, line_start = 0, 1, 0
    size = len(text)
    while position < size:
        match = match_at(text, position)
        col = position - line_start + 1
        if match is None:
            raise _bad_character(text, position, line, col)
        kind = match.lastgroup or ""
        end = match.end()
        if kind == "word":
            word = match.group()
            _check_length(word, line, col)
            add(Token("word", word.upper(), word, line, col, position, end))
        elif kind == "op":
            op = match.group()
            add(Token("op", op, op, line, col, position, end))
        elif kind != "space":
            if kind == "comment":
                end = comment_end(text, position, line, col)
            else:
                kind, key, value = _resolve(kind, match.group(), line, col)
                add(Token(kind, key, value, line, col, position, end))
        if kind not in ("word", "op"):
            newlines = text.count("\n", position, end)
            if newlines:
                line += newlines
                line_start = text.rfind("\n", position, end) + 1
        position = end
    last = tokens[-1] if tokens else None
    if last is None:
        add(Token("end", "", "", 1, 1, 0, 0))
    else:
        add(Token("end", "", last.value, last.line, last.col, last.end, last.end))
    return tokens


def _resolve(kind: str, raw: str, line: int, col: int) -> tuple[str, str, str]:
    """(kind, key, value) of a token that is neither a plain word nor an operator."""
    if kind == "string":
        return kind, "", _unquote(raw[1:-1])
    if kind == "nstring":
        return kind, "", _unquote(raw[2:-1])
    if kind == "bracket":
        return "quoted", "", _identifier(raw[1:-1].replace("]]", "]"), line, col)
    if kind == "quoted":
        return kind, "", _identifier(raw[1:-1].replace('""', '"'), line, col)
    if kind == "binary":
        digits = raw[2:]
        return kind, "", digits if len(digits) % 2 == 0 else "0" + digits
    if kind == "float":
        return kind, "", raw + "0" if raw[-1] in "eE+-" else raw
    if kind == "money":
        return kind, "", raw[1:].strip() or "0"
    if kind == "sysvar":
        return kind, raw.upper(), raw
    if kind == "pseudo":
        return "word", raw.upper(), raw
    if kind == "variable":
        _check_length(raw, line, col)
    return kind, "", raw


def _unquote(body: str) -> str:
    if "''" in body:
        body = body.replace("''", "'")
    if "\\" in body:
        # A backslash at the end of a line continues the literal on the next one.
        body = _CONTINUATION.sub("", body)
    return body


def _identifier(name: str, line: int, col: int) -> str:
    if not name:
        raise SyntaxProblem(
            "An object or column name is missing or empty. For SELECT INTO statements, verify "
            "each column has a name. For other statements, look for empty alias names.",
            line,
            col,
            1038,
        )
    _check_length(name, line, col)
    return name


def _check_length(name: str, line: int, col: int) -> None:
    if len(name) > MAX_IDENTIFIER:
        raise SyntaxProblem(
            f"The identifier that starts with '{name[:MAX_IDENTIFIER]}' is too long. "
            f"Maximum length is {MAX_IDENTIFIER}.",
            line,
            col,
            103,
        )


def comment_end(text: str, start: int, line: int, col: int) -> int:
    """The offset after a block comment; T-SQL's block comments nest."""
    depth, position = 1, start + 2
    while depth:
        match = _COMMENT_EDGE.search(text, position)
        if match is None:
            raise SyntaxProblem("Missing end comment mark '*/'.", line, col, 113)
        depth += 1 if match.group() == "/*" else -1
        position = match.end()
    return position


def _bad_character(text: str, position: int, line: int, col: int) -> SyntaxProblem:
    character = text[position]
    if character in "'\"[":
        body = text[position + 1 :]
        return SyntaxProblem(
            f"Unclosed quotation mark after the character string '{body}'.", line, col, 105
        )
    return SyntaxProblem(f"Incorrect syntax near '{character}'.", line, col)
