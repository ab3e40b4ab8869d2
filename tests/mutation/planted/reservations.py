"""Holding a slot, and what becomes of it: confirmed, released or expired."""

from __future__ import annotations

from tests.mutation.bug import Bug, bug

HOLDS = "spec/test_reservations.py"
LOCKS = "concurrency/test_gates.py"

BUGS = [
    bug(
        "reserve-as-used",
        "sp_i_HoldSlot",
        "@DiscountAmount = @DiscountAmount, @AsReserved = 1, @Now",
        "@DiscountAmount = @DiscountAmount, @AsReserved = 0, @Now",
        "A reservation counts as a use at once.",
        HOLDS,
    ),
    bug(
        "reserve-one-too-many",
        "sp_i_HoldSlot",
        "    IF @Open >= @MaxOpen\n",
        "    IF @Open > @MaxOpen\n",
        "A user holds one slot more than allowed.",
        HOLDS,
    ),
    bug(
        "reserve-for-seconds",
        "sp_i_OpenReservation",
        "DATEADD(MINUTE, @Minutes, @Now)",
        "DATEADD(SECOND, @Minutes, @Now)",
        "A reservation ends after seconds instead of minutes.",
        HOLDS,
    ),
    bug(
        "reserve-the-dead-one",
        "sp_i_FindHold",
        "@IsDead = IIF(r.ExpiresAt < @Now OR r.CloseReason IS NOT NULL, 1, 0),",
        "@IsDead = 0,",
        "An overdue reservation is handed out again.",
        HOLDS,
    ),
    bug(
        "reserve-unannounced",
        "sp_i_OpenReservation",
        "    EXEC dbo.sp_i_Enqueue @EventType = N'reservation_created'",
        "    IF 1 = 0\n    EXEC dbo.sp_i_Enqueue @EventType = N'reservation_created'",
        "A reservation leaves no event.",
        HOLDS,
    ),
    bug(
        "close-keeps-the-slot",
        "sp_i_CloseReservation",
        "    EXEC dbo.sp_i_ReleaseSlot\n",
        "    IF 1 = 0\n    EXEC dbo.sp_i_ReleaseSlot\n",
        "A reservation that ends does not give its slot back.",
        HOLDS,
    ),
    bug(
        "close-keeps-the-budget",
        "sp_i_ReleaseSlot",
        "@Held decimal(10,2) = IIF(@FromUsed = 1, 0, -@DiscountAmount)",
        "@Held decimal(10,2) = 0",
        "A reservation that ends does not give its budget back.",
        HOLDS,
    ),
    bug(
        "close-takes-another",
        "sp_i_ReleaseSlot",
        "@Hold int = IIF(@FromUsed = 1, 0, -1)",
        "@Hold int = IIF(@FromUsed = 1, 0, 1)",
        "A reservation that ends takes a second slot.",
        HOLDS,
    ),
    bug(
        "close-leaves-the-ledger",
        "sp_i_CloseReservation",
        "    SET Status = N'failed',\n",
        "    SET Status = N'pending',\n",
        "The ledger never learns that a reservation ended.",
        HOLDS,
    ),
    bug(
        "close-twice",
        "sp_i_CloseReservation",
        "    WHERE ReservationId = @ReservationId AND Status = N'Reserved';",
        "    WHERE ReservationId = @ReservationId;",
        "A reservation that has ended is ended again.",
        HOLDS,
        "concurrency/test_reservation_races.py::test_r8_confirmations_meet_the_expiry_sweep",
        survives="Who ends a reservation holds its user and has looked at the status; the ledger's"
        " row, which is no longer pending, would refuse as well.",
    ),
    bug(
        "close-unannounced",
        "sp_i_CloseReservation",
        "    EXEC dbo.sp_i_Enqueue @EventType = N'reservation_closed'",
        "    IF 1 = 0\n    EXEC dbo.sp_i_Enqueue @EventType = N'reservation_closed'",
        "The end of a reservation leaves no event.",
        HOLDS,
    ),
    bug(
        "release-for-anybody",
        "sp_i_ReleaseCore",
        "        WHEN @UserId COLLATE Latin1_General_100_BIN2 <> @Holder"
        " THEN N'RESERVATION_USER_MISMATCH'\n",
        "",
        "A user ends the reservation of another.",
        HOLDS,
    ),
    bug(
        "confirm-keeps-the-hold",
        "sp_i_MoveSlot",
        "         @Hold = -1, @Spent",
        "         @Hold = 0, @Spent",
        "A slot that was confirmed is both used and held.",
        HOLDS,
    ),
    bug(
        "confirm-for-less",
        "sp_i_ConfirmCore",
        "        WHEN @PaidAmount < @FinalAmount THEN N'AMOUNT_MISMATCH' END;",
        "        END;",
        "A payment below the quote confirms.",
        HOLDS,
    ),
    bug(
        "confirm-late-for-nothing",
        "sp_i_ConfirmCore",
        "    IF @ErrorCode IS NULL AND @Status = N'Expired'\n    BEGIN\n",
        "    IF @ErrorCode IS NULL AND @Status = N'Expired'\n        SET @WasLate = 1;\n"
        "    IF 1 = 0\n    BEGIN\n",
        "A late payment succeeds without a slot.",
        HOLDS,
    ),
    bug(
        "confirm-late-unannounced",
        "sp_i_ConfirmCore",
        "    IF @ErrorCode IN (N'RESERVATION_RELEASED', N'RESERVATION_EXPIRED')\n",
        "    IF 1 = 0\n",
        "Nobody hears of a payment that has to be given back.",
        HOLDS,
    ),
    bug(
        "confirm-without-the-user",
        "sp_i_LockReservation",
        "    EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;\n",
        "",
        "Confirmation and sweep do not wait for each other.",
        f"{LOCKS}::test_a_confirmation_holds_its_user_its_coupon_and_its_campaign",
    ),
    Bug(
        "sweep-the-living",
        {
            "sp_ExpireReservations": {
                "            WHERE r.Status = N'Reserved'\n"
                "              AND (r.ExpiresAt < @Now"
                " OR r.CloseReason IN (N'admin', N'fraud'))\n": "WHERE r.Status = N'Reserved'\n"
            },
            "sp_i_ExpireCore": {
                "\n      AND (r.ExpiresAt < @Now OR r.CloseReason IN (N'admin', N'fraud'));": ";"
            },
        },
        "The sweep ends reservations that are not due.",
        (HOLDS,),
    ),
    bug(
        "quote-not-moved",
        "sp_i_ContinueHold",
        "    IF @IsSame = 0\n",
        "    IF 1 = 0\n",
        "A changed cart keeps its old quote.",
        HOLDS,
    ),
]
