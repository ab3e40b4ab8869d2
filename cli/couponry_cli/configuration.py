"""couponry settings …"""

from __future__ import annotations

import click

from couponry_cli.context import App, Group, pass_app
from couponry_jobs import procedures
from couponry_jobs.errors import UsageError

COLUMNS = ("SettingName", "SettingValue", "Description", "UpdatedAt")


@click.group(cls=Group)
def settings() -> None:
    """List and change settings."""


@settings.command("list")
@pass_app
def list_(app: App) -> None:
    """List the settings that you may see."""
    found = procedures.get_settings(app.database)
    app.output.rows(found, [name for name in COLUMNS if name in found.columns])


@settings.command("set")
@click.argument("name")
@click.argument("value")
@click.option("--if-version", metavar="HEX", help="Only if nobody has changed it since.")
@pass_app
def set_(app: App, name: str, value: str, if_version: str | None) -> None:
    """Change a setting."""
    answer = procedures.set_setting(
        app.database,
        name=name,
        value=value,
        expected_version=version_of(if_version),
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"{name} = {value}")


def version_of(text: str | None) -> bytes | None:
    """A row version as it is printed: 0x and 16 digits."""
    if text is None:
        return None
    try:
        version = bytes.fromhex(text.removeprefix("0x").removeprefix("0X"))
    except ValueError:
        raise UsageError(f"--if-version {text!r} is not hexadecimal") from None
    if len(version) != 8:
        raise UsageError(f"--if-version {text!r} is not a row version of 8 bytes")
    return version
