"""A person with traces in every table that can hold one, and a search for them everywhere."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.spec.billing import set_up_prices
from tests.world import World, now

STRINGS = """
    SELECT t.name AS TableName, c.name AS ColumnName
    FROM sys.tables AS t
    INNER JOIN sys.columns AS c ON c.object_id = t.object_id
    INNER JOIN sys.types AS y ON y.user_type_id = c.user_type_id
    WHERE y.name IN (N'nvarchar', N'varchar', N'nchar', N'char') AND t.schema_id = SCHEMA_ID(N'dbo')
    ORDER BY t.name, c.column_id;
"""


@dataclass(slots=True)
class Person:
    """One user, by all that recognises the person: one mark in each value, and an address."""

    world: World
    mark: str = field(default_factory=lambda: secrets.token_hex(5))
    code: str = ""
    redemption: int = 0

    @property
    def user(self) -> str:
        return f"ann-{self.mark}"

    @property
    def email(self) -> str:
        return f"Ann.{self.mark}@Example.com"

    @property
    def ip(self) -> str:
        return self.world.ip(77)

    @property
    def agent(self) -> str:
        return f"Firefox of {self.mark}"

    @property
    def device(self) -> str:
        return f"device-{self.mark}"

    @property
    def payment(self) -> str:
        return f"card-{self.mark}"

    @property
    def customer(self) -> str:
        return f"cus_{self.mark}"

    @property
    def machine(self) -> str:
        return f"machine-{self.mark}"

    @property
    def computer(self) -> str:
        return f"Ann's computer {self.mark}"

    # ------------------------------------------------------------ a life

    def lives(self) -> None:
        """Writes rows into every table of security.md section 6."""
        world = self.world
        set_up_prices(world)
        self._profile_and_use()
        self._fraud_and_lists()
        self._subscription()
        self._credits()
        self._licence()
        world.call(
            "sp_InvestigateUser", user_id=self.user, actor="operator", ip="192.0.2.200",
            reason=f"asked about {self.user}",
        )  # fmt: skip
        payload = {"metadata": {"user": self.user}, "receipt_email": self.email,
                   "charges": [{"billing_details": {"name": "Ann", "address": {"city": "X"}},
                                "ip": self.ip, "amount": 100}],
                   "customer": self.customer}  # fmt: skip
        for event, user in ((world.id("evt-1"), self.user), (world.id("evt-2"), None)):
            world.insert(
                "ProcessedPaymentEvents",
                event_id=event,
                event_type="charge.refunded",
                outcome="ignored",
                request_hash=b"\x00" * 32,
                order_id=world.id("order"),
                user_id=user,
                amount=Decimal("12.00"),
                payload_json=json.dumps(payload),
            )
        world.insert(
            "IdempotencyKeys",
            scope="RedeemCoupon",
            idempotency_key=world.id("key"),
            request_hash=b"\x00" * 32,
            result_json=json.dumps({"userId": self.user, "Success": True}, separators=(",", ":")),
        )

    def _profile_and_use(self) -> None:
        world = self.world
        world.call(
            "sp_UpsertUserProfile", user_id=self.user, email=self.email,
            payment_fingerprint=self.payment, country="DE",
        )  # fmt: skip
        campaign = world.campaign()
        self.code = world.coupon(campaign=campaign)
        context: dict[str, Any] = {"ip": self.ip, "agent": self.agent, "device": self.device}
        world.validate(self.code, self.user, ip=self.ip)
        won = world.redeem(self.code, self.user, order=world.id("order"), **context)
        assert won.ok, won
        self.redemption = won.redemption_id
        world.redeem(self.code, self.user, order=world.id("order-2"), **context)
        world.backdate_attempts(self.user)
        other = world.coupon("HELD", campaign)
        held = world.call(
            "sp_ReserveCoupon", coupon_code=other, user_id=self.user, amount=50, **context
        )
        world.call("sp_ReleaseReservation", reservation_id=held.reservation_id)
        mine = world.coupon("MINE", campaign, max_uses=1)
        world.call("sp_AssignCoupon", coupon_code=mine, user_id=self.user, actor="operator")
        used = world.redeem(mine, self.user, **context)
        assert used.ok, used
        world.run(
            "UPDATE dbo.UserProfiles SET LastIpAddress = ?, RefundCount = 2 WHERE UserId = ?",
            self.ip,
            self.user,
        )
        world.insert(
            "RedemptionHistoryArchive",
            redemption_id=-self.redemption,
            coupon_code=self.code,
            user_id=self.user,
            campaign_id=campaign,
            attempted_at=now() - timedelta(days=900),
            success=1,
            status="success",
            coupon_id=world.coupon_id(self.code),
            discount_amount=Decimal("7.77"),
            credits_granted=0,
            credits_applied=0,
            months_granted=0,
            refunded_amount=0,
            review_status="none",
            ip_address=self.ip,
            user_agent=self.agent,
            device_fingerprint=self.device,
        )
        # The counters include what was archived.
        world.run(
            "UPDATE dbo.UserRedemptions SET RedemptionCount += 1, TotalDiscount += 7.77"
            " WHERE UserId = ?",
            self.user,
        )

    def _fraud_and_lists(self) -> None:
        world = self.world
        details = {"ips": [self.ip, "192.0.2.9"], "users": [self.user, "bob"], "attempts": 4,
                   "mail": f"wrote from {self.email}"}  # fmt: skip
        world.fraud_event(
            self.user, details_json=json.dumps(details), ip_address=self.ip,
            device_fingerprint=self.device, review_note=f"{self.user} again",
        )  # fmt: skip
        world.fraud_event(
            world.id("bob"), kind="multiple_accounts", details_json=json.dumps(details)
        )
        world.run(
            "INSERT INTO dbo.FraudEvents (DetectionType, Severity, IpAddress, DetailsJson)"
            " VALUES (N'ip_address_abuse', N'medium', ?, N'{}')",
            self.ip,
        )
        world.insert(
            "FraudEventsArchive",
            fraud_event_id=-self.redemption,
            user_id=self.user,
            detection_type="velocity_abuse",
            severity="high",
            details_json=json.dumps(details),
            ip_address=self.ip,
            device_fingerprint=self.device,
            is_flagged=1,
            action_taken="none",
            review_status="approved",
            occurrence_count=3,
            detected_at=now() - timedelta(days=900),
            last_seen_at=now() - timedelta(days=900),
        )
        for kind, value in (
            ("user", self.user), ("device", self.device), ("payment_method", self.payment),
            ("ip", self.ip),
        ):  # fmt: skip
            world.call(
                "sp_SetAccessListEntry", list_kind="block", subject_kind=kind, subject_value=value,
                reason=f"{kind} of {self.user}", actor="operator",
            )  # fmt: skip
            world.call(
                "sp_SetAccessListEntry", list_kind="watch", subject_kind=kind, subject_value=value,
                risk_score=Decimal("0.2"), reason="seen", actor="operator",
            )  # fmt: skip

    def _subscription(self) -> None:
        world = self.world
        start = now() - timedelta(days=10)
        world.insert(
            "Subscriptions", user_id=self.user, tier="pro", status="active",
            base_price_usd=Decimal("19.00"), current_period_start=start,
            current_period_end=start + timedelta(days=30), stripe_customer_id=self.customer,
            stripe_subscription_id=world.id("sub"),
        )  # fmt: skip
        number = world.rows("SELECT MAX(SubscriptionId) AS Id FROM dbo.Subscriptions")[0].id
        world.insert(
            "ProrationEvents", user_id=self.user, subscription_id=number, from_tier="free",
            to_tier="pro", change_type="upgrade", days_remaining=10, days_in_period=30,
            unused_credit=0, new_tier_cost=Decimal("6.33"), net_amount=Decimal("6.33"),
            effective_date=start, request_id=world.id("change"),
        )  # fmt: skip
        world.insert(
            "BillingInvoices", user_id=self.user, subscription_id=number,
            stripe_invoice_id=world.id("in"), amount_due=Decimal("19.00"),
        )  # fmt: skip
        invoice = world.rows("SELECT MAX(InvoiceId) AS Id FROM dbo.BillingInvoices")[0].id
        world.insert("DunningAttempts", invoice_id=invoice, attempt_no=1)
        world.insert(
            "PaymentTransactions", user_id=self.user, invoice_id=invoice, amount=Decimal("19.00"),
            order_id=world.id("order"), stripe_payment_intent_id=world.id("pi"),
        )  # fmt: skip

    def _licence(self) -> None:
        world = self.world
        world.insert(
            "PerpetualLicenses", user_id=self.user, license_key=world.id("KEY"), status="active",
            purchase_price=Decimal("199.00"), purchased_version="1.0",
        )  # fmt: skip
        number = world.rows("SELECT MAX(LicenseId) AS Id FROM dbo.PerpetualLicenses")[0].id
        for machine in (self.machine, f"{self.machine}-2"):
            world.insert(
                "LicenseActivations", license_id=number, machine_fingerprint=machine,
                device_name=self.computer,
            )  # fmt: skip
        world.insert(
            "VersionUpgrades", license_id=number, from_version="1.0", to_version="2.0",
            standard_price=Decimal("50.00"), price_paid=Decimal("40.00"),
        )  # fmt: skip

    def _credits(self) -> None:
        world = self.world
        world.call(
            "sp_GrantCredits", user_id=self.user, credit_type="bonus", source="test",
            request_id=world.id("grant"), Amount=100, actor=self.user, ip=self.ip, agent=self.agent,
        )  # fmt: skip
        world.call("sp_DeductCredits", user_id=self.user, request_id=world.id("use"), credits=30)
        world.run(
            "INSERT INTO dbo.Providers (ProviderId, Name) SELECT N'openai', N'OpenAI'"
            " WHERE NOT EXISTS (SELECT 1 FROM dbo.Providers WHERE ProviderId = N'openai')"
        )
        world.insert(
            "TokenUsageLedger", user_id=self.user, request_id=world.id("use-2"),
            provider_id="openai", model_id="m", operation="chat", input_tokens=5,
            vendor_cost=Decimal("0.25"), credits_deducted=2,
        )  # fmt: skip
        world.insert(
            "TokenUsageDailySummaries", usage_date=now().date(), user_id=self.user,
            provider_id="openai", model_id="m", requests=1, vendor_cost=Decimal("0.25"),
        )  # fmt: skip
        world.insert(
            "CreditUsageDailySummaries", usage_date=now().date(), user_id=self.user, granted=100,
            deducted=30, closing_balance=70,
        )  # fmt: skip

    # ------------------------------------------------------------ traces

    def traces(self) -> dict[str, int]:
        """`Table.Column` of every text that recognises the person, and how often."""
        columns: dict[str, list[str]] = {}
        for row in self.world.rows(STRINGS):
            columns.setdefault(row.table_name, []).append(row.column_name)
        found: dict[str, int] = {}
        for table, names in columns.items():
            sums = ", ".join(
                f"SUM(CASE WHEN CHARINDEX(@Mark, LOWER(t.{name})) > 0"
                f" OR CHARINDEX(@Ip, t.{name}) > 0 THEN 1 ELSE 0 END)"
                for name in names
            )
            (row,) = self.world.connection.execute(
                "DECLARE @Mark nvarchar(20) = ?, @Ip nvarchar(45) = ?;"
                f" SELECT {sums} FROM dbo.{table} AS t;",
                self.mark,
                self.ip,
            ).fetchall()
            found |= {
                f"{table}.{name}": number for name, number in zip(names, row, strict=True) if number
            }
        return found
