"""How the usual clients connect to an engine."""

from __future__ import annotations

import shlex
from urllib.parse import quote, quote_plus

from couponry_standin.state import EngineState

DRIVER = "ODBC Driver 18 for SQL Server"
CLIENTS = ("pyodbc", "sqlalchemy", "sqlcmd", "jdbc", "sqlclient", "go", "env")


def connection_strings(
    state: EngineState, password: str, *, database: str = "master", driver: str = DRIVER
) -> dict[str, str]:
    """One text for each of CLIENTS.

    ``driver`` is the registered name of Microsoft's ODBC driver, or the path of its library where
    it came as a wheel and is not registered. The engine listens on the loopback interface, and its
    certificate is signed by itself, so every client is told not to encrypt. One that has to, says
    Encrypt=yes;TrustServerCertificate=yes, or pins the certificate.pem of the data directory.
    """
    server = f"{state.host},{state.port}"
    return {
        "pyodbc": (
            f"DRIVER={{{driver}}};SERVER={server};DATABASE={braced(database)};"
            f"UID={state.login};PWD={braced(password)};Encrypt=no"
        ),
        "sqlalchemy": (
            f"mssql+pyodbc://{state.login}:{quote_plus(password)}@{state.host}:{state.port}/"
            f"{quote_plus(database)}?driver={quote_plus(driver)}&Encrypt=no"
        ),
        "sqlcmd": shlex.join(
            ("sqlcmd", "-S", server, "-U", state.login, "-P", password, "-d", database, "-No")
        ),
        "jdbc": (
            f"jdbc:sqlserver://{state.host}:{state.port};databaseName={braced(database)};"
            f"user={state.login};password={braced(password)};encrypt=false"
        ),
        # node-mssql takes this form, too.
        "sqlclient": (
            f"Server={server};Database={quoted(database)};User Id={state.login};"
            f"Password={quoted(password)};Encrypt=false"
        ),
        "go": (
            f"sqlserver://{state.login}:{quote(password, safe='')}@{state.host}:{state.port}"
            f"?database={quote_plus(database)}&encrypt=disable"
        ),
        "env": "\n".join(
            f"export {name}={shlex.quote(value)}"
            for name, value in environment(state, password, database, driver).items()
        ),
    }


def environment(state: EngineState, password: str, database: str, driver: str) -> dict[str, str]:
    """The variables that point couponry's own commands at the engine."""
    return {
        "COUPONRY_SQL_SERVER": f"{state.host},{state.port}",
        "COUPONRY_SQL_DATABASE": database,
        "COUPONRY_SQL_AUTH": "sql",
        "COUPONRY_SQL_USER": state.login,
        "COUPONRY_SQL_PASSWORD": password,
        "COUPONRY_SQL_DRIVER": driver,
        "COUPONRY_SQL_INSECURE": "1",
    }


def braced(value: str) -> str:
    """A value of a connection string; braces protect characters that would end it."""
    if value.isalnum() or all(letter.isalnum() or letter in "_-." for letter in value):
        return value
    return "{" + value.replace("}", "}}") + "}"


def quoted(value: str) -> str:
    """A value of a connection string of .NET: in double quotes where it has to be."""
    return '"' + value.replace('"', '""') + '"' if braced(value) != value else value
