from __future__ import annotations

import pytest

from couponry_jobs.errors import ConfigurationError
from couponry_jobs.settings import read

LEAST = {"COUPONRY_SQL_SERVER": "db.example", "COUPONRY_SQL_DATABASE": "shop"}


def test_two_variables_are_enough() -> None:
    settings = read(LEAST)

    assert settings.auth == "managed-identity"
    assert settings.driver == "ODBC Driver 18 for SQL Server"
    assert (settings.pool_size, settings.command_timeout) == (20, 30)
    assert settings.batch_size is None
    assert settings.instance


@pytest.mark.parametrize("missing", sorted(LEAST))
def test_a_missing_variable_is_named(missing: str) -> None:
    environ = {name: value for name, value in LEAST.items() if name != missing}

    with pytest.raises(ConfigurationError, match=missing):
        read(environ)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("COUPONRY_SQL_AUTH", "password"),
        ("COUPONRY_SQL_INSECURE", "maybe"),
        ("COUPONRY_POOL_SIZE", "many"),
        ("COUPONRY_POOL_SIZE", "0"),
        ("COUPONRY_COMMAND_TIMEOUT", "-1"),
        ("COUPONRY_BATCH_SIZE", "x"),
        ("COUPONRY_LEASE_SECONDS", "0"),
        ("COUPONRY_LOG_FORMAT", "xml"),
        ("COUPONRY_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_value_without_sense_is_refused_by_the_name_of_its_variable(
    variable: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        read(LEAST | {variable: value})


@pytest.mark.parametrize("missing", ["COUPONRY_SQL_USER", "COUPONRY_SQL_PASSWORD"])
def test_a_sql_login_needs_its_name_and_password(missing: str) -> None:
    full = LEAST | {
        "COUPONRY_SQL_AUTH": "sql",
        "COUPONRY_SQL_USER": "u",
        "COUPONRY_SQL_PASSWORD": "p",
    }
    environ = {name: value for name, value in full.items() if name != missing}

    with pytest.raises(ConfigurationError, match=missing):
        read(environ)


def test_what_the_command_line_says_wins() -> None:
    assert read(LEAST, server="other", database=None).server == "other"
    assert read(LEAST, server="other", database=None).database == "shop"


def test_an_empty_variable_counts_as_absent() -> None:
    with pytest.raises(ConfigurationError, match="COUPONRY_SQL_SERVER"):
        read(LEAST | {"COUPONRY_SQL_SERVER": ""})


def test_a_password_does_not_appear_when_settings_are_printed() -> None:
    settings = read(
        LEAST
        | {
            "COUPONRY_SQL_AUTH": "sql",
            "COUPONRY_SQL_USER": "u",
            "COUPONRY_SQL_PASSWORD": "very-secret",
        }
    )

    assert "very-secret" not in repr(settings)
