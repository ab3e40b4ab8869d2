"""T-SQL texts as no one would write them: mutations of good ones, and expressions by dice."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.standin.fuzz.expressions import (
    COLUMNS,
    NUMBERS,
    OPERATORS,
    STRINGS,
    TYPES,
    condition,
    expression,
)

TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|N?'(?:[^']|'')*'|\[[^\]]*\]|@@?\w+|#*\w+|\s+|[<>!]=|<>|[-+*/%]=|.",
    re.DOTALL,
)

EXPECTATION = re.compile(r"^--> .*$\n?", re.MULTILINE)
"""What a case of conformance says of its answer."""

WORDS = (
    "SELECT", "FROM", "WHERE", "GROUP", "BY", "ORDER", "HAVING", "TOP", "DISTINCT", "AS", "ON",
    "JOIN", "LEFT", "APPLY", "UNION", "ALL", "NULL", "NOT", "IN", "EXISTS", "CASE", "WHEN", "THEN",
    "ELSE", "END", "BEGIN", "IF", "WHILE", "DECLARE", "SET", "EXEC", "INSERT", "UPDATE", "DELETE",
    "MERGE", "VALUES", "OUTPUT", "INTO", "WITH", "OVER", "PARTITION", "AND", "OR", "LIKE",
    "BETWEEN", "IS", "DEFAULT", "RETURN", "PRINT", "THROW", "TABLE", "CREATE", "ALTER", "DROP",
    "int", "bit", "nvarchar(max)", "varchar(5)", "decimal(38, 10)", "datetime", "date",
    "uniqueidentifier", "varbinary(8)", "float", "xml", "sql_variant", "dbo", "Thing", "Kind",
    "Id", "Title", "Price", "Note", "Made", "Mark", "Raw", "KindId", "nowhere", "[odd name]",
    "inserted", "deleted", "sys", "@x", "@i", "@@ROWCOUNT", "@@TRANCOUNT", "#w", "COUNT", "SUM",
    "MAX", "CAST", "CONVERT", "ROW_NUMBER()", "GETDATE()", "NEWID()", "RANK() OVER (ORDER BY Id)",
    "(SELECT 1)", "COLLATE", "IDENTITY", "PRIMARY", "KEY", "CHECK", "GO", "year", "day", "OFFSET",
    "FETCH", "NEXT", "ROWS",
)  # fmt: skip
SIGNS = (
    "(", ")", ",", ";", "=", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "~", ".", "..",
    "<>", "+=", "||", "::", "'", "[", "]", '"', "--", "/*", "*/", "@", "@@", "#", "$", "\\", "{",
    "}", "?", "\u00a0", "\u200b", "ſ", "é", "😀",
)  # fmt: skip

FORBIDDEN = re.compile(
    r"\b(LOGIN|DATABASE|WAITFOR|KILL|SHUTDOWN|USE|PASSWORD|DEFAULT_DATABASE)\b", re.IGNORECASE
)
"""What would lock the fuzzer out, or make it wait."""

NAME = re.compile(r"[A-Za-z_]\w*")

Mutation = Callable[[list[str], Random], None]


def mutated(text: str, dice: Random) -> str:
    """The text with some of its tokens dropped, doubled, exchanged, wrapped or made extreme."""
    tokens = TOKEN.findall(EXPECTATION.sub("", text))
    for _ in range(1 + min(int(dice.expovariate(1.4)), 6)):
        if tokens:
            dice.choice(ROUGH if dice.random() < 0.2 else FINE)(tokens, dice)
    return "".join(tokens)


def allowed(text: str) -> bool:
    return FORBIDDEN.search(text) is None


def _place(tokens: list[str], dice: Random, fits: Callable[[str], bool]) -> int:
    places = [index for index, token in enumerate(tokens) if fits(token)]
    return dice.choice(places) if places else dice.randrange(len(tokens))


def _solid(token: str) -> bool:
    return not token.isspace() and not token.startswith("--")


def drop(tokens: list[str], dice: Random) -> None:
    del tokens[_place(tokens, dice, _solid)]


def double(tokens: list[str], dice: Random) -> None:
    start = dice.randrange(len(tokens))
    piece = tokens[start : start + dice.randrange(1, 20)]
    tokens[start:start] = [*piece, " "]


def cut(tokens: list[str], dice: Random) -> None:
    start = dice.randrange(len(tokens))
    del tokens[start : start + dice.randrange(1, 12)]


def exchange(tokens: list[str], dice: Random) -> None:
    a, b = _place(tokens, dice, _solid), _place(tokens, dice, _solid)
    tokens[a], tokens[b] = tokens[b], tokens[a]


def literal(tokens: list[str], dice: Random) -> None:
    place = _place(tokens, dice, lambda token: token[0].isdigit() or "'" in token)
    tokens[place] = dice.choice(dice.choice((NUMBERS, STRINGS, ("NULL", "DEFAULT"))))


def word(tokens: list[str], dice: Random) -> None:
    """A type for another type, a function for another function, a name for any word."""
    place = _place(tokens, dice, lambda token: NAME.match(token) is not None)
    old = tokens[place].lower()
    if any(each.startswith(old) for each in TYPES):
        tokens[place] = dice.choice(TYPES).partition("(")[0]
    elif old.upper() in FUNCTIONS:
        tokens[place] = dice.choice(FUNCTIONS)
    else:
        tokens[place] = dice.choice(WORDS if dice.random() < 0.3 else COLUMNS)


def name(tokens: list[str], dice: Random) -> None:
    """One name of the text for another one of it."""
    a = _place(tokens, dice, lambda token: NAME.match(token) is not None)
    tokens[a] = tokens[_place(tokens, dice, lambda token: NAME.match(token) is not None)]


def sign(tokens: list[str], dice: Random) -> None:
    place = _place(tokens, dice, lambda token: _solid(token) and not token[0].isalnum())
    tokens[place] = dice.choice(SIGNS)


def slip_in(tokens: list[str], dice: Random) -> None:
    pool = dice.choice((WORDS, SIGNS, NUMBERS, STRINGS))
    tokens.insert(dice.randrange(len(tokens) + 1), f" {dice.choice(pool)} ")


def wrap(tokens: list[str], dice: Random) -> None:
    """A value becomes an expression."""
    place = _place(tokens, dice, lambda token: token[0].isalnum() or token[0] in "@'")
    tokens[place] = dice.choice(WRAPS)(tokens[place], dice)


def whole_expression(tokens: list[str], dice: Random) -> None:
    place = _place(tokens, dice, lambda token: token[0].isdigit() or token[0] in "@'")
    tokens[place] = expression(dice, 3)


ROUGH: tuple[Mutation, ...] = (drop, double, cut, exchange, sign, slip_in)
"""What mostly makes a text that no grammar knows."""
FINE: tuple[Mutation, ...] = (literal, word, name, wrap, wrap, whole_expression)
"""What mostly leaves a text that can be read and means something else."""

WRAPS: tuple[Callable[[str, Random], str], ...] = (
    lambda text, _: f"({text})",
    lambda text, dice: "(" * (n := dice.choice((2, 30, 200, 2000))) + text + ")" * n,
    lambda text, _: f"(SELECT {text})",
    lambda text, dice: "(SELECT " * (n := dice.choice((2, 10, 40))) + text + ")" * n,
    lambda text, dice: "CASE WHEN 1 = 1 THEN " * (n := dice.choice((1, 9, 60))) + text + " END" * n,
    lambda text, dice: f"CAST({text} AS {dice.choice(TYPES)})",
    lambda text, dice: f"{dice.choice(FUNCTIONS)}({text})",
    lambda text, dice: f"{text} {dice.choice(OPERATORS)} {dice.choice(NUMBERS)}",
    lambda text, dice: f"{text} {dice.choice(OPERATORS)} {dice.choice(STRINGS)}",
    lambda text, _: f"{text} IN ({', '.join(map(str, range(3000)))})",
    lambda text, _: f"{text} AS [{'n' * 128}]",
    lambda text, _: f"/* {text} /* nested */ */ {text} -- rest",
    lambda text, _: f"-{text}",
    lambda text, _: f"{text} COLLATE Latin1_General_BIN2",
    lambda text, _: f"{text} OVER ()",
    lambda text, _: f"{text}.{text}",
    lambda text, _: f"NULLIF({text}, {text})",
)

FUNCTIONS = (
    "ABS", "CEILING", "ROUND", "SQRT", "LOG", "POWER", "SIGN", "LEN", "DATALENGTH", "UPPER",
    "LTRIM", "TRIM", "LEFT", "SUBSTRING", "REPLACE", "STUFF", "REPLICATE", "CHARINDEX", "PATINDEX",
    "CHAR", "NCHAR", "ASCII", "UNICODE", "SPACE", "STR", "REVERSE", "CONCAT", "CONCAT_WS",
    "STRING_AGG", "TRANSLATE", "QUOTENAME", "ISNULL", "COALESCE", "NULLIF", "CHOOSE", "ISNUMERIC",
    "ISDATE", "YEAR", "DAY", "EOMONTH", "DATEFROMPARTS", "SUM", "AVG", "MIN", "MAX", "COUNT",
    "COUNT_BIG", "STDEV", "VAR", "GROUPING", "JSON_VALUE", "JSON_QUERY", "JSON_MODIFY", "ISJSON",
    "OBJECT_ID", "OBJECT_NAME", "COL_LENGTH", "TYPE_ID", "DB_ID", "HASHBYTES", "NEWID", "EXISTS",
    "NOSUCH", "dbo.fnDouble", "dbo.NoSuch", "LAG", "ROW_NUMBER", "ERROR_MESSAGE", "STRING_ESCAPE",
    "DIFFERENCE", "SOUNDEX", "FORMATMESSAGE", "SESSION_CONTEXT", "HAS_PERMS_BY_NAME",
    "TRY_CONVERT", "APPLOCK_MODE",
)  # fmt: skip


def statement(dice: Random) -> str:
    """A statement over the shop with expressions by dice."""

    def value() -> str:
        return expression(dice, dice.randrange(1, 4))

    where = f" WHERE {condition(dice, 2)}" if dice.random() < 0.4 else ""
    column, other = dice.choice(COLUMNS), dice.choice(COLUMNS)
    match dice.randrange(13):
        case 0 | 1 | 2 | 3:
            order = f" ORDER BY {value()}" if dice.random() < 0.3 else ""
            return f"SELECT {value()} AS a, {value()} FROM dbo.Thing{where}{order}"
        case 4:
            having = f" HAVING {condition(dice, 2)}" if dice.random() < 0.3 else ""
            group = f"{column}{having}"
            return f"SELECT {column}, COUNT(*), {value()} FROM dbo.Thing{where} GROUP BY {group}"
        case 5:
            return f"UPDATE dbo.Thing SET {column} = {value()}, {other} = {value()}{where}"
        case 6:
            return f"INSERT dbo.Thing ({column}, {other}) VALUES ({literal_value(dice)}, {value()})"
        case 7:
            return (
                f"INSERT dbo.Thing (Title, {column}) SELECT Title, {value()} FROM dbo.Thing{where}"
            )
        case 8:
            kind = dice.choice(TYPES)
            first, second = literal_value(dice), literal_value(dice)
            return f"DECLARE @v {kind} = {first}; SET @v = {second}; SELECT @v"
        case 9:
            return f"DELETE dbo.Thing OUTPUT deleted.{column}{where}"
        case 10:
            return f"SELECT {value()} FROM dbo.Thing UNION SELECT {value()} FROM dbo.Thing{where}"
        case 11:
            return (
                f"DECLARE @v {dice.choice(TYPES)}; SELECT @v = {value()} FROM dbo.Thing; SELECT @v"
            )
        case _:
            return f"IF EXISTS (SELECT 1 FROM dbo.Thing{where}) PRINT {literal_value(dice)}"


def literal_value(dice: Random) -> str:
    plain = dice.choice(dice.choice((NUMBERS, STRINGS)))
    return plain if dice.random() < 0.5 else dice.choice(WRAPS)(plain, dice)
