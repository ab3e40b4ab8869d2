"""Types and groups of options that several commands share."""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import click

from couponry_jobs.errors import UsageError
from couponry_jobs.procedures import Order

F = TypeVar("F", bound=Callable[..., Any])


class Money(click.ParamType[Decimal]):
    """A decimal number; whether it is allowed is the database's business."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, Decimal):
            return value
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not a number", param, ctx)
        if not number.is_finite():
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class Moment(click.ParamType[datetime]):
    """An ISO date or time, in UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-03-31T23:59:59", param, ctx)
        offset = moment.utcoffset() or timedelta()
        return moment.replace(tzinfo=None) - offset


class Uses(click.ParamType[int | str]):
    """A number of uses, or the word for no limit."""

    name = "n|unlimited"
    NONE = "unlimited"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, int) or value == self.NONE:
            return value
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor 'unlimited'", param, ctx)


class Json(click.ParamType[str]):
    """JSON text, or @FILE with it; its content is checked by the database."""

    name = "json|@file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = str(value)
        if text.startswith("@"):
            try:
                return Path(text[1:]).read_text("utf-8")
            except OSError as error:
                self.fail(str(error), param, ctx)
        return text


MONEY = Money()
MOMENT = Moment()
USES = Uses()
JSON = Json()


PERIOD_STANDS_ALONE = "--period stands for --from and --to: give one or the other"
PERIODS = ("today", "yesterday", "last_7_days", "last_30_days", "last_quarter")


def period_of(name: str, now: datetime) -> tuple[datetime, datetime]:
    """From and to of a named period of whole days, as dbo.fn_DatePreset counts them."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    match name:
        case "today":
            return today, today + day
        case "yesterday":
            return today - day, today
        case "last_7_days":
            return today - 6 * day, today + day
        case "last_30_days":
            return today - 29 * day, today + day
        case "last_quarter":
            quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
            before = quarter - day
            return before.replace(month=(before.month - 1) // 3 * 3 + 1, day=1), quarter
        case _:
            raise ValueError(name)


def period_options(function: F) -> F:
    """Decorator: --from, --to and --period, gathered into the arguments `since` and `until`."""

    @functools.wraps(function)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        since, until, period = (named.pop(name) for name in ("since", "until", "period"))
        if period is not None:
            if since is not None or until is not None:
                raise UsageError(PERIOD_STANDS_ALONE)
            since, until = period_of(period, datetime.now(UTC).replace(tzinfo=None))
        return function(*arguments, since=since, until=until, **named)

    decorated: Any = wrapped
    for option in (
        click.option("--period", type=click.Choice(PERIODS), help="Instead of --from and --to."),
        click.option("--to", "until", type=MOMENT, help="Not included."),
        click.option("--from", "since", type=MOMENT),
    ):
        decorated = option(decorated)
    return decorated


def to_json(data: object) -> str | None:
    """Compact JSON for a procedure's argument; nothing for nothing."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) if data else None


def request_option(function: F) -> F:
    """Decorator: --request-id; without it the call is one of its own."""
    return click.option(
        "--request-id",
        default=lambda: f"cli-{secrets.token_hex(12)}",
        show_default="a new one",
        help="The same call with the same id again gives the same answer.",
    )(function)


def key_option(function: F) -> F:
    """Decorator: --key, of calls that need one; without it the call is one of its own."""
    return click.option(
        "--key",
        default=lambda: f"cli-{secrets.token_hex(12)}",
        show_default="a new one",
        help="Idempotency key: the same call again gives the same answer.",
    )(function)


def utm_options(function: F) -> F:
    """Decorator: --source and the three --utm options."""
    for name in ("campaign", "medium", "source"):
        function = click.option(f"--utm-{name}")(function)
    return click.option("--source", help="Where the campaign or code comes from.")(function)


def target_options(function: F) -> F:
    """Decorator: --include and --exclude."""
    function = click.option(
        "--exclude", multiple=True, metavar="V", help="None of these. Repeat for several."
    )(function)
    return click.option(
        "--include", multiple=True, metavar="V", help="One of these. Repeat for several."
    )(function)


def order_options(function: F) -> F:
    """Decorator: what is known of the order, gathered into the argument `order`."""

    @functools.wraps(function)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        order = Order(
            amount=named.pop("amount"),
            order_id=named.pop("order"),
            currency=named.pop("currency"),
            tier=named.pop("tier"),
            service=named.pop("service"),
            consultant=named.pop("consultant"),
            country=named.pop("country"),
            device=named.pop("device"),
            ip_address=named.pop("ip"),
            user_agent=named.pop("user_agent"),
        )
        return function(*arguments, order=order, **named)

    decorated: Any = wrapped
    for option in (
        click.option("--user-agent"),
        click.option("--ip", help="IP address of the caller."),
        click.option("--device", help="Device fingerprint."),
        click.option("--country", help="Two letters."),
        click.option("--consultant"),
        click.option("--service"),
        click.option("--tier", help="Tier being bought."),
        click.option("--currency", help="Three letters."),
        click.option("--order", help="Id of the order."),
        click.option("--amount", type=MONEY, help="Amount of the order."),
    ):
        decorated = option(decorated)
    return decorated
