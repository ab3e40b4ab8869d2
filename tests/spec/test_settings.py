"""Settings: who sees which, and what may be stored."""

from __future__ import annotations

import pytest

from tests.spec.office import Office, fresh

THRESHOLDS = ("risk_score_block_threshold", "manual_review_threshold", "auto_flag_threshold")


def names(office: Office, role: str | None) -> set[str]:
    return {row["SettingName"] for row in office.call("sp_GetSettings", role=role).sets[0]}


def value(office: Office, name: str) -> str:
    return office.value("SELECT SettingValue FROM dbo.Settings WHERE SettingName = ?;", name)


def test_services_do_not_see_what_helps_an_attacker(office: Office) -> None:
    everything = names(office, None)
    service = names(office, "service")

    assert names(office, "ops") == names(office, "job") == everything
    assert service < everything
    assert service.isdisjoint({*THRESHOLDS, "guess_limit", "max_attempts_per_ip"})
    assert {"max_coupons_per_order", "reservation_minutes", "redemptions_enabled"} <= service


def test_a_setting_is_changed_and_audited(office: Office) -> None:
    before = office.call("sp_SetSetting", setting_name="reservation_minutes", setting_value="20")

    row = office.row("SELECT * FROM dbo.Settings WHERE SettingName = N'reservation_minutes';")
    assert before.success
    assert row["SettingValue"] == "20"
    audit = office.rows(
        "SELECT TOP (1) Action, BeforeJson, AfterJson FROM dbo.AuditLog"
        " WHERE EntityId = N'reservation_minutes' ORDER BY AuditId DESC;"
    )[0]
    assert audit["Action"] == "setting.update"
    assert (audit["BeforeJson"], audit["AfterJson"]) == ('{"value":"15"}', '{"value":"20"}')


def test_the_present_value_again_writes_nothing(office: Office) -> None:
    audited = len(office.actions("reservation_minutes"))
    before = office.row("SELECT * FROM dbo.Settings WHERE SettingName = N'reservation_minutes';")

    answer = office.call("sp_SetSetting", setting_name="reservation_minutes", setting_value="15")

    assert answer.success
    after = office.row("SELECT * FROM dbo.Settings WHERE SettingName = N'reservation_minutes';")
    assert after == before
    assert len(office.actions("reservation_minutes")) == audited


def test_an_unknown_setting_is_not_found(office: Office) -> None:
    answer = office.call("sp_SetSetting", setting_name=fresh("none"), setting_value="1")

    assert answer.code == "SETTING_NOT_FOUND"


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("reservation_minutes", "0"),
        ("reservation_minutes", "1441"),
        ("reservation_minutes", "soon"),
        ("reservation_minutes", "1.5"),
        ("redemptions_enabled", "2"),
        ("redemptions_enabled", "yes"),
        ("manual_review_threshold", "1.01"),
        ("coupon_credits_per_usd", "-1"),
        ("generation_code_length", "7"),
    ],
)
def test_a_value_out_of_range_is_refused(office: Office, name: str, bad: str) -> None:
    before = value(office, name)

    answer = office.call("sp_SetSetting", setting_name=name, setting_value=bad)

    assert answer.code == "SETTING_OUT_OF_RANGE"
    assert value(office, name) == before


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("risk_score_block_threshold", "0.69"),
        ("manual_review_threshold", "0.91"),
        ("manual_review_threshold", "0.49"),
        ("auto_flag_threshold", "0.71"),
    ],
)
def test_the_risk_thresholds_stay_in_order(office: Office, name: str, bad: str) -> None:
    answer = office.call("sp_SetSetting", setting_name=name, setting_value=bad)

    assert answer.code == "SETTING_OUT_OF_RANGE"


@pytest.mark.ec("EC-027")
def test_of_two_operators_the_second_with_a_stale_version_is_refused(office: Office) -> None:
    seen = office.value(
        "SELECT RowVer FROM dbo.Settings WHERE SettingName = N'reservation_minutes';"
    )
    first = office.call(
        "sp_SetSetting",
        setting_name="reservation_minutes",
        setting_value="16",
        expected_row_ver=seen,
    )

    second = office.call(
        "sp_SetSetting",
        setting_name="reservation_minutes",
        setting_value="17",
        expected_row_ver=seen,
    )

    assert first.success
    assert second.code == "CONCURRENT_UPDATE"
    assert value(office, "reservation_minutes") == "16"
