"""SqlClient of .NET, and sqlcmd's language by the engine that Microsoft's own tools run it with.

Both lie in the wheel that the compiler check unpacks (tests/compile/toolchain.py).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.compile import toolchain
from tests.standin.clients import programs
from tests.standin.clients.programs import told
from tests.standin.clients.test_drivers import TOLD, given

__all__ = ["given"]

# The first run of a checkout fetches.
pytestmark = pytest.mark.timeout(1500)

FUNCTION = programs.ROOT / "sql" / "functions" / "fn_NormaliseCode.sql"
USE = """
:setvar Table Counted
:setvar Word "spring sale"
SELECT n.Code, n.IsWellFormed FROM dbo.fn_NormaliseCode(N' ab-12 ') AS n;
GO
CREATE TABLE dbo.$(Table) (Id int IDENTITY(1, 1) NOT NULL, Word nvarchar(20) NOT NULL);
GO
INSERT dbo.$(Table) (Word) VALUES (N'$(Word)');
GO 3
PRINT N'counted'; -- GO
/*
GO
*/
SELECT COUNT(*), MIN(Word), N'it''s
GO in a text' FROM dbo.$(Table);
go
DROP TABLE dbo.$(Table)
"""
BROKEN = """
CREATE TABLE #Kept (Id int PRIMARY KEY)
GO
INSERT #Kept VALUES (1)
INSERT #Kept VALUES (1)
GO
SELECT COUNT(*) FROM #Kept
GO
SELECT FROM #Kept
GO
THROW 50123, N'broken call', 1
GO
SELECT N'still here'
GO
"""


@pytest.fixture(scope="module")
def dotnet() -> toolchain.Toolchain:
    return toolchain.provide(programs.ROOT / ".cache")


def test_sqlclient_and_scripts_of_sqlcmd(given: str, dotnet: toolchain.Toolchain) -> None:
    scripts = [
        {"text": FUNCTION.read_text("utf-8") + USE, "halt": True},
        {"text": BROKEN, "halt": False},
        {"text": BROKEN, "halt": True},
    ]
    output = programs.dotnet(given, scripts, dotnet).run()

    found: dict[str, Any] = told(output)
    whole, on, halted = found.pop("scripts")
    assert found == TOLD
    assert whole["rows"] == [[["AB-12", True]], [[3, "spring sale", "it's\nGO in a text"]]]
    assert "counted" in whole["messages"]
    assert (whole["errors"], whole["result"]) == ([], "Success")
    assert on["rows"] == [[[1]], [["still here"]]]
    assert (on["errors"], on["result"]) == ([2627, 156, 50123], "Success, Failure")
    assert (halted["rows"], halted["errors"]) == ([], [2627])
    assert halted["result"] in ("Halted", "Failure")
