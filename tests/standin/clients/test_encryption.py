"""Encryption as each client asks for it, against the certificate that the engine made."""

from __future__ import annotations

import secrets
from pathlib import Path

import pymssql
import pyodbc
import pytds
import pytest

from couponry_standin.certificate import certificate_file, context
from tests.standin.session.engine import Engine

TRUST = "TrustServerCertificate=yes"


def odbc(engine: Engine, database: str, wish: str) -> pyodbc.Connection:
    text = engine.odbc_text(database).replace("Encrypt=no", wish)
    return pyodbc.connect(text, autocommit=True, timeout=120)


@pytest.mark.parametrize(
    "wish",
    ["Encrypt=no", "Encrypt=optional", f"Encrypt=yes;{TRUST}", f"Encrypt=mandatory;{TRUST}"],
)
def test_the_odbc_driver_is_served_as_it_wishes(engine: Engine, database: str, wish: str) -> None:
    long = secrets.token_hex(50_000)

    connection = odbc(engine, database, wish)
    found = connection.execute("SELECT ?, @@SPID", long).fetchone()
    with pytest.raises(pyodbc.Error, match="8134"):
        connection.execute("SELECT 1 / 0").fetchone()
    added = connection.execute("EXEC dbo.Add2 @a = 1, @c = 0").fetchone()
    connection.close()

    assert found is not None and found[0] == long
    assert added is not None and added[0] == 1


def test_tds_8_has_tls_outermost_and_pins_the_certificate(engine: Engine, database: str) -> None:
    pinned = certificate_file(engine.data_dir)

    connection = odbc(engine, database, f"Encrypt=strict;ServerCertificate={pinned}")
    found = connection.execute("SELECT DB_NAME()").fetchone()
    connection.close()

    assert found is not None and found[0] == database


@pytest.mark.parametrize("wish", ["Encrypt=yes", "Encrypt=strict"])
def test_a_client_that_checks_certificates_refuses_one_that_nobody_signed(
    engine: Engine, database: str, wish: str
) -> None:
    with pytest.raises(pyodbc.OperationalError, match="certificate verify failed"):
        odbc(engine, database, wish)


def test_another_certificate_is_not_the_pinned_one(
    engine: Engine, database: str, tmp_path: Path
) -> None:
    context(tmp_path)

    with pytest.raises(pyodbc.OperationalError):
        odbc(engine, database, f"Encrypt=strict;ServerCertificate={certificate_file(tmp_path)}")


def test_a_wrong_password_is_refused_under_encryption_too(engine: Engine, database: str) -> None:
    text = engine.odbc_text(database, secret="wrong").replace("Encrypt=no", f"Encrypt=yes;{TRUST}")
    with pytest.raises(pyodbc.InterfaceError, match="18456"):
        pyodbc.connect(text, timeout=120)


def test_freetds_encrypts_when_it_is_told_to(engine: Engine, database: str) -> None:
    connection = pymssql.connect(
        server=engine.host,
        port=str(engine.port),
        user=engine.login,
        password=engine.password,
        database=database,
        tds_version="7.4",
        encryption="require",
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT REPLICATE(CAST(N'y' AS nvarchar(max)), 20000)")
        assert cursor.fetchall() == [("y" * 20_000,)]


def test_python_tds_checks_the_pinned_certificate(engine: Engine, database: str) -> None:
    with (
        pytds.connect(
            "localhost",
            port=engine.port,
            user=engine.login,
            password=engine.password,
            database=database,
            cafile=str(certificate_file(engine.data_dir)),
            # Its comparison of names uses what pyOpenSSL no longer has; the signature is checked.
            validate_host=False,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT DB_NAME()")
        assert cursor.fetchall() == [(database,)]
