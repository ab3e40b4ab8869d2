"""What is known about a person: signs of fraud, and its erasure."""

from __future__ import annotations

from tests.mutation.bug import bug

ERASURE = "spec/test_erasure.py"
FRAUD = "spec/test_fraud_rules.py"
LISTS = "spec/test_access_lists.py"

BUGS = [
    bug(
        "erased-with-addresses",
        "sp_i_EraseUsage",
        "            UPDATE TOP (2000) dbo.RedemptionHistory\n"
        "            SET UserId = @PseudonymId, IpAddress = NULL, UserAgent = NULL,",
        "            UPDATE TOP (2000) dbo.RedemptionHistory\n"
        "            SET UserId = @PseudonymId,",
        "The ledger keeps address and agent of an erased person.",
        ERASURE,
    ),
    bug(
        "erased-without-the-archive",
        "sp_i_EraseUsage",
        "            UPDATE TOP (2000) dbo.RedemptionHistoryArchive\n"
        "            SET UserId = @PseudonymId, IpAddress",
        "            UPDATE TOP (2000) dbo.RedemptionHistoryArchive\n"
        "            SET UserId = UserId, IpAddress",
        "Archived history keeps the name of an erased person.",
        ERASURE,
    ),
    bug(
        "erased-with-an-open-hold",
        "sp_i_ErasePerson",
        "    EXEC dbo.sp_i_EraseHolds @UserId = @UserId;\n",
        "",
        "What was reserved while an erasure began is held by the pseudonym.",
        ERASURE,
    ),
    bug(
        "erased-with-devices",
        "sp_i_EraseUsage",
        "            DELETE TOP (2000) FROM dbo.UserDevices WHERE UserId = @UserId;\n",
        "            UPDATE dbo.UserDevices SET UserId = @PseudonymId WHERE UserId = @UserId;\n",
        "The devices of an erased person stay.",
        ERASURE,
    ),
    bug(
        "erased-without-proof",
        "sp_EraseUserData",
        "            EXEC dbo.sp_i_Audit @Action = N'user.erase'",
        "            IF 1 = 0\n            EXEC dbo.sp_i_Audit @Action = N'user.erase'",
        "An erasure leaves no audit entry.",
        ERASURE,
    ),
    bug(
        "fraud-not-merged",
        "sp_i_RaiseFraud",
        "    SET @WasMerged = IIF(@FraudEventId IS NULL, 0, 1);\n",
        "    SELECT @FraudEventId = NULL, @WasMerged = 0;\n",
        "Each sign of one thing is an event of its own.",
        FRAUD,
    ),
    bug(
        "fraud-grows-less",
        "sp_i_RaiseFraud",
        "    SET @Level = IIF(@OldLevel > @Level, @OldLevel, @Level);\n",
        "",
        "An event becomes harmless again when a smaller sign follows.",
        f"{LISTS}::test_a_smaller_sign_does_not_make_an_event_smaller",
    ),
    bug(
        "ban-keeps-reservations",
        "sp_i_RaiseFraud",
        "        EXEC dbo.sp_i_EndReservations @UserId = @UserId, @Now = @Now;\n",
        "",
        "Who is banned keeps open reservations.",
        f"{LISTS}::test_a_ban_ends_the_reservations_of_its_user",
    ),
]
