"""A block of rows, encoded column by column, is what its rows are one by one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from couponry_standin.tds import ColumnMeta, Response, Shape
from couponry_standin.types import (
    BIGINT,
    BIT,
    FLOAT,
    INT,
    MAX,
    MONEY,
    SMALLINT,
    TINYINT,
    SqlType,
    datetime2,
    decimal,
    nvarchar,
    varchar,
)

WORDS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=9)


def moments(digits: int) -> st.SearchStrategy[str]:
    """As PostgreSQL writes them: without the zeros at the end of a fraction."""

    def written(moment: datetime) -> str:
        step = 10 ** (6 - digits)
        text = str(moment.replace(microsecond=moment.microsecond // step * step))
        return text.rstrip("0") if "." in text else text

    return st.datetimes(datetime(1, 1, 1)).map(written)


def digits(scale: int) -> st.SearchStrategy[str]:
    return st.integers(-(10**9), 10**9).map(lambda number: str(Decimal(number).scaleb(-scale)))


VALUES: dict[SqlType, st.SearchStrategy[str]] = {
    TINYINT: st.integers(0, 255).map(str),
    SMALLINT: st.integers(-(2**15), 2**15 - 1).map(str),
    INT: st.integers(-(2**31), 2**31 - 1).map(str),
    BIGINT: st.integers(-(2**63), 2**63 - 1).map(str),
    BIT: st.sampled_from(["0", "1"]),
    FLOAT: st.floats(allow_nan=False, allow_infinity=False).map(repr),
    MONEY: st.integers(-(10**9), 10**9).map(lambda number: f"{number}.0000"),
    decimal(19, 4): digits(4),
    decimal(12, 0): st.integers(-(10**11), 10**11).map(str),
    nvarchar(40): WORDS,
    nvarchar(MAX): WORDS,
    varchar(40): st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=9),
    datetime2(0): moments(0),
    datetime2(3): moments(3),
    datetime2(7): moments(6),
}


@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("type_", VALUES, ids=str)
@pytest.mark.parametrize("nullable", [False, True])
@given(data=st.data())
def test_a_column_of_a_block_is_its_values(
    type_: SqlType, nullable: bool, data: st.DataObject
) -> None:
    value = st.none() | VALUES[type_] if nullable else VALUES[type_]
    texts = data.draw(st.lists(value, min_size=1, max_size=8))
    column = [None if text is None else text.encode() for text in texts]
    shape = Shape([ColumnMeta("v", type_, nullable)])

    assert shape.encode_block([column]) == b"".join(shape.encode_row((each,)) for each in column)


def test_rows_with_and_without_nulls_stand_in_one_block() -> None:
    names = [ColumnMeta(f"c{number}", INT, nullable=number != 4) for number in range(10)]
    rows = [
        tuple(None if number in empty else b"%d" % number for number in range(10))
        for empty in ((), (0,), (3, 9), (), (0, 1, 2, 3, 5, 6, 7, 8, 9), (8,))
    ]
    by_rows, by_block = Response(), Response()
    for response in (by_rows, by_block):
        response.columns(Shape(names))

    by_rows.rows(rows)
    by_block.block(list(zip(*rows, strict=True)))

    assert by_block.finish() == by_rows.finish()


def test_a_block_that_cannot_be_sent_leaves_the_answer_whole() -> None:
    plain, tried = Response(), Response()
    for response in (plain, tried):
        response.columns([ColumnMeta("v", INT, nullable=True)])

    with pytest.raises(ValueError, match="invalid literal"):
        tried.block([[b"1", b"no number"]])

    assert tried.finish() == plain.finish()
