"""The compiler check finds what is planted, where it is planted."""

from __future__ import annotations

import subprocess
import sys
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


def test_the_scripts_of_the_repository_compile() -> None:
    done = _compile()

    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip().endswith("0 findings")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param("SELEC 1;\nGO\n", ":1:1: error SQL46010", id="syntax"),
        pytest.param(
            "CREATE OR ALTER VIEW dbo.vw_Planted\nAS\nSELECT p.Missing\nFROM dbo.Planted AS p;\n",
            ":3:10: error SQL71501",
            id="unknown column",
        ),
        pytest.param(
            "CREATE OR ALTER VIEW dbo.vw_Planted\nAS\nSELECT p.plantedId\nFROM dbo.Planted AS p;\n",
            ":3:10: error SQL71501",
            id="column in another case",
        ),
        pytest.param(
            "CREATE OR ALTER PROCEDURE dbo.sp_Planted @Given int AS\nSELECT @given AS Given;\n",
            'Must declare the variable or parameter "@given"',
            id="variable in another case",
        ),
        pytest.param(
            "CREATE OR ALTER PROCEDURE dbo.sp_Planted AS\nSELECT @Missing AS Missing;\n",
            ':2:8: error SQL70590: Must declare the variable or parameter "@Missing"',
            id="unknown variable",
        ),
        pytest.param(
            "CREATE OR ALTER PROCEDURE dbo.sp_Planted AS\nEXEC dbo.sp_Missing;\n",
            ":2:10: warning SQL71502",
            id="unknown procedure",
        ),
        pytest.param(
            "CREATE OR ALTER PROCEDURE dbo.sp_Planted AS\nEXEC dbo.sp_Planted @Missing = 1;\n",
            ":2:21: warning SQL71502",
            id="unknown parameter",
        ),
        pytest.param(
            "SET NOCOUNT ON;\n\nINSERT INTO dbo.Planted (PlantedId, Missing) VALUES (1, 2);\n",
            ":3:37: error SQL71501",
            id="seed data",
        ),
        pytest.param(
            "GRANT SELECT ON OBJECT::dbo.vw_Missing TO coupon_reader;\n",
            "SQL71502",
            id="grant",
        ),
    ],
)
def test_a_planted_fault_is_found_at_its_place(tmp_path: Path, text: str, finding: str) -> None:
    (tmp_path / "Planted.sql").write_text(TABLE)
    script = tmp_path / "script.sql"
    script.write_text(text)

    done = _compile(tmp_path)

    assert done.returncode == 1
    assert finding in done.stdout
    assert str(script) in done.stdout


def test_the_runtime_is_told_which_icu_there_is() -> None:
    try:
        version = icu_version()
    except ToolchainError as missing:
        pytest.fail(str(missing))

    assert int(version) > 50


def _compile(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.compile", *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
