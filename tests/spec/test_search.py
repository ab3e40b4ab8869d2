"""Searching the list of codes, and the searches that an operator keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.calls import Answer
from tests.spec.figures import Past
from tests.spec.office import Office, fresh
from tests.world import World, now


class Shelf:
    """The demo list of the specification under codes of its own, and a few codes beside it."""

    def __init__(self, world: World, office: Office) -> None:
        self.world, self.office = world, office
        self.demo = world.campaign("demo", campaign_source="newsletter")
        self.names: dict[str, str] = {}
        self._add("FREE2024", "Free session 2024", ("free_session", None), days=30)
        self._add("SAVE30", "Save 30 percent", ("percentage", 30), days=20, max_uses=50)
        self._add("NEW15", "Newcomers", ("fixed_amount", 15), days=10, max_uses=25)
        self._past("FREE2024", 45, "30.00", "30.00", used_days_ago=9)
        self._past("SAVE30", 22, "130.00", "39.00", used_days_ago=6)
        self._past("SAVE30", 1, "140.00", "42.00", used_days_ago=6)
        self._past("NEW15", 12, "30.00", "15.00", used_days_ago=3)
        Past(world, self.names["NEW15"]).seen(48)
        world.change_coupon(self.names["NEW15"], expires_at=now() - timedelta(days=1))

    def _add(
        self,
        name: str,
        internal: str,
        discount: tuple[str, int | None],
        *,
        days: int,
        max_uses: int | None = None,
    ) -> None:
        self.names[name] = self.world.coupon(
            name,
            campaign=self.demo,
            discount=discount,
            internal_name=internal,
            max_uses=max_uses,
            created_at=now() - timedelta(days=days),
        )

    def _past(
        self, name: str, times: int, order: str, discount: str, *, used_days_ago: int
    ) -> None:
        at = now() - timedelta(days=used_days_ago)
        code = self.names[name]
        Past(self.world, code).attempted(times=times, order=order, discount=discount, at=at)
        used = self.world.coupon_row(code).used_count
        self.world.change_coupon(code, used_count=used + times, last_used_at=at)

    def find(self, **filters: Any) -> Answer:
        return self.office.call("sp_SearchCoupons", campaign_id=self.demo, **filters)

    def found(self, **filters: Any) -> list[str]:
        """The names of the codes that a search finds, in their order."""
        by_code = {code: name for name, code in self.names.items()}
        return [by_code[row["CouponCode"]] for row in self.find(**filters).sets[0]]


@pytest.fixture(scope="module")
def shelf(database: Target) -> Iterator[Shelf]:
    world = World(database)
    with Office(database) as office:
        yield Shelf(world, office)
    world.close()


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param({}, ["NEW15", "SAVE30", "FREE2024"], id="everything, newest first"),
        pytest.param({"search": "percent"}, ["SAVE30"], id="part of the internal name"),
        pytest.param({"search": "E2024"}, ["FREE2024"], id="part of the code"),
        pytest.param({"search": "SAVE3O"}, ["SAVE30"], id="letter O for zero"),
        pytest.param({"search": "newcumers"}, ["NEW15"], id="sounds alike"),
        pytest.param({"search": "SAVE3O", "fuzzy": 0}, [], id="not fuzzy"),
        pytest.param(
            {"search": "LETTER", "sort_field": "code", "sort_direction": "asc"},
            ["FREE2024", "NEW15", "SAVE30"],
            id="the source of the campaign",
        ),
        pytest.param({"search": "%"}, [], id="a wildcard is a character"),
        pytest.param({"status_json": '["expired"]'}, ["NEW15"], id="one status"),
        pytest.param(
            {"status_json": '["active","expired"]'}, ["NEW15", "SAVE30", "FREE2024"], id="statuses"
        ),
        pytest.param({"discount_type": "percentage"}, ["SAVE30"], id="kind of discount"),
        pytest.param({"applicable_to": "book_a_meeting"}, [], id="kind of use"),
        pytest.param({"campaign_source": "newsletter", "usage_min": 40}, ["FREE2024"], id="source"),
        pytest.param({"usage_min": 20, "usage_max": 30}, ["SAVE30"], id="usage"),
        pytest.param({"revenue_min": 1000, "revenue_max": 2000}, ["FREE2024"], id="revenue"),
        pytest.param({"conversion_max": 50}, ["NEW15"], id="conversion"),
        pytest.param({"date_preset": "last_7_days"}, [], id="made this week"),
        pytest.param(
            {"date_preset": "last_7_days", "date_field": "lastUsed"},
            ["NEW15", "SAVE30"],
            id="used this week",
        ),
        pytest.param(
            {"date_from": now() - 25 * DAY, "date_to": now() - 15 * DAY}, ["SAVE30"], id="period"
        ),
        pytest.param({"date_field": "expires", "date_to": now()}, ["NEW15"], id="ended by now"),
        pytest.param({"sort_field": "revenue"}, ["SAVE30", "FREE2024", "NEW15"], id="by revenue"),
        pytest.param(
            {"sort_field": "conversion", "sort_field2": "usage", "sort_direction2": "desc"},
            ["FREE2024", "SAVE30", "NEW15"],
            id="by conversion, then usage",
        ),
        pytest.param(
            {"sort_field": "discount_type", "sort_direction": "asc"},
            ["NEW15", "FREE2024", "SAVE30"],
            id="by kind",
        ),
        pytest.param(
            {"sort_field": "status", "sort_field2": "discount_value"},
            ["NEW15", "FREE2024", "SAVE30"],
            id="by status, then value",
        ),
        pytest.param(
            {"sort_field": "expires", "sort_direction": "asc", "sort_field2": "code"},
            ["NEW15", "FREE2024", "SAVE30"],
            id="by end, then code",
        ),
    ],
)
def test_a_search_finds(shelf: Shelf, filters: dict[str, Any], expected: list[str]) -> None:
    assert shelf.found(**filters) == expected


def test_the_best_match_comes_first_whatever_the_order(shelf: Shelf) -> None:
    """Four codes of a campaign that match one text in four ways."""
    campaign = shelf.world.campaign("ranks")
    text = f"SAVE5O{shelf.world.tag}"
    codes = [text, f"{text}-B", f"A-{text}", f"SAVES0{shelf.world.tag}"]
    for number, code in enumerate(codes):
        shelf.world.coupon(f"RANK{number}", campaign=campaign, coupon_code=code)

    rows = shelf.office.call(
        "sp_SearchCoupons",
        search=f" {text.lower()} ",
        campaign_id=campaign,
        sort_field="code",
        sort_direction="asc",
    ).sets[0]

    assert [(row["CouponCode"], row["MatchRank"], row["TotalRows"]) for row in rows] == [
        (codes[0], 1, 4),
        (codes[1], 2, 4),
        (codes[2], 3, 4),
        (codes[3], 4, 4),
    ]


def test_a_search_returns_the_admin_list_and_where_a_row_matched(shelf: Shelf) -> None:
    columns = shelf.office.rows("SELECT TOP (1) * FROM dbo.vw_CouponList;")[0].keys()

    (row,) = shelf.find(search="save").sets[0]

    assert list(row) == [*columns, "MatchRank", "TotalRows"]
    assert (row["MatchRank"], row["UsageText"], row["RevenueTotal"]) == (
        2,
        "23/50",
        Decimal("2100.00"),
    )


def test_generated_and_deleted_codes_come_only_when_asked_for(shelf: Shelf) -> None:
    campaign = shelf.world.campaign("hidden")
    plain = shelf.world.coupon("PLAIN", campaign=campaign)
    made = shelf.world.coupon("MADE", campaign=campaign, generation_batch_id="gen-1")
    gone = shelf.world.coupon("GONE", campaign=campaign, deleted_at=now())

    def found(**filters: Any) -> set[str]:
        rows = shelf.office.call("sp_SearchCoupons", campaign_id=campaign, **filters).sets[0]
        return {row["CouponCode"] for row in rows}

    assert found() == {plain}
    assert found(include_generated=1) == {plain, made}
    assert found(include_deleted=1) == {plain, gone}
    assert found(include_generated=1, include_deleted=1, status_json='["inactive"]') == {gone}


def test_pages_neither_repeat_nor_leave_out_codes_of_one_moment(shelf: Shelf) -> None:
    campaign = shelf.world.campaign("pages")
    moment = now() - timedelta(days=3)
    codes = [
        shelf.world.coupon(f"PAGE{number}", campaign=campaign, created_at=moment)
        for number in range(7)
    ]

    pages = [
        shelf.office.call(
            "sp_SearchCoupons", campaign_id=campaign, page_size=3, page_no=number
        ).sets[0]
        for number in (1, 2, 3, 4)
    ]

    assert [row["CouponCode"] for page in pages for row in page] == codes
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert {row["TotalRows"] for page in pages for row in page} == {7}


@pytest.mark.parametrize(
    ("number", "bad"),
    [
        (50002, {"page_size": 0}),
        (50002, {"page_size": 1001}),
        (50002, {"page_no": 0}),
        (50002, {"usage_min": -1}),
        (50002, {"usage_min": 2, "usage_max": 1}),
        (50002, {"revenue_min": 2, "revenue_max": 1}),
        (50002, {"conversion_min": 101}),
        (50003, {"status_json": '["active","gone"]'}),
        (50003, {"discount_type": "gift"}),
        (50003, {"applicable_to": "nobody"}),
        (50003, {"date_field": "deleted"}),
        (50003, {"date_preset": "last_year"}),
        (50003, {"sort_field": "CODE"}),
        (50003, {"sort_direction": "up"}),
        (50003, {"sort_field2": "name"}),
        (50003, {"sort_field2": "code", "sort_direction2": "down"}),
        (50004, {"status_json": '{"active":1}'}),
        (50006, {"date_from": now(), "date_to": now() - timedelta(days=1)}),
        (50008, {"campaign_id": "c" * 101}),
        (50009, {"date_preset": "today", "date_to": now()}),
    ],
)
def test_a_search_that_means_nothing_is_thrown(
    shelf: Shelf, number: int, bad: dict[str, Any]
) -> None:
    shelf.office.refuses(number, "sp_SearchCoupons", **bad)


# ---------------------------------------------------------------- searches that are kept


def save(office: Office, owner: str, name: str | None = None, **more: Any) -> int:
    given: dict[str, Any] = {"filter_json": "{}"} | more
    answer = office.call("sp_SaveSearch", role="ops", owner=owner, name=name, **given)
    assert answer.success
    return answer["SavedSearchId"]


def kept(office: Office, owner: str) -> list[tuple[int, str | None]]:
    rows = office.call("sp_ListSavedSearches", role="ops", owner=owner).sets[0]
    return [(row["SavedSearchId"], row["Name"]) for row in rows]


def test_a_name_is_kept_once_and_its_search_replaced(office: Office) -> None:
    owner = fresh("op")
    text = json.dumps({"search": "save", "statusJson": ["active"], "usageMin": 3})

    first = save(office, owner, "sales", is_default_sort=1)
    other = save(office, owner, "autumn", is_default_sort=1)
    defaults = [
        row["IsDefaultSort"] for row in office.call("sp_ListSavedSearches", owner=owner).sets[0]
    ]
    again = save(office, owner, "sales", filter_json=text, sort_field="revenue")

    assert defaults == [True, False]
    assert again == first
    assert kept(office, owner) == [(other, "autumn"), (first, "sales")]
    (_, row) = office.call("sp_ListSavedSearches", owner=owner).sets[0]
    assert (row["FilterJson"], row["SortField"], row["IsDefaultSort"]) == (text, "revenue", False)


def test_twenty_recent_searches_are_kept(office: Office) -> None:
    owner = fresh("op")
    named = save(office, owner, "stays")

    numbers = [save(office, owner) for _ in range(22)]

    assert kept(office, owner) == [(named, "stays"), *((n, None) for n in reversed(numbers[2:]))]


def test_only_the_owner_can_delete_a_search(office: Office) -> None:
    owner = fresh("op")
    number = save(office, owner, "mine")

    other = office.call("sp_DeleteSavedSearch", saved_search_id=number, owner=fresh("op"))
    own = office.call("sp_DeleteSavedSearch", role="ops", saved_search_id=number, owner=owner)
    again = office.call("sp_DeleteSavedSearch", saved_search_id=number, owner=owner)

    assert (other.code, own.success, again.code) == ("SEARCH_NOT_FOUND", True, "SEARCH_NOT_FOUND")
    assert kept(office, owner) == []


@pytest.mark.parametrize(
    ("number", "bad"),
    [
        (50001, {"owner": " "}),
        (50001, {"filter_json": ""}),
        (50003, {"sort_field": "name"}),
        (50003, {"sort_direction": "up"}),
        (50004, {"filter_json": "[]"}),
        (50004, {"filter_json": '{"Search":"save"}'}),
        (50008, {"owner": "o" * 101}),
    ],
)
def test_a_broken_search_is_not_kept(office: Office, number: int, bad: dict[str, Any]) -> None:
    office.refuses(number, "sp_SaveSearch", **{"owner": fresh("op"), "filter_json": "{}"} | bad)


@pytest.mark.parametrize(
    ("number", "procedure", "bad"),
    [
        (50001, "sp_ListSavedSearches", {"owner": ""}),
        (50008, "sp_ListSavedSearches", {"owner": "o" * 101}),
        (50001, "sp_DeleteSavedSearch", {"saved_search_id": 1, "owner": ""}),
        (50001, "sp_DeleteSavedSearch", {"saved_search_id": None, "owner": "o"}),
        (50008, "sp_DeleteSavedSearch", {"saved_search_id": 1, "owner": "o" * 101}),
    ],
)
def test_calls_about_kept_searches_need_an_owner(
    office: Office, number: int, procedure: str, bad: dict[str, Any]
) -> None:
    office.refuses(number, procedure, **bad)
