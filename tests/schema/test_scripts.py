"""The scripts themselves: their order, their names and the rules every table keeps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from couponry_jobs.scripts import split_batches, without_comments
from tests.schema.reader import ROOT, Table, read_tables

TABLES = read_tables()
EVERY_SCRIPT = sorted(
    file for folder in ("sql", "views", "procedures") for file in (ROOT / folder).rglob("*.sql")
)
BINARY = "Latin1_General_100_BIN2"
LEDGERS = [("RedemptionHistory", "RedemptionHistoryArchive"), ("FraudEvents", "FraudEventsArchive")]

# Identifiers of other systems and people: compared exactly, wherever they stand.
EXACT = re.compile(
    r"(UserId|CampaignId|RequestId|OrderId|CouponCode|IdempotencyKey|EmailDomain|NormalisedEmail"
    r"|DeviceFingerprint|CreatedBy|UpdatedBy|DeletedBy|Status|CountryCode|CurrencyCode)$"
)


def test_there_are_fifty_six_tables_one_to_a_file() -> None:
    assert len(TABLES) == 56
    assert [table.name for table in TABLES.values()] == list(TABLES)


def test_the_manifest_names_every_script_after_what_it_needs() -> None:
    listed = [script for line in _manifest() for script in _scripts(ROOT / line)]

    assert len(listed) == len(set(listed))
    assert set(listed) == _installed()
    made: set[str] = set()
    for script in listed:
        if "procedures" not in script.parts:
            missing = _needed(script) - made - {script.stem}
            assert not missing, f"{script.name} comes before {missing}"
        made.add(script.stem)


@pytest.mark.parametrize("script", EVERY_SCRIPT, ids=lambda path: path.stem)
def test_a_script_sets_what_filtered_indexes_need(script: Path) -> None:
    # sqlcmd connects with QUOTED_IDENTIFIER OFF. A procedure keeps the setting it was created
    # with, and with OFF cannot write to a table with a filtered index (error 1934).
    first = split_batches(script.read_text(encoding="utf-8"))[0]

    code = without_comments(first).split()
    assert code == ["SET", "ANSI_NULLS", "ON;", "SET", "QUOTED_IDENTIFIER", "ON;"]


@pytest.mark.parametrize("script", sorted(ROOT.glob("views/*.sql")), ids=lambda path: path.stem)
def test_a_view_is_named_after_its_file_and_can_be_created_again(script: Path) -> None:
    assert f"CREATE OR ALTER VIEW dbo.{script.stem}\n" in script.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "script", sorted(ROOT.glob("sql/functions/*.sql")), ids=lambda path: path.stem
)
def test_a_function_is_inline_and_can_be_created_again(script: Path) -> None:
    text = script.read_text(encoding="utf-8")

    assert f"CREATE OR ALTER FUNCTION dbo.{script.stem}(" in text.replace(" (", "(")
    assert "RETURNS TABLE\nAS\nRETURN\n" in text


def test_the_twelve_functions_of_the_specification_are_there() -> None:
    names = (
        *("Setting", "NormaliseCode", "SearchKey", "CouponState", "EffectiveDiscount"),
        *("CalculateDiscount", "CampaignCounters", "CouponCounters", "IsFirstTimeUser"),
        *("RiskScore", "DatePreset", "UserLinks"),
    )

    assert len(names) == 12
    for name in names:
        assert (ROOT / "sql" / "functions" / f"fn_{name}.sql").is_file(), name


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_constraints_and_indexes_bear_the_name_of_their_table(table: Table) -> None:
    prefixes = {"PRIMARY KEY": "PK", "UNIQUE": "UQ", "FOREIGN KEY": "FK", "CHECK": "CK"}
    for name, kind in table.constraints.items():
        assert name.startswith(f"{prefixes[kind]}_{table.name}")
    for index in table.indexes:
        assert index.name.startswith(f"{'UQ' if index.unique else 'IX'}_{table.name}_")
    assert f"PK_{table.name}" in table.constraints


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_default_bears_the_name_of_its_column(table: Table) -> None:
    for column in table.columns:
        if column.default_name is not None:
            assert column.default_name == f"DF_{table.name}_{column.name}"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_identifiers_are_compared_exactly(table: Table) -> None:
    for column in table.columns:
        if column.type.startswith(("nvarchar", "nchar")) and EXACT.search(column.name):
            assert column.collation == BINARY, column.name


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_moments_are_utc_with_milliseconds(table: Table) -> None:
    for column in table.columns:
        if column.name.endswith("At"):
            assert column.type == "datetime2(3)", column.name
        if column.type.startswith("datetime2"):
            assert column.default in (None, "SYSUTCDATETIME()"), column.name


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_json_columns_hold_json(table: Table) -> None:
    for column in table.columns:
        if column.name.endswith("Json") and not table.name.endswith("Archive"):
            assert f"CK_{table.name}_{column.name}_IsJson" in table.constraints


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_unique_key_over_a_nullable_column_is_filtered(table: Table) -> None:
    nullable = {column.name for column in table.columns if column.nullable}
    for index in table.indexes:
        if index.unique and nullable & set(index.keys):
            assert index.filter is not None, index.name


def test_no_foreign_key_cascades() -> None:
    assert not [table.name for table in TABLES.values() if re.search(r"\bON DELETE\b", table.text)]


@pytest.mark.parametrize(("live", "archive"), LEDGERS)
def test_an_archive_has_the_columns_of_its_ledger(live: str, archive: str) -> None:
    shape = [(c.name, c.type, c.collation, c.nullable) for c in TABLES[live].columns]

    archived = [(c.name, c.type, c.collation, c.nullable) for c in TABLES[archive].columns]

    assert archived == [*shape, ("ArchivedAt", "datetime2(3)", None, False)]


def test_nothing_is_granted_on_a_table_and_nothing_is_denied() -> None:
    text = (ROOT / "sql" / "security" / "grants.sql").read_text(encoding="utf-8")
    granted = re.findall(r"^GRANT (\w+) ON OBJECT::dbo\.(\w+) TO", text, re.MULTILINE)

    assert {name[:3] for right, name in granted if right == "EXECUTE"} == {"sp_"}
    assert {name[:3] for right, name in granted if right == "SELECT"} == {"vw_"}
    assert not [name for _, name in granted if name.startswith("sp_i_")]
    assert "DENY" not in text


def test_every_procedure_is_granted_by_the_folder_of_its_audience() -> None:
    text = (ROOT / "sql" / "security" / "grants.sql").read_text(encoding="utf-8")
    granted = dict(re.findall(r"^GRANT EXECUTE ON OBJECT::dbo\.(\w+) TO (.*);", text, re.MULTILINE))
    folders = {"service": "coupon_service", "job": "coupon_job", "ops": "coupon_ops"}

    for folder, role in folders.items():
        for script in sorted((ROOT / "procedures" / folder).glob("*.sql")):
            assert role in granted.get(script.stem, ""), f"{script.stem} is not granted to {role}"


def _manifest() -> list[str]:
    lines = (ROOT / "sql" / "manifest.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _scripts(path: Path) -> list[Path]:
    return sorted(path.glob("*.sql")) if path.is_dir() else [path]


def _installed() -> set[Path]:
    folders = ["sql/schema", "sql/functions", "sql/security", "views", "procedures"]
    found = {file for folder in folders for file in (ROOT / folder).rglob("*.sql")}
    return found | {ROOT / "sql" / "seed" / "settings.sql"}


def _needed(script: Path) -> set[str]:
    """What a script refers to and another one makes."""
    code = re.sub(r"/\*.*?\*/|--[^\n]*", " ", script.read_text(encoding="utf-8"), flags=re.DOTALL)
    made = {file.stem for file in _installed()}
    return {name for name in re.findall(r"\bdbo\.(\w+)", code) if name in made}
