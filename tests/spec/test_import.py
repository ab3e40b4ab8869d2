"""sp_ImportCoupons: a file of coupons comes in wholly or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.spec.calls import Answer, run
from tests.spec.office import Office, fresh, fresh_code, fresh_codes, now

LONG = "x" * 101


def line(code: str | None = None, **changes: Any) -> dict[str, Any]:
    """A row as a file holds it: ten percent from tomorrow on."""
    given: dict[str, Any] = {
        "code": code or fresh_code(),
        "discount_type": "percentage",
        "discount_value": "10",
        "valid_from": (now() + timedelta(days=1)).isoformat(),
    }
    return {name: value for name, value in (given | changes).items() if value is not ...}


def bring(office: Office, campaign: str, rows: list[dict[str, Any]], **options: Any) -> Answer:
    return office.call(
        "sp_ImportCoupons",
        campaign_id=campaign,
        rows_json=json.dumps(rows),
        **({"dry_run": 0} | options),
    )


def counts(answer: Answer) -> tuple[Any, ...]:
    return tuple(answer[name] for name in ("Rows", "Inserted", "Updated", "Skipped", "Errors"))


def told(answer: Answer) -> list[tuple[Any, ...]]:
    """Of each row: its number, what is done with it, and its error."""
    return [(row["RowNo"], row["Action"], row["ErrorCode"]) for row in answer.sets[1]]


def stored(office: Office, code: str) -> Any:
    return office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", code)


def redeem(office: Office, code: str) -> str | None:
    return office.call(
        "sp_RedeemCoupon", coupon_code=code, user_id=fresh("u"), order_amount=100
    ).code


def test_a_row_becomes_an_inactive_coupon_of_the_campaign(office: Office) -> None:
    campaign, code, until = office.campaign(), fresh_code(), now() + timedelta(days=9)
    full = line(
        f"  {code.lower()} ",
        discount_type="fixed_amount",
        discount_value=12.5,
        internal_name="Spring mailing",
        description_en="Twelve fifty off",
        max_uses_total=40,
        valid_until=until.isoformat() + "Z",
        applicable_to="book_a_meeting",
        campaign_source="newsletter",
    )

    answer = bring(office, campaign, [full, line()], actor="ann", send_notifications=1)

    row = stored(office, code)
    assert answer.success
    assert answer["Message"] == "2 inserted, 0 updated, 0 skipped."
    assert counts(answer) == (2, 2, 0, 0, 0)
    assert told(answer) == [(1, "insert", None), (2, "insert", None)]
    assert next(one["CouponCode"] for one in answer.sets[1]) == code
    assert (row["CampaignId"], row["IsActive"], row["CreatedBy"]) == (campaign, False, "ann")
    assert (row["CouponType"], row["DiscountType"]) == ("fixed_amount_discount", "fixed_amount")
    assert (row["DiscountValue"], row["MaxUses"], row["MaxUsesPerUser"]) == (12.5, 40, 1)
    assert (row["InternalName"], row["Description"]) == ("Spring mailing", "Twelve fifty off")
    assert (row["ApplicableTo"], row["CampaignSource"]) == ("book_a_meeting", "newsletter")
    assert row["ExpiresAt"] == until
    detail = office.call("sp_GetCouponDetails", coupon_code=code, language="en")
    assert detail["Description"] == "Twelve fifty off"
    shown = office.call("sp_GetCampaign", campaign_id=campaign).sets[1]
    assert [(one["CouponCode"], one["Role"]) for one in shown if one["CouponCode"] == code] == [
        (code, "primary")
    ]
    assert office.actions(code) == ["coupon.create"]
    assert office.actions(campaign) == ["campaign.create", "campaign.import"]
    assert office.events(campaign) == ["campaign_changed", "coupons_imported"]
    payload = json.loads(
        office.value(
            "SELECT PayloadJson FROM dbo.OutboxEvents"
            " WHERE EventType = N'coupons_imported' AND EntityId = ?;",
            campaign,
        )
    )
    assert (payload["id"], payload["action"], payload["actor"]) == (campaign, "import", "ann")


def test_imported_coupons_are_active_when_that_is_asked_for(office: Office) -> None:
    campaign, code = office.campaign(), fresh_code()
    start = now() - timedelta(minutes=1)

    bring(office, campaign, [line(code, valid_from=start.isoformat())], activate_immediately=1)

    assert redeem(office, code) is None
    assert office.events(campaign) == ["campaign_changed"]


@pytest.mark.parametrize(
    ("kind", "value", "coupon_type"),
    [
        ("percentage", "15", "percentage_discount"),
        ("fixed_amount", "15", "fixed_amount_discount"),
        ("credits", "15", "fixed_amount_discount"),
        ("months_free", "3", "duration_bonus"),
        ("free_session", "", "percentage_discount"),
    ],
)
def test_the_coupon_type_follows_from_the_discount(
    office: Office, kind: str, value: str, coupon_type: str
) -> None:
    code = fresh_code()

    answer = bring(
        office, office.campaign(), [line(code, discount_type=kind, discount_value=value)]
    )

    assert answer.success
    assert stored(office, code)["CouponType"] == coupon_type


@pytest.mark.ec("EC-028")
def test_ec_028_a_preview_names_each_bad_row_and_any_error_writes_nothing(office: Office) -> None:
    campaign = office.campaign()
    deleted, taken = office.coupon(campaign), office.coupon(campaign)
    office.call("sp_DeleteCoupon", coupon_code=deleted, confirm=1)
    twice, good = fresh_code(), fresh_code()
    tomorrow = (now() + timedelta(days=1)).isoformat()
    rows: list[tuple[dict[str, Any], str | None]] = [
        (line(good), None),
        (line(twice), None),
        (line(" "), "ARG_REQUIRED"),
        (line(code=...), "ARG_REQUIRED"),
        (line(discount_type=...), "ARG_REQUIRED"),
        (line(discount_value=" "), "ARG_REQUIRED"),
        (line(valid_from=None), "ARG_REQUIRED"),
        (line("AB"), "ARG_BAD_CODE"),
        (line("ABCDEFGHIJKLMNOPQRSTU"), "ARG_BAD_CODE"),
        (line("A B C"), "ARG_BAD_CODE"),
        (line(discount_value="ten"), "ARG_BAD_JSON"),
        (line(max_uses_total="many"), "ARG_BAD_JSON"),
        (line(valid_from="01/02/2031"), "ARG_BAD_JSON"),
        (line(valid_from="2031-13-01"), "ARG_BAD_JSON"),
        (line(valid_until="2031-01-01T00:00:00+02:00"), "ARG_BAD_JSON"),
        (line(discount_type="rebate"), "ARG_NOT_IN_LIST"),
        (line(discount_type="percentage_of_everything"), "ARG_NOT_IN_LIST"),
        (line(applicable_to="nobody"), "ARG_NOT_IN_LIST"),
        (line(applicable_to="x" * 31), "ARG_NOT_IN_LIST"),
        (line(internal_name="ab"), "ARG_OUT_OF_RANGE"),
        (line(internal_name=LONG), "ARG_TOO_LONG"),
        (line(description_en="x" * 1001), "ARG_TOO_LONG"),
        (line(campaign_source=LONG), "ARG_TOO_LONG"),
        (line(max_uses_total=0), "ARG_OUT_OF_RANGE"),
        (line(discount_value="-1"), "ARG_BAD_DISCOUNT"),
        (line(discount_value=101), "ARG_BAD_DISCOUNT"),
        (line(discount_type="months_free", discount_value=37), "ARG_BAD_DISCOUNT"),
        (line(valid_from="2001-01-01"), "ARG_BAD_DATES"),
        (line(valid_from=tomorrow, valid_until=tomorrow), "ARG_BAD_DATES"),
        (line(applicable_to="specific_consultants"), "ARG_CONFLICT"),
        (line(f" {twice.lower()}"), "CODE_EXISTS"),
        (line(taken), "CODE_EXISTS"),
        (line(deleted), "CODE_RETIRED"),
    ]
    bad = sum(1 for _, error in rows if error)

    preview = bring(office, campaign, [row for row, _ in rows], dry_run=1)
    real = bring(office, campaign, [row for row, _ in rows])

    assert (preview.code, real.code) == ("IMPORT_HAS_ERRORS",) * 2
    for answer in (preview, real):
        assert told(answer) == [
            (number, "error" if error else "insert", error)
            for number, (_, error) in enumerate(rows, 1)
        ]
        assert counts(answer) == (len(rows), 0, 0, 0, bad)
    assert real["Message"] == f"{bad} of {len(rows)} rows have errors. Nothing is written."
    assert real.sets[1][30]["Message"] == f"Code {twice} is in row 2 already."
    assert real.sets[1][23]["Message"].startswith("max_uses_total must be 1 or more")
    assert not office.rows("SELECT 1 AS One FROM dbo.Coupons WHERE CouponCode = ?;", good)
    assert office.actions(campaign) == ["campaign.create"]


@pytest.mark.ec("EC-028")
def test_ec_028_a_preview_is_the_default_and_writes_nothing(office: Office) -> None:
    campaign, code, key = office.campaign(), fresh_code(), fresh("k")
    rows = json.dumps([line(code)])

    preview = office.call(
        "sp_ImportCoupons", campaign_id=campaign, rows_json=rows, idempotency_key=key
    )
    real = office.call(
        "sp_ImportCoupons",
        campaign_id=campaign,
        rows_json=rows,
        idempotency_key=key,
        dry_run=0,
    )

    assert (preview["Message"], counts(preview)) == (
        "1 inserted, 0 updated, 0 skipped (dry run).",
        (1, 1, 0, 0, 0),
    )
    assert real.success
    assert office.actions(code) == ["coupon.create"]


@pytest.mark.ec("EC-028")
def test_ec_028_existing_codes_are_errors_or_skipped_or_updated(office: Office) -> None:
    campaign = office.campaign()
    codes = [
        office.coupon(campaign, notes="kept", discount_type="percentage", discount_value=5)
        for _ in range(2)
    ]
    same = office.coupon(
        campaign,
        discount_type="percentage",
        discount_value=10,
        valid_from=now() - timedelta(days=2),
        allow_past_start=1,
    )
    start = stored(office, same)["ValidFrom"]
    new = fresh_code()
    rows = [line(code) for code in codes] + [line(same, valid_from=start.isoformat()), line(new)]

    refused = bring(office, campaign, rows)
    skipped = bring(office, campaign, rows[:3], skip_duplicates=1)
    updated = bring(office, campaign, rows, update_existing=1, actor="bob")

    assert [error for _, _, error in told(refused)] == ["CODE_EXISTS"] * 3 + [None]
    assert (counts(skipped), {action for _, action, _ in told(skipped)}) == (
        (3, 0, 0, 3, 0),
        {"skip"},
    )
    assert counts(updated) == (4, 1, 3, 0, 0)
    assert [action for _, action, _ in told(updated)] == ["update"] * 3 + ["insert"]
    row = stored(office, codes[0])
    assert (row["DiscountValue"], row["Notes"], row["IsActive"]) == (10, "kept", True)
    assert row["UpdatedBy"] == "bob"
    assert office.actions(codes[0]) == ["coupon.create", "coupon.update"]
    audit = office.row(
        "SELECT BeforeJson, AfterJson, Actor FROM dbo.AuditLog"
        " WHERE EntityId = ? AND Action = N'coupon.update';",
        codes[0],
    )
    assert json.loads(audit["BeforeJson"])["discountValue"] == 5
    assert json.loads(audit["AfterJson"])["discountValue"] == 10
    # What was so already is not written again.
    assert office.actions(same) == ["coupon.create"]


@pytest.mark.ec("EC-028")
def test_ec_028_a_key_imports_once(office: Office) -> None:
    campaign, key = office.campaign(), fresh("k")
    rows = [line() for _ in range(3)]

    first = bring(office, campaign, rows, idempotency_key=key)
    second = bring(office, campaign, rows, idempotency_key=key)
    other = bring(office, campaign, rows[:1], idempotency_key=key)
    optioned = bring(office, campaign, rows, idempotency_key=key, activate_immediately=1)

    assert first.sets == second.sets
    assert [other.code, optioned.code] == ["IDEMPOTENCY_KEY_REUSED"] * 2
    assert counts(other) == (None,) * 5
    assert len(other.sets) == 2
    assert office.actions(campaign) == ["campaign.create", "campaign.import"]


@pytest.mark.ec("EC-028")
def test_ec_028_a_refused_import_is_an_outcome_too(office: Office) -> None:
    campaign, key = office.campaign(), fresh("k")
    code = fresh_code()
    rows = [line(code), line("AB")]

    first = bring(office, campaign, rows, idempotency_key=key)
    second = bring(office, campaign, rows, idempotency_key=key)

    assert first.code == "IMPORT_HAS_ERRORS"
    assert first.sets == second.sets


@pytest.mark.ec("EC-025")
@pytest.mark.parametrize("stripes", [1, 3])
def test_ec_025_an_import_neither_undercuts_a_use_nor_changes_its_discount(
    office: Office, stripes: int
) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=200, discount_type="percentage", discount_value=10)
    office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=stripes)
    assert [redeem(office, code) for _ in range(3)] == [None] * 3
    start = (now() + timedelta(seconds=-60)).isoformat()
    before = stored(office, code)

    below = bring(office, campaign, [line(code, max_uses_total=2)], update_existing=1)
    other = bring(office, campaign, [line(code, discount_value=20)], update_existing=1)
    unchanged = stored(office, code)
    filled = bring(
        office, campaign, [line(code, max_uses_total=3, valid_from=start)], update_existing=1
    )
    full = redeem(office, code)
    raised = bring(
        office, campaign, [line(code, max_uses_total=5, valid_from=start)], update_existing=1
    )

    assert told(below) == [(1, "error", "LIMIT_BELOW_USAGE")]
    assert told(other) == [(1, "error", "COUPON_IN_USE")]
    assert unchanged == before
    assert (filled.success, full, raised.success) == (True, "MAX_USES_REACHED", True)
    assert [redeem(office, code) for _ in range(3)] == [None, None, "MAX_USES_REACHED"]


def test_an_import_leaves_the_codes_of_other_campaigns_alone(office: Office) -> None:
    code = office.coupon()

    answer = bring(office, office.campaign(), [line(code)], update_existing=1)

    assert told(answer) == [(1, "error", "CODE_EXISTS")]


def test_an_end_that_stays_is_held_against_the_new_start(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, expires_at=now() + timedelta(hours=1))

    answer = bring(office, campaign, [line(code)], update_existing=1)

    assert told(answer) == [(1, "error", "ARG_BAD_DATES")]


def test_a_file_without_rows_imports_nothing(office: Office) -> None:
    answer = bring(office, office.campaign(), [])

    assert (answer.success, counts(answer), answer.sets[1]) == (True, (0, 0, 0, 0, 0), ())


def test_a_campaign_that_is_not_there_takes_no_coupons(office: Office) -> None:
    gone = office.campaign()
    office.call("sp_DeleteCampaign", campaign_id=gone, confirm=1)

    for campaign in (gone, fresh("c")):
        answer = bring(office, campaign, [line()])
        assert (answer.code, answer["Message"]) == (
            "CAMPAIGN_NOT_FOUND",
            f"Campaign {campaign} not found.",
        )
        assert (counts(answer), answer.sets[1]) == ((None,) * 5, ())


@pytest.mark.parametrize(
    ("number", "changed", "message"),
    [
        (50001, {"campaign_id": " "}, "ARG_REQUIRED: @CampaignId"),
        (50001, {"rows_json": " "}, "ARG_REQUIRED: @RowsJson"),
        (50002, {"rows_json": "[" + ",".join(["{}"] * 20001) + "]"}, "ARG_OUT_OF_RANGE: @RowsJson"),
        (50004, {"rows_json": "{}"}, "ARG_BAD_JSON: @RowsJson must be a JSON array"),
        (50004, {"rows_json": "[{}, 5]"}, "ARG_BAD_JSON: @RowsJson row 2 is no object"),
        (50004, {"rows_json": '[{"Code": "A"}]'}, "ARG_BAD_JSON: @RowsJson row 1 key Code"),
        (50004, {"rows_json": '[{"code": ["A"]}]'}, "ARG_BAD_JSON: @RowsJson row 1 key code"),
        (50008, {"campaign_id": LONG}, "ARG_TOO_LONG: @CampaignId"),
        (50008, {"idempotency_key": LONG}, "ARG_TOO_LONG: @IdempotencyKey"),
        (50008, {"actor": LONG}, "ARG_TOO_LONG: @Actor"),
        (50008, {"correlation_id": LONG}, "ARG_TOO_LONG: @CorrelationId"),
        (50009, {"skip_duplicates": 1, "update_existing": 1}, "ARG_CONFLICT: @SkipDuplicates"),
    ],
)
def test_a_broken_call_is_refused(
    office: Office, number: int, changed: dict[str, Any], message: str
) -> None:
    given: dict[str, Any] = {"campaign_id": "c", "rows_json": "[]"} | changed

    assert office.refuses(number, "sp_ImportCoupons", **given).startswith(message)


def test_an_import_joins_the_transaction_of_its_caller(office: Office) -> None:
    campaign, codes = office.campaign(), fresh_codes(2)
    connection = office.connection()
    connection.autocommit = False
    inside = bring(office, campaign, [line(code) for code in codes], idempotency_key=fresh("k"))
    connection.rollback()
    connection.autocommit = True

    assert inside.success
    assert office.actions(campaign) == ["campaign.create"]
    doomed = run(
        connection,
        "SET XACT_ABORT ON; BEGIN TRANSACTION;"
        " BEGIN TRY SELECT 1 / 0 AS Zero; END TRY BEGIN CATCH"
        "   BEGIN TRY EXEC dbo.sp_ImportCoupons @CampaignId = N'c', @RowsJson = N'[]'; END TRY"
        "   BEGIN CATCH SELECT ERROR_NUMBER() AS Number; END CATCH;"
        "   ROLLBACK TRANSACTION; END CATCH;",
    )
    assert doomed[-1][0]["Number"] == 50102


def test_many_rows_come_in_whole_portions(office: Office) -> None:
    campaign, codes = office.campaign(), fresh_codes(1203)
    rows = [line(code, description_en="A text") for code in codes]

    answer = bring(office, campaign, rows)

    assert counts(answer) == (1203, 1203, 0, 0, 0)
    for text in (
        "SELECT COUNT(*) FROM dbo.Coupons WHERE CampaignId = ?;",
        "SELECT COUNT(*) FROM dbo.CampaignCoupons WHERE CampaignId = ?;",
        "SELECT COUNT(*) FROM dbo.CouponTranslations AS t INNER JOIN dbo.Coupons AS k"
        " ON k.CouponId = t.CouponId WHERE k.CampaignId = ?;",
        "SELECT COUNT(*) FROM dbo.AuditLog AS a INNER JOIN dbo.Coupons AS k"
        " ON k.CouponCode = a.EntityId WHERE k.CampaignId = ? AND a.Action = N'coupon.create';",
    ):
        assert office.value(text, campaign) == 1203
