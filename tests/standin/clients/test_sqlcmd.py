"""sqlcmd: the executable where a machine has it, and always what it makes of its driver.

Microsoft ships two: that of mssql-tools over the ODBC driver, and one in Go. Both come from package
sources that this project does not use, so the tests that want one look for it in PATH. Its language
(GO, :setvar) is tried by the engine of Microsoft's other tools in test_dotnet.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pyodbc
import pytest

from tests.standin.clients.programs import ROOT
from tests.standin.session.engine import Engine

TEXT_SIZE = "SET TEXTSIZE 4096"
"""What sqlcmd says first, in a batch of its own; the driver says SET QUOTED_IDENTIFIER OFF."""

SCRIPTS = [
    ROOT / "sql" / "functions" / "fn_NormaliseCode.sql",
    ROOT / "sql" / "schema" / "AccessLists.sql",
]
"""Of the repository, and in need of no others."""

GO = re.compile(r"^\s*GO\s*$", re.MULTILINE | re.IGNORECASE)
MICROSOFTS = ("Microsoft (R) SQL Server Command Line Tool", "sqlcmd")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def database(engine: Engine) -> Iterator[str]:
    with engine.database() as name:
        yield name


# ---------------------------------------------------------------- over the ODBC driver


@pytest.fixture
def over_odbc(engine: Engine, database: str) -> Iterator[pyodbc.Connection]:
    """A connection as sqlcmd opens it: text in double quotes is a string, until a script says
    otherwise, and what is sent is never prepared."""
    text = engine.odbc_text(database) + ";QuotedId=No;APP=SQLCMD;WSID=desk"
    connection = pyodbc.connect(text, autocommit=True)
    connection.execute(TEXT_SIZE)
    yield connection
    connection.close()


def ask(connection: pyodbc.Connection, batch: str) -> tuple[list[list[tuple[object, ...]]], str]:
    """Every result set of a batch, and its messages."""
    cursor = connection.execute(batch)
    sets: list[list[tuple[object, ...]]] = []
    said: list[str] = []
    while True:
        said += [text for _, text in cursor.messages]
        if cursor.description:
            sets.append([tuple(row) for row in cursor.fetchall()])
        if not cursor.nextset():
            said += [text for _, text in cursor.messages]
            return sets, "\n".join(said)


def test_the_session_says_who_asks(over_odbc: pyodbc.Connection) -> None:
    assert ask(over_odbc, 'SELECT APP_NAME(), HOST_NAME(), "it\'s text"')[0] == [
        [("SQLCMD", "desk", "it's text")]
    ]


def test_scripts_of_the_repository_run_batch_by_batch(over_odbc: pyodbc.Connection) -> None:
    for script in SCRIPTS:
        for batch in filter(str.strip, GO.split(script.read_text("utf-8"))):
            ask(over_odbc, batch)

    found = "SELECT n.Code, n.IsWellFormed FROM dbo.fn_NormaliseCode(N' ab-12 ') AS n"
    assert ask(over_odbc, found)[0] == [[("AB-12", True)]]


def test_results_messages_and_errors_arrive_in_their_order(over_odbc: pyodbc.Connection) -> None:
    sets, said = ask(over_odbc, 'SELECT 1 AS a; PRINT "between"; SELECT 2 AS b, NULL AS c')
    assert sets == [[(1,)], [(2, None)]]
    assert "between" in said

    with pytest.raises(pyodbc.Error, match="50123"):
        ask(over_odbc, "CREATE TABLE #Kept (Id int); THROW 50123, N'broken call', 1")
    assert ask(over_odbc, "INSERT #Kept VALUES (1); SELECT COUNT(*) FROM #Kept")[0] == [[(1,)]]


# ---------------------------------------------------------------- the executable


@pytest.fixture(scope="module")
def executable() -> str:
    found = shutil.which("sqlcmd")
    if found is None:
        pytest.skip("no sqlcmd in PATH: it comes in no package of the registries in use")
    about = subprocess.run([found, "-?"], capture_output=True, text=True, timeout=60)
    if not any(each in about.stdout + about.stderr for each in MICROSOFTS):
        pytest.skip(f"{found} is another program of that name")
    return found


@pytest.fixture
def run(executable: str, engine: Engine, database: str, tmp_path: Path) -> Run:
    """sqlcmd with its login; -No: no encryption unless the server insists, in both programs."""

    def start(*options: str, encrypt: str = "-No") -> subprocess.CompletedProcess[str]:
        login = ("-S", f"{engine.host},{engine.port}", "-U", engine.login, "-d", database)
        return subprocess.run(
            [executable, *login, "-P", engine.password, encrypt, "-W", "-h", "-1", *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return start


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_sqlcmd_answers_a_query(run: Run) -> None:
    done = run("-s", "|", "-Q", "SET NOCOUNT ON; SELECT 1 AS a, N'two' AS b, NULL AS c")

    assert (done.returncode, lines(done.stdout)) == (0, ["1|two|NULL"]), done.stderr


def test_sqlcmd_trusts_the_certificate_when_told_to(run: Run) -> None:
    done = run("-C", "-Q", "SET NOCOUNT ON; SELECT DB_NAME()", encrypt="-Nm")

    assert done.returncode == 0, done.stdout + done.stderr
    assert lines(done.stdout)[0].startswith("test_")


def test_sqlcmd_runs_scripts_that_read_others(run: Run, tmp_path: Path) -> None:
    inner = tmp_path / "inner.sql"
    inner.write_text("INSERT dbo.$(Table) (Word) VALUES (N'$(Word)');\nGO 3\n")
    outer = tmp_path / "outer.sql"
    outer.write_text(
        ":setvar Table Counted\nSET NOCOUNT ON;\n"
        "CREATE TABLE dbo.$(Table) (Id int IDENTITY, Word nvarchar(20));\nGO\n"
        f":r {inner}\nSET NOCOUNT ON; SELECT COUNT(*), MIN(Word) FROM dbo.$(Table);\nGO\n"
    )

    done = run("-b", "-s", "|", "-i", str(outer), "-v", "Word=spring", "-o", "told.txt")

    assert done.returncode == 0, done.stdout + done.stderr
    assert lines((tmp_path / "told.txt").read_text())[-1] == "3|spring"


def test_sqlcmd_installs_scripts_of_the_repository(run: Run) -> None:
    for script in SCRIPTS:
        done = run("-b", "-i", str(script))
        assert done.returncode == 0, done.stdout + done.stderr

    text = "SET NOCOUNT ON; SELECT n.Code FROM dbo.fn_NormaliseCode(N' ab-12 ') AS n"
    assert lines(run("-Q", text).stdout) == ["AB-12"]


def test_sqlcmd_stops_at_an_error_only_when_told_to(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "broken.sql"
    script.write_text(
        "SET NOCOUNT ON;\nTHROW 50123, N'broken call', 1;\nGO\nSELECT N'still here';\nGO\n"
    )

    on, halted = run("-i", str(script)), run("-b", "-i", str(script))

    assert on.returncode == 0 and "still here" in on.stdout
    assert halted.returncode == 1 and "still here" not in halted.stdout
    for done in (on, halted):
        assert "Msg 50123, Level 16, State 1" in done.stdout + done.stderr
        assert "broken call" in done.stdout + done.stderr


def test_sqlcmd_gives_back_what_exit_asks_for(run: Run) -> None:
    assert run("-Q", "EXIT(SELECT 7)").returncode == 7


def test_sqlcmd_connects_anew_in_a_script(run: Run, engine: Engine, tmp_path: Path) -> None:
    script = tmp_path / "twice.sql"
    script.write_text(
        "SET NOCOUNT ON; CREATE TABLE #Left (Id int);\nGO\n"
        f":connect {engine.host},{engine.port} -U {engine.login} -P {engine.password}\n"
        "SET NOCOUNT ON; SELECT ISNULL(OBJECT_ID(N'tempdb..#Left'), -1);\nGO\n"
    )

    done = run("-b", "-i", str(script))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "-1" in lines(done.stdout)
