"""What makes each evaluation step fail, once: used alone, and in pairs to test the order.

The base is that of the specification: a campaign active now, a code of 10 % with five uses, one
user, an order of 100.00. A violation changes one thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.answers import Result
from tests.world import World, now


@dataclass(slots=True)
class Base:
    """The base setup, and what the call is going to say."""

    world: World
    campaign: str = ""
    code: str = ""
    user: str = ""
    context: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self.campaign = self.world.campaign("t")
        self.code = self.world.coupon("TEST10", max_uses=5)
        self.user = self.world.user("u1")

    def redeem(self) -> Result:
        return self.world.redeem(self.code, self.user, **self.context)

    def validate(self) -> Result:
        return self.world.validate(self.code, self.user, **self.context)

    def other_code(self, name: str = "OTHER", **columns: Any) -> str:
        return self.world.coupon(name, self.campaign, **columns)

    def used(self, code: str, **columns: Any) -> None:
        """A successful use of a code by the user, on the present order if there is one."""
        self.world.attempt(
            self.user,
            minutes_ago=20,
            status="success",
            coupon_code=code,
            coupon_id=self.world.coupon_id(code),
            campaign_id=self.campaign,
            **columns,
        )

    def used_up_single(self) -> None:
        self.world.change_coupon(self.code, max_uses=1, used_count=1, is_redeemed=1)

    def counted(self, code: str) -> None:
        """A counted use in the counters alone."""
        self.world.insert(
            "CouponUserUsage",
            coupon_id=self.world.coupon_id(code),
            user_id=self.user,
            used_count=1,
        )


@dataclass(frozen=True, slots=True)
class Violation:
    step: str
    error: str
    change: Callable[[Base], None]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.step}-{self.name or self.error}"


def _says(base: Base, **context: Any) -> None:
    base.context |= context


def _code(base: Base, code: str) -> None:
    base.code = code


def _stacked(base: Base, *, limit: int, stackable: int) -> None:
    base.world.setting("max_coupons_per_order", limit)
    other = base.other_code(is_stackable=stackable)
    base.world.change_coupon(base.code, is_stackable=stackable)
    order = base.world.id("order")
    base.used(other, order_id=order)
    _says(base, order=order)


def _listed(kind: str, value: Callable[[Base], str], **context: str) -> Callable[[Base], None]:
    def change(base: Base) -> None:
        base.world.listed("block", kind, value(base))
        if "ip" in context:
            _says(base, ip=base.world.ip(), agent="Firefox")
        if "device" in context:
            _says(base, device=base.world.id("device"))
        if "agent" in context:
            _says(base, agent=f"Mozilla {base.world.id('BadBot')} 1.0")

    return change


def _own_domain(base: Base) -> str:
    domain = f"{base.world.tag.lower()}.example"
    base.world.change_user(base.user, email=f"u1@{domain}")
    return domain


def _country(base: Base) -> None:
    base.world.setting("geo_blocking_enabled", 1)
    base.world.listed("block", "country", "XQ", expires_at=now() + timedelta(minutes=1))
    _says(base, country="XQ")


def _payment(base: Base) -> str:
    base.world.change_user(base.user, payment_fingerprint=base.world.id("card"))
    return base.world.id("card")


def _soft_deleted(base: Base) -> None:
    base.world.change_coupon(base.code, deleted_at=now())


def _ended(base: Base) -> None:
    base.world.change_campaign(
        base.campaign, start_date=now() - timedelta(days=9), end_date=now() - timedelta(hours=1)
    )


def _expired(base: Base) -> None:
    base.world.change_coupon(base.code, expires_at=now() - timedelta(days=1))


def _expired_with_campaign(base: Base) -> None:
    _expired(base)
    _ended(base)


def _exhausted(base: Base) -> None:
    base.world.change_campaign(base.campaign, is_active=0, deactivation_reason="budget_exhausted")


def _reserved(base: Base) -> None:
    base.world.change_coupon(base.code, max_uses=1, reserved_count=1)


def _tier(base: Base) -> None:
    base.world.target("tier", "pro", code=base.code)
    _says(base, tier="free")


def _service(base: Base) -> None:
    base.world.change_coupon(base.code, applicable_to="30_for_30")
    _says(base, service="book_a_meeting")


def _consultant(base: Base) -> None:
    base.world.change_coupon(base.code, applicable_to="specific_consultants")
    base.world.target("consultant", "7", code=base.code)
    _says(base, consultant="8")


def _country_target(country: str | None, excluded: bool, value: str) -> Callable[[Base], None]:
    def change(base: Base) -> None:
        base.world.target("country", value, code=base.code, excluded=excluded)
        if country:
            _says(base, country=country)

    return change


def _first_time(base: Base) -> None:
    base.world.change_coupon(base.code, applicable_to="first_time_users")
    base.counted(base.other_code("ELSEWHERE"))


def _total(base: Base) -> None:
    base.world.change_coupon(base.code, used_count=3, reserved_count=2)


def _campaign_user(base: Base) -> None:
    base.world.change_campaign(base.campaign, max_redemptions_per_user=1)
    base.world.insert(
        "UserRedemptions", user_id=base.user, campaign_id=base.campaign, redemption_count=1
    )


def _campaign_total(base: Base) -> None:
    base.world.change_campaign(base.campaign, max_total_redemptions=3, current_redemptions=3)
    base.world.change_stripe(base.campaign, stripe_limit=3, used_count=3)


def _no_discount(base: Base) -> None:
    base.world.change_coupon(base.code, discount_type=None, discount_value=None)


def _budget(base: Base) -> None:
    base.world.change_campaign(base.campaign, budget_amount="9.99")
    base.world.change_stripe(base.campaign, budget_limit="9.99")


def _minimum(base: Base) -> None:
    base.world.change_coupon(base.code, minimum_order_amount="100.01")


def _rule(kind: str, config: str | None = None) -> Callable[[Base], None]:
    return lambda base: base.world.rule(base.code, kind, config)


def _rule_first_time(base: Base) -> None:
    base.world.rule(base.code, "first_time_user_only")
    base.counted(base.other_code("ELSEWHERE"))


def _rule_refund(base: Base) -> None:
    base.world.rule(base.code, "exclude_refunded_users", '{"days":90}')
    base.world.change_user(base.user, last_refund_at=now() - timedelta(days=89))


def _risky(base: Base) -> None:
    base.world.listed("watch", "user", base.user, risk_score="0.90")


def _twin(base: Base) -> None:
    mail = base.world.id("same@example.com")
    base.world.change_user(base.user, normalised_email=mail)
    twin = base.world.user("twin", normalised_email=mail)
    base.world.insert(
        "UserRedemptions", user_id=twin, campaign_id=base.campaign, redemption_count=1
    )


def _velocity(base: Base) -> None:
    for minutes in (10, 20, 30):
        base.world.attempt(base.user, minutes_ago=minutes)


def _device_missing(base: Base) -> None:
    base.world.setting("require_device_fingerprint", 1)


def _device_shared(base: Base) -> None:
    device = base.world.id("device")
    for name in ("d1", "d2"):
        other = base.world.user(name)
        base.world.insert(
            "UserDevices",
            user_id=other,
            device_fingerprint=device,
            first_seen_at=now(),
            last_seen_at=now(),
        )
        base.world.attempt(
            other, status="success", campaign_id=base.campaign, device_fingerprint=device
        )
    _says(base, device=device)


VIOLATIONS: tuple[Violation, ...] = (
    Violation("S00", "SERVICE_PAUSED", lambda b: b.world.setting("redemptions_enabled", 0)),
    Violation("S01", "INVALID_CODE_FORMAT", lambda b: _code(b, "A*B"), "sign"),
    Violation("S01", "INVALID_CODE_FORMAT", lambda b: _code(b, "TE ST"), "inner blank"),
    Violation("S01", "INVALID_CODE_FORMAT", lambda b: _code(b, "ab"), "short"),
    Violation("S01", "INVALID_CODE_FORMAT", lambda b: _code(b, "X" * 51), "long"),
    Violation(
        "S02",
        "LOCKED_OUT",
        lambda b: b.world.change_user(b.user, locked_until=now() + timedelta(minutes=5)),
    ),
    Violation("S03", "USER_BLOCKED", _listed("user", lambda b: b.user)),
    Violation("S03", "IP_BLOCKED", _listed("ip", lambda b: b.world.ip(), ip="own")),
    Violation(
        "S03", "DEVICE_BLOCKED", _listed("device", lambda b: b.world.id("device"), device="")
    ),
    Violation("S03", "EMAIL_DOMAIN_BLOCKED", _listed("email_domain", _own_domain)),
    Violation("S03", "COUNTRY_BLOCKED", _country),
    Violation("S03", "PAYMENT_METHOD_BLOCKED", _listed("payment_method", _payment)),
    Violation(
        "S03",
        "USER_AGENT_BLOCKED",
        _listed("user_agent", lambda b: b.world.id("badbot").lower(), agent=""),
    ),
    Violation("S03", "DISPOSABLE_EMAIL", _listed("disposable_domain", _own_domain)),
    Violation("S04", "COUPON_NOT_FOUND", _soft_deleted, "soft-deleted"),
    Violation("S04", "COUPON_NOT_FOUND", lambda b: _code(b, b.world.code("NOSUCH1")), "unknown"),
    Violation(
        "S05", "CAMPAIGN_INACTIVE", lambda b: b.world.change_campaign(b.campaign, is_active=0)
    ),
    Violation(
        "S05",
        "CAMPAIGN_NOT_STARTED",
        lambda b: b.world.change_campaign(b.campaign, start_date=now() + timedelta(days=1)),
    ),
    Violation("S05", "CAMPAIGN_ENDED", _ended),
    Violation("S05", "CAMPAIGN_BUDGET_EXHAUSTED", _exhausted),
    Violation("S06", "COUPON_INACTIVE", lambda b: b.world.change_coupon(b.code, is_active=0)),
    Violation("S07", "ALREADY_REDEEMED", lambda b: b.used_up_single()),
    Violation("S07", "COUPON_RESERVED", _reserved),
    Violation("S08", "COUPON_EXPIRED", _expired),
    Violation("S08", "COUPON_EXPIRED", _expired_with_campaign, "with its campaign"),
    Violation(
        "S08",
        "COUPON_NOT_YET_VALID",
        lambda b: b.world.change_coupon(b.code, valid_from=now() + timedelta(days=1)),
    ),
    Violation(
        "S09",
        "NOT_ASSIGNED_TO_USER",
        lambda b: b.world.change_coupon(b.code, assigned_to=b.world.id("u2")),
    ),
    Violation("S10", "TIER_NOT_ELIGIBLE", _tier),
    Violation("S11", "SERVICE_NOT_APPLICABLE", _service),
    Violation("S11", "CONSULTANT_NOT_APPLICABLE", _consultant),
    Violation("S12", "COUNTRY_NOT_ELIGIBLE", _country_target("DE", False, "US"), "not included"),
    Violation("S12", "COUNTRY_NOT_ELIGIBLE", _country_target("DE", True, "DE"), "excluded"),
    Violation("S12", "COUNTRY_NOT_ELIGIBLE", _country_target(None, False, "US"), "unknown"),
    Violation("S13", "FIRST_TIME_USER_ONLY", _first_time),
    Violation("S14", "MAX_USES_REACHED", _total),
    Violation("S15", "MAX_USES_PER_USER_REACHED", lambda b: b.counted(b.code)),
    Violation("S16", "CAMPAIGN_USER_LIMIT_REACHED", _campaign_user),
    Violation("S17", "CAMPAIGN_LIMIT_REACHED", _campaign_total),
    Violation("S18", "STACKING_NOT_ALLOWED", lambda b: _stacked(b, limit=2, stackable=0)),
    Violation("S18", "STACKING_LIMIT_REACHED", lambda b: _stacked(b, limit=1, stackable=1)),
    Violation("S19", "CURRENCY_MISMATCH", lambda b: _says(b, currency="EUR")),
    Violation("S19", "NO_DISCOUNT_CONFIGURED", _no_discount),
    Violation("S20", "CAMPAIGN_BUDGET_EXCEEDED", _budget),
    Violation("S21", "MINIMUM_PURCHASE_NOT_MET", _minimum),
    Violation("S22", "PAYMENT_METHOD_REQUIRED", _rule("require_payment_method")),
    Violation("S22", "FIRST_TIME_USER_ONLY", _rule_first_time),
    Violation(
        "S22",
        "EMAIL_DOMAIN_NOT_ALLOWED",
        _rule("specific_email_domain", '{"domains":["acme.com"]}'),
    ),
    Violation(
        "S22", "MINIMUM_CREDIT_BALANCE_NOT_MET", _rule("minimum_credit_balance", '{"minimum":1}')
    ),
    Violation("S22", "REFUNDED_USER_EXCLUDED", _rule_refund),
    Violation("S23", "FRAUD_FLAGGED", lambda b: b.world.fraud_event(b.user)),
    Violation("S23", "RISK_SCORE_TOO_HIGH", _risky),
    Violation("S23", "DUPLICATE_ACCOUNT", _twin),
    Violation("S24", "VELOCITY_LIMIT_EXCEEDED", _velocity),
    Violation("S25", "DEVICE_FINGERPRINT_REQUIRED", _device_missing),
    Violation("S25", "DEVICE_FINGERPRINT_MISMATCH", _device_shared),
)


def one_per_step() -> tuple[Violation, ...]:
    """The first violation of each step, in the order of the steps."""
    first: dict[str, Violation] = {}
    for violation in VIOLATIONS:
        first.setdefault(violation.step, violation)
    return tuple(first[step] for step in sorted(first))
