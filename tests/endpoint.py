"""Where the tests find a server: the one that is named, else a container, else the stand-in."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote_plus

import pyodbc
from sqlalchemy import make_url

from couponry_jobs import deployment
from couponry_jobs.connection import Database, connection_string
from couponry_jobs.driver import find_driver
from couponry_jobs.errors import DatabaseFault
from couponry_jobs.settings import Settings

VARIABLE = "COUPONRY_TEST_URL"
DEPLOYED = "COUPONRY_TEST_DATABASE"
COPIED = """
DECLARE @Name sysname = ?;
WHILE EXISTS (SELECT 1 FROM sys.databases WHERE name = @Name AND state_desc = N'COPYING')
    WAITFOR DELAY '00:00:01';
"""
IMAGE = "mcr.microsoft.com/mssql/server:2022-latest"

# One user per role, without a login: the tests become it by EXECUTE AS.
ROLE_USERS: Mapping[str, str] = {role: f"test_{role}" for role in deployment.ROLES}


@dataclass(frozen=True, slots=True)
class Target:
    """A database of the tests on whatever server there is."""

    settings: Settings

    @property
    def name(self) -> str:
        return self.settings.database

    @property
    def url(self) -> str:
        """The SQLAlchemy URL that names this database to other programs."""
        settings = self.settings
        who = f"{quote_plus(settings.user or '')}:{quote_plus(settings.password or '')}"
        host, _, port = settings.server.partition(",")
        options = f"driver={quote_plus(find_driver(settings.driver))}"
        if settings.insecure:
            options += "&Encrypt=optional&TrustServerCertificate=yes"
        where = f"{host}:{port}" if port else host
        return f"mssql+pyodbc://{who}@{where}/{quote_plus(self.name)}?{options}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point couponry's commands at this database."""
        settings = self.settings
        return {
            "COUPONRY_SQL_SERVER": settings.server,
            "COUPONRY_SQL_DATABASE": settings.database,
            "COUPONRY_SQL_AUTH": settings.auth,
            "COUPONRY_SQL_USER": settings.user or "",
            "COUPONRY_SQL_PASSWORD": settings.password or "",
            "COUPONRY_SQL_DRIVER": settings.driver,
            "COUPONRY_SQL_INSECURE": "1" if settings.insecure else "0",
            "COUPONRY_COMMAND_TIMEOUT": str(settings.command_timeout),
        }

    def connect(self, user: str | None = None, *, autocommit: bool = True) -> pyodbc.Connection:
        """A connection of its own, as the owner, or as the user of a role (service, job …)."""
        connection = pyodbc.connect(
            connection_string(self.settings, find_driver(self.settings.driver)),
            autocommit=True,
            timeout=self.settings.login_timeout,
        )
        connection.timeout = self.settings.command_timeout
        if user is not None:
            name = ROLE_USERS.get(user, user).replace("'", "''")
            connection.execute(f"EXECUTE AS USER = N'{name}';")
        connection.autocommit = autocommit
        return connection

    def open(self, **changes: object) -> Database:
        """The same database through the jobs' own connection."""
        return Database(self.settings, **changes)  # type: ignore[arg-type]


@contextmanager
def endpoint() -> Iterator[Settings]:
    """Settings of a server on which databases may be created, for as long as the block lasts."""
    named = os.environ.get(VARIABLE)
    if named:
        yield patient(parse(named))
    elif _docker_answers():
        with _container() as settings:
            yield patient(settings)
    else:
        with _standin() as settings:
            yield patient(settings)


def patient(settings: Settings) -> Settings:
    """No test is about how fast a server is: it may be a slow one, and busy."""
    return replace(settings, login_timeout=120, command_timeout=300, pool_timeout=120)


@contextmanager
def fresh_database(server: Settings, prefix: str = "couponry_test") -> Iterator[Target]:
    """An empty database that is gone afterwards."""
    name = f"{prefix}_{secrets.token_hex(6)}"
    deployment.create_database(server, name)
    try:
        yield Target(server.with_database(name))
    finally:
        deployment.drop_database(server, name)


@contextmanager
def deployed_database(
    server: Settings, prefix: str = "couponry_test", model: Target | None = None
) -> Iterator[Target]:
    """A database with everything in it, gone afterwards; or that which somebody has prepared.

    ``model``: one that it can be a copy of, because nobody is connected to it.
    """
    prepared = os.environ.get(DEPLOYED)
    if prepared:
        yield Target(server.with_database(prepared))
        return
    with ExitStack() as stack:
        target = None if model is None else stack.enter_context(copied_database(model, prefix))
        if target is None:
            target = stack.enter_context(fresh_database(server, prefix))
            with target.open() as opened:
                deployment.install(opened)
            add_role_users(target)
        yield target


@contextmanager
def copied_database(source: Target, prefix: str = "couponry_test") -> Iterator[Target | None]:
    """A copy, gone afterwards; None where the server makes none.

    The statement is Azure SQL's. SQL Server on a machine of one's own does not know it.
    """
    name = f"{prefix}_{secrets.token_hex(6)}"
    if os.environ.get(DEPLOYED) or not _copied(source, name):
        yield None
        return
    try:
        yield Target(source.settings.with_database(name))
    finally:
        deployment.drop_database(source.settings, name)


def _copied(source: Target, name: str) -> bool:
    copy, original = map(deployment.quote_name, (name, source.name))
    with Database(source.settings.with_database("master")) as master:
        try:
            master.execute(f"CREATE DATABASE {copy} AS COPY OF {original}", timeout=300)
        except DatabaseFault:
            return False
        # Azure SQL answers at once and copies then.
        master.execute(COPIED, [name], timeout=900)
    return True


def add_role_users(target: Target) -> None:
    """One user in each role, to be impersonated."""
    with target.connect() as connection:
        for role, user in ROLE_USERS.items():
            connection.execute(f"CREATE USER {user} WITHOUT LOGIN;")
            connection.execute(f"ALTER ROLE {deployment.ROLES[role]} ADD MEMBER {user};")


def parse(text: str) -> Settings:
    """Settings out of a SQLAlchemy URL or an ODBC connection string."""
    if "://" in text:
        url = make_url(text)
        options = {key.lower(): str(value) for key, value in url.query.items()}
        server = f"{url.host},{url.port}" if url.port else str(url.host)
        return _settings(server, url.database, url.username, url.password, options)
    pairs = re.findall(r"\s*([^=;]+)=(\{(?:[^}]|\}\})*\}|[^;]*)", text)
    options = {key.strip().lower(): _unbraced(value) for key, value in pairs}
    return _settings(
        options["server"],
        options.get("database"),
        options.get("uid"),
        options.get("pwd"),
        options,
    )


def _unbraced(value: str) -> str:
    return value[1:-1].replace("}}", "}") if value.startswith("{") else value


def _settings(
    server: str,
    database: str | None,
    user: str | None,
    password: str | None,
    options: Mapping[str, str],
) -> Settings:
    relaxed = options.get("encrypt", "yes").lower() in ("no", "optional")
    trusting = options.get("trustservercertificate", "no").lower() == "yes"
    return Settings(
        server=server,
        database=database or "master",
        auth="sql" if user else "default",
        user=user,
        password=password,
        insecure=relaxed or trusting,
        **({"driver": options["driver"]} if "driver" in options else {}),
    )


def _docker_answers() -> bool:
    try:
        import docker
        from docker.errors import DockerException
    except ModuleNotFoundError:
        return False
    with suppress(DockerException):
        return bool(docker.from_env(timeout=3).ping())
    return False


@contextmanager
def _container() -> Iterator[Settings]:
    from testcontainers.mssql import SqlServerContainer

    with SqlServerContainer(IMAGE, dialect="mssql+pyodbc") as container:
        host = container.get_container_host_ip()
        port = container.get_exposed_port(1433)
        yield Settings(
            server=f"{host},{port}",
            database="master",
            auth="sql",
            user=container.username,
            password=container.password,
            insecure=True,
        )


@contextmanager
def _standin() -> Iterator[Settings]:
    from couponry_standin import control
    from couponry_standin.state import password

    with tempfile.TemporaryDirectory(prefix="couponry-tests-") as folder:
        data = Path(folder) / "engine"
        state = control.start(data, port=0, options=["--no-sync"]).state
        try:
            yield Settings(
                server=f"{state.host},{state.port}",
                database="master",
                auth="sql",
                user=state.login,
                password=password(data),
                insecure=True,
            )
        finally:
            control.stop(data)
