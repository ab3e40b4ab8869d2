"""What every command shares: global options, the database, the way out for errors."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from couponry_cli.output import Output, Style
from couponry_jobs import logs, settings
from couponry_jobs.connection import Database, warn_on_stderr
from couponry_jobs.errors import ConfigurationError, CouponryError, UsageError
from couponry_jobs.procedures import Admin
from couponry_jobs.retry import Retry
from couponry_jobs.settings import Settings

if TYPE_CHECKING:
    from couponry_jobs.delivery import Send
    from couponry_jobs.metrics import Metrics
    from couponry_jobs.queues import Queues, Sender

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class App:
    """The options in force for one command line, and what has been opened for it."""

    options: dict[str, Any] = field(default_factory=dict[str, Any])
    is_job: bool = False
    """Whether a platform runs this, which reads log lines."""
    _output: Output | None = None
    _database: Database | None = None
    _queues: Queues | None = None
    _sender: Sender | None = None
    _metrics: Metrics | None = None

    @property
    def format(self) -> str:
        chosen = self.options.get("format")
        return chosen or ("table" if sys.stdout.isatty() else "json")

    @property
    def quiet(self) -> bool:
        return bool(self.options.get("quiet"))

    @property
    def verbose(self) -> bool:
        return bool(self.options.get("verbose"))

    @property
    def admin(self) -> Admin:
        return Admin(
            actor=self.options.get("actor"),
            reason=self.options.get("reason"),
            correlation_id=self.options.get("correlation_id"),
        )

    @property
    def output(self) -> Output:
        if self._output is None:
            self._output = Output(
                Style(
                    format=self.format,
                    color=not self.options.get("no_color"),
                    wide=bool(self.options.get("wide")),
                    raw=bool(self.options.get("raw")),
                    file=self.options.get("output"),
                )
            )
        return self._output

    def settings(self) -> Settings:
        """The environment's settings, with what the command line says on top."""
        return settings.read(
            server=self.options.get("server"),
            database=self.options.get("database"),
            auth=self.options.get("auth"),
            command_timeout=self.options.get("timeout"),
        )

    @property
    def database(self) -> Database:
        if self._database is None:
            found = self.settings()
            logs.configure(level=self._log_level(found.log_level), form=found.log_format)
            warn = None if self.quiet else warn_on_stderr
            ended = self._metrics.called if self._metrics else None
            self._database = Database(
                found, retry=Retry(notice=self._notice, ended=ended), warn=warn
            )
        return self._database

    @property
    def queues(self) -> Queues:
        if self._queues is None:
            # Imported here: few commands need it, and it takes longer than most of them.
            from couponry_jobs.queues import open_queues

            self._queues = open_queues(self.settings())
        return self._queues

    @property
    def send(self) -> Send | None:
        """Puts a text into a queue by its name; None where no queue is configured."""
        if not self.settings().has_queue:
            return None
        from couponry_jobs.queues import Sender

        if self._sender is None:
            self._sender = Sender(self.settings())
        return self._sender.send

    def measure(self) -> Metrics:
        """From now on calls are counted, and the state can be asked for."""
        # Imported here: few commands are measured.
        from couponry_jobs.metrics import Metrics, State

        if self._metrics is None:
            self._metrics = Metrics()
            queues = self.queues if self.settings().has_queue else None
            self._metrics.registry.register(State(self.database, queues))
        return self._metrics

    def say(self, message: str) -> None:
        """Talk on stderr; --quiet silences it."""
        if not self.quiet:
            click.echo(message, err=True)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be taken back."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise UsageError(f"{question} Nobody can be asked here: add --yes.")
        click.confirm(question, abort=True, err=True)

    def confirm_by_name(self, question: str, name: str, *, yes: bool) -> None:
        """Ask for the name of what is to go: a y is typed too easily."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise UsageError(f"{question} Nobody can be asked here: add --yes.")
        if click.prompt(f"{question} Type {name} to go on", err=True) != name:
            raise click.Abort

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
        if self._queues is not None:
            self._queues.close()
            self._queues = None
        if self._sender is not None:
            self._sender.close()
            self._sender = None

    def _log_level(self, configured: str) -> str:
        if self.verbose:
            return "DEBUG"
        if self.quiet:
            return "ERROR"
        if self.is_job or os.environ.get("COUPONRY_LOG_LEVEL"):
            return configured
        # A person reads the output of a command; its bar says what the log lines would.
        return "WARNING"

    def _notice(self, error: CouponryError, attempt: int) -> None:
        logs.log_of("cli")("retry", attempt=attempt, errorCode=error.code)
        if self._metrics is not None:
            self._metrics.repeated(error)


pass_app = click.make_pass_decorator(App, ensure=True)


def print_error(app: App, error: CouponryError) -> None:
    click.echo(f"error: {error.code}: {error.message}", err=True)
    # A program reads one document: what failed about data that it has got is told by the exit code.
    if app.format == "json" and not app.output.is_begun:
        body = {"success": False, "errorCode": error.code, "message": error.message}
        click.echo(json.dumps(body, ensure_ascii=False))


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep an option of any level; the one nearest to the command wins."""
    app = context.ensure_object(App)
    if value is not None and value is not False:
        app.options[str(parameter.name)] = value


def global_options(*, hidden: bool = False) -> list[click.Parameter]:
    """The options that work before and after the command's name."""

    def option(*names: str, **attributes: Any) -> click.Option:
        if hidden:
            # Read once, at the root: a variable must not win over an option given there.
            attributes.pop("envvar", None)
        return click.Option(
            names, expose_value=False, callback=_remember, hidden=hidden, **attributes
        )

    return [
        option("--server", metavar="HOST[,PORT]", help="Server [COUPONRY_SQL_SERVER]."),
        option("--database", metavar="NAME", help="Database [COUPONRY_SQL_DATABASE]."),
        option("--auth", type=click.Choice(settings.AUTHS), help="Identity [COUPONRY_SQL_AUTH]."),
        option(
            "--format",
            type=click.Choice(["table", "json", "csv"]),
            envvar="COUPONRY_FORMAT",
            help="Default: table on a terminal, json in a pipe [COUPONRY_FORMAT].",
        ),
        option("--output", metavar="FILE", help="Write the data to a file (.xlsx: a workbook)."),
        option("--wide", is_flag=True, help="Do not cut tables to the terminal."),
        option("--raw", is_flag=True, help="CSV cells as they are, also formulas."),
        option("--no-color", is_flag=True, envvar="NO_COLOR", help="No colours [NO_COLOR]."),
        option("--quiet", is_flag=True, envvar="COUPONRY_QUIET", help="No talk, no bars."),
        option("--verbose", is_flag=True, envvar="COUPONRY_VERBOSE", help="More detail."),
        option(
            "--timeout",
            type=click.IntRange(min=1),
            metavar="SECONDS",
            help="Of one call [COUPONRY_COMMAND_TIMEOUT].",
        ),
        option("--actor", envvar="COUPONRY_ACTOR", help="Name for the audit log."),
        option("--reason", envvar="COUPONRY_REASON", help="Reason for the audit log."),
        option("--correlation-id", envvar="COUPONRY_CORRELATION_ID", help="For the audit log."),
    ]


class Command(click.Command):
    """A command that takes the global options as well."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        taken = {name for parameter in self.params for name in parameter.opts}
        self.params += [
            option for option in global_options(hidden=True) if not taken.intersection(option.opts)
        ]
        self.epilog = self.epilog or "Global options: couponry --help"


class Group(click.Group):
    """A group whose commands take the global options as well."""

    command_class = Command
    group_class = type


def lazy_group(members: Mapping[str, tuple[str, str]]) -> type[click.Group]:
    """A group that imports a member when it is called: --help needs none of them."""

    class LazyGroup(Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return sorted(members)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in members:
                return None
            module, _, name = members[cmd_name][0].partition(":")
            try:
                found: click.Command = getattr(importlib.import_module(module), name)
            except ModuleNotFoundError as error:
                if (error.name or "").startswith("couponry_cli"):
                    raise
                raise ConfigurationError(
                    f"couponry {cmd_name} needs the package {error.name!r}:"
                    " install couponry[standin]"
                ) from error
            return found

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            with formatter.section("Commands"):
                formatter.write_dl([(name, members[name][1]) for name in self.list_commands(ctx)])

    return LazyGroup


def paging_options(function: F) -> F:
    """Decorator: --limit, --page, --all."""
    function = click.option("--all", "everything", is_flag=True, help="Every page.")(function)
    function = click.option("--page", type=click.IntRange(min=1), default=1, show_default=True)(
        function
    )
    return click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)(
        function
    )


def yes_option(function: F) -> F:
    return click.option("--yes", is_flag=True, help="Do not ask.")(function)
