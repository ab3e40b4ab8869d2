"""Connection strings say what each client needs, and protect what could break them."""

from __future__ import annotations

from couponry_standin.clients import CLIENTS, connection_strings
from couponry_standin.state import EngineState

STATE = EngineState(
    pid=1, host="127.0.0.1", port=14330, data_dir="/x", version="1", login="sa", started="now"
)


def test_each_client_gets_its_own_form() -> None:
    strings = connection_strings(STATE, "Secret1", database="Shop", driver="/opt/driver.so")

    assert tuple(strings) == CLIENTS
    assert strings["pyodbc"] == (
        "DRIVER={/opt/driver.so};SERVER=127.0.0.1,14330;DATABASE=Shop;UID=sa;PWD=Secret1;Encrypt=no"
    )
    assert strings["sqlalchemy"] == (
        "mssql+pyodbc://sa:Secret1@127.0.0.1:14330/Shop?driver=%2Fopt%2Fdriver.so&Encrypt=no"
    )
    assert strings["sqlcmd"] == "sqlcmd -S 127.0.0.1,14330 -U sa -P Secret1 -d Shop -No"
    assert strings["jdbc"] == (
        "jdbc:sqlserver://127.0.0.1:14330;databaseName=Shop;user=sa;password=Secret1;encrypt=false"
    )
    assert strings["sqlclient"] == (
        "Server=127.0.0.1,14330;Database=Shop;User Id=sa;Password=Secret1;Encrypt=false"
    )
    assert strings["go"] == "sqlserver://sa:Secret1@127.0.0.1:14330?database=Shop&encrypt=disable"


def test_odd_characters_stay_inside_their_value() -> None:
    strings = connection_strings(STATE, "a;b}c'd@e", database="my shop")

    assert "PWD={a;b}}c'd@e};" in strings["pyodbc"]
    assert "DATABASE={my shop};" in strings["pyodbc"]
    assert "sa:a%3Bb%7Dc%27d%40e@" in strings["sqlalchemy"]
    assert """Database="my shop";User Id=sa;Password="a;b}c'd@e";""" in strings["sqlclient"]
    assert "sa:a%3Bb%7Dc%27d%40e@" in strings["go"]
    assert """-P 'a;b}c'"'"'d@e'""" in strings["sqlcmd"]


def test_the_environment_points_couponry_at_the_engine() -> None:
    lines = connection_strings(STATE, "Secret1", database="Shop")["env"].splitlines()

    assert "export COUPONRY_SQL_SERVER=127.0.0.1,14330" in lines
    assert "export COUPONRY_SQL_AUTH=sql" in lines
    assert "export COUPONRY_SQL_PASSWORD=Secret1" in lines
