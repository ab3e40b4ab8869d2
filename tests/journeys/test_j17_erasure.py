from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.spec.person import Person
from tests.spec.test_erasure import figures
from tests.world import World


@pytest.mark.ec("EC-040")
def test_j17_a_person_asks_what_is_known_and_then_to_be_forgotten(world: World) -> None:
    ann, carl = Person(world), world.user("carl")
    ann.lives()
    assert world.redeem(ann.code, carl).ok

    exported = world.call("sp_ExportUserData", user_id=ann.user, reason="letter of 3 May")
    document = json.loads(exported.data_json)
    assert document["UserProfiles"][0]["Email"] == ann.email
    assert {row["Status"] for row in document["RedemptionHistory"]} == {"success", "failed"}
    assert document["RedemptionHistoryArchive"][0]["DiscountAmount"] == pytest.approx(7.77)
    assert document["UserCreditBalances"][0]["Amount"] == 70
    assert document["PerpetualLicenses"][0]["PurchasePrice"] == 199
    assert len(document["LicenseActivations"]) == 2

    asked = world.call("sp_EraseUserData", user_id=ann.user, ticket="GDPR-17")
    assert asked.error == "CONFIRMATION_REQUIRED"
    before = figures(world)
    done = world.call("sp_EraseUserData", user_id=ann.user, ticket="GDPR-17", confirm=1)
    assert done.ok

    # Neither id nor e-mail nor address is left, in any text of any table, and no figure moved.
    assert ann.traces() == {}
    assert figures(world) == before
    again = world.call("sp_EraseUserData", user_id=ann.user, ticket="GDPR-17", confirm=1)
    assert again.error == "USER_NOT_FOUND"

    # The shop's books still say what was given, and to how many.
    first, *_ = world.ledger(done.pseudonym_id)
    assert (first.status, first.discount_amount) == ("success", Decimal("10.00"))
    assert world.counters(ann.code, carl).used == 2

    # Limits count on for who was here, for others as before, and for newcomers anew.
    assert world.redeem(ann.code, carl).error == "MAX_USES_PER_USER_REACHED"
    assert world.redeem(ann.code, done.pseudonym_id).error == "MAX_USES_PER_USER_REACHED"
    assert world.redeem(ann.code, ann.user).ok
