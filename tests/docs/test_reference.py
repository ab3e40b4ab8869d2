"""The pages written from the scripts are current, and say what the scripts say."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.reference import Procedure, errors_page, levels, locks_table, pages, reached, read

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def procedures() -> dict[str, Procedure]:
    return read()


@pytest.mark.parametrize("name", ["procedures.md", "errors.md", "lock-order.md"])
def test_a_generated_page_is_what_the_scripts_give(name: str) -> None:
    page = ROOT / "docs" / name

    assert page.read_text("utf-8") == pages()[page], "make fix writes it anew"


def test_a_refusal_is_traced_through_the_procedures_that_lie_between(
    procedures: dict[str, Procedure],
) -> None:
    row = next(
        line for line in errors_page(procedures) if line.startswith("| CAMPAIGN_LIMIT_REACHED |")
    )

    assert "sp_i_GatherCampaign" in reached("sp_RedeemCoupon", procedures)
    assert "sp_RedeemCoupon" in row
    assert "Campaign redemption limit reached." in row


def test_the_levels_of_a_header_are_read_with_their_ranges() -> None:
    assert levels("L2: UserProfiles. L3 to L6 as the core; L11: inserts") == {2, 3, 4, 5, 6, 11}


def test_every_level_is_taken_by_somebody(procedures: dict[str, Procedure]) -> None:
    rows = list(locks_table(procedures))[2:]

    taken = [{at for at, mark in enumerate(row.split(" | ")[1:]) if "×" in mark} for row in rows]
    assert set.union(*taken) == set(range(11))
