"""The parser knows every script of the project, and is quick enough for long procedures."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from couponry_standin.tsql.errors import NotSupported
from couponry_standin.tsql.parser import parse

ROOT = Path(__file__).parents[4]
# For SQL Server only: where rows lie is PostgreSQL's affair here.
PARTITIONS = ROOT / "sql" / "optional" / "partition_coupons.sql"
SCRIPTS = sorted(
    file
    for folder in ("sql", "procedures", "views")
    for file in (ROOT / folder).rglob("*.sql")
    if file != PARTITIONS
)
GO = re.compile(r"^[ \t]*GO[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS, ids=[str(s.relative_to(ROOT)) for s in SCRIPTS])
def test_a_script_parses(script: Path) -> None:
    for batch in GO.split(script.read_text()):
        parse(batch)


def test_partitions_are_refused_by_name_before_anything_has_run() -> None:
    first, script, _ = GO.split(PARTITIONS.read_text())

    parse(first)
    with pytest.raises(NotSupported, match="CREATE PARTITION"):
        parse(script)


def test_a_procedure_of_ten_times_the_lines_parses_in_about_ten_times_the_time() -> None:
    # Quadratic would be a hundred times.
    assert _measure(800) < 40 * _measure(80)


def _measure(lines: int) -> float:
    line = "IF @a = {0} UPDATE dbo.T SET A = A + 1, B = ISNULL(B, N'x') WHERE Id = @a AND C < {0};"
    text = "CREATE PROCEDURE p @a int AS\n" + "\n".join(line.format(i) for i in range(lines))

    def once() -> float:
        # Of this process alone: others may have the processor meanwhile.
        start = time.process_time()
        parse(text)
        return time.process_time() - start

    return min(once() for _ in range(3))
