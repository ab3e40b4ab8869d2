"""couponry coupon …: texts, targets, tiers and rules of codes; suggested codes and examples."""

from __future__ import annotations

from decimal import Decimal

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.coupons import coupon
from couponry_cli.options import JSON, MONEY, target_options, to_json
from couponry_jobs import procedures
from couponry_jobs.errors import UsageError

EXAMPLE = ("OrderAmount", "DiscountAmount", "FinalAmount", "CreditsGranted", "MonthsGranted")


@coupon.command("describe")
@click.argument("code")
@click.argument("language", metavar="LANG")
@click.argument("text", required=False)
@click.option("--delete", is_flag=True, help="Remove the text in this language.")
@pass_app
def describe(app: App, code: str, language: str, text: str | None, delete: bool) -> None:
    """Describe a code in one language."""
    if delete is (text is not None):
        raise UsageError("TEXT or --delete: give one of them")
    answer = procedures.set_translation(
        app.database, code=code, language=language, text=text, admin=app.admin
    )
    app.output.record(answer.row, message=f"{code}: {'removed' if delete else 'stored'} {language}")


@coupon.command("target")
@click.argument("code")
@click.argument("kind")
@target_options
@pass_app
def target(
    app: App, code: str, kind: str, include: tuple[str, ...], exclude: tuple[str, ...]
) -> None:
    """Say for whom a code is: tier, country, service or consultant."""
    answer = procedures.set_targets(
        app.database,
        kind=kind,
        code=code,
        include_json=to_json(list(include)),
        exclude_json=to_json(list(exclude)),
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"{code} has {answer.row['Rows']} targets of kind {kind}")


@coupon.command("tiers")
@click.argument("code")
@click.option("--set", "tiers", multiple=True, metavar="MIN:TYPE:VALUE", help="Repeat for each.")
@click.option("--none", is_flag=True, help="Take all of them away.")
@pass_app
def tiers(app: App, code: str, tiers: tuple[str, ...], none: bool) -> None:
    """Replace the spending tiers of a code."""
    if none is bool(tiers):
        raise UsageError("--set or --none: give one of them")
    found = [_tier(text) for text in tiers]
    answer = procedures.set_discount_tiers(
        app.database, code=code, tiers_json=to_json(found) or "[]", admin=app.admin
    )
    app.output.record(answer.row, message=f"{code} has {answer.row['Tiers']} tiers")


def _tier(text: str) -> dict[str, str]:
    parts = text.split(":")
    if len(parts) != 3:
        raise UsageError(f"--set {text!r}: write it as 50:percentage:10")
    return dict(zip(("minOrderAmount", "discountType", "discountValue"), parts, strict=True))


@coupon.group("rule", cls=Group)
def rule() -> None:
    """Custom rules of codes and campaigns."""


@rule.command("add")
@click.option("--coupon", "code")
@click.option("--campaign", "campaign_id")
@click.option("--rule", required=True, help="Such as specific_email_domain.")
@click.option("--config", "config_json", type=JSON, help='Such as {"domains":["example.com"]}.')
@click.option("--order", type=int)
@click.option("--inactive", is_flag=True)
@pass_app
def add_rule(
    app: App,
    code: str | None,
    campaign_id: str | None,
    rule: str,
    config_json: str | None,
    order: int | None,
    inactive: bool,
) -> None:
    """Give a code or a campaign a rule."""
    answer = procedures.set_validation_rule(
        app.database,
        rule=rule,
        code=code,
        campaign_id=campaign_id,
        config_json=config_json,
        is_active=False if inactive else None,
        order=order,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"added rule {answer.row['RuleId']}")


@rule.command("remove")
@click.argument("rule_id", type=int, metavar="RULEID")
@pass_app
def remove_rule(app: App, rule_id: int) -> None:
    """Take a rule away."""
    answer = procedures.delete_validation_rule(app.database, rule_id=rule_id, admin=app.admin)
    app.output.record(answer.row, message=f"removed rule {rule_id}")


@coupon.command("suggest")
@click.option("--prefix")
@click.option("--year", is_flag=True)
@click.option("--month", is_flag=True)
@click.option("--random", is_flag=True)
@click.option("--length", type=int, help="Of the whole code.")
@click.option("--count", type=int)
@pass_app
def suggest(
    app: App,
    prefix: str | None,
    year: bool,
    month: bool,
    random: bool,
    length: int | None,
    count: int | None,
) -> None:
    """Suggest codes that nobody has used."""
    codes = procedures.suggest_code(
        app.database,
        prefix=prefix,
        year=year or None,
        month=month or None,
        random=random or None,
        length=length,
        count=count,
    )
    app.output.rows([{"CouponCode": code} for code in codes], ("CouponCode",))


@coupon.command("preview")
@click.argument("code", required=False)
@click.option("--discount-type")
@click.option("--value", type=MONEY)
@click.option("--max-discount", type=MONEY)
@click.option("--amount", "amounts", type=MONEY, multiple=True, help="Repeat for several.")
@pass_app
def preview(
    app: App,
    code: str | None,
    discount_type: str | None,
    value: Decimal | None,
    max_discount: Decimal | None,
    amounts: tuple[Decimal, ...],
) -> None:
    """Show what a code, or a discount not saved yet, does to some amounts."""
    found = procedures.preview_discount(
        app.database,
        code=code,
        discount_type=discount_type,
        value=value,
        max_discount=max_discount,
        amounts_json=to_json([str(amount) for amount in amounts]),
    )
    app.output.rows(found, EXAMPLE)
