"""Record what drivers say to the engine: ``python -m tests.standin.clients.record [DRIVER …]``.

Each driver's conversation is carried on with an engine that writes it down
(``tests/standin/tds/overheard.py``) and kept in ``tests/standin/tds/transcripts/drivers``, a
transcript for each connection that has a name here. The next driver is one more function in
DRIVERS, with the names of its connections in the order in which it opens them; the events belong
reviewed before they are kept. Conversations of Microsoft's ODBC driver with no engine at all are
recorded by ``tests/standin/tds/record.py``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import pack

import pymssql
import pyodbc
import pytds

from couponry_jobs.connection import SQL_COPT_SS_ACCESS_TOKEN
from couponry_standin import control
from couponry_standin.certificate import certificate_file
from tests.compile import toolchain
from tests.standin.clients import programs
from tests.standin.session.engine import Engine, key_pair
from tests.standin.tds.fake import ASCII_PASSWORD

KEPT = Path(__file__).parents[1] / "tds" / "transcripts" / "drivers"
# The host's name is no part of the protocol: whoever may name a host of his own does.
AS_DESK = (
    *("unshare", "--user", "--map-root-user", "--uts", "sh", "-c"),
    'hostname desk && exec "$@"',
    "sh",
)
TRUST = "Encrypt=yes;TrustServerCertificate=yes;WSID=desk;APP=couponry tests"


@dataclass(frozen=True, slots=True)
class Driver:
    """``connections``: names in the order of arrival; those without one are not kept."""

    talk: Callable[[Engine, str], object]
    connections: Sequence[str | None]


def program(make: Callable[[str], programs.Program]) -> Callable[[Engine, str], str]:
    return lambda engine, database: make(programs.given(engine, database)).run(*AS_DESK)


def dotnet(engine: Engine, database: str) -> None:
    tools = toolchain.provide(programs.ROOT / ".cache")
    programs.dotnet(programs.given(engine, database), [], tools).run(*AS_DESK)


def odbc(engine: Engine, database: str) -> None:
    text = engine.odbc_text(database)
    pinned = f"Encrypt=strict;ServerCertificate={certificate_file(engine.data_dir)}"
    bare = text.replace(f"UID={engine.login};PWD={engine.password};", "")
    data = engine.token("checkout-api").encode("utf-16-le")
    token = {SQL_COPT_SS_ACCESS_TOKEN: pack("<I", len(data)) + data}
    for with_, attributes in (
        (text.replace("Encrypt=no", TRUST), {}),
        (text.replace("Encrypt=no", f"{pinned};WSID=desk;APP=couponry tests"), {}),
        (bare.replace("Encrypt=no", TRUST), token),
    ):
        connection = pyodbc.connect(with_, autocommit=True, attrs_before=attributes)
        connection.execute("SELECT USER_NAME(), ?", "ünï").fetchall()
        connection.close()


def freetds(engine: Engine, database: str) -> None:
    with (
        pymssql.connect(
            server=engine.host,
            port=str(engine.port),
            user=engine.login,
            password=engine.password,
            database=database,
            tds_version="7.4",
            encryption="require",
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT dbo.Kept (Id, Word) VALUES (%d, %s)", (1, "ünï"))
        connection.commit()


def python_tds(engine: Engine, database: str) -> None:
    with (
        pytds.connect(
            engine.host,
            port=engine.port,
            database=database,
            access_token_callable=lambda: engine.token("checkout-api"),
            cafile=str(certificate_file(engine.data_dir)),
            validate_host=False,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT USER_NAME(), %s", ("ünï",))
        cursor.fetchall()


DRIVERS = {
    # node-mssql tries a connection before its pool opens one.
    "tedious": Driver(
        program(programs.node), (None, "pool", "reset", None, "token", None, "strict")
    ),
    "go_mssqldb": Driver(program(programs.go), ("pool", "reset", "token", "strict")),
    "jdbc": Driver(program(programs.jdbc), ("pool", "reset", "token", "strict")),
    "sqlclient": Driver(dotnet, ("pool", "reset", "token")),
    "odbc": Driver(odbc, ("tls", "strict", "token")),
    "freetds": Driver(freetds, ("tls",)),
    "python_tds": Driver(python_tds, ("token",)),
}


def record(name: str) -> None:
    """An engine of its own for each driver: connections are told apart by their order alone."""
    driver = DRIVERS[name]
    with tempfile.TemporaryDirectory(prefix="couponry-record-") as folder:
        data, heard = Path(folder) / "engine", Path(folder) / "heard"
        data.mkdir()
        heard.mkdir()
        data.joinpath("password").write_text(ASCII_PASSWORD + "\n")
        secret, public = key_pair()
        issuer = Path(folder) / "issuer.pem"
        issuer.write_bytes(public)
        state = control.start(
            data,
            port=0,
            options=("--token-issuer-key", str(issuer)),
            program=(sys.executable, "-m", "tests.standin.tds.overheard", str(heard)),
        ).state
        engine = Engine(state.host, state.port, state.login, ASCII_PASSWORD, data, secret)
        try:
            with engine.database(*programs.DATABASE) as database:
                before = len(list(heard.glob("*.hex")))
                driver.talk(engine, database)
        finally:
            control.stop(data)
        for number, kept in enumerate(driver.connections, before + 1):
            for file in heard.glob(f"{number}.*") if kept else ():
                shutil.copy(file, KEPT / f"{name}_{kept}{file.suffix}")
        # The first and the last are of the database that is made and dropped.
        found = len(list(heard.glob("*.hex"))) - before - 1
    print(f"{name}: {found} connections, {sum(map(bool, driver.connections))} kept")


if __name__ == "__main__":
    KEPT.mkdir(parents=True, exist_ok=True)
    for each in sys.argv[1:] or DRIVERS:
        record(each)
