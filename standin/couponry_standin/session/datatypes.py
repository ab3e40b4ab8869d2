"""sp_datatype_info: what drivers ask on connect, to learn how long a value of a type may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataType:
    """A type as ODBC's catalogue describes it."""

    name: str
    code: int
    size: int
    quotes: tuple[str, str] | None = None
    parameters: str | None = None
    case_sensitive: bool = False
    searchable: int = 2
    unsigned: bool | None = None
    money: bool = False
    scales: tuple[int, int] | None = None
    verbose: tuple[int, int] | None = None
    """The verbose type and its subcode, where they differ from the code (dates and times)."""
    radix: int | None = None
    user_type: int = 0


NUMBERS = (
    DataType("bit", -7, 1, unsigned=True, scales=(0, 0), user_type=16),
    DataType("tinyint", -6, 3, unsigned=True, scales=(0, 0), radix=10, user_type=5),
    DataType("bigint", -5, 19, unsigned=False, scales=(0, 0), radix=10),
    DataType("numeric", 2, 38, None, "precision,scale", unsigned=False, scales=(0, 38), radix=10,
             user_type=10),
    DataType("decimal", 3, 38, None, "precision,scale", unsigned=False, scales=(0, 38), radix=10,
             user_type=24),
    DataType("money", 3, 19, ("$", ""), unsigned=False, money=True, scales=(4, 4), radix=10,
             user_type=11),
    DataType("smallmoney", 3, 10, ("$", ""), unsigned=False, money=True, scales=(4, 4), radix=10,
             user_type=21),
    DataType("int", 4, 10, unsigned=False, scales=(0, 0), radix=10, user_type=7),
    DataType("smallint", 5, 5, unsigned=False, scales=(0, 0), radix=10, user_type=6),
    DataType("float", 6, 53, unsigned=False, radix=2, user_type=8),
    DataType("real", 7, 24, unsigned=False, radix=2, user_type=23),
)  # fmt: skip

TEXTS = (
    DataType("nvarchar", -9, 4000, ("N'", "'"), "max length", searchable=3),
    DataType("sysname", -9, 128, ("N'", "'"), searchable=3, user_type=18),
    DataType("nchar", -8, 4000, ("N'", "'"), "length", searchable=3),
    DataType("ntext", -10, 1073741823, ("N'", "'"), searchable=1),
    DataType("char", 1, 8000, ("'", "'"), "length", searchable=3, user_type=1),
    DataType("varchar", 12, 8000, ("'", "'"), "max length", searchable=3, user_type=2),
    DataType("text", -1, 2147483647, ("'", "'"), searchable=1, user_type=19),
    DataType("uniqueidentifier", -11, 36, ("'", "'")),
)

BINARIES = (
    DataType("varbinary", -3, 8000, ("0x", ""), "max length", user_type=4),
    DataType("binary", -2, 8000, ("0x", ""), "length", user_type=3),
    DataType("timestamp", -2, 8, ("0x", ""), user_type=80),
    DataType("image", -4, 2147483647, ("0x", ""), searchable=0, user_type=20),
)

# The finest of the types that share a code comes first: drivers take its precision.
MOMENTS = (
    DataType("date", 91, 10, ("'", "'"), searchable=3, verbose=(9, 1)),
    DataType("datetime2", 93, 27, ("'", "'"), "scale", searchable=3, scales=(0, 7),
             verbose=(9, 3)),
    DataType("datetime", 93, 23, ("'", "'"), searchable=3, scales=(3, 3), verbose=(9, 3),
             user_type=12),
    DataType("smalldatetime", 93, 16, ("'", "'"), searchable=3, scales=(0, 0), verbose=(9, 3),
             user_type=22),
    DataType("time", -154, 16, ("'", "'"), "scale", searchable=3, scales=(0, 7)),
    DataType("datetimeoffset", -155, 34, ("'", "'"), "scale", searchable=3, scales=(0, 7)),
)  # fmt: skip

COLUMNS = (
    ("TYPE_NAME", "nvarchar(128)"),
    ("DATA_TYPE", "smallint"),
    ("PRECISION", "int"),
    ("LITERAL_PREFIX", "varchar(32)"),
    ("LITERAL_SUFFIX", "varchar(32)"),
    ("CREATE_PARAMS", "varchar(32)"),
    ("NULLABLE", "smallint"),
    ("CASE_SENSITIVE", "smallint"),
    ("SEARCHABLE", "smallint"),
    ("UNSIGNED_ATTRIBUTE", "smallint"),
    ("MONEY", "smallint"),
    ("AUTO_INCREMENT", "smallint"),
    ("LOCAL_TYPE_NAME", "nvarchar(128)"),
    ("MINIMUM_SCALE", "smallint"),
    ("MAXIMUM_SCALE", "smallint"),
    ("SQL_DATA_TYPE", "smallint"),
    ("SQL_DATETIME_SUB", "smallint"),
    ("NUM_PREC_RADIX", "int"),
    ("INTERVAL_PRECISION", "smallint"),
    ("USERTYPE", "smallint"),
)


def query() -> str:
    """T-SQL that answers with the types of @data_type, or with all of them for 0."""
    types = sorted((*NUMBERS, *TEXTS, *BINARIES, *MOMENTS), key=lambda each: each.code)
    rows = ",\n".join(
        f"({position}, {', '.join(literal(value) for value in values(each))})"
        for position, each in enumerate(types)
    )
    shown = ", ".join(f"CAST(t.[{name}] AS {type_}) AS [{name}]" for name, type_ in COLUMNS)
    names = ", ".join(f"[{name}]" for name, _ in COLUMNS)
    return (
        f"SELECT {shown} FROM (VALUES {rows}) AS t (Position, {names})"
        " WHERE @data_type = 0 OR t.DATA_TYPE = @data_type ORDER BY t.Position"
    )


def values(each: DataType) -> tuple[str | int | None, ...]:
    prefix, suffix = each.quotes or (None, None)
    least, most = each.scales or (None, None)
    verbose, subcode = each.verbose or (each.code, None)
    return (
        each.name,
        each.code,
        each.size,
        prefix,
        suffix or None,
        each.parameters,
        1,
        int(each.case_sensitive),
        each.searchable,
        None if each.unsigned is None else int(each.unsigned),
        int(each.money),
        None if each.unsigned is None else 0,
        each.name,
        least,
        most,
        verbose,
        subcode,
        each.radix,
        None,
        each.user_type,
    )


def literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "N'" + value.replace("'", "''") + "'"
