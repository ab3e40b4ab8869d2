"""sp_VerifyInstallation: a whole installation passes, each damage is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.spec.calls import run
from tests.spec.office import Office, fresh

ROOT = Path(__file__).resolve().parents[2]


def checks(office: Office, role: str | None = None) -> dict[str, tuple[bool, str]]:
    rows = office.call("sp_VerifyInstallation", role=role).sets[0]
    return {row["CheckName"]: (row["Passed"], row["Detail"]) for row in rows}


@contextmanager
def undone(office: Office) -> Iterator[None]:
    """What the block does to the database is taken back."""
    connection = office.connection()
    connection.autocommit = False
    try:
        yield
    finally:
        connection.rollback()
        connection.autocommit = True


def test_a_whole_installation_passes_every_check(office: Office) -> None:
    found = checks(office)

    assert {name: detail for name, (passed, detail) in found.items() if not passed} == {}
    assert {
        "schema version",
        "tables",
        "functions",
        "views",
        "procedures",
        "roles",
        "settings complete",
        "settings readable",
        "campaign stripes",
        "coupon stripes",
        "constraints trusted",
        "constraints named",
        "module options",
        "row versioning",
    } <= found.keys()


@pytest.mark.parametrize("role", ["job", "ops"])
def test_jobs_and_operators_may_verify(office: Office, role: str) -> None:
    found = checks(office, role)

    assert all(passed for passed, _ in found.values())
    # No role has a permission on dbo.Settings itself: the catalogue does not tell of it.
    assert found["catalogue"][1].startswith("not visible to this user")
    assert "tables" not in found


def test_a_newer_schema_than_installed_is_a_mismatch(office: Office) -> None:
    version = office.value("SELECT MAX(Version) FROM dbo.SchemaVersions;")

    assert office.call("sp_VerifyInstallation", min_version=version).sets[0]
    message = office.refuses(50101, "sp_VerifyInstallation", min_version=version + 1)

    assert message.startswith("SCHEMA_MISMATCH:")


def test_a_missing_procedure_is_told_by_its_name(office: Office) -> None:
    with undone(office):
        office.write("DROP PROCEDURE dbo.sp_RetryGenerationRequest;")
        found = checks(office)

    assert found["procedures"] == (False, "sp_RetryGenerationRequest")
    assert found["tables"][0]


def test_a_missing_setting_is_told_by_its_name(office: Office) -> None:
    with undone(office):
        office.write("DELETE FROM dbo.Settings WHERE SettingName = N'guess_limit';")
        found = checks(office)

    assert found["settings complete"] == (False, "guess_limit")


def test_a_setting_that_cannot_be_read_is_told(office: Office) -> None:
    with undone(office):
        office.set("guess_limit", "many")
        found = checks(office)

    assert found["settings readable"] == (False, "guess_limit")


def test_stripes_that_do_not_add_up_are_told(office: Office) -> None:
    with undone(office):
        campaign = office.campaign(stripe_count=4, max_total_redemptions=100)
        office.write(
            "UPDATE dbo.CampaignCounterStripes SET StripeLimit = 24"
            " WHERE CampaignId = ? AND StripeNo = 2;",
            campaign,
        )
        found = checks(office)

    assert found["campaign stripes"] == (False, campaign)


def test_a_constraint_without_a_name_is_told(office: Office) -> None:
    with undone(office):
        office.write("CREATE TABLE dbo.Unnamed (Id int NOT NULL PRIMARY KEY);")
        passed, detail = checks(office)["constraints named"]

    assert not passed
    assert "Unnamed" in detail


def test_the_release_names_exactly_what_the_scripts_make(office: Office) -> None:
    text = (
        "DECLARE @T nvarchar(max), @F nvarchar(max), @V nvarchar(max), @P nvarchar(max),"
        " @R nvarchar(max), @S nvarchar(max);"
        " EXEC dbo.sp_i_ListRelease @Tables = @T OUTPUT, @Functions = @F OUTPUT,"
        " @Views = @V OUTPUT, @Procedures = @P OUTPUT, @Roles = @R OUTPUT, @Settings = @S OUTPUT;"
        " SELECT @T AS T, @F AS F, @V AS V, @P AS P, @R AS R, @S AS S;"
    )

    listed = run(office.connection(), text)[0][0]

    def scripts(pattern: str) -> set[str]:
        return {path.stem for path in ROOT.glob(pattern)}

    assert set(listed["T"].split()) == scripts("sql/schema/*.sql")
    assert set(listed["F"].split()) == scripts("sql/functions/*.sql")
    assert set(listed["V"].split()) == scripts("views/*.sql")
    assert set(listed["P"].split()) == scripts("procedures/*/*.sql")
    roles = (ROOT / "sql" / "security" / "roles.sql").read_text(encoding="utf-8")
    assert set(listed["R"].split()) == set(re.findall(r"CREATE ROLE (\w+)", roles))
    stored = {row["SettingName"] for row in office.rows("SELECT SettingName FROM dbo.Settings;")}
    assert set(listed["S"].split()) == stored


def test_verifying_writes_nothing(office: Office) -> None:
    request = fresh("none")
    before = office.value("SELECT COUNT(*) FROM dbo.AuditLog;")

    checks(office)

    assert office.value("SELECT COUNT(*) FROM dbo.AuditLog;") == before
    assert office.actions(request) == []
