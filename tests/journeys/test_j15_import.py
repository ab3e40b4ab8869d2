"""J15: a file of codes that somebody else made."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.spec.calls import Answer
from tests.spec.office import Office, fresh_codes, now


def lines(codes: list[str], value: int = 10) -> list[dict[str, Any]]:
    start = (now() + timedelta(days=1)).isoformat()
    return [
        {
            "code": code,
            "discount_type": "percentage",
            "discount_value": str(value),
            "valid_from": start,
        }
        for code in codes
    ]


def counts(answer: Answer) -> tuple[Any, ...]:
    return tuple(answer[name] for name in ("Inserted", "Updated", "Skipped", "Errors"))


def test_j15_a_file_of_a_hundred_rows_is_imported_and_nothing_is_half_done(
    office: Office,
) -> None:
    """A hundred good rows; then one bad row; then three codes that are there already."""
    campaign, codes = office.campaign(), fresh_codes(100)

    def bring(rows: list[dict[str, Any]], **options: Any) -> Answer:
        return office.call(
            "sp_ImportCoupons", campaign_id=campaign, rows_json=json.dumps(rows), **options
        )

    def stored() -> int:
        return office.value("SELECT COUNT(*) FROM dbo.Coupons WHERE CampaignId = ?;", campaign)

    preview = bring(lines(codes))
    assert (counts(preview), stored()) == ((100, 0, 0, 0), 0)
    assert {row["Action"] for row in preview.sets[1]} == {"insert"}

    real = bring(lines(codes), dry_run=0)
    assert (counts(real), stored()) == ((100, 0, 0, 0), 100)

    rows = lines(fresh_codes(9))
    rows[6]["discount_value"] = "120"
    bad = bring(rows, dry_run=0)
    (named,) = (row for row in bad.sets[1] if row["ErrorCode"])
    assert (bad.code, counts(bad), stored()) == ("IMPORT_HAS_ERRORS", (0, 0, 0, 1), 100)
    assert (named["RowNo"], named["CouponCode"]) == (7, rows[6]["code"])
    assert named["ErrorCode"] == "ARG_BAD_DISCOUNT"

    known = lines([*fresh_codes(2), *codes[:3]], value=20)
    refused = bring(known, dry_run=0)
    assert (refused.code, counts(refused), stored()) == ("IMPORT_HAS_ERRORS", (0, 0, 0, 3), 100)
    assert [row["ErrorCode"] for row in refused.sets[1]] == [None] * 2 + ["CODE_EXISTS"] * 3

    skipped = bring(known, dry_run=0, skip_duplicates=1)
    assert (counts(skipped), stored()) == ((2, 0, 3, 0), 102)

    updated = bring(known[2:], dry_run=0, update_existing=1)
    assert (counts(updated), stored()) == ((0, 3, 0, 0), 102)
    values = office.rows(
        "SELECT DiscountValue, IsActive FROM dbo.Coupons WHERE CouponCode IN (?, ?, ?);", *codes[:3]
    )
    assert [(row["DiscountValue"], row["IsActive"]) for row in values] == [(20, False)] * 3
