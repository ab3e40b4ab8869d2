"""sp_describe_…: what drivers ask about a text before they run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..tds import ColumnMeta, Response, RpcCall
from ..tsql.plan import ResultColumn
from ..tsql.undeclared import undeclared
from ..types import INT, MAX, SqlType, nvarchar
from .faults import compiling
from .parsed import parsed
from .texts import declarations, described_text, text_param

if TYPE_CHECKING:
    from .session import Session

SYSNAME = nvarchar(128)
BIT = SqlType("bit")
SMALLINT = SqlType("smallint")
TINYINT = SqlType("tinyint")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type's number in sys.types, its number on the wire, and its size where that is fixed."""

    number: int
    wire: int
    size: int = 0
    precision: int = 0
    scale: int = 0


KINDS = {
    "bit": Kind(104, 104, 1, 1),
    "tinyint": Kind(48, 38, 1, 3),
    "smallint": Kind(52, 38, 2, 5),
    "int": Kind(56, 38, 4, 10),
    "bigint": Kind(127, 38, 8, 19),
    "decimal": Kind(106, 106),
    "money": Kind(60, 110, 8, 19, 4),
    "smallmoney": Kind(122, 110, 4, 10, 4),
    "float": Kind(62, 109, 8, 53),
    "real": Kind(59, 109, 4, 24),
    "date": Kind(40, 40, 3, 10),
    "time": Kind(41, 41, 5),
    "datetime2": Kind(42, 42, 8),
    "datetimeoffset": Kind(43, 43, 10),
    "datetime": Kind(61, 111, 8, 23, 3),
    "smalldatetime": Kind(58, 111, 4, 16),
    "char": Kind(175, 175),
    "varchar": Kind(167, 167),
    "nchar": Kind(239, 239),
    "nvarchar": Kind(231, 231),
    "binary": Kind(173, 173),
    "varbinary": Kind(165, 165),
    "uniqueidentifier": Kind(36, 36, 16),
    "rowversion": Kind(189, 173, 8),
    "table": Kind(243, 243),
}

MOMENT_DIGITS = {"time": 9, "datetime2": 20, "datetimeoffset": 27}
"""Precision of a moment with fractions, but for the digits of the fraction (its scale)."""


def size(type_: SqlType) -> int:
    """max_length as sys.columns has it: bytes, or -1."""
    if type_.length == MAX:
        return -1
    if type_.name in ("nchar", "nvarchar"):
        return 2 * (type_.length or 1)
    if type_.name in ("char", "varchar", "binary", "varbinary"):
        return type_.length or 1
    if type_.name == "decimal":
        return next(
            bytes_ for digits, bytes_ in ((9, 5), (19, 9), (28, 13), (38, 17))
            if (type_.precision or 18) <= digits
        )  # fmt: skip
    return KINDS[type_.name].size


def digits(type_: SqlType) -> tuple[int, int]:
    """Precision and scale."""
    if type_.name == "decimal":
        return type_.precision or 18, type_.scale or 0
    if type_.name in MOMENT_DIGITS:
        scale = 7 if type_.scale is None else type_.scale
        return MOMENT_DIGITS[type_.name] + scale - (scale == 0), scale
    return KINDS[type_.name].precision, KINDS[type_.name].scale


def values(names: list[str], given: dict[str, object]) -> tuple[bytes | None, ...]:
    found = (given.get(name) for name in names)
    return tuple(None if value is None else str(value).encode() for value in found)


PARAMETERS = [
    ColumnMeta("parameter_ordinal", INT, False),
    ColumnMeta("name", SYSNAME, False),
    ColumnMeta("suggested_system_type_id", INT, False),
    ColumnMeta("suggested_system_type_name", nvarchar(256), True),
    ColumnMeta("suggested_max_length", SMALLINT, False),
    ColumnMeta("suggested_precision", TINYINT, False),
    ColumnMeta("suggested_scale", TINYINT, False),
    ColumnMeta("suggested_user_type_id", INT, True),
    ColumnMeta("suggested_user_type_database", SYSNAME, True),
    ColumnMeta("suggested_user_type_schema", SYSNAME, True),
    ColumnMeta("suggested_user_type_name", SYSNAME, True),
    ColumnMeta("suggested_assembly_qualified_type_name", nvarchar(4000), True),
    ColumnMeta("suggested_xml_collection_id", INT, True),
    ColumnMeta("suggested_xml_collection_database", SYSNAME, True),
    ColumnMeta("suggested_xml_collection_schema", SYSNAME, True),
    ColumnMeta("suggested_xml_collection_name", SYSNAME, True),
    ColumnMeta("suggested_is_xml_document", BIT, False),
    ColumnMeta("suggested_is_case_sensitive", BIT, False),
    ColumnMeta("suggested_is_fixed_length_clr_type", BIT, False),
    ColumnMeta("suggested_is_input", BIT, False),
    ColumnMeta("suggested_is_output", BIT, False),
    ColumnMeta("formal_parameter_name", SYSNAME, True),
    ColumnMeta("suggested_tds_type_id", INT, False),
    ColumnMeta("suggested_tds_length", INT, False),
]


def suggested(found: list[tuple[str, SqlType]]) -> list[dict[str, object]]:
    """The rows of sp_describe_undeclared_parameters, without what is NULL."""
    rows: list[dict[str, object]] = []
    for ordinal, (name, type_) in enumerate(found, 1):
        precision, scale = digits(type_)
        given: dict[str, object] = dict.fromkeys(
            (
                "suggested_is_xml_document",
                "suggested_is_case_sensitive",
                "suggested_is_fixed_length_clr_type",
                "suggested_is_output",
            ),
            0,
        )
        given |= {
            "parameter_ordinal": ordinal,
            "name": name,
            "suggested_system_type_id": KINDS[type_.name].number,
            "suggested_system_type_name": str(type_),
            "suggested_max_length": size(type_),
            "suggested_precision": precision,
            "suggested_scale": scale,
            "suggested_is_input": 1,
            "suggested_tds_type_id": KINDS[type_.name].wire,
            "suggested_tds_length": 65535 if size(type_) < 0 else size(type_),
        }
        if type_.table is not None:
            schema, _, type_name = type_.table.partition(".")
            given |= {"suggested_user_type_schema": schema, "suggested_user_type_name": type_name}
        rows.append(given)
    return rows


def describe_parameters(found: list[tuple[str, SqlType]], response: Response) -> None:
    """Write the answer of sp_describe_undeclared_parameters."""
    names = [column.name for column in PARAMETERS]
    response.columns(PARAMETERS)
    for given in suggested(found):
        response.row(values(names, given))
    response.done_in_proc(len(found))


RESULT = [
    ColumnMeta("is_hidden", BIT, False),
    ColumnMeta("column_ordinal", INT, False),
    ColumnMeta("name", SYSNAME, True),
    ColumnMeta("is_nullable", BIT, False),
    ColumnMeta("system_type_id", INT, False),
    ColumnMeta("system_type_name", nvarchar(256), True),
    ColumnMeta("max_length", SMALLINT, False),
    ColumnMeta("precision", TINYINT, False),
    ColumnMeta("scale", TINYINT, False),
    ColumnMeta("collation_name", SYSNAME, True),
    ColumnMeta("user_type_id", INT, True),
    ColumnMeta("user_type_database", SYSNAME, True),
    ColumnMeta("user_type_schema", SYSNAME, True),
    ColumnMeta("user_type_name", SYSNAME, True),
    ColumnMeta("assembly_qualified_type_name", nvarchar(4000), True),
    ColumnMeta("xml_collection_id", INT, True),
    ColumnMeta("xml_collection_database", SYSNAME, True),
    ColumnMeta("xml_collection_schema", SYSNAME, True),
    ColumnMeta("xml_collection_name", SYSNAME, True),
    ColumnMeta("is_xml_document", BIT, False),
    ColumnMeta("is_case_sensitive", BIT, False),
    ColumnMeta("is_fixed_length_clr_type", BIT, False),
    ColumnMeta("source_server", SYSNAME, True),
    ColumnMeta("source_database", SYSNAME, True),
    ColumnMeta("source_schema", SYSNAME, True),
    ColumnMeta("source_table", SYSNAME, True),
    ColumnMeta("source_column", SYSNAME, True),
    ColumnMeta("is_identity_column", BIT, True),
    ColumnMeta("is_part_of_unique_key", BIT, True),
    ColumnMeta("is_updateable", BIT, True),
    ColumnMeta("is_computed_column", BIT, True),
    ColumnMeta("is_sparse_column_set", BIT, True),
    ColumnMeta("ordinal_in_order_by_list", SMALLINT, True),
    ColumnMeta("order_by_is_descending", SMALLINT, True),
    ColumnMeta("order_by_list_length", SMALLINT, True),
    ColumnMeta("tds_type_id", INT, False),
    ColumnMeta("tds_length", INT, False),
    ColumnMeta("tds_collation_id", INT, True),
    ColumnMeta("tds_collation_sort_id", TINYINT, True),
]


def described(columns: list[ResultColumn]) -> list[dict[str, object]]:
    """The rows of sp_describe_first_result_set, without what is NULL."""
    rows: list[dict[str, object]] = []
    for ordinal, column in enumerate(columns, 1):
        type_ = column.type
        precision, scale = digits(type_)
        given: dict[str, object] = dict.fromkeys(
            ("is_hidden", "is_xml_document", "is_case_sensitive", "is_fixed_length_clr_type"), 0
        )
        given |= {
            "column_ordinal": ordinal,
            "name": column.name or None,
            "is_nullable": int(column.nullable),
            "system_type_id": KINDS[type_.name].number,
            "system_type_name": str(type_),
            "max_length": size(type_),
            "precision": precision,
            "scale": scale,
            "collation_name": type_.collation or "SQL_Latin1_General_CP1_CI_AS"
            if type_.is_string
            else None,
            "is_identity_column": int(column.identity),
            "tds_type_id": KINDS[type_.name].wire,
            "tds_length": 65535 if size(type_) < 0 else size(type_),
        }
        rows.append(given)
    return rows


def describe_result(columns: list[ResultColumn], response: Response) -> None:
    """Write the answer of sp_describe_first_result_set."""
    names = [column.name for column in RESULT]
    response.columns(RESULT)
    for given in described(columns):
        response.row(values(names, given))
    response.done_in_proc(len(columns))


def description_query(columns: list[ResultColumn]) -> str:
    """The same answer as a query, for a text that calls the procedure."""
    return _query(RESULT, described(columns), "column_ordinal")


def suggestion_query(found: list[tuple[str, SqlType]]) -> str:
    """What describe_parameters writes, as a query: JDBC asks by a text that calls the procedure."""
    return _query(PARAMETERS, suggested(found), "parameter_ordinal")


def _query(columns: list[ColumnMeta], found: list[dict[str, object]], order: str) -> str:
    rows: list[str] = []
    for given in found or [{}]:
        items = (
            f"CAST({_constant(given.get(each.name))} AS {each.type}) AS [{each.name}]"
            for each in columns
        )
        rows.append(f"SELECT {', '.join(items)}" + ("" if given else " WHERE 1 = 0"))
    return " UNION ALL ".join(rows) + (f" ORDER BY [{order}]" if len(rows) > 1 else "")


def _constant(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "N'" + str(value).replace("'", "''") + "'"


async def undeclared_in(session: Session, text: str, key: str) -> list[tuple[str, SqlType]]:
    """The variables that a text uses and neither it nor ``key`` declares, with their types."""
    catalog = await session.catalog()
    with compiling(text):
        found = undeclared(parsed(text), catalog)
    known = {each.name.lower() for each in declarations(key, catalog)}
    return [each for each in found if each[0].lower() not in known]


async def undeclared_parameters(session: Session, call: RpcCall, response: Response) -> None:
    """sp_describe_undeclared_parameters."""
    key = text_param(call.params[1]) if len(call.params) > 1 else ""
    describe_parameters(await undeclared_in(session, described_text(call), key), response)
    response.return_status(0)
    response.done_proc(in_transaction=session.state.trancount > 0)


async def first_result_set(session: Session, call: RpcCall, response: Response) -> None:
    """sp_describe_first_result_set."""
    key = text_param(call.params[1]) if len(call.params) > 1 else ""
    parameters = declarations(key, await session.catalog())
    plan = await session.batch_plan(described_text(call), parameters, key)
    plan.check_complete()
    describe_result(plan.sets[0] if plan.sets else [], response)
    response.return_status(0)
    response.done_proc(in_transaction=session.state.trancount > 0)
