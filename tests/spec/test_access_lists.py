"""The block, watch and white lists, flagged users, and what outside detectors report."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.calls import Answer
from tests.spec.checkout import confirm, reserve, stored
from tests.spec.office import Office, fresh, now


def put(office: Office, value: str, **changes: Any) -> Answer:
    given: dict[str, Any] = {
        "list_kind": "block",
        "subject_kind": "user",
        "subject_value": value,
    } | changes
    return office.call("sp_SetAccessListEntry", role="ops", **given)


def entry(office: Office, number: int) -> Any:
    return office.row("SELECT * FROM dbo.AccessLists WHERE EntryId = ?;", number)


def actions(office: Office, number: int, kind: str = "access_list") -> list[str]:
    found = office.rows(
        "SELECT Action FROM dbo.AuditLog WHERE EntityType = ? AND EntityId = ? ORDER BY AuditId;",
        kind,
        str(number),
    )
    return [row["Action"] for row in found]


def told(office: Office, number: int, kind: str = "access_list") -> list[Any]:
    return list(
        office.rows(
            "SELECT EventType, PayloadJson FROM dbo.OutboxEvents"
            " WHERE EntityType = ? AND EntityId = ? ORDER BY EventId;",
            kind,
            str(number),
        )
    )


def listed(office: Office, **filters: Any) -> list[int]:
    answer = office.call("sp_ListAccessList", role="ops", **filters)
    return [row["EntryId"] for row in answer.sets[0]]


def test_an_entry_is_made_updated_and_announced_once_for_each_change(office: Office) -> None:
    user = fresh("u")
    until = now() + timedelta(days=1)

    made = put(office, user, reason="chargebacks", actor="ann")
    same = put(office, user, reason="chargebacks", actor="bob")
    changed = put(office, user, reason="chargebacks", expires_at=until)

    number = made["EntryId"]
    assert (made.success, same["EntryId"], changed["EntryId"]) == (True, number, number)
    row = entry(office, number)
    assert (row["SubjectValue"], row["Reason"], row["ExpiresAt"]) == (user, "chargebacks", until)
    assert row["CreatedBy"] == "ann"
    assert actions(office, number) == ["access_list.set"] * 2
    events = told(office, number)
    assert [event["EventType"] for event in events] == ["list_changed"] * 2
    assert json.loads(events[0]["PayloadJson"]) == {"id": number, "action": "set", "actor": "ann"}


def test_a_removed_entry_counts_no_more_and_comes_back_when_added_again(office: Office) -> None:
    user = fresh("u")
    number = put(office, user)["EntryId"]

    removed = office.call("sp_RemoveAccessListEntry", role="ops", entry_id=number)
    again = office.call("sp_RemoveAccessListEntry", role="ops", entry_id=number)

    assert (removed.success, again.success) == (True, True)
    assert entry(office, number)["IsActive"] is False
    assert listed(office, search=user) == []
    assert actions(office, number) == ["access_list.set", "access_list.remove"]
    assert [event["EventType"] for event in told(office, number)] == ["list_changed"] * 2
    assert put(office, user)["EntryId"] == number
    assert listed(office, search=user) == [number]


def test_an_entry_that_is_not_there_cannot_be_removed(office: Office) -> None:
    assert office.call("sp_RemoveAccessListEntry", entry_id=0).code == "ENTRY_NOT_FOUND"


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [("country", "zq", "ZQ"), ("email_domain", "Mail.EXAMPLE", "mail.example")],
)
def test_values_are_stored_as_the_steps_compare_them(
    office: Office, kind: str, given: str, stored: str
) -> None:
    number = put(office, given, subject_kind=kind, list_kind="white")["EntryId"]

    assert entry(office, number)["SubjectValue"] == stored
    assert office.call("sp_RemoveAccessListEntry", entry_id=number).success


def test_the_list_is_filtered_and_leaves_out_what_is_over(office: Office) -> None:
    tag = fresh("list")
    user = put(office, f"{tag}-u")["EntryId"]
    device = put(office, f"{tag}-d", subject_kind="device", list_kind="white")["EntryId"]
    over = put(office, f"{tag}-o")["EntryId"]
    office.write(
        "UPDATE dbo.AccessLists SET ExpiresAt = DATEADD(MINUTE, -1, SYSUTCDATETIME())"
        " WHERE EntryId = ?;",
        over,
    )

    assert listed(office, search=tag.upper()) == [device, user]
    assert listed(office, search=tag, list_kind="white") == [device]
    assert listed(office, search=tag, subject_kind="user") == [user]


@pytest.mark.parametrize(
    ("score", "action"),
    [("0.69", "monitor"), ("0.70", "restrict"), ("0.89", "restrict"), ("0.90", "block")],
)
def test_a_flagged_user_is_watched_and_queued_for_review(
    office: Office, score: str, action: str
) -> None:
    office.set("risk_score_block_threshold", "0.90")
    user = fresh("u")
    given = {"user_id": user, "risk_score": Decimal(score), "reason": "three refunds"}

    flagged = office.call("sp_FlagUser", role="ops", **given)
    again = office.call("sp_FlagUser", role="ops", **given)

    assert (flagged["RecommendedAction"], again["EntryId"]) == (action, flagged["EntryId"])
    row = entry(office, flagged["EntryId"])
    assert (row["ListKind"], row["RiskScore"]) == ("watch", Decimal(score))
    event = office.row("SELECT * FROM dbo.FraudEvents WHERE UserId = ?;", user)
    assert (event["Severity"], event["ReviewStatus"]) == ("medium", "pending")
    assert event["OccurrenceCount"] == 1


def test_an_outside_report_has_the_effects_of_its_severity(office: Office) -> None:
    user, code = fresh("u"), office.coupon()

    made = office.call(
        "sp_RecordFraudEvent",
        role="service",
        detection_type="bot_pattern",
        severity="critical",
        user_id=user,
        coupon_code=code.lower(),
        ip_address="192.0.2.7",
        risk_score=Decimal("0.95"),
        details_json='{"rule":"honeypot"}',
    )

    number = made["FraudEventId"]
    event = office.row("SELECT * FROM dbo.FraudEvents WHERE FraudEventId = ?;", number)
    assert (event["UserId"], event["CouponCode"], event["IpAddress"]) == (user, code, "192.0.2.7")
    assert (event["ActionTaken"], event["DetailsJson"]) == ("banned_user", '{"rule":"honeypot"}')
    ban = office.row("SELECT * FROM dbo.AccessLists WHERE SubjectValue = ?;", user)
    assert (ban["ListKind"], ban["FraudEventId"]) == ("block", number)
    assert actions(office, number, "fraud_event") == ["fraud_event.record"]
    assert [event["EventType"] for event in told(office, number, "fraud_event")] == [
        "fraud_detected"
    ]


def test_a_smaller_sign_does_not_make_an_event_smaller(office: Office) -> None:
    report = {"detection_type": "bot_pattern", "user_id": fresh("u")}
    first = office.call("sp_RecordFraudEvent", severity="high", **report)

    second = office.call("sp_RecordFraudEvent", severity="low", **report)

    number = first["FraudEventId"]
    assert second["FraudEventId"] == number
    event = office.row("SELECT * FROM dbo.FraudEvents WHERE FraudEventId = ?;", number)
    assert (event["Severity"], event["OccurrenceCount"]) == ("high", 2)
    assert (event["IsFlagged"], event["ReviewStatus"]) == (True, "pending")


def test_a_ban_ends_the_reservations_of_its_user(office: Office) -> None:
    user = fresh("u")
    held = reserve(office, office.coupon(), user)["ReservationId"]

    office.call(
        "sp_RecordFraudEvent", detection_type="bot_pattern", severity="critical", user_id=user
    )

    assert stored(office, held)["CloseReason"] == "fraud"
    assert confirm(office, held).code == "RESERVATION_RELEASED"


def test_an_unknown_code_is_not_reported(office: Office) -> None:
    made = office.call(
        "sp_RecordFraudEvent",
        detection_type="bot_pattern",
        severity="low",
        coupon_code="NOSUCHCODE",
    )

    assert (made.code, made["FraudEventId"]) == ("COUPON_NOT_FOUND", None)


ENTRY = {"list_kind": "block", "subject_kind": "user", "subject_value": "u"}
REPORT = {"detection_type": "bot_pattern", "severity": "low", "user_id": "u"}
FLAG = {"user_id": "u", "risk_score": Decimal("0.5"), "reason": "r"}


@pytest.mark.parametrize(
    ("number", "procedure", "given"),
    [
        (50001, "sp_SetAccessListEntry", ENTRY | {"list_kind": " "}),
        (50001, "sp_SetAccessListEntry", ENTRY | {"subject_kind": None}),
        (50001, "sp_SetAccessListEntry", ENTRY | {"subject_value": ""}),
        (50002, "sp_SetAccessListEntry", ENTRY | {"risk_score": Decimal("1.01")}),
        (50003, "sp_SetAccessListEntry", ENTRY | {"list_kind": "Block"}),
        (50003, "sp_SetAccessListEntry", ENTRY | {"subject_kind": "planet"}),
        (50005, "sp_SetAccessListEntry", ENTRY | {"subject_kind": "country"}),
        (50006, "sp_SetAccessListEntry", ENTRY | {"expires_at": now() - timedelta(minutes=1)}),
        (50008, "sp_SetAccessListEntry", ENTRY | {"subject_value": "u" * 101}),
        (50008, "sp_SetAccessListEntry", ENTRY | {"actor": "a" * 101}),
        (50009, "sp_SetAccessListEntry", ENTRY | {"risk_score": Decimal("0.5")}),
        (50001, "sp_RemoveAccessListEntry", {"entry_id": None}),
        (50008, "sp_RemoveAccessListEntry", {"entry_id": 0, "actor": "a" * 101}),
        (50003, "sp_ListAccessList", {"list_kind": "black"}),
        (50003, "sp_ListAccessList", {"subject_kind": "planet"}),
        (50001, "sp_FlagUser", FLAG | {"user_id": " "}),
        (50001, "sp_FlagUser", FLAG | {"risk_score": None}),
        (50001, "sp_FlagUser", FLAG | {"reason": " "}),
        (50002, "sp_FlagUser", FLAG | {"risk_score": Decimal("-0.01")}),
        (50008, "sp_FlagUser", FLAG | {"user_id": "u" * 101}),
        (50008, "sp_FlagUser", FLAG | {"actor": "a" * 101}),
        (50001, "sp_RecordFraudEvent", REPORT | {"detection_type": ""}),
        (50001, "sp_RecordFraudEvent", REPORT | {"severity": None}),
        (50002, "sp_RecordFraudEvent", REPORT | {"risk_score": Decimal("1.01")}),
        (50003, "sp_RecordFraudEvent", REPORT | {"detection_type": "witchcraft"}),
        (50003, "sp_RecordFraudEvent", REPORT | {"severity": "High"}),
        (50004, "sp_RecordFraudEvent", REPORT | {"details_json": "[]"}),
        (50008, "sp_RecordFraudEvent", REPORT | {"user_id": "u" * 101}),
        (50008, "sp_RecordFraudEvent", REPORT | {"coupon_code": "C" * 51}),
        (50009, "sp_RecordFraudEvent", REPORT | {"user_id": None}),
    ],
)
def test_broken_calls_are_thrown(
    office: Office, number: int, procedure: str, given: dict[str, Any]
) -> None:
    office.refuses(number, procedure, **given)
