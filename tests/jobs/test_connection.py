from __future__ import annotations

import struct

import pyodbc
import pytest

from couponry_jobs.connection import connection_string, pack_token, quote, translate
from couponry_jobs.errors import (
    PROCEDURE_ERRORS,
    AuthenticationFailed,
    ConfigurationError,
    DatabaseTimeout,
    DatabaseUnreachable,
    PermissionDenied,
    ProcedureError,
    TransientFault,
    fault,
)
from couponry_jobs.settings import Settings, read

MS = "[Microsoft][ODBC Driver 18 for SQL Server]"
LOGIN = {
    "COUPONRY_SQL_SERVER": "db.example,1433",
    "COUPONRY_SQL_DATABASE": "shop",
}


def odbc_error(state: str, text: str) -> pyodbc.Error:
    return pyodbc.Error(state, text)


def test_the_first_record_of_the_server_names_the_error() -> None:
    text = (
        f"[42000] {MS}[SQL Server]ARG_REQUIRED: @UserId (50001) (SQLExecDirectW);"
        f" [42000] {MS}[SQL Server]another (3621)"
    )

    error = translate(odbc_error("42000", text), sent=True)

    assert type(error) is PROCEDURE_ERRORS[50001]
    assert error.message == "ARG_REQUIRED: @UserId"
    assert error.code == "ARG_REQUIRED"
    assert error.exit_code == 2


def test_a_message_may_hold_brackets_and_numbers() -> None:
    text = f"[42000] {MS}[SQL Server]Cannot insert (5) into [x]. (2627) (SQLExecDirectW)"

    error = translate(odbc_error("23000", text), sent=True)

    assert isinstance(error, TransientFault)
    assert error.number == 2627
    assert error.message == "Cannot insert (5) into [x]."


@pytest.mark.parametrize(
    ("number", "kind", "exit_code"),
    [
        (18456, AuthenticationFailed, 3),
        (229, PermissionDenied, 3),
        (1205, TransientFault, 4),
        (50200, ProcedureError, 5),
        (50777, ProcedureError, 5),
    ],
)
def test_a_number_has_its_class_and_exit_code(
    number: int, kind: type[Exception], exit_code: int
) -> None:
    error = fault(number, "text")

    assert isinstance(error, kind)
    assert error.number == number
    assert error.exit_code == exit_code


def test_a_broken_connection_remembers_whether_a_call_was_under_way() -> None:
    lost = translate(odbc_error("08S01", f"[08S01] {MS}Communication link failure (0)"), sent=True)
    refused = translate(odbc_error("HYT00", f"[HYT00] {MS}Login timeout expired"), sent=False)

    assert isinstance(lost, DatabaseUnreachable)
    assert lost.sent
    assert isinstance(refused, DatabaseUnreachable)
    assert not refused.sent


def test_a_session_that_somebody_ended_is_a_broken_connection() -> None:
    text = f"[HY000] {MS}[SQL Server]Cannot continue … in the kill state. (596) (SQLExecDirectW)"

    ended = translate(odbc_error("HY000", text), sent=True)

    assert isinstance(ended, DatabaseUnreachable)
    assert ended.sent


def test_a_command_that_takes_too_long_is_a_time_out() -> None:
    error = translate(odbc_error("HYT00", f"[HYT00] {MS}Query timeout expired (0)"), sent=True)

    assert isinstance(error, DatabaseTimeout)
    assert error.exit_code == 4


def test_a_missing_driver_is_a_matter_of_configuration() -> None:
    text = "[01000] [unixODBC][Driver Manager]Can't open lib 'X' : file not found (0)"

    assert isinstance(translate(odbc_error("01000", text), sent=False), ConfigurationError)


def test_a_token_is_sent_with_its_length_and_in_utf16() -> None:
    packed = pack_token("abc")

    assert struct.unpack("<I", packed[:4]) == (6,)
    assert packed[4:].decode("utf-16-le") == "abc"


def test_encryption_is_on_and_the_certificate_checked_unless_development_says_otherwise() -> None:
    strict = connection_string(read(LOGIN), "driver")
    relaxed = connection_string(read(LOGIN | {"COUPONRY_SQL_INSECURE": "1"}), "driver")

    assert "Encrypt=yes;TrustServerCertificate=no" in strict
    assert "TrustServerCertificate=yes" in relaxed
    assert "PWD" not in strict


def test_a_token_is_encrypted_also_where_the_certificate_is_not_checked() -> None:
    identity = Settings("s", "d", insecure=True)
    login = Settings("s", "d", auth="sql", user="u", password="p", insecure=True)

    assert "Encrypt=yes;TrustServerCertificate=yes" in connection_string(identity, "driver")
    assert "Encrypt=optional;TrustServerCertificate=yes" in connection_string(login, "driver")


def test_a_password_cannot_smuggle_in_another_option() -> None:
    settings = Settings("s", "d", auth="sql", user="u", password="a};UID=sa;{")

    assert connection_string(settings, "driver").endswith("UID=u;PWD={a}};UID=sa;{}")
    assert quote(" x") == "{ x}"


def test_reading_from_the_replica_is_asked_for() -> None:
    assert "ApplicationIntent=ReadOnly" in connection_string(read(LOGIN), "d", read_only=True)
