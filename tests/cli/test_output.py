from __future__ import annotations

import json
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from couponry_cli.context import App
from couponry_cli.health import CheckFailed
from couponry_cli.main import report
from couponry_cli.output import Output, Style, plain, shown, to_csv
from couponry_jobs.errors import UsageError

ROW = {
    "CouponCode": "SPRING15",
    "DiscountAmount": Decimal("18.00"),
    "MaxUses": None,
    "ExpiresAt": datetime(2026, 3, 31, 23, 59, 59),
    "Notes": None,
    "IsActive": True,
    "RowVer": b"\x00\x01",
}


def printed(capsys: pytest.CaptureFixture[str], form: str, **style: object) -> str:
    Output(Style(form, **style)).rows([ROW], list(ROW))  # type: ignore[arg-type]
    return capsys.readouterr().out


def test_json_is_one_array_with_money_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, "json")) == [
        {
            "couponCode": "SPRING15",
            "discountAmount": "18.00",
            "maxUses": None,
            "expiresAt": "2026-03-31T23:59:59Z",
            "notes": None,
            "isActive": True,
            "rowVer": "0x0001",
        }
    ]


def test_a_record_is_one_object_with_its_lists(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Style("json")).record({"Success": True, "A": 1}, sets={})

    assert json.loads(capsys.readouterr().out) == {"success": True, "a": 1}


def test_a_table_shows_no_limit_as_a_sign_and_no_value_as_a_dash(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed(capsys, "table")

    assert "∞" in text
    assert "2026-03-31 23:59:59" in text
    assert "18.00" in text
    assert "yes" in text
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("Notes", None, "-"),
        ("RemainingUses", None, "∞"),
        ("IsActive", False, "no"),
        ("Amount", Decimal("1E+2"), "100"),
        ("RowVer", b"\xab", "0xAB"),
    ],
)
def test_a_cell(column: str, value: object, text: str) -> None:
    assert shown(column, value) == text  # type: ignore[arg-type]


def test_csv_follows_the_rfc() -> None:
    rows = [{"A": 'say "hi", twice', "B": "two\nlines"}]

    assert to_csv(rows, ["A", "B"], raw=False) == 'A,B\n"say ""hi"", twice","two\nlines"\n'


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_csv_cell_is_no_formula_unless_it_is_asked_for_raw(cell: str) -> None:
    rows = [{"A": cell}]

    assert to_csv(rows, ["A"], raw=False) == f"A\n'{cell}\n"
    assert to_csv(rows, ["A"], raw=True) == f"A\n{cell}\n"


def test_a_negative_number_stays_a_number_in_csv() -> None:
    assert to_csv([{"A": Decimal("-1.50")}], ["A"], raw=False) == "A\n-1.50\n"


def test_an_empty_list_still_has_its_header() -> None:
    assert to_csv([], ["A", "B"], raw=False) == "A,B\n"


def test_output_goes_to_the_file_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out.csv"

    assert printed(capsys, "csv", file=str(file)) == ""
    assert file.read_text().startswith("CouponCode,")


def test_milliseconds_are_kept() -> None:
    assert plain(datetime(2026, 1, 2, 3, 4, 5, 120_000)) == "2026-01-02T03:04:05.120Z"


def test_a_workbook_without_its_extra_is_refused_by_the_extras_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    with pytest.raises(UsageError, match=r"couponry\[xlsx\]"):
        Output(Style("table", file=str(tmp_path / "x.xlsx"))).rows([ROW], list(ROW))


def test_a_workbook_holds_text_as_text(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    file = tmp_path / "x.xlsx"

    Output(Style("table", file=str(file))).rows([{"A": "=1+1", "B": Decimal("1.50")}], ["A", "B"])

    sheet = openpyxl.load_workbook(file).active
    assert [[cell.value for cell in row] for row in sheet] == [["A", "B"], ["=1+1", 1.5]]
    assert sheet["A2"].data_type == "s"


def test_what_failed_about_data_that_was_shown_is_no_second_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = App({"format": "json"})
    app.output.rows([ROW], list(ROW))

    code = report(app, CheckFailed("failed: Options"))

    said = capsys.readouterr()
    assert len(json.loads(said.out)) == 1
    assert said.err == "error: CHECK_FAILED: failed: Options\n"
    assert code == 6
