from __future__ import annotations

from decimal import Decimal

from tests.spec.billing import Billing
from tests.world import World


def test_j9_a_licence_holder_buys_the_next_version_early(seeded: World) -> None:
    """J9: an early bird, with the figures of D6."""
    customer = Billing(seeded, "u-j9")
    assert customer.start("enterprise_pro").ok
    key = customer.license().license_key

    used = seeded.redeem("EARLYBIRD79", "u-j9", Decimal("99.00"))
    assert (used.ok, used.discount_amount, used.final_amount) == (
        True,
        Decimal("20.00"),
        Decimal("79.00"),
    )

    bought = {
        "license_key": key,
        "to_version": "2.0",
        "standard_price": Decimal("99.00"),
        "price_paid": used.final_amount,
        "upgrade_type": "early_bird",
        "redemption_id": used.redemption_id,
    }
    upgraded = seeded.call("sp_RecordVersionUpgrade", **bought)
    assert upgraded.ok
    (row,) = seeded.rows(
        "SELECT * FROM dbo.VersionUpgrades WHERE UpgradeId = ?", upgraded.upgrade_id
    )
    assert (row.from_version, row.to_version) == ("1.0", "2.0")
    assert (row.price_paid, row.upgrade_type) == (Decimal("79.00"), "early_bird")
    assert (row.coupon_code, row.redemption_id) == ("EARLYBIRD79", used.redemption_id)

    again = seeded.call("sp_RecordVersionUpgrade", **bought)
    assert (again.ok, again.error) == (False, "UPGRADE_EXISTS")
