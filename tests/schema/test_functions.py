"""The inline functions, with the figures of the specification."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target

Row = Callable[..., tuple[Any, ...]]
NBSP = "\u00a0"


@pytest.fixture(scope="module")
def row(database: Target) -> Iterator[Row]:
    connection = database.connect()

    def first(text: str, *arguments: object) -> tuple[Any, ...]:
        rows = connection.execute(text, *arguments).fetchall()
        assert len(rows) == 1
        return tuple(rows[0])

    yield first
    connection.close()


@pytest.mark.parametrize(
    ("kind", "value", "cap", "base", "expected"),
    [
        pytest.param("percentage", "25", None, "19.00", ("4.75", "14.25", 0, 0, 0), id="D1"),
        pytest.param("percentage", "20", None, "190.00", ("38.00", "152.00", 0, 0, 0), id="D2"),
        pytest.param("percentage", "50", None, "19.00", ("9.50", "9.50", 0, 0, 0), id="D3"),
        pytest.param("percentage", "15", None, "0.10", ("0.02", "0.08", 0, 0, 0), id="D4"),
        pytest.param("percentage", "30", "25", "200.00", ("25.00", "175.00", 0, 0, 0), id="D5"),
        pytest.param("fixed_amount", "20", None, "99.00", ("20.00", "79.00", 0, 0, 0), id="D6"),
        pytest.param("fixed_amount", "20", None, "19.00", ("19.00", "0.00", 0, 0, 0), id="D7"),
        pytest.param("credits", "20", None, "19.00", ("20.00", "0.00", 20, 19, 0), id="D8"),
        pytest.param("credits", "20", None, "25.00", ("20.00", "5.00", 20, 20, 0), id="D9"),
        pytest.param("credits", "20", None, None, ("20.00", None, 20, 0, 0), id="D10"),
        pytest.param("months_free", "1", None, "19.00", ("0.00", "19.00", 0, 0, 1), id="D11"),
        pytest.param("free_session", None, None, "30.00", ("30.00", "0.00", 0, 0, 0), id="D12"),
        pytest.param("percentage", "100", None, "199.00", ("199.00", "0.00", 0, 0, 0), id="D13"),
        pytest.param("percentage", "25", None, None, ("0.00", None, 0, 0, 0), id="no order"),
    ],
)
def test_a_discount_is_worth_what_the_specification_says(
    row: Row,
    kind: str,
    value: str | None,
    cap: str | None,
    base: str | None,
    expected: tuple[str, str | None, int, int, int],
) -> None:
    found = row(
        """
        SELECT d.DiscountAmount, d.FinalAmount, d.CreditsGranted, d.CreditsApplied, d.MonthsGranted
        FROM dbo.fn_CalculateDiscount(?, ?, ?, ?, 1) AS d
        """,
        kind,
        *(None if amount is None else Decimal(amount) for amount in (value, cap, base)),
    )

    discount, final, *rest = expected
    assert found == (Decimal(discount), None if final is None else Decimal(final), *rest)


@pytest.mark.parametrize(
    ("typed", "code", "well_formed"),
    [
        (" blackfriday25 ", "BLACKFRIDAY25", True),
        (f"\t{NBSP}a_b-9\r\n", "A_B-9", True),
        ("ab", "AB", False),
        ("A" * 50, "A" * 50, True),
        ("A" * 51, "A" * 51, False),
        ("TE ST", "TE ST", False),
        ("A*B", "A*B", False),
        ("ÄBC", "ÄBC", False),
        ("   ", "", False),
        (None, None, False),
    ],
)
def test_a_code_is_normalised(
    row: Row, typed: str | None, code: str | None, well_formed: bool
) -> None:
    found = row("SELECT n.Code, n.IsWellFormed FROM dbo.fn_NormaliseCode(?) AS n", typed)

    assert found == (code, well_formed)


@pytest.mark.parametrize(
    ("text", "key"), [("Save-10_B2", "SAVEIOBZ"), ("hello 58", "HEIIOSB"), ("l1I0O", "IIIOO")]
)
def test_look_alikes_fold_to_one_search_key(row: Row, text: str, key: str) -> None:
    assert row("SELECT k.SearchKey FROM dbo.fn_SearchKey(?) AS k", text) == (key,)


def test_a_setting_is_read_in_every_type_it_fits(row: Row) -> None:
    found = row(
        """
        SELECT s.SettingValue, s.IntValue, s.DecimalValue, s.BitValue
        FROM dbo.fn_Setting(N'risk_score_block_threshold') AS s
        """
    )

    assert found == ("0.90", None, Decimal("0.90"), None)


@pytest.mark.parametrize(
    ("preset", "start", "end"),
    [
        ("today", (2025, 3, 10), (2025, 3, 11)),
        ("yesterday", (2025, 3, 9), (2025, 3, 10)),
        ("last_7_days", (2025, 3, 4), (2025, 3, 11)),
        ("last_30_days", (2025, 2, 9), (2025, 3, 11)),
        ("last_quarter", (2024, 10, 1), (2025, 1, 1)),
    ],
)
def test_a_preset_is_a_half_open_period(
    row: Row, preset: str, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    found = row(
        "SELECT p.FromUtc, p.ToUtc FROM dbo.fn_DatePreset(?, '2025-03-10 12:34:56') AS p", preset
    )

    assert found == (datetime(*start), datetime(*end))


def test_an_unknown_new_user_scores_as_new_and_unverified(row: Row) -> None:
    found = row(
        """
        SELECT r.RiskScore, r.SignalsJson
        FROM dbo.fn_RiskScore(
            N'nobody-yet', NULL, NULL, NULL, NULL, 1, SYSUTCDATETIME()
        ) AS r
        """
    )

    assert found[0] == Decimal("0.50")
    assert json.loads(found[1]) == {"unverified_email": 0.1, "new_profile": 0.1, "vpn": 0.3}


@pytest.mark.parametrize(
    ("given", "column", "expected"),
    [
        pytest.param(("900.00", "2100.00", "0", 0, "300.00"), "Cost", "1200.00", id="cost"),
        pytest.param(("900.00", "2100.00", "0", 0, "300.00"), "ROI", "75.0000", id="D23"),
        pytest.param(("0", "10000.00", "10000.00", 100, "0"), "NetRevenue", "9680.00", id="D24"),
        pytest.param(("0", "10000.00", "10000.00", 100, "0"), "ROI", None, id="no cost"),
    ],
)
def test_money_means_what_the_specification_says(
    row: Row, given: tuple[str, str, str, int, str], column: str, expected: str | None
) -> None:
    discount, revenue, cash, paid, marketing = given

    (found,) = row(
        f"SELECT m.{column} FROM dbo.fn_Returns(100, ?, ?, ?, ?, ?, 0) AS m",
        *(Decimal(amount) for amount in (discount, revenue, cash)),
        paid,
        Decimal(marketing),
    )

    assert found == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((10, 4, 3, 1), ("75.0000", "30.0000", 10)),
        ((2, 4, 3, 0), ("100.0000", "75.0000", 4)),
        ((0, 0, 0, 0), (None, None, 0)),
    ],
)
def test_rates_have_a_value_where_there_is_something_to_divide_by(
    row: Row, figures: tuple[int, ...], expected: tuple[str | None, str | None, int]
) -> None:
    found = row(
        "SELECT r.SuccessRate, r.ConversionRate, r.Chances FROM dbo.fn_Rates(?, ?, ?, ?) AS r",
        *figures,
    )

    *rates, chances = expected
    assert found == (*(None if rate is None else Decimal(rate) for rate in rates), chances)


@pytest.mark.parametrize(
    ("recent", "earlier", "trend"),
    [
        (101, 100, "stable"),
        (2**31 - 1, 10**9, "up"),
        (10**9, 2**31 - 1, "down"),
        (2**31 - 1, 2**31 - 1, "stable"),
    ],
)
def test_a_trend_is_told_of_the_largest_counts_there_are(
    row: Row, recent: int, earlier: int, trend: str
) -> None:
    assert row("SELECT t.Trend FROM dbo.fn_Trend(?, ?) AS t", recent, earlier) == (trend,)
