"""The compiler check finds what is planted, where it is planted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.compile.toolchain import ToolchainError, icu_version

ROOT = Path(__file__).resolve().parents[2]

TABLE = """\
CREATE TABLE dbo.Planted
(
    PlantedId int NOT NULL,
    CONSTRAINT PK_Planted PRIMARY KEY (PlantedId)
);
GO
"""
# The fault and what is said about it, by what is wrong.
FAULTS = {
    "syntax": ("SELEC 1;\nGO\n", ":1:1: error SQL46010"),
    "unknown column": (
        "CREATE OR ALTER VIEW dbo.vw_Planted\nAS\nSELECT p.Missing\nFROM dbo.Planted AS p;\n",
        ":3:10: error SQL71501",
    ),
    "column in another case": (
        "CREATE OR ALTER VIEW dbo.vw_Planted\nAS\nSELECT p.plantedId\nFROM dbo.Planted AS p;\n",
        ":3:10: error SQL71501",
    ),
    "variable in another case": (
        "CREATE OR ALTER PROCEDURE dbo.sp_Planted @Given int AS\nSELECT @given AS Given;\n",
        'Must declare the variable or parameter "@given"',
    ),
    "unknown variable": (
        "CREATE OR ALTER PROCEDURE dbo.sp_Planted AS\nSELECT @Missing AS Missing;\n",
        ':2:8: error SQL70590: Must declare the variable or parameter "@Missing"',
    ),
    "unknown procedure": (
        "CREATE OR ALTER PROCEDURE dbo.sp_Planted AS\nEXEC dbo.sp_Missing;\n",
        ":2:10: warning SQL71502",
    ),
    "unknown parameter": (
        "CREATE OR ALTER PROCEDURE dbo.sp_Planted AS\nEXEC dbo.sp_Planted @Missing = 1;\n",
        ":2:21: warning SQL71502",
    ),
    "seed data": (
        "SET NOCOUNT ON;\n\nINSERT INTO dbo.Planted (PlantedId, Missing) VALUES (1, 2);\n",
        ":3:37: error SQL71501",
    ),
    "grant": (
        "GRANT SELECT ON OBJECT::dbo.vw_Missing TO coupon_reader;\n",
        "SQL71502",
    ),
}
# Where one of these is found, no names are resolved: each is compiled alone, the others together
# and with the scripts of the repository, where some of their names stand.
BLOCKING = ("syntax", "variable in another case", "unknown variable")


def test_the_scripts_of_the_repository_compile() -> None:
    done = _compile()

    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip().endswith("0 findings")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[int, list[str]]]:
    """For a fault the exit status, and what is said about its script."""
    scripts: dict[str, Path] = {}
    for number, (fault, (text, _)) in enumerate(FAULTS.items()):
        folder = tmp_path_factory.mktemp("planted")
        (folder / "Planted.sql").write_text(_renamed(TABLE, number))
        scripts[fault] = folder / "script.sql"
        scripts[fault].write_text(_renamed(text, number))

    @cache
    def run_with_others() -> subprocess.CompletedProcess[str]:
        return _compile(*(str(scripts[one].parent) for one in FAULTS if one not in BLOCKING))

    def said(fault: str) -> tuple[int, list[str]]:
        alone = fault in BLOCKING
        done = _compile("--alone", str(scripts[fault].parent)) if alone else run_with_others()
        lines = done.stdout.splitlines()
        return done.returncode, [line for line in lines if line.startswith(f"{scripts[fault]}:")]

    return said


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_at_its_place(
    compiled: Callable[[str], tuple[int, list[str]]], fault: str
) -> None:
    _, finding = FAULTS[fault]

    status, said = compiled(fault)

    assert status == 1
    assert any(finding in line for line in said), said


def test_the_runtime_is_told_which_icu_there_is() -> None:
    try:
        version = icu_version()
    except ToolchainError as missing:
        pytest.fail(str(missing))

    assert int(version) > 50


def _renamed(text: str, number: int) -> str:
    """The names that belong to a fault, as long as they were: every place stays what it is."""
    return text.replace("Planted", f"Plant{number:02}").replace("planted", f"plant{number:02}")


def _compile(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.compile", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
