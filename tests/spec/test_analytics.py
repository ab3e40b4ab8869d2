"""The reports of one coupon, several, a campaign and the system."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.calls import Row
from tests.spec.figures import Showcase
from tests.spec.office import Office
from tests.world import World, now


@pytest.fixture(scope="module")
def show(database: Target) -> Iterator[Showcase]:
    world = World(database)
    yield Showcase(world)
    world.close()


def pick(row: Row, names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names.split())


# ---------------------------------------------------------------- several coupons


def compare(office: Office, codes: list[str], **period: Any) -> tuple[Row, ...]:
    return office.call("sp_CompareCoupons", codes_json=json.dumps(codes), **period).sets[0]


def test_coupons_are_compared_with_the_first(show: Showcase, office: Office) -> None:
    first, second = compare(office, [show.a.lower(), show.b])

    figures = (
        "CouponCode VariantLabel Views Attempts Successes Failures Reversals UniqueUsers NewUsers"
    )
    assert pick(first, figures) == (show.a, "A", 10, 9, 4, 2, 2, 4, 2)
    assert pick(second, figures) == (show.b, "B", 1, 2, 2, 0, 0, 2, 1)
    money = "SuccessRate ConversionRate DiscountTotal RevenueTotal CashTotal AvgDiscount"
    assert [str(amount) for amount in pick(first, money)] == [
        *("66.6667", "40.0000", "50.00", "340.00", "340.00", "10.00")
    ]
    assert [str(amount) for amount in pick(second, money)] == [
        *("100.0000", "100.0000", "60.00", "60.00", "0.00", "30.00")
    ]
    # 4 of 10 against 2 of 2: pooled 0.5, standard error 0.3873, difference 0.6.
    against = "ConversionDifference RevenueDifference ZValue"
    assert pick(first, against) == (None, None, None)
    assert pick(second, against) == (Decimal("60.00"), Decimal("-280.00"), Decimal("1.55"))


def test_only_the_period_is_compared(show: Showcase, office: Office) -> None:
    period = {"from_utc": show.at + timedelta(minutes=1), "to_utc": show.at + timedelta(hours=2)}

    first, second, unknown = compare(office, [show.a, show.b, "NO-SUCH"], **period)

    assert pick(first, "Attempts ConversionRate") == (0, None)
    assert pick(second, "Attempts ConversionDifference ZValue") == (2, None, None)
    assert pick(unknown, "CouponCode CouponId ConversionRate") == ("NO-SUCH", None, None)


@pytest.mark.parametrize(
    ("number", "codes", "period"),
    [
        (50001, " ", {}),
        (50002, '["A-1"]', {}),
        (50002, '["A-1"," a-1 "]', {}),
        (50002, json.dumps([f"C-{n}" for n in range(11)]), {}),
        (50004, '{"a":1}', {}),
        (50004, '["A-1",2]', {}),
        (50006, '["A-1","B-1"]', {"from_utc": now(), "to_utc": now() - timedelta(days=1)}),
    ],
)
def test_a_comparison_that_means_nothing_is_thrown(
    office: Office, number: int, codes: str, period: dict[str, Any]
) -> None:
    office.refuses(number, "sp_CompareCoupons", codes_json=codes, **period)
