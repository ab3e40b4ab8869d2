"""String functions."""

from __future__ import annotations

from ...types import BIGINT, INT, MAX, SqlType, nvarchar, varchar
from .. import shortcuts
from ..casts.strings import cut, max_length
from ..collation import as_text, collation_of, comparison_collation, folds_case, ignores_accents
from ..conversion import convert, string_literal
from ..errors import SqlError
from ..patterns import regular_expression
from ..typed import Typed
from .registry import Call, Family

STRINGS = Family()

_FIXED_BYTES = {
    "bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8, "money": 8, "smallmoney": 4,
    "real": 4, "float": 8, "date": 3, "smalldatetime": 4, "datetime": 8, "uniqueidentifier": 16,
    "rowversion": 8,
}  # fmt: skip


def _folds(call: Call, *indexes: int) -> bool:
    values = [call.string(index) for index in indexes]
    place = {"line": call.line, "col": call.col}
    collation = comparison_collation(*values, operation=call.name.lower(), **place)
    if ignores_accents(collation):
        raise call.refuse(f"{call.name} under an accent-insensitive collation")
    return folds_case(collation)


@STRINGS.define("LEN", 1)
def _len(call: Call) -> Typed:
    given = call.args[0]
    if given.type.is_binary:
        type_, cast = (BIGINT, "::int8") if given.type.length == MAX else (INT, "")
        return call.result(f"octet_length(rtrim({given.sql}, '\\x20'::bytea)){cast}", type_)
    value = call.string(0)
    type_ = BIGINT if max_length(value.type) == MAX else INT
    cast = "::int8" if type_ is BIGINT else ""
    return call.result(f"{shortcuts.length(as_text(value))}{cast}", type_)


@STRINGS.define("DATALENGTH", 1)
def _datalength(call: Call) -> Typed:
    value = call.args[0]
    type_ = value.type
    wide = (type_.is_string or type_.is_binary) and type_.length == MAX
    result = BIGINT if wide else INT
    cast = "::int8" if wide else ""
    if type_.name == "null":
        return call.result("NULL::int4", INT)
    if type_.is_string:
        units = f"tsql.units({as_text(value)})"
        if type_.is_unicode:
            units = f"(2 * {units})"
        return call.result(f"{units}{cast}", result)
    if type_.is_binary and type_.name != "rowversion":
        return call.result(f"octet_length({value.sql}){cast}", result)
    size = _FIXED_BYTES.get(type_.name)
    if type_.name == "decimal":
        precision = type_.precision or 18
        size = 5 if precision < 10 else 9 if precision < 20 else 13 if precision < 29 else 17
    elif type_.name in ("time", "datetime2", "datetimeoffset"):
        scale = 7 if type_.scale is None else type_.scale
        size = (3 if scale < 3 else 4 if scale < 5 else 5) + {
            "time": 0,
            "datetime2": 3,
            "datetimeoffset": 5,
        }[type_.name]
    return call.result(f"(CASE WHEN {value.sql} IS NOT NULL THEN {size} END)", INT)


@STRINGS.define("LEFT", 2)
def _left(call: Call) -> Typed:
    value = call.string(0)
    length = _constant_length(value, call.args[1])
    count = call.integer(1, BIGINT)
    if _simple(value) and isinstance(call.args[1].constant, int) and call.args[1].constant >= 0:
        return call.like_argument(f"left({as_text(value)}, {call.args[1].constant})", value, length)
    text, constant = as_text(value), call.args[1].constant
    sql = f"tsql.substring({text}, 1, {count})"
    if isinstance(constant, int) and constant >= 0:
        sql = shortcuts.short_or(text, constant, sql)
    return call.like_argument(sql, value, length)


@STRINGS.define("RIGHT", 2)
def _right(call: Call) -> Typed:
    value = call.string(0)
    length = _constant_length(value, call.args[1])
    if _simple(value) and isinstance(call.args[1].constant, int) and call.args[1].constant >= 0:
        sql = f"right({as_text(value)}, {call.args[1].constant})"
        return call.like_argument(sql, value, length)
    sql = f"tsql.right({as_text(value)}, {call.integer(1, BIGINT)})"
    return call.like_argument(sql, value, length)


@STRINGS.define("SUBSTRING", 3)
def _substring(call: Call) -> Typed:
    length = _constant_length(call.args[0], call.args[2])
    if call.args[0].type.is_binary:
        sql = (
            f"tsql.subbytes({call.args[0].sql}, {call.integer(1, BIGINT)}, "
            f"{call.integer(2, BIGINT)})"
        )
        return call.result(sql, SqlType("varbinary", length))
    value = call.args[0]
    if not value.type.is_string:
        raise call.invalid_argument(0)
    start, count = call.args[1].constant, call.args[2].constant
    if _simple(value) and isinstance(start, int) and isinstance(count, int) and count >= 0 < start:
        return call.like_argument(f"substr({as_text(value)}, {start}, {count})", value, length)
    sql = f"tsql.substring({as_text(value)}, {call.integer(1, BIGINT)}, {call.integer(2, BIGINT)})"
    return call.like_argument(sql, value, length)


def _simple(value: Typed) -> bool:
    """varchar has no character of two units."""
    return not value.type.is_unicode


def _constant_length(value: Typed, count: Typed) -> int | None:
    own = MAX if value.type.name in ("text", "ntext", "image") else value.type.length
    if isinstance(count.constant, int) and count.constant > 0 and own not in (MAX, None):
        return min(count.constant, own)
    return own


@STRINGS.define("CHARINDEX", 2, 3)
def _charindex(call: Call) -> Typed:
    needle, value = call.text(0), call.text(1)
    if _folds(call, 0, 1):
        needle, value = f"lower({needle})", f"lower({value})"
    start = call.integer(2, BIGINT) if len(call.args) > 2 else "1"
    type_ = BIGINT if max_length(call.string(1).type) == MAX else INT
    cast = "::int8" if type_ is BIGINT else ""
    return call.result(f"tsql.charindex({needle}, {value}, {start}){cast}", type_)


@STRINGS.define("PATINDEX", 2)
def _patindex(call: Call) -> Typed:
    fold = _folds(call, 0, 1)
    type_ = BIGINT if max_length(call.string(1).type) == MAX else INT
    cast = "::int8" if type_ is BIGINT else ""
    value, pattern = call.text(1), call.args[0].constant
    if isinstance(pattern, str) and pattern.startswith("%") and pattern.endswith("%"):
        body = regular_expression(pattern.strip("%")).replace("'", "''")
        if _simple(call.string(1)):
            flags = "i" if fold else "c"
            sql = f"regexp_instr({value}, '{body}', 1, 1, 0, '{flags}'){cast}"
            return call.result(sql, type_)
    sql = f"tsql.patindex({call.text(0)}, {value}, {str(fold).lower()}){cast}"
    return call.result(sql, type_)


@STRINGS.define("REPLACE", 3)
def _replace(call: Call) -> Typed:
    strings = [call.string(index) for index in range(3)]
    unicode = any(value.type.is_unicode for value in strings)
    longest = any(max_length(value.type) == MAX for value in strings)
    limit = 4000 if unicode else 8000
    place = {"line": call.line, "col": call.col}
    comparison_collation(*strings, operation="replace", **place)
    collation, rank = collation_of(*strings, operation="replace", **place)
    type_ = SqlType(
        "nvarchar" if unicode else "varchar", MAX if longest else limit, collation=collation
    )
    value, needle, piece = (as_text(each) for each in strings)
    if ignores_accents(collation):
        raise call.refuse("REPLACE under an accent-insensitive collation")
    constant = strings[1].constant
    caseless = isinstance(constant, str) and constant.lower() == constant.upper()
    if caseless or not folds_case(collation):
        sql = f"replace({value}, {needle}, {piece})"
    else:
        sql = f"tsql.replace_folded({value}, {needle}, {piece})"
    return call.result(
        cut(sql, None, type_) if _may_grow(strings, limit) else sql, type_, rank=rank
    )


def _may_grow(strings: list[Typed], limit: int) -> bool:
    value, needle, piece = (max_length(each.type) for each in strings)
    if MAX in (value, needle, piece):
        return False
    constant = strings[1].constant
    if isinstance(constant, str) and constant and piece <= len(constant):
        return False
    return value * max(piece, 1) > limit


@STRINGS.define("REPLICATE", 2)
def _replicate(call: Call) -> Typed:
    value = call.string(0)
    longest = max_length(value.type) == MAX
    limit = 4000 if value.type.is_unicode else 8000
    sql = f"tsql.replicate({as_text(value)}, {call.integer(1, BIGINT)})"
    count = call.args[1].constant
    nullable = call.nullable or not (isinstance(count, int) and count >= 0)
    if longest:
        return call.like_argument(sql, value, MAX).replace(nullable=nullable)
    # More pieces than there is room for would only be cut off again.
    sql = f"tsql.replicate({as_text(value)}, {call.integer(1, BIGINT)}, {limit})"
    length = limit
    if isinstance(count, int):
        length = min(max(max_length(value.type) * count, 1), limit)
    if not isinstance(count, int) or max_length(value.type) * count > limit:
        sql = f"tsql.cut({sql}, {limit})"
    return call.like_argument(sql, value, length).replace(nullable=nullable)


@STRINGS.define("REVERSE", 1)
def _reverse(call: Call) -> Typed:
    value = call.string(0)
    return call.like_argument(f"reverse({as_text(value)})", value)


@STRINGS.define("SPACE", 1)
def _space(call: Call) -> Typed:
    sql = f"tsql.replicate(' '::text, {call.integer(0, BIGINT)}, 8000)"
    count = call.args[0].constant
    nullable = call.nullable or not (isinstance(count, int) and count >= 0)
    return call.result(sql, varchar(8000), nullable=nullable)


@STRINGS.define("STUFF", 4)
def _stuff(call: Call) -> Typed:
    value, piece = call.string(0), call.string(3)
    unicode = value.type.is_unicode or piece.type.is_unicode
    longest = MAX in (max_length(value.type), max_length(piece.type))
    sql = (
        f"tsql.stuff({as_text(value)}, {call.integer(1, BIGINT)}, {call.integer(2, BIGINT)}, "
        f"{as_text(piece)})"
    )
    type_ = SqlType(
        "nvarchar" if unicode else "varchar",
        MAX if longest else 4000 if unicode else 8000,
        collation=value.type.collation,
    )
    return call.result(sql, type_, nullable=True, rank=value.rank)


@STRINGS.define("UPPER LOWER", 1)
def _case(call: Call) -> Typed:
    value = call.string(0)
    constant = value.constant
    typed = call.like_argument(f"{call.name.lower()}({as_text(value)})", value)
    if isinstance(constant, str) and constant.isascii():
        folded = constant.upper() if call.name == "UPPER" else constant.lower()
        return typed.replace(sql=string_literal(folded).sql, constant=folded)
    return typed


@STRINGS.define("LTRIM RTRIM TRIM", 1, 2)
def _trim(call: Call) -> Typed:
    value = call.string(0)
    characters = call.text(1) if len(call.args) > 1 else "' '"
    side = call.function.keyword or "BOTH"
    if call.name != "TRIM":
        side = "LEADING" if call.name == "LTRIM" else "TRAILING"
    routine = {"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "btrim"}[side]
    return call.like_argument(f"{routine}({as_text(value)}, {characters})", value)


@STRINGS.define("CONCAT", 2, None)
def _concat(call: Call) -> Typed:
    return _joined(call, list(range(len(call.args))), None)


@STRINGS.define("CONCAT_WS", 3, None)
def _concat_ws(call: Call) -> Typed:
    return _joined(call, list(range(1, len(call.args))), call.string(0))


def _joined(call: Call, indexes: list[int], separator: Typed | None) -> Typed:
    strings = [
        string_literal("", unicode=False) if call.args[i].type.name == "null" else call.string(i)
        for i in indexes
    ]
    everything = [*strings, separator] if separator is not None else strings
    unicode = any(value.type.is_unicode for value in everything)
    limit = 4000 if unicode else 8000
    lengths = [max_length(value.type) for value in everything]
    total = MAX if MAX in lengths else sum(lengths)
    if separator is not None and total != MAX:
        total += max_length(separator.type) * len(strings)
    collation, rank = collation_of(*everything, operation="concat", line=call.line, col=call.col)
    type_ = SqlType(
        "nvarchar" if unicode else "varchar",
        MAX if total == MAX else min(total, limit),
        collation=collation,
    )
    if separator is not None:
        parts = [
            "NULL::text" if call.args[index].type.name == "null" else as_text(value)
            for index, value in zip(indexes, strings, strict=True)
        ]
        sql = f"concat_ws(coalesce({as_text(separator)}, ''), {', '.join(parts)})"
    else:
        sql = "(" + " || ".join(_or_empty(value) for value in strings) + ")"
    if total > limit:
        sql = f"tsql.cut({sql}, {limit})"
    return call.result(sql, type_, nullable=False, rank=rank)


def _or_empty(value: Typed) -> str:
    return f"coalesce({as_text(value)}, '')" if value.nullable else as_text(value)


@STRINGS.define("TRANSLATE", 3)
def _translate(call: Call) -> Typed:
    value = call.string(0)
    fold = _folds(call, 0, 1)
    source, target = call.args[1].constant, call.args[2].constant
    if isinstance(source, str) and isinstance(target, str):
        if len(source) != len(target):
            raise SqlError(
                9828,
                "The second and third arguments of the TRANSLATE built-in function must contain "
                "an equal number of characters.",
                line=call.line,
                col=call.col,
            )
        if fold:
            pairs = [
                (variant, new)
                for old, new in zip(source, target, strict=True)
                for variant in dict.fromkeys((old, old.lower(), old.upper()))
                if len(variant) == 1
            ]
            source = "".join(old for old, _ in pairs)
            target = "".join(new for _, new in pairs)
        quoted = [string_literal(text).sql for text in (source, target)]
        return call.like_argument(f"translate({as_text(value)}, {quoted[0]}, {quoted[1]})", value)
    sql = f"tsql.translate({as_text(value)}, {call.text(1)}, {call.text(2)}, {str(fold).lower()})"
    return call.like_argument(sql, value)


@STRINGS.define("CHAR", 1)
def _char(call: Call) -> Typed:
    code = call.args[0].constant
    if isinstance(code, int) and 0 < code < 128:
        return Typed(f"chr({code})", SqlType("char", 1), "text", nullable=False, constant=chr(code))
    return call.result(f"tsql.char({call.integer(0)})", SqlType("char", 1), nullable=True)


@STRINGS.define("NCHAR", 1)
def _nchar(call: Call) -> Typed:
    return call.result(f"tsql.nchar({call.integer(0)})", SqlType("nchar", 1), nullable=True)


@STRINGS.define("ASCII UNICODE", 1)
def _code(call: Call) -> Typed:
    return call.result(f"tsql.{call.name.lower()}({call.text(0)})", INT, nullable=True)


@STRINGS.define("STR", 1, 3)
def _str(call: Call) -> Typed:
    value = call.args[0]
    number = (
        f"({value.sql})::numeric"
        if value.type.is_number
        else f"({call.converted(0, SqlType('float'))})::numeric"
    )
    width = call.integer(1) if len(call.args) > 1 else "10"
    places = call.integer(2) if len(call.args) > 2 else "0"
    length = call.args[1].constant if len(call.args) > 1 else 10
    size = length if isinstance(length, int) and length > 0 else 8000
    return call.result(f"tsql.str({number}, {width}, {places})", varchar(size), nullable=True)


@STRINGS.define("QUOTENAME", 1, 2)
def _quotename(call: Call) -> Typed:
    mark = call.text(1) if len(call.args) > 1 else "'['"
    return call.result(f"tsql.quotename({call.text(0)}, {mark})", nvarchar(258), nullable=True)


@STRINGS.define("STRING_ESCAPE", 2)
def _string_escape(call: Call) -> Typed:
    kind = call.args[1].constant
    if not isinstance(kind, str) or kind.lower() != "json":
        raise call.refuse("STRING_ESCAPE other than 'json'")
    value = convert(call.string(0), nvarchar(MAX), implicit=True)
    return call.result(shortcuts.escaped(as_text(value)), nvarchar(MAX))


@STRINGS.define("SOUNDEX", 1)
def _soundex(call: Call) -> Typed:
    return call.result(f"tsql.soundex({call.text(0)})", varchar(4))


@STRINGS.define("DIFFERENCE", 2)
def _difference(call: Call) -> Typed:
    return call.result(f"tsql.difference({call.text(0)}, {call.text(1)})", INT)
