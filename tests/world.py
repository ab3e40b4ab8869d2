"""Nouns and verbs of the domain, for tests that read as the specification.

A world is one connection as the database owner. Names are made unique, so that tests share a
database without meeting each other. States that no procedure allows are written straight into the
tables; what is tested goes through the procedures.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyodbc

from tests.answers import Result, fault_of, pascal, read
from tests.counters import COUNTERS, Counters

if TYPE_CHECKING:
    from tests.endpoint import Target

# Parameters whose names are not simply the keyword in PascalCase.
_PARAMETERS = {
    "amount": "OrderAmount",
    "order": "OrderId",
    "currency": "CurrencyCode",
    "service": "ServiceType",
    "consultant": "ConsultantId",
    "country": "CountryCode",
    "device": "DeviceFingerprint",
    "ip": "IpAddress",
    "agent": "UserAgent",
    "key": "IdempotencyKey",
    "channel": "MarketingChannel",
    "vpn": "IsVpn",
    "actor": "Actor",
}


@dataclass(slots=True)
class World:
    database: Target
    tag: str = field(default_factory=lambda: secrets.token_hex(6).upper())
    connection: pyodbc.Connection = field(init=False)
    _settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = self.database.connect()

    def close(self) -> None:
        """Puts the settings back; everything else bears names of this test."""
        try:
            for name, value in self._settings.items():
                self._store_setting(name, value)
            self._settings.clear()
        finally:
            self.connection.close()

    # ------------------------------------------------------------ names

    def id(self, name: str) -> str:
        """An identifier of this test: the same name is the same thing."""
        return f"{name}-{self.tag}"

    def code(self, name: str) -> str:
        return f"{name}-{self.tag}"

    def ip(self, last: int = 1) -> str:
        """An address of this test."""
        first, second, third, fourth = bytes.fromhex(self.tag)[:4]
        return f"{1 + first % 223}.{second}.{third}.{(fourth + last) % 256}"

    # ------------------------------------------------------------ nouns

    def campaign(self, name: str = "t", *, stripes: int = 1, **columns: Any) -> str:
        """A campaign that is active now, without any limit unless one is given."""
        campaign = self.id(name)
        values: dict[str, Any] = {
            "campaign_id": campaign,
            "name": name,
            "start_date": now() - timedelta(days=1),
            "max_redemptions_per_user": None,
            "stripe_count": stripes,
        } | columns
        self.insert("Campaigns", **values)
        limits = _split(values.get("max_total_redemptions"), stripes)
        budgets = _split_money(values.get("budget_amount"), stripes)
        for number, (limit, budget) in enumerate(zip(limits, budgets, strict=True)):
            self.insert(
                "CampaignCounterStripes",
                campaign_id=campaign,
                stripe_no=number,
                stripe_limit=limit,
                budget_limit=budget,
            )
        return campaign

    def coupon(
        self,
        name: str = "TEST10",
        campaign: str | None = None,
        discount: tuple[str, object] | None = ("percentage", 10),
        *,
        stripes: int = 1,
        **columns: Any,
    ) -> str:
        """A code that anybody may use once, any number of users. Returns the code."""
        code = self.code(name)
        kind, value = discount or (None, None)
        fixed = kind in ("fixed_amount", "credits")
        values: dict[str, Any] = {
            "coupon_code": code,
            "campaign_id": campaign or self.id("t"),
            "coupon_type": "fixed_amount_discount" if fixed else "percentage_discount",
            "discount_type": kind,
            "discount_value": value,
            "max_uses": None,
            "stripe_count": stripes,
        } | columns
        self.insert("Coupons", **values)
        if stripes > 1:
            for number, limit in enumerate(_split(values["max_uses"], stripes)):
                self.insert(
                    "CouponCounterStripes",
                    coupon_id=self.coupon_id(code),
                    stripe_no=number,
                    stripe_limit=limit,
                )
        return code

    def user(self, name: str = "u1", **columns: Any) -> str:
        """A user of some days with a verified address: nothing about them is suspicious."""
        user = self.id(name)
        values: dict[str, Any] = {
            "user_id": user,
            "email": f"{user}@example.com".lower(),
            "normalised_email": f"{user}@example.com".lower(),
            "email_verified": 1,
            "created_at": now() - timedelta(days=9),
        } | columns
        self.insert("UserProfiles", **values)
        return user

    def attempt(self, user: str, *, minutes_ago: float = 5, **columns: Any) -> None:
        """A ledger row that is there already; failed unless a status is given."""
        status = columns.get("status", "failed")
        values: dict[str, Any] = {
            "coupon_code": "EARLIER",
            "user_id": user,
            "attempted_at": now() - timedelta(minutes=minutes_ago),
            "success": 1 if status in ("success", "reversed") else 0,
            "status": status,
            "failure_reason": "MAX_USES_REACHED" if status == "failed" else None,
        } | columns
        self.insert("RedemptionHistory", **values)

    def listed(self, kind: str, subject: str, value: str, **columns: Any) -> None:
        """An entry on the block, watch or white list."""
        self.insert(
            "AccessLists",
            **{"list_kind": kind, "subject_kind": subject, "subject_value": value, "reason": "test"}
            | columns,
        )

    def target(
        self,
        kind: str,
        value: str,
        *,
        code: str | None = None,
        campaign: str | None = None,
        excluded: bool = False,
    ) -> None:
        self.insert(
            "CouponTargets",
            coupon_id=self.coupon_id(code) if code else None,
            campaign_id=campaign,
            target_kind=kind,
            target_value=value,
            is_excluded=int(excluded),
        )

    def rule(self, code: str, rule_type: str, config: str | None = None, order: int = 100) -> None:
        self.insert(
            "CouponValidationRules",
            coupon_id=self.coupon_id(code),
            rule_type=rule_type,
            config_json=config,
            sort_order=order,
        )

    def tier(self, code: str, minimum: object, kind: str, value: object) -> None:
        self.insert(
            "DiscountTiers",
            coupon_id=self.coupon_id(code),
            min_order_amount=minimum,
            discount_type=kind,
            discount_value=value,
        )

    def fraud_event(self, user: str, kind: str = "velocity_abuse", **columns: Any) -> None:
        values = {"user_id": user, "detection_type": kind, "severity": "high", "is_flagged": 1}
        self.insert("FraudEvents", **values | columns)

    def attach(self, campaign: str, code: str, role: str = "fallback", priority: int = 100) -> None:
        self.insert(
            "CampaignCoupons",
            campaign_id=campaign,
            coupon_id=self.coupon_id(code),
            role=role,
            priority=priority,
        )

    def setting(self, name: str, value: object) -> None:
        """Changes a setting until the test ends."""
        if name not in self._settings:
            (row,) = self.rows("SELECT SettingValue FROM dbo.Settings WHERE SettingName = ?", name)
            self._settings[name] = row.setting_value
        self._store_setting(name, str(value))

    # ------------------------------------------------------------ verbs

    def redeem(self, code: str, user: str, amount: object = 100, **context: Any) -> Result:
        return self.call(
            "sp_RedeemCoupon", coupon_code=code, user_id=user, amount=amount, **context
        )

    def validate(self, code: str, user: str, amount: object = 100, **context: Any) -> Result:
        return self.call(
            "sp_ValidateCoupon", coupon_code=code, user_id=user, amount=amount, **context
        )

    def call(self, procedure: str, **arguments: Any) -> Result:
        """The result row of a procedure; a thrown error becomes a Fault."""
        return self.sets(procedure, **arguments)[0][0]

    def sets(self, procedure: str, **arguments: Any) -> list[list[Result]]:
        """All result sets of a procedure."""
        names = [_PARAMETERS.get(name, pascal(name)) for name in arguments]
        text = ", ".join(f"@{name} = ?" for name in names)
        values = [_plain(value) for value in arguments.values()]
        return self.sets_of(f"EXEC dbo.{procedure} {text};", *values)

    def sets_of(self, text: str, *values: Any) -> list[list[Result]]:
        """All result sets of a batch."""
        try:
            cursor = self.connection.execute(text, *values)
            found = [read(cursor)] if cursor.description else []
            while cursor.nextset():
                if cursor.description:
                    found.append(read(cursor))
        except pyodbc.Error as error:
            raise fault_of(error) from error
        return found

    def backdate_attempts(self, user: str, minutes: int = 61) -> None:
        """Lets time pass: all attempts and dry runs of the user happened earlier."""
        self.run(
            "UPDATE dbo.RedemptionHistory SET AttemptedAt = DATEADD(MINUTE, ?, AttemptedAt)"
            " WHERE UserId = ?",
            -minutes,
            user,
        )
        self.run(
            "UPDATE dbo.FunnelEvents SET OccurredAt = DATEADD(MINUTE, ?, OccurredAt)"
            " WHERE UserId = ?",
            -minutes,
            user,
        )

    # ------------------------------------------------------------ what is there

    def ledger(self, user: str) -> list[Result]:
        """The attempts of a user, the oldest first."""
        return self.rows(
            "SELECT * FROM dbo.RedemptionHistory WHERE UserId = ? ORDER BY RedemptionId", user
        )

    def views(self, user: str) -> list[Result]:
        return self.rows(
            "SELECT * FROM dbo.FunnelEvents WHERE UserId = ? ORDER BY FunnelEventId", user
        )

    def fraud(self, user: str) -> dict[str, Result]:
        """The fraud events of a user by type."""
        found = self.rows("SELECT * FROM dbo.FraudEvents WHERE UserId = ?", user)
        return {row.detection_type: row for row in found}

    def events(self, kind: str, entity: str) -> list[Result]:
        """The outbox events about one entity."""
        return self.rows(
            "SELECT * FROM dbo.OutboxEvents WHERE EventType = ? AND EntityId = ? ORDER BY EventId",
            kind,
            entity,
        )

    def audit(self, action: str, entity: str) -> list[Result]:
        return self.rows(
            "SELECT * FROM dbo.AuditLog WHERE Action = ? AND EntityId = ? ORDER BY AuditId",
            action,
            entity,
        )

    def profile(self, user: str) -> Result | None:
        found = self.rows("SELECT * FROM dbo.UserProfiles WHERE UserId = ?", user)
        return found[0] if found else None

    def coupon_row(self, code: str) -> Result:
        return self.rows("SELECT * FROM dbo.Coupons WHERE CouponCode = ?", code)[0]

    def campaign_row(self, campaign: str) -> Result:
        return self.rows("SELECT * FROM dbo.Campaigns WHERE CampaignId = ?", campaign)[0]

    def coupon_id(self, code: str) -> int:
        return self.coupon_row(code).coupon_id

    def counters(self, code: str, user: str) -> Counters:
        """All counters around a code; those of stripes are summed."""
        (row,) = self.rows(COUNTERS, user, user, code)
        return Counters.of(row)

    # ------------------------------------------------------------ as the owner

    def insert(self, table: str, **columns: Any) -> None:
        names = ", ".join(pascal(name) for name in columns)
        marks = ", ".join("?" for _ in columns)
        self.run(f"INSERT INTO dbo.{table} ({names}) VALUES ({marks})", *columns.values())

    def change_coupon(self, code: str, **columns: Any) -> None:
        self._change("Coupons", "CouponCode", code, columns)

    def change_campaign(self, campaign: str, **columns: Any) -> None:
        self._change("Campaigns", "CampaignId", campaign, columns)

    def change_stripe(self, campaign: str, number: int = 0, **columns: Any) -> None:
        sets = ", ".join(f"{pascal(name)} = ?" for name in columns)
        self.run(
            f"UPDATE dbo.CampaignCounterStripes SET {sets} WHERE CampaignId = ? AND StripeNo = ?",
            *columns.values(),
            campaign,
            number,
        )

    def change_user(self, user: str, **columns: Any) -> None:
        self._change("UserProfiles", "UserId", user, columns)

    def run(self, text: str, *values: Any) -> None:
        self.connection.execute(text, *[_plain(value) for value in values]).close()

    def rows(self, text: str, *values: Any) -> list[Result]:
        return read(self.connection.execute(text, *[_plain(value) for value in values]))

    def _change(self, table: str, key: str, value: str, columns: Mapping[str, Any]) -> None:
        sets = ", ".join(f"{pascal(name)} = ?" for name in columns)
        self.run(f"UPDATE dbo.{table} SET {sets} WHERE {key} = ?", *columns.values(), value)

    def _store_setting(self, name: str, value: str) -> None:
        self.run("UPDATE dbo.Settings SET SettingValue = ? WHERE SettingName = ?", value, name)


def now() -> datetime:
    """The time of this machine as the server writes it: UTC, to the millisecond."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _plain(value: Any) -> Any:
    """Amounts travel as decimals: a float has no exact cents."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _split(total: int | None, parts: int) -> list[int | None]:
    if total is None:
        return [None] * parts
    return [total // parts + (1 if number < total % parts else 0) for number in range(parts)]


def _split_money(total: object, parts: int) -> list[Decimal | None]:
    if total is None:
        return [None] * parts
    cents = _split(int(Decimal(str(total)) * 100), parts)
    return [None if part is None else Decimal(part) / 100 for part in cents]
