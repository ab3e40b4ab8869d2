"""couponry subscription …"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.options import MOMENT, MONEY, request_option
from couponry_jobs import procedures, views
from couponry_jobs.errors import UsageError

TIMELINE = (
    "EffectiveDate",
    "FromTier",
    "ToTier",
    "UnusedCredit",
    "NewTierCost",
    "DiscountAmount",
    "NetAmount",
    "Status",
)


@click.group(cls=Group)
def subscription() -> None:
    """Subscriptions: start them, change their tier, end them; what tiers cost."""


@subscription.command("start")
@click.option("--user", "user_id", required=True)
@click.option("--tier", required=True)
@click.option("--cycle", "billing_cycle", help="monthly or annual.")
@click.option("--status", help="trial, active or past_due.")
@click.option("--stripe-customer", "stripe_customer_id")
@click.option("--stripe-subscription", "stripe_subscription_id")
@click.option("--start", "period_start", type=MOMENT)
@click.option("--end", "period_end", type=MOMENT)
@click.option("--redemption", "redemption_id", type=int, help="What discounts the first charge.")
@request_option
@pass_app
def start(app: App, **given: Any) -> None:
    """Start the subscription of a user."""
    app.output.record(procedures.start_subscription(app.database, **given).row)


@subscription.command("change")
@click.argument("subscription_id", metavar="ID", type=int)
@click.option("--tier", required=True)
@click.option("--coupon", "code", help="Redeemed on the prorated cost of the new tier.")
@click.option("--effective", "effective_date", type=MOMENT, help="Default: now.")
@request_option
@pass_app
def change(app: App, **given: Any) -> None:
    """Change the tier within the period."""
    app.output.record(procedures.change_subscription_tier(app.database, **given).row)


@subscription.command("status")
@click.argument("subscription_id", metavar="ID", type=int)
@click.argument("status")
@pass_app
def status(app: App, subscription_id: int, status: str) -> None:
    """Set the status: active, past_due, cancelled, expired, suspended."""
    answer = procedures.set_subscription_status(
        app.database, subscription_id=subscription_id, status=status, admin=app.admin
    )
    app.output.record(answer.row, message=f"subscription {subscription_id} is {status}")


@subscription.command("timeline")
@click.argument("subscription_id", metavar="ID", type=int)
@pass_app
def timeline(app: App, subscription_id: int) -> None:
    """List the tier changes of a subscription."""
    found = views.select(
        app.database,
        "vw_ProrationTimeline",
        filters=[views.where("SubscriptionId", "=", subscription_id)],
        order=[("EffectiveDate", False)],
    )
    app.output.rows(found, TIMELINE)


@subscription.command("tier-config")
@click.argument("tier")
@click.option("--monthly", type=MONEY, required=True, help="Price of a month.")
@click.option("--annual", type=MONEY, required=True, help="Price of a year.")
@click.option("--credits", "monthly_credits", type=int, required=True, help="Of a month.")
@pass_app
def tier_config(
    app: App, tier: str, monthly: Decimal, annual: Decimal, monthly_credits: int
) -> None:
    """Set what a tier costs and brings from now on."""
    answer = procedures.set_tier_config(
        app.database,
        tier=tier,
        monthly_price=monthly,
        annual_price=annual,
        monthly_credits=monthly_credits,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"set tier {tier}")


@subscription.command("pricing")
@click.option("--provider", help="A model's price needs --model, --input and --output-price too.")
@click.option("--model")
@click.option("--input", "input_price", type=MONEY, help="Price of 1,000 tokens in.")
@click.option("--output-price", type=MONEY, help="Price of 1,000 tokens out.")
@click.option("--margin", type=MONEY, help="A rate needs --credits-per-usd too.")
@click.option("--credits-per-usd", type=MONEY)
@click.option("--tier", help="The rate of one tier; without it that of all others.")
@click.option("--effective", "effective_from", type=MOMENT, help="Default: now.")
@pass_app
def pricing(
    app: App,
    provider: str | None,
    model: str | None,
    input_price: Decimal | None,
    output_price: Decimal | None,
    margin: Decimal | None,
    credits_per_usd: Decimal | None,
    tier: str | None,
    effective_from: datetime | None,
) -> None:
    """Set what a model costs, or margin and rate that make credits of it."""
    of_model = (provider, model, input_price, output_price)
    is_rate = of_model == (None,) * 4
    if not is_rate and (margin, credits_per_usd, tier) != (None,) * 3:
        raise UsageError("a model's price and a rate are two calls")
    if is_rate:
        if margin is None or credits_per_usd is None:
            raise UsageError(f"{'--margin' if margin is None else '--credits-per-usd'} is missing")
        answer = procedures.set_pricing_config(
            app.database,
            margin=margin,
            credits_per_usd=credits_per_usd,
            tier=tier,
            effective_from=effective_from,
            admin=app.admin,
        )
        app.output.record(answer.row, message=f"set the rate of {tier or 'all tiers'}")
        return
    if provider is None or model is None or input_price is None or output_price is None:
        raise UsageError("--provider, --model, --input and --output-price belong together")
    answer = procedures.set_pricing(
        app.database,
        provider_id=provider,
        model_id=model,
        input_price=input_price,
        output_price=output_price,
        effective_from=effective_from,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"set the price of {provider} {model}")
