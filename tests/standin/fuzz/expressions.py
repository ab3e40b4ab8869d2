"""Values and conditions by dice, mostly of types that fit."""

from __future__ import annotations

import re
from random import Random

NUMBERS = (
    "0", "-1", "1", "255", "256", "32768", "2147483647", "2147483648", "-2147483649",
    "9223372036854775807", "9223372036854775808", "1" + "0" * 37, "1" + "0" * 40, "0.1",
    "1.0000000000000000000001", "99999999999999999999.99", "1e308", "1e400", "-1e-400", "$5", "0x",
    "0xDEADBEEF", "1.", ".5", "007",
)  # fmt: skip
STRINGS = (
    "''", "N''", "' '", "'x'", "N'ä€𝄞'", "'12'", "'1e5'", "'1,5'", "'2024-02-30'", "'2024-02-29'",
    "'99999-01-01'", "'25:00'", "N'{\"a\":'", "'$.a[0]'", "'%'", "'[a-'", "'it''s'",
    "N'\U0001f600'", "N'\ud7ff\ue000'", "'" + "x" * 9000 + "'",
    "'6F9619FF-8B86-D011-B42D-00C04FC964FF'", "'\\'", "'true'", "'%s %d %q'",
)  # fmt: skip
TYPES = (
    "int", "bigint", "tinyint", "bit", "decimal(5, 2)", "decimal(38, 38)", "money", "float", "real",
    "varchar(3)", "nvarchar(max)", "char(1)", "varbinary(4)", "binary(2)", "date", "time(0)",
    "datetime", "smalldatetime", "datetime2(7)", "datetimeoffset", "uniqueidentifier", "sysname",
    "varchar(0)", "varchar(9000)", "decimal(39, 1)", "datetime2(8)", "xml", "nothing", "dbo.IdList",
)  # fmt: skip
OPERATORS = (
    "+", "-", "*", "/", "%", "&", "|", "^", "=", "<>", "<", ">=", "LIKE", "IN", "IS", "AND", "OR",
    "COLLATE", "IS NOT DISTINCT FROM", "NOT LIKE", "= ANY", "||",
)  # fmt: skip

BY_KIND: dict[str, tuple[str, ...]] = {
    "n": ("Id", "KindId", "Tiny", "Small", "Price", "Cash", "Weight", "IsOn", "Doubled"),
    "s": ("Title", "Note", "Fixed"),
    "d": ("Born", "Made", "Old", "Zoned"),
    "t": ("Clock",),
    "g": ("Mark",),
    "b": ("Raw", "Stamp"),
}
COLUMNS = tuple(column for columns in BY_KIND.values() for column in columns)
LITERALS: dict[str, tuple[str, ...]] = {
    "n": NUMBERS[:20],
    "s": STRINGS,
    "d": (
        "'2024-02-29'",
        "GETDATE()",
        "CAST('9999-12-31' AS date)",
        "CAST('00010101' AS datetime2)",
    ),
    "t": ("CAST('23:59:59.9999999' AS time)", "'10:00'"),
    "g": ("NEWID()", "'6F9619FF-8B86-D011-B42D-00C04FC964FF'"),
    "b": ("0x", "0xDEADBEEF", "CAST(1 AS varbinary(8))"),
}
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "n": (
        "({n} + {n})", "({n} - {n})", "({n} * {n})", "({n} / {n})", "({n} % {n})", "({n} & {n})",
        "(-{n})", "(~{n})", "ABS({n})", "CEILING({n})", "FLOOR({n})", "ROUND({n}, {n})",
        "SQRT({n})", "SIGN({n})", "LOG({n})", "EXP({n})", "POWER({n}, {n})", "SQUARE({n})",
        "LEN({s})", "DATALENGTH({a})", "CHARINDEX({s}, {s})", "CHARINDEX({s}, {s}, {n})",
        "PATINDEX({s}, {s})", "ASCII({s})", "UNICODE({s})", "ISNUMERIC({a})", "ISDATE({s})",
        "ISJSON({s})", "YEAR({d})", "DATEPART({p}, {d})", "DATEDIFF({p}, {d}, {d})",
        "DATEDIFF_BIG({p}, {d}, {t})", "CAST({s} AS int)", "CAST({n} AS decimal(5, 2))",
        "CAST({d} AS float)", "CAST({b} AS bigint)", "TRY_CAST({s} AS decimal(38, 10))",
        "CONVERT(money, {s})", "ISNULL({n}, {n})", "PI()", "COALESCE({n}, {n}, {n})",
        "NULLIF({n}, {n})", "IIF({c}, {n}, {n})", "ATN2({n}, {n})", "CASE WHEN {c} THEN {n} END",
        "CASE {a} WHEN {a} THEN {n} ELSE {n} END", "CHOOSE({n}, {n}, {n})",
        "(SELECT MAX({n}) FROM dbo.Kind)", "(SELECT COUNT(*) FROM dbo.Kind AS k WHERE k.Id = {n})",
        "(SELECT TOP (1) Id FROM dbo.Kind ORDER BY {n})", "(SELECT SUM(k.Id) FROM dbo.Kind AS k)",
        "ROW_NUMBER() OVER (ORDER BY {a})", "SUM({n}) OVER (PARTITION BY {a})",
        "dbo.fnDouble({n})", "LAG({n}, 1, {n}) OVER (ORDER BY {a})",
        "NTILE({n}) OVER (ORDER BY Id)", "CHECKSUM({a})", "BINARY_CHECKSUM({a})",
        "DIFFERENCE({s}, {s})", "OBJECT_ID({s})", "COL_LENGTH({s}, {s})", "DEGREES({n})",
        "LEFT_SHIFT({n}, {n})", "BIT_COUNT({n})", "ERROR_NUMBER()", "RAND({n})",
    ),
    "s": (
        "({s} + {s})", "CONCAT({a}, {a})", "CONCAT_WS({s}, {a}, {a})", "LEFT({s}, {n})",
        "RIGHT({s}, {n})", "SUBSTRING({s}, {n}, {n})", "UPPER({s})", "LOWER({s})", "LTRIM({s})",
        "RTRIM({s})", "TRIM({s})", "TRIM({s} FROM {s})", "REPLACE({s}, {s}, {s})",
        "STUFF({s}, {n}, {n}, {s})", "REPLICATE({s}, {n})", "SPACE({n})", "REVERSE({s})",
        "TRANSLATE({s}, {s}, {s})", "QUOTENAME({s}, {s})", "CHAR({n})", "NCHAR({n})",
        "STR({n}, {n}, {n})", "STRING_ESCAPE({s}, 'json')", "JSON_VALUE({s}, {s})",
        "JSON_QUERY({s}, {s})", "JSON_MODIFY({s}, {s}, {a})", "FORMATMESSAGE({s}, {a})",
        "CAST({a} AS varchar(3))", "CAST({n} AS nvarchar(max))", "CONVERT(varchar(30), {d}, {n})",
        "CONVERT(varchar(30), {b}, 1)", "TRY_CONVERT(char(5), {a})", "ISNULL({s}, {s})",
        "COALESCE({s}, {s})", "IIF({c}, {s}, {s})", "DATENAME({p}, {d})",
        "{s} COLLATE Latin1_General_BIN2", "(SELECT STRING_AGG(Name, {s}) FROM dbo.Kind)",
        "FIRST_VALUE({s}) OVER (ORDER BY {a})",
        "(SELECT Id, {a} AS x FROM dbo.Kind FOR JSON PATH)", "OBJECT_NAME({n})", "SOUNDEX({s})",
        "MAX({s}) OVER ()", "PARSENAME({s}, {n})", "NULLIF({s}, {s})", "CAST({g} AS char(36))",
    ),
    "d": (
        "DATEADD({p}, {n}, {d})", "EOMONTH({d})", "EOMONTH({d}, {n})",
        "DATEFROMPARTS({n}, {n}, {n})", "CAST({s} AS datetime2(3))", "CAST({d} AS date)",
        "TRY_CONVERT(datetime, {s}, {n})", "ISNULL({d}, {d})", "SWITCHOFFSET({d}, {s})",
        "TODATETIMEOFFSET({d}, {n})", "SYSUTCDATETIME()",
        "DATETIME2FROMPARTS({n}, {n}, {n}, {n}, {n}, {n}, {n}, 3)", "CAST({n} AS datetime)",
        "(SELECT MIN({d}) FROM dbo.Kind)", "IIF({c}, {d}, {d})", "CAST({t} AS datetime)",
        "CAST({d} AS smalldatetime)", "({d} + {n})", "LEAD({d}) OVER (ORDER BY Id)",
    ),
    "t": ("CAST({d} AS time(0))", "DATEADD({p}, {n}, {t})", "TIMEFROMPARTS({n}, {n}, {n}, {n}, 3)"),
    "g": ("CAST({s} AS uniqueidentifier)", "TRY_CAST({a} AS uniqueidentifier)", "ISNULL({g}, {g})"),
    "b": (
        "CAST({a} AS varbinary(10))", "HASHBYTES({s}, {s})", "HASHBYTES('SHA2_256', {s})",
        "({b} + {b})", "SUBSTRING({b}, {n}, {n})", "CONVERT(varbinary(8), {s}, {n})",
        "CAST({n} AS binary(4))",
    ),
}  # fmt: skip
CONDITIONS = (
    "{n} = {n}", "{n} < {n}", "{s} = {s}", "{s} LIKE {s}", "{s} LIKE {s} ESCAPE {s}", "{d} >= {d}",
    "{a} IS NULL", "{n} IN ({n}, {n}, NULL)", "{s} NOT IN ({s}, {s})", "{n} BETWEEN {n} AND {n}",
    "{a} = {a}", "{g} = {g}", "{b} < {b}", "{t} <> {t}", "NOT ({c} OR {c})", "({c} AND {c})",
    "EXISTS (SELECT 1 FROM dbo.Kind AS k WHERE k.Id = {n})",
    "{n} >= ALL (SELECT Id FROM dbo.Kind)", "{n} IN (SELECT {n} FROM dbo.Kind)",
    "{s} IS DISTINCT FROM {s}", "{n} = (SELECT Id FROM dbo.Kind)",
    "{n} = ANY (SELECT KindId FROM dbo.Thing)", "{d} = {s}", "{n} > {s}", "{g} = {s}",
)  # fmt: skip
PARTS = (
    "year", "quarter", "month", "dayofyear", "day", "week", "weekday", "hour", "minute", "second",
    "millisecond", "microsecond", "nanosecond", "tzoffset", "iso_week",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\{([a-z])\}")


def expression(dice: Random, depth: int, kind: str = "") -> str:
    """A value of a kind, made of columns of Thing, literals, functions and operators."""
    if not kind or dice.random() < 0.04:
        kind = dice.choice("nnnnsssddtgb")
    if depth <= 0 or dice.random() < 0.15:
        if dice.random() < 0.06:
            return "NULL"
        return dice.choice(dice.choice((BY_KIND, BY_KIND, LITERALS))[kind])
    return _filled(dice.choice(FUNCTIONS[kind]), dice, depth - 1)


def condition(dice: Random, depth: int) -> str:
    return _filled(dice.choice(CONDITIONS), dice, depth)


def _filled(template: str, dice: Random, depth: int) -> str:
    def fill(found: re.Match[str]) -> str:
        match found.group(1):
            case "c":
                return condition(dice, depth - 1)
            case "p":
                return dice.choice(PARTS)
            case "a":
                return expression(dice, depth)
            case kind:
                return expression(dice, depth, kind)

    return PLACEHOLDER.sub(fill, template)
