"""NEWID, random bytes, digests, and facts about session, server and principals."""

from __future__ import annotations

import hashlib
import re

import pytest

from .conftest import Desk


def test_random_bytes_have_the_length_asked_for_and_differ(desk: Desk) -> None:
    found = {desk.value("CRYPT_GEN_RANDOM(40)") for _ in range(50)}

    assert len(found) == 50
    assert all(each is not None and len(each) == 82 for each in found)
    assert desk.value("CRYPT_GEN_RANDOM(0)") is None
    assert desk.value("NEWID()") != desk.value("NEWID()")


@pytest.mark.parametrize(
    ("name", "routine"),
    [("SHA2_256", "sha256"), ("SHA2_512", "sha512"), ("SHA1", "sha1"), ("MD5", "md5")],
)
@pytest.mark.parametrize("text", ["", "abc", "é€😀", "x" * 200])
def test_a_digest_is_of_the_bytes_of_the_string(
    desk: Desk, name: str, routine: str, text: str
) -> None:
    wide = hashlib.new(routine, text.encode("utf-16-le")).hexdigest()
    narrow = hashlib.new(routine, text.encode("cp1252", "ignore")).hexdigest()

    assert desk.value(f"HASHBYTES('{name}', N'{text}')") == f"\\x{wide}"
    if text.isascii():
        assert desk.value(f"HASHBYTES('{name}', '{text}')") == f"\\x{narrow}"
    assert desk.value(f"HASHBYTES(LOWER('{name}'), N'{text}')") == f"\\x{wide}"


def test_an_unknown_digest_is_null(desk: Desk) -> None:
    assert desk.value("HASHBYTES('MD9', 'x')") is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("DB_NAME()", "Runtime_Test"),
        ("SUSER_SNAME()", "clerk"),
        ("SYSTEM_USER", "clerk"),
        ("ORIGINAL_LOGIN()", "clerk"),
        ("CURRENT_USER", "dbo"),
        ("USER_NAME(0)", "public"),
        ("USER_ID('dbo')", "1"),
        ("DATABASE_PRINCIPAL_ID('db_owner')", "16384"),
        ("IS_ROLEMEMBER('db_owner')", "1"),
        ("IS_ROLEMEMBER('db_datareader')", "0"),
        ("IS_ROLEMEMBER('public', 'dbo')", "1"),
        ("IS_ROLEMEMBER('no_such_role')", None),
        ("IS_MEMBER('db_owner')", "1"),
        ("IS_SRVROLEMEMBER('sysadmin')", "1"),
        ("SUSER_SID('sa')", "\\x01"),
        ("SCHEMA_NAME()", "dbo"),
        ("SCHEMA_ID('sys')", "4"),
        ("TYPE_NAME(56)", "int"),
        ("TYPE_ID('nvarchar')", "231"),
        ("PARSENAME('[a.b].c', 2)", "a.b"),
        ("PARSENAME('db.dbo.t', 4)", None),
        ("OBJECT_ID('dbo.none')", None),
        ("SERVERPROPERTY('ProductVersion')", "16.0.1000.6"),
        ("SERVERPROPERTY('EngineEdition')", "3"),
        ("SERVERPROPERTY('NoSuch')", None),
        ("DATABASEPROPERTYEX(DB_NAME(), 'Collation')", "SQL_Latin1_General_CP1_CI_AS"),
        ("DATABASEPROPERTYEX('nowhere', 'Status')", None),
        ("@@DATEFIRST", "7"),
        ("@@LOCK_TIMEOUT", "-1"),
        ("@@NO_SUCH", "ERROR 137"),
        ("HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'ANY')", "1"),
        ("CHECKSUM('a')", "ERROR 40517"),
    ],
)
def test_a_fact_of_session_and_server(desk: Desk, expression: str, expected: str | None) -> None:
    assert desk.value(expression) == expected


def test_the_session_context_keeps_what_was_set(desk: Desk) -> None:
    assert desk.value("SESSION_CONTEXT(N'tenant')") is None
    desk.scalar("SELECT tsql.keep_session_context('Tenant', 'north')")
    assert desk.value("SESSION_CONTEXT(N'tenant')") == "north"


def test_the_version_says_that_this_is_no_sql_server(desk: Desk) -> None:
    version = desk.value("@@VERSION")

    assert version is not None
    assert "no SQL Server" in version
    assert re.match(r"Microsoft .*? - 16\.\d+\.\d+\.\d+", version)
