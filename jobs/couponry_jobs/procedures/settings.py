"""Settings, and what a database says about itself."""

from __future__ import annotations

from couponry_jobs.connection import JOB_TIMEOUT, Database, ResultSet
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call, rows


def get_settings(database: Database) -> ResultSet:
    return rows(database, "sp_GetSettings", {})


def set_setting(
    database: Database,
    *,
    name: str,
    value: str,
    expected_version: bytes | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetSetting",
        {"SettingName": name, "SettingValue": value},
        {"ExpectedRowVer": expected_version, **admin.parameters()},
        idempotent=expected_version is None,
    )


def verify_installation(database: Database, *, min_version: int | None = None) -> ResultSet:
    return rows(database, "sp_VerifyInstallation", {"MinVersion": min_version}, timeout=JOB_TIMEOUT)
