"""What is where: objects, schemas, types, the server and the database."""

from __future__ import annotations

from ...types import BIT, INT, SYSNAME, SqlType, nvarchar
from ..casts.strings import literal
from ..typed import NULL_TYPE, Typed
from .registry import Call, Family

METADATA = Family()

PRODUCT_VERSION = "16.0.1000.6"
"""The version whose language the stand-in follows: SQL Server 2022."""

_SMALLINT = SqlType("smallint")
_NAME = nvarchar(128)

_SERVER_TEXTS = {
    "productversion": PRODUCT_VERSION,
    "productlevel": "RTM",
    "productmajorversion": "16",
    "productminorversion": "0",
    "productbuild": "1000",
    "edition": "Developer Edition (64-bit)",
    "collation": "SQL_Latin1_General_CP1_CI_AS",
    "servername": "couponry-standin",
    "machinename": "couponry-standin",
    "computernamephysicalnetbios": "couponry-standin",
    "sqlcharsetname": "iso_1",
    "sqlsortordername": "nocase_iso",
}
_SERVER_NUMBERS = {
    "engineedition": 3,
    "editionid": -2117995310,
    "isclustered": 0,
    "ishadrenabled": 0,
    "isintegratedsecurityonly": 0,
    "issingleuser": 0,
    "isxtpsupported": 0,
    "ispolybaseinstalled": 0,
    "isfulltextinstalled": 0,
    "isadvancedanalyticsinstalled": 0,
    "islocaldb": 0,
    "lcid": 1033,
    "collationid": 872468488,
    "sqlcharset": 1,
    "sqlsortorder": 52,
    "comparisonstyle": 196609,
}


def _by_runtime(names: str, fewest: int, most: int, type_: SqlType, shape: str) -> None:
    """Functions that only pass their arguments on; ``shape``: s a string, i an integer."""

    def emit(call: Call) -> Typed:
        parts = [
            call.text(index) if shape[index] == "s" else call.integer(index)
            for index in range(len(call.args))
        ]
        sql = f"tsql.{call.name.lower()}({', '.join(parts)})"
        return call.result(sql, type_, nullable=True)

    METADATA.define(names, fewest, most)(emit)


_by_runtime("OBJECT_ID", 1, 2, INT, "ss")
_by_runtime("OBJECT_NAME OBJECT_SCHEMA_NAME", 1, 2, _NAME, "ii")
_by_runtime("OBJECT_DEFINITION", 1, 1, nvarchar(-1), "i")
_by_runtime("SCHEMA_NAME", 0, 1, _NAME, "i")
_by_runtime("SCHEMA_ID", 0, 1, INT, "s")
_by_runtime("DB_NAME", 0, 1, _NAME, "i")
_by_runtime("DB_ID", 0, 1, INT, "s")
_by_runtime("COL_LENGTH", 2, 2, _SMALLINT, "ss")
_by_runtime("COL_NAME", 2, 2, _NAME, "ii")
_by_runtime("COLUMNPROPERTY", 3, 3, INT, "iss")
_by_runtime("OBJECTPROPERTY OBJECTPROPERTYEX", 2, 2, INT, "is")
_by_runtime("INDEXPROPERTY", 3, 3, INT, "iss")
_by_runtime("TYPE_NAME", 1, 1, _NAME, "i")
_by_runtime("TYPE_ID", 1, 1, INT, "s")
_by_runtime("PARSENAME", 2, 2, _NAME, "si")
_by_runtime("IDENT_CURRENT", 1, 1, SqlType("decimal", precision=38, scale=0), "s")
_by_runtime("IDENT_SEED IDENT_INCR", 1, 1, SqlType("decimal", precision=38, scale=0), "s")


@METADATA.define("SERVERPROPERTY", 1)
def _serverproperty(call: Call) -> Typed:
    name = call.args[0].constant
    if not isinstance(name, str):
        raise call.refuse("SERVERPROPERTY of a name that is not a constant")
    key = name.lower()
    if key in _SERVER_TEXTS:
        return call.result(literal(_SERVER_TEXTS[key]), _NAME, nullable=False)
    if key in _SERVER_NUMBERS:
        return call.result(f"({_SERVER_NUMBERS[key]})", INT, nullable=False)
    if key == "processid":
        return call.result("pg_backend_pid()", INT, nullable=False)
    return call.result("NULL::text", _NAME, nullable=True)


@METADATA.define("DATABASEPROPERTYEX", 2)
def _databasepropertyex(call: Call) -> Typed:
    name = call.args[1].constant
    if not isinstance(name, str):
        raise call.refuse("DATABASEPROPERTYEX of a name that is not a constant")
    sql = f"tsql.database_property({call.text(0)}, {literal(name.lower())})"
    if name.lower().startswith("is") or name.lower() in ("version", "lcid", "comparisonstyle"):
        return call.result(f"({sql})::int4", INT, nullable=True)
    return call.result(sql, _NAME, nullable=True)


@METADATA.define("COLLATIONPROPERTY", 2)
def _collationproperty(call: Call) -> Typed:
    sql = f"tsql.collation_property({call.text(0)}, {call.text(1)})"
    return call.result(sql, INT, nullable=True)


@METADATA.define("@@VERSION", 0)
def _version(call: Call) -> Typed:
    text = (
        # SQLAlchemy looks for the first word, and for numbers behind a hyphen.
        "Microsoft SQL Server 2022 as the couponry stand-in speaks it; this is no SQL Server"
        f" - {PRODUCT_VERSION} (X64)"
    )
    return call.result(literal(text), nvarchar(300), nullable=False)


def _constants(values: dict[str, tuple[str, SqlType]]) -> None:
    for name, (sql, type_) in values.items():

        def emit(call: Call, sql: str = sql, type_: SqlType = type_) -> Typed:
            return call.result(sql, type_, nullable=False)

        METADATA.define(name, 0)(emit)


_constants(
    {
        "@@SERVERNAME": ("'couponry-standin'::text", _NAME),
        "@@SERVICENAME": ("'MSSQLSERVER'::text", _NAME),
        "@@LANGUAGE": ("'us_english'::text", _NAME),
        "@@LANGID": ("0::int2", _SMALLINT),
        "@@DATEFIRST": ("7::int2", SqlType("tinyint")),
        "@@MAX_PRECISION": ("38::int2", SqlType("tinyint")),
        "@@MAX_CONNECTIONS": ("32767", INT),
        "@@MICROSOFTVERSION": ("268436456", INT),
        "@@TEXTSIZE": ("2147483647", INT),
        "@@OPTIONS": ("5432", INT),
        "@@CURSOR_ROWS": ("0", INT),
        "@@DBTS": ("int8send((SELECT last_value FROM tsql.rowversion_seq))", SqlType("rowversion")),
        "@@SPID": ("tsql.spid()", _SMALLINT),
        "@@LOCK_TIMEOUT": ("tsql.lock_timeout()", INT),
    }
)


@METADATA.define("SESSION_CONTEXT", 1)
def _session_context(call: Call) -> Typed:
    return call.result(f"tsql.session_context({call.text(0)})", nvarchar(4000), nullable=True)


# No function of SQL Server: sp_set_session_context is written with it.
@METADATA.define("SET_SESSION_CONTEXT", 2)
def _set_session_context(call: Call) -> Typed:
    sql = f"tsql.keep_session_context({call.text(0)}, {call.text(1)})"
    return call.result(sql, INT, nullable=False)


@METADATA.define("CONTEXT_INFO", 0)
def _context_info(call: Call) -> Typed:
    sql = "decode(nullif(current_setting('tsql.context_info', true), ''), 'hex')"
    return call.result(sql, SqlType("varbinary", 128), nullable=True)


METADATA.refuse("STATS_DATE FILEPROPERTY FULLTEXTSERVICEPROPERTY SQL_VARIANT_PROPERTY")

__all__ = ["BIT", "METADATA", "NULL_TYPE", "SYSNAME"]
