"""Managed identities and people with access tokens, as each driver brings them."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import mssql_python
import pyodbc
import pytds
import pytest
import sqlalchemy as sa

from couponry_jobs import deployment
from couponry_jobs.connection import SQL_COPT_SS_ACCESS_TOKEN, TOKEN_SCOPE, Database
from couponry_jobs.driver import find_driver
from couponry_jobs.errors import CouponryError
from couponry_jobs.settings import Settings
from couponry_standin.access_tokens import issue
from couponry_standin.certificate import certificate_file
from couponry_standin.clients import DRIVER
from tests.standin.session.engine import Engine, key_pair
from tests.standin.session.wire import Wire

SHOP = """
CREATE TABLE dbo.Coupon (Code varchar(20) NOT NULL CONSTRAINT PK_Coupon PRIMARY KEY);
INSERT dbo.Coupon (Code) VALUES ('WELCOME');
CREATE ROLE coupon_service;
CREATE ROLE coupon_ops;
CREATE USER [ada@shop.example] FROM EXTERNAL PROVIDER
    WITH OBJECT_ID = '6D6BB8A4-0A3C-4F0E-9B1E-3F1F3C9A7D51'
"""
LIST = "CREATE PROCEDURE dbo.ListCoupons AS SELECT Code, ORIGINAL_LOGIN() AS Login FROM dbo.Coupon"
GRANT = "GRANT EXECUTE ON dbo.ListCoupons TO coupon_service"
ADA = UUID("6d6bb8a4-0a3c-4f0e-9b1e-3f1f3c9a7d51")
TRUST = "Encrypt=yes;TrustServerCertificate=yes"
WHO = (
    "SELECT ORIGINAL_LOGIN(), SUSER_SNAME(), USER_NAME(), IS_ROLEMEMBER(N'coupon_service'),"
    " SUSER_SID()"
)


@dataclass(frozen=True, slots=True)
class Given:
    """A credential that always gives the same token, as azure-identity's would give a new one."""

    token: str

    def get_token(self, *scopes: str) -> Given:
        assert scopes == (TOKEN_SCOPE,)
        return self


@pytest.fixture(scope="module")
def shop(engine: Engine) -> Iterator[str]:
    """A database that knows checkout-api, in the role of a service, and a person in none."""
    with engine.database(SHOP, LIST, GRANT) as name:
        with Database(settings(engine, name, auth="sql")) as owner:
            members = {"service": ["checkout-api"], "job": [], "ops": [], "reader": []}
            assert deployment.create_users(owner, members) == ["checkout-api"]
            assert deployment.create_users(owner, members) == []
        yield name


def settings(engine: Engine, database: str, **changes: Any) -> Settings:
    if changes.get("auth") == "sql":
        changes |= {"user": engine.login, "password": engine.password}
    return Settings(
        f"{engine.host},{engine.port}",
        database,
        **{"driver": find_driver(DRIVER), "insecure": True} | changes,
    )


def odbc(engine: Engine, database: str, token: str, wish: str = TRUST) -> pyodbc.Connection:
    encoded = token.encode("utf-16-le")
    return pyodbc.connect(
        f"DRIVER={{{find_driver(DRIVER)}}};SERVER={engine.host},{engine.port};"
        f"DATABASE={database};{wish}",
        autocommit=True,
        timeout=120,
        attrs_before={
            SQL_COPT_SS_ACCESS_TOKEN: struct.pack(f"<I{len(encoded)}s", len(encoded), encoded)
        },
    )


def log_of(engine: Engine) -> str:
    return (engine.data_dir / "engine.log").read_text("utf-8")


# ---------------------------------------------------------------- couponry's own connections


def test_the_jobs_log_in_with_the_token_of_their_credential(engine: Engine, shop: str) -> None:
    credential = Given(engine.token("checkout-api"))

    with Database(settings(engine, shop), credential=credential) as database:
        [coupons] = database.execute("EXEC dbo.ListCoupons")
        with pytest.raises(CouponryError, match="permission was denied"):
            database.execute("SELECT Code FROM dbo.Coupon")

    [row] = list(coupons)
    application, _, tenant = str(row["Login"]).partition("@")
    assert row["Code"] == "WELCOME"
    assert (UUID(application).int > 0, UUID(tenant).int) == (True, 0)


@contextmanager
def platform(engine: Engine, name: str) -> Iterator[tuple[str, list[str]]]:
    """What Azure puts beside an app: an address that gives tokens of the app's identity."""
    asked: list[str] = []

    class Tokens(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            asked.extend(query["resource"])
            known = self.headers["X-IDENTITY-HEADER"] == "proof"
            body = json.dumps(
                {
                    "access_token": engine.token(name, audience=query["resource"][0]),
                    "expires_on": "4000000000",
                    "resource": query["resource"][0],
                    "token_type": "Bearer",
                }
            ).encode()
            self.send_response(200 if known else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Tokens)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_managed_identity_of_a_container_needs_no_secret(
    engine: Engine, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platform(engine, "checkout-api") as (address, asked):
        monkeypatch.setenv("IDENTITY_ENDPOINT", address)
        monkeypatch.setenv("IDENTITY_HEADER", "proof")
        monkeypatch.delenv("IDENTITY_SERVER_THUMBPRINT", raising=False)

        with Database(settings(engine, shop, auth="managed-identity")) as database:
            [coupons] = database.execute("EXEC dbo.ListCoupons")

    assert [row["Code"] for row in coupons] == ["WELCOME"]
    assert asked == ["https://database.windows.net"]


# ---------------------------------------------------------------- who it is


@pytest.mark.parametrize("wish", [TRUST, "Encrypt=mandatory;TrustServerCertificate=yes", "strict"])
def test_the_session_knows_whom_the_token_names(engine: Engine, shop: str, wish: str) -> None:
    if wish == "strict":
        wish = f"Encrypt=strict;ServerCertificate={certificate_file(engine.data_dir)}"

    with odbc(engine, shop, engine.token("checkout-api"), wish) as connection:
        row = connection.execute(WHO).fetchone()
        [sid] = connection.execute(
            "SELECT sid FROM sys.database_principals WHERE name = USER_NAME()"
        ).fetchone()

    application = UUID(row[0].split("@")[0])
    assert (row[0], row[2], row[3]) == (row[1], "checkout-api", 1)
    assert row[4] == sid == application.bytes_le


def test_a_person_goes_by_the_object_id_of_the_user(engine: Engine, shop: str) -> None:
    name = "ada@shop.example"
    with odbc(engine, shop, engine.token(name, object_id=ADA)) as connection:
        row = connection.execute(WHO).fetchone()
        connection.execute("REVERT")

    assert tuple(row) == (name, name, name, 0, ADA.bytes_le)
    with pytest.raises(pyodbc.InterfaceError, match="18456"):
        odbc(engine, shop, engine.token(name))


def test_a_name_belongs_to_who_came_first_with_it(engine: Engine, shop: str) -> None:
    name = "first@shop.example"
    with engine.wire(shop) as owner:
        owner.batch(f"CREATE USER [{name}] FROM EXTERNAL PROVIDER")
    odbc(engine, shop, engine.token(name)).close()

    with pytest.raises(pyodbc.InterfaceError, match="18456"):
        odbc(engine, shop, engine.token(name, object_id=UUID(int=1)))

    odbc(engine, shop, engine.token(name)).close()
    with engine.wire(shop) as owner:
        taken = owner.batch(
            "CREATE USER [other] FROM EXTERNAL PROVIDER"
            f" WITH DEFAULT_SCHEMA = dbo, OBJECT_ID = '{ADA}'"
        )
        owner.batch(f"DROP USER [{name}]")
    assert [error.number for error in taken.errors] == [15063]
    with pytest.raises(pyodbc.InterfaceError, match="18456"):
        odbc(engine, shop, engine.token(name))


def test_the_first_logins_of_an_identity_may_come_at_once(engine: Engine, shop: str) -> None:
    name = "many@shop.example"
    with engine.wire(shop) as owner:
        owner.batch(f"CREATE USER [{name}] FROM EXTERNAL PROVIDER")
    token, found, start = engine.token(name), [], threading.Barrier(6)

    def log_in() -> None:
        start.wait()
        with odbc(engine, shop, token) as connection:
            found.append(connection.execute("SELECT USER_NAME()").fetchval())

    threads = [threading.Thread(target=log_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [name] * 6


# ---------------------------------------------------------------- who stays outside


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"minutes": -5}, "it has expired"),
        ({"audience": "https://vault.azure.net/"}, "another audience"),
        ({"issuer": "https://sts.windows.net/other/"}, "another issuer"),
    ],
)
def test_a_token_that_does_not_hold_is_refused_and_the_log_says_why(
    engine: Engine, shop: str, facts: dict[str, Any], reason: str
) -> None:
    token = engine.token("checkout-api", **facts)

    with pytest.raises(pyodbc.InterfaceError, match=r"<token-identified principal>.*18456"):
        odbc(engine, shop, token)

    assert reason in log_of(engine)
    assert token[-30:] not in log_of(engine)


def test_neither_garbage_nor_the_token_of_another_issuer_gets_in(engine: Engine, shop: str) -> None:
    for token in ("garbage", issue(key_pair()[0], "checkout-api")):
        with pytest.raises(pyodbc.InterfaceError, match="18456"):
            odbc(engine, shop, token)

    assert "another key has signed it" in log_of(engine)


def test_an_identity_without_a_user_stays_outside_of_every_database(
    engine: Engine, shop: str
) -> None:
    stranger, known = engine.token("stranger"), engine.token("checkout-api")
    for database, token in ((shop, stranger), ("master", known), ("", known)):
        with pytest.raises(pyodbc.InterfaceError, match="18456") as caught:
            odbc(engine, database, token)
        assert "916" not in str(caught.value)
    with pytest.raises(pyodbc.Error, match="4060"):
        odbc(engine, "no_such_database", known)

    with odbc(engine, shop, known) as connection, pytest.raises(pyodbc.Error, match="916"):
        connection.execute("USE master")
    assert "'stranger'" in log_of(engine)


def test_a_token_is_not_taken_without_encryption(engine: Engine, shop: str) -> None:
    with pytest.raises(pyodbc.Error):
        odbc(engine, shop, engine.token("checkout-api"), "Encrypt=no")
    with Wire(engine.host, engine.port, token=engine.token("checkout-api")) as plain:
        [error] = plain.welcome.errors
        closed = plain.socket.recv(1) == b""

    assert (error.number, error.state, error.severity, closed) == (18456, 1, 14, True)
    assert error.text == "Login failed for user '<token-identified principal>'."
    assert "it came without encryption" in log_of(engine)


# ---------------------------------------------------------------- other drivers


def test_sqlalchemy_is_given_a_token_for_each_connection(engine: Engine, shop: str) -> None:
    url = sa.URL.create(
        "mssql+pyodbc",
        host=engine.host,
        port=engine.port,
        database=shop,
        query={
            "driver": find_driver(DRIVER),
            "Encrypt": "yes",
            "TrustServerCertificate": "yes",
        },
    )
    alchemy = sa.create_engine(url)

    @sa.event.listens_for(alchemy, "do_connect")
    def provide(_dialect: object, _record: object, texts: list[str], given: dict[str, Any]) -> None:
        texts[0] = texts[0].replace(";Trusted_Connection=Yes", "")
        raw = engine.token("checkout-api").encode("utf-16-le")
        packed = struct.pack(f"<I{len(raw)}s", len(raw), raw)
        given["attrs_before"] = {SQL_COPT_SS_ACCESS_TOKEN: packed}

    with alchemy.connect() as connection:
        rows = connection.execute(sa.text("EXEC dbo.ListCoupons")).all()
        name = connection.scalar(sa.text("SELECT USER_NAME()"))
    alchemy.dispose()

    assert ([row.Code for row in rows], name) == (["WELCOME"], "checkout-api")


def test_mssql_python_takes_a_token(engine: Engine, shop: str) -> None:
    raw = engine.token("checkout-api").encode("utf-16-le")
    packed = struct.pack(f"<I{len(raw)}s", len(raw), raw)

    with mssql_python.connect(
        f"SERVER={engine.host},{engine.port};DATABASE={shop};{TRUST}",
        attrs_before={SQL_COPT_SS_ACCESS_TOKEN: packed},
    ) as connection:
        found = connection.cursor().execute("EXEC dbo.ListCoupons").fetchone()

    assert found is not None and found[0] == "WELCOME"


def test_python_tds_takes_a_token(engine: Engine, shop: str) -> None:
    with (
        pytds.connect(
            "localhost",
            port=engine.port,
            database=shop,
            autocommit=True,
            cafile=str(certificate_file(engine.data_dir)),
            validate_host=False,
            access_token_callable=lambda: engine.token("checkout-api"),
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("EXEC dbo.ListCoupons")
        assert [code for code, _ in cursor.fetchall()] == ["WELCOME"]
