"""Credits, subscriptions and licences, as nouns and verbs over a world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.answers import Result
from tests.world import World, now

# Monthly price, annual price, monthly credits: the reference rows of the specification.
TIERS: Mapping[str, tuple[str, str, int]] = {
    "free": ("0.00", "0.00", 1000),
    "pro": ("19.00", "190.00", 20_000),
    "pro_max": ("49.00", "490.00", 60_000),
    "enterprise_pro": ("149.00", "1490.00", 250_000),
    "enterprise_max": ("499.00", "4990.00", 1_000_000),
    "perpetual": ("199.00", "199.00", 0),
}


def set_up_prices(world: World) -> None:
    """The tiers, where the database has none yet."""
    for tier, (monthly, annual, credits_) in TIERS.items():
        world.run(
            "INSERT INTO dbo.SubscriptionTierConfigs"
            " (Tier, DisplayName, MonthlyPrice, AnnualPrice, MonthlyCredits)"
            " SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS"
            " (SELECT 1 FROM dbo.SubscriptionTierConfigs WHERE Tier = ?)",
            tier,
            tier,
            Decimal(monthly),
            Decimal(annual),
            credits_,
            tier,
        )
    world.run(
        "INSERT INTO dbo.PricingConfigs (MarginMultiplier, CreditsPerUsd, EffectiveFrom)"
        " SELECT 1.5, 1000, '2025-01-01' WHERE NOT EXISTS"
        " (SELECT 1 FROM dbo.PricingConfigs WHERE Tier IS NULL)"
    )


@dataclass(slots=True)
class Billing:
    """The billing service's view of one user."""

    world: World
    user: str

    # ------------------------------------------------------------ verbs

    def grant(self, amount: int = 100, *, days: int | None = None) -> None:
        """Bonus credits, which expire in that many days if a number is given."""
        self._locked(
            "DECLARE @ExpiresAt datetime2(3) = ?; EXEC dbo.sp_i_AddCredits @UserId = @User,"
            " @Amount = ?, @CreditType = N'bonus', @Source = N'test', @ExpiresAt = @ExpiresAt,"
            " @Now = @Now;",
            None if days is None else now() + timedelta(days=days),
            amount,
        )

    def spend(self, amount: int, request: str = "spend-1") -> bool:
        """Takes credits as usage does; False when the balance does not cover them."""
        return self._take(amount, "usage", self.world.id(request))

    def expire(self) -> None:
        """Takes what is left of every allocation that can expire, as if its time had come."""
        for row in self.allocations():
            if row.expires_at is not None and row.remaining_amount > 0:
                number = row.allocation_id
                assert self._take(row.remaining_amount, "expiry", f"expire-{number}", number)

    def _take(self, amount: int, reason: str, request: str, allocation: int | None = None) -> bool:
        return self._locked(
            "DECLARE @Amount int = ?, @Reason nvarchar(12) = ?, @Request nvarchar(100) = ?,"
            " @Allocation bigint = ?, @Taken bit, @Before int, @After int, @Parts nvarchar(max);"
            " EXEC dbo.sp_i_TakeCredits @UserId = @User, @Amount = @Amount, @Reason = @Reason,"
            " @AllocationId = @Allocation, @Now = @Now, @IsTaken = @Taken OUTPUT,"
            " @BalanceBefore = @Before OUTPUT, @BalanceAfter = @After OUTPUT,"
            " @AllocationsJson = @Parts OUTPUT;"
            " IF @Taken = 1 EXEC dbo.sp_i_RecordDeduction @UserId = @User, @RequestId = @Request,"
            " @Amount = @Amount, @BalanceBefore = @Before, @BalanceAfter = @After,"
            " @Reason = @Reason, @AllocationsJson = @Parts, @Now = @Now;"
            " SELECT @Taken AS Taken;",
            amount,
            reason,
            request,
            allocation,
        )[0].taken

    def _locked(self, text: str, *values: Any) -> list[Result]:
        """A batch in a transaction that holds the user, as internal procedures demand."""
        found = self.world.sets_of(
            "SET XACT_ABORT ON; BEGIN TRANSACTION;"
            " DECLARE @User nvarchar(100) = ?, @Now datetime2(3);"
            " EXEC dbo.sp_i_LockUser @UserId = @User, @Now = @Now OUTPUT;"
            f" {text} COMMIT TRANSACTION;",
            self.user,
            *values,
        )
        return found[0] if found else []

    def revoke(self, redemption: int) -> tuple[int, int, bool]:
        """What a reversal takes back: credits revoked, shortfall, whether a licence went."""
        (row,) = self._locked(
            "DECLARE @Revoked int, @Shortfall int, @License bit;"
            " EXEC dbo.sp_i_RevokeBenefits @RedemptionId = ?, @Now = @Now,"
            " @CreditsRevoked = @Revoked OUTPUT, @CreditsShortfall = @Shortfall OUTPUT,"
            " @LicenseRevoked = @License OUTPUT;"
            " SELECT @Revoked AS Revoked, @Shortfall AS Shortfall, @License AS License;",
            redemption,
        )
        return row.revoked, row.shortfall, row.license

    def use(self, request: str = "use-1", **more: Any) -> Result:
        """A model call as D22 has it, unless told otherwise: 2,000 tokens in, 1,000 out."""
        given: dict[str, Any] = {
            "user_id": self.user,
            "request_id": self.world.id(request),
            "provider_id": self.world.id("vendor"),
            "model_id": "m1",
            "input_tokens": 2000,
            "output_tokens": 1000,
        } | more
        return self.world.call("sp_DeductCredits", **given)

    def start(self, tier: str = "pro", request: str = "start-1", **more: Any) -> Result:
        """A subscription, monthly and from now on unless told otherwise."""
        return self.world.call(
            "sp_StartSubscription",
            user_id=self.user,
            tier=tier,
            request_id=self.world.id(request),
            **more,
        )

    def change(
        self, subscription: int, tier: str = "pro_max", request: str = "change-1", **more: Any
    ) -> Result:
        """Another tier for a subscription."""
        return self.world.call(
            "sp_ChangeSubscriptionTier",
            subscription_id=subscription,
            new_tier=tier,
            request_id=self.world.id(request),
            **more,
        )

    def license(self, request: str = "license-1", **more: Any) -> Result:
        """A perpetual licence, as sold."""
        given: dict[str, Any] = {
            "user_id": self.user,
            "purchase_price": Decimal("199.00"),
            "purchased_version": "1.0",
            "request_id": self.world.id(request),
        } | more
        return self.world.call("sp_GrantPerpetualLicense", **given)

    # ------------------------------------------------------------ what no procedure brings about

    def model(self, name: str = "m1") -> None:
        """A model of this test's vendor at 0.003 in and 0.015 out per 1,000 tokens."""
        vendor = self.world.id("vendor")
        self.world.run(
            "INSERT INTO dbo.Providers (ProviderId, Name) SELECT ?, N'Vendor' WHERE NOT EXISTS"
            " (SELECT 1 FROM dbo.Providers WHERE ProviderId = ?)",
            vendor,
            vendor,
        )
        self.world.insert(
            "ModelProviderPricing",
            provider_id=vendor,
            model_id=name,
            input_price_per_1_k=Decimal("0.003"),
            output_price_per_1_k=Decimal("0.015"),
            effective_from=datetime(2025, 1, 1),
        )

    def licensed(self, status: str = "active", **columns: Any) -> int:
        """A licence as it stands in the table."""
        self.world.insert(
            "PerpetualLicenses",
            **{
                "user_id": self.user,
                "license_key": f"CPN-{self.world.tag}-{len(self.licenses())}",
                "status": status,
                "purchase_price": Decimal("199.00"),
                "purchased_version": "1.0",
            }
            | columns,
        )
        return self.licenses()[-1].license_id

    def subscription(
        self,
        tier: str = "pro",
        status: str = "active",
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        **columns: Any,
    ) -> int:
        """A subscription as it stands in the table."""
        price, _, credits_ = TIERS[tier]
        # One moment: of two, the period is a day longer where a millisecond ends between them.
        moment = now()
        self.world.insert(
            "Subscriptions",
            **{
                "user_id": self.user,
                "tier": tier,
                "status": status,
                "base_price_usd": Decimal(price),
                "monthly_credit_allocation": credits_,
                "current_period_start": start or moment - timedelta(days=15),
                "current_period_end": end or moment + timedelta(days=15),
            }
            | columns,
        )
        return self.subscriptions()[-1].subscription_id

    # ------------------------------------------------------------ what is there

    def balance(self) -> int:
        found = self._of_user("UserCreditBalances", "UserId")
        return found[0].amount if found else 0

    def allocations(self) -> list[Result]:
        return self._of_user("CreditAllocations", "AllocationId")

    def deductions(self) -> list[Result]:
        return self._of_user("CreditDeductionLedger", "DeductionId")

    def usage(self) -> list[Result]:
        return self._of_user("TokenUsageLedger", "UsageId")

    def subscriptions(self) -> list[Result]:
        return self._of_user("Subscriptions", "SubscriptionId")

    def licenses(self) -> list[Result]:
        return self._of_user("PerpetualLicenses", "LicenseId")

    def prorations(self) -> list[Result]:
        return self._of_user("ProrationEvents", "ProrationId")

    def source(self, kind: str) -> tuple[int, int, int, int]:
        """Granted, used, expired, revoked: the lifetime sums of one type."""
        (row,) = self.world.rows(
            "SELECT * FROM dbo.UserCreditSources WHERE UserId = ? AND CreditType = ?",
            self.user,
            kind,
        )
        return row.total_granted, row.total_used, row.total_expired, row.total_revoked

    def assert_whole(self) -> None:
        """Balance = allocations - deductions = what is left = the sum of the sources; and never
        below zero."""
        granted = sum(row.amount for row in self.allocations())
        deducted = sum(row.amount for row in self.deductions())
        left = sum(row.remaining_amount for row in self.allocations())
        (sums,) = self.world.rows(
            "SELECT COALESCE(SUM(TotalGranted - TotalUsed - TotalExpired - TotalRevoked), 0)"
            " AS Rest FROM dbo.UserCreditSources WHERE UserId = ?",
            self.user,
        )
        assert self.balance() == granted - deducted == left == sums.rest
        assert all(row.balance_after >= 0 for row in self.deductions())
        drift = self.world.rows(
            "SELECT * FROM dbo.vw_CounterDrift WHERE EntityType = N'credit' AND EntityId = ?",
            self.user,
        )
        assert drift == []

    def _of_user(self, table: str, order: str) -> list[Result]:
        return self.world.rows(
            f"SELECT * FROM dbo.{table} WHERE UserId = ? ORDER BY {order}", self.user
        )
