"""The command `couponry`: its groups, and what becomes of an error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from couponry_cli.context import App, global_options, lazy_group, print_error
from couponry_jobs import __version__
from couponry_jobs.errors import BusinessFailure, CouponryError

GROUPS = {
    "access": ("couponry_cli.access:access", "Who is blocked, watched or trusted."),
    "analytics": (
        "couponry_cli.analytics:analytics",
        "What came of codes, campaigns and all of it.",
    ),
    "audit": ("couponry_cli.audit:audit", "Who did what."),
    "campaign": ("couponry_cli.campaigns:campaign", "Create, change, list and delete campaigns."),
    "coupon": (
        "couponry_cli.coupon_commands:coupon",
        "Create, change, list and import coupons.",
    ),
    "credit": ("couponry_cli.credits:credit", "Give credits, see what became of them."),
    "db": (
        "couponry_cli.database_commands:db",
        "Install and upgrade the scripts, check them, load the sample.",
    ),
    "engine": ("couponry_cli.engine:engine", "Start and stop the development server."),
    "fraud": ("couponry_cli.suspicions:fraud", "What looks like abuse, and decisions on it."),
    "generate": ("couponry_cli.generation:generate", "Request many codes and follow the work."),
    "health": ("couponry_cli.health:health", "Tell whether the database is there and complete."),
    "job": ("couponry_cli.jobs:job", "Run a job here and now."),
    "license": ("couponry_cli.licenses:license", "Licences, their devices, modes and versions."),
    "partner": ("couponry_cli.templates:partner", "Who spreads codes for a commission."),
    "payment": ("couponry_cli.payments:payment", "What the payment provider has told."),
    "queue": ("couponry_cli.queues:queue", "Look after the queues of the generation."),
    "reconcile": ("couponry_cli.jobs:reconcile", "Hold all counters against the ledger."),
    "redeem": ("couponry_cli.redemption:redeem", "Validate and redeem codes."),
    "report": ("couponry_cli.report.command:report", "Write reports."),
    "reservation": (
        "couponry_cli.reservations:reservation",
        "Hold a code during a checkout, confirm or release it.",
    ),
    "search": ("couponry_cli.searches:search", "Keep searches for codes under a name."),
    "settings": ("couponry_cli.configuration:settings", "List and change settings."),
    "subscription": (
        "couponry_cli.subscriptions:subscription",
        "Start, change and end subscriptions; what tiers cost.",
    ),
    "template": ("couponry_cli.templates:template", "What new codes start from."),
    "user": ("couponry_cli.users:user", "Facts about users that rules ask for."),
    "watch": ("couponry_cli.watching:watch", "Print what happens as it happens."),
    "webhook": ("couponry_cli.webhooks:webhook", "Who is told of events, and the backlog."),
    "worker": ("couponry_cli.workers:worker", "Work on messages until told to stop."),
}


class Root(lazy_group(GROUPS)):
    """The root group: errors of any command come here and become text and an exit code."""

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = "couponry",
        **extra: Any,
    ) -> NoReturn:
        app = App()
        try:
            # click's standalone mode knows two exit codes, the specification ten.
            found: Any = super().main(args, prog_name, None, False, **{**extra, "obj": app})
            code = found if isinstance(found, int) else 0
        except CouponryError as error:
            code = report(app, error)
        except click.ClickException as error:
            error.show()
            code = 2
        except (click.Abort, KeyboardInterrupt):
            click.echo("aborted", err=True)
            code = 130
        except BrokenPipeError:
            # The reader of the pipe has seen enough; leaving must not raise it once more.
            sys.stderr.close()
            code = 0
        finally:
            app.close()
        sys.exit(code)


@click.group(
    cls=Root, context_settings={"help_option_names": ["--help", "-h"]}, params=global_options()
)
@click.version_option(__version__, prog_name="couponry")
def couponry() -> None:
    """Coupons and discount codes, kept by stored procedures in SQL Server or Azure SQL."""


def main() -> NoReturn:
    """Run the command line of this process."""
    couponry.main()


def report(app: App, error: CouponryError) -> int:
    """Show an error the way the format asks for, and tell its exit code."""
    print_error(app, error)
    if isinstance(error, BusinessFailure) and app.verbose:
        for name, value in error.row.items():
            if value is not None and name not in ("Success", "ErrorCode", "Message"):
                click.echo(f"  {name}: {value}", err=True)
    return error.exit_code
