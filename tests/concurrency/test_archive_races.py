"""A reversal meets the archive, which takes rows of the ledger without asking their user."""

from __future__ import annotations

from collections.abc import Iterator

import pyodbc
import pytest

from tests.concurrency.sabotage import Changes, sabotaged, together
from tests.concurrency.sessions import Gate, Outcome, through_the_gate
from tests.concurrency.shops import redeem
from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, call
from tests.spec.office import Office, fresh

BEFORE_THE_USER: Changes = {
    "sp_i_LockRedemption": {
        "        EXEC dbo.sp_i_LockUser ": Gate.HOOK + "        EXEC dbo.sp_i_LockUser "
    }
}
NO_SECOND_LOOK: Changes = {
    "sp_i_LockRedemption": {"    WHERE a.RedemptionId = @RedemptionId;\n": "    WHERE 1 = 0;\n"}
}


@pytest.fixture
def office(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


def reverse_while_it_is_archived(ruin: Target, office: Office, changes: Changes) -> Outcome:
    """The reversal has found its row in the ledger; before it has its user the row is moved."""
    user = fresh("u")
    redemption = redeem(office.connection(), office.coupon(), user)["RedemptionId"]
    office.write(
        "UPDATE dbo.RedemptionHistory SET AttemptedAt = DATEADD(MONTH, -25, AttemptedAt)"
        " WHERE RedemptionId = ?;",
        redemption,
    )

    def reverse(session: pyodbc.Connection) -> Answer:
        return call(
            session,
            "sp_ReverseRedemption",
            redemption_id=redemption,
            reversal_reason="refund",
            idempotency_key=fresh("r"),
        )

    def archive() -> None:
        assert office.call("sp_ArchiveRedemptionHistory")["Moved"] >= 1

    with sabotaged(office, changes):
        (outcome,) = through_the_gate(ruin, reverse, meanwhile=archive)
    return outcome


def test_a_redemption_that_is_archived_meanwhile_is_told_to_be(
    ruin: Target, office: Office
) -> None:
    outcome = reverse_while_it_is_archived(ruin, office, BEFORE_THE_USER)

    assert isinstance(outcome, Answer)
    assert outcome.code == "REDEMPTION_NOT_REVERSIBLE"
    assert outcome["Message"].endswith(" is archived.")


def test_without_the_look_into_the_archive_it_counts_as_anothers(
    ruin: Target, office: Office
) -> None:
    outcome = reverse_while_it_is_archived(ruin, office, together(BEFORE_THE_USER, NO_SECOND_LOOK))

    assert isinstance(outcome, Fault)
    assert outcome.number == 50202
