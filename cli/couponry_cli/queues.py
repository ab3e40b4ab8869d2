"""couponry queue …"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import click

from couponry_cli.context import App, Group, pass_app, yes_option
from couponry_jobs.connection import ResultSet, Value
from couponry_jobs.errors import BusinessFailure
from couponry_jobs.queues import Message

COLUMNS = ("MessageId", "Message", "Reason", "DequeueCount", "FirstSeen", "Instance")
# No more can be looked at in one request.
PAGE = 32
HIDDEN_SECONDS = 60


@click.group(cls=Group)
def queue() -> None:
    """Look after the queues of the generation."""


@queue.command("status")
@pass_app
def status(app: App) -> None:
    """Tell how many messages wait, and how many nobody could work on."""
    found = ((one.name, one.length()) for one in (app.queues.generation, app.queues.poison))
    app.output.rows(ResultSet(("Queue", "Messages"), tuple(found)), ("Queue", "Messages"))


@queue.group("poison", cls=Group)
def poison() -> None:
    """Messages that nobody could work on."""


@poison.command("list")
@click.option("--limit", type=click.IntRange(1, PAGE), default=PAGE, show_default=True)
@pass_app
def list_(app: App, limit: int) -> None:
    """List them with the reason."""
    found = ((one.id, *_fields(one)) for one in app.queues.poison.peek(limit))
    app.output.rows(ResultSet(COLUMNS, tuple(found)), COLUMNS)


@poison.command("requeue")
@click.option("--limit", type=click.IntRange(1, PAGE), default=PAGE, show_default=True)
@click.option("--message-id", help="Only this one.")
@pass_app
def requeue(app: App, limit: int, message_id: str | None) -> None:
    """Let the generation try them again."""
    done = 0
    for message in _taken(app, limit, message_id):
        app.queues.generation.send(str(_fields(message)[0]))
        app.queues.poison.delete(message)
        done += 1
    _tell(app, done, message_id, "sent again")


@poison.command("drop")
@click.option("--limit", type=click.IntRange(1, PAGE), default=PAGE, show_default=True)
@click.option("--message-id", help="Only this one.")
@yes_option
@pass_app
def drop(app: App, limit: int, message_id: str | None, yes: bool) -> None:
    """Delete them for ever."""
    what = f"message {message_id}" if message_id else f"up to {limit} messages"
    app.confirm(f"Delete {what} of {app.queues.poison.name}?", yes=yes)
    done = 0
    for message in _taken(app, limit, message_id):
        app.queues.poison.delete(message)
        done += 1
    _tell(app, done, message_id, "deleted")


def _taken(app: App, limit: int, message_id: str | None) -> Iterator[Message]:
    """The messages meant; those that are passed by on the way are shown again."""
    others: list[Message] = []
    meant = 0
    while meant < limit:
        message = app.queues.poison.receive(hidden_for=HIDDEN_SECONDS)
        if message is None:
            break
        if message_id is None or message.id == message_id:
            meant += 1
            yield message
            if message_id is not None:
                break
        else:
            others.append(message)
    for message in others:
        app.queues.poison.hide(message, 0)


def _tell(app: App, done: int, message_id: str | None, verb: str) -> None:
    if message_id is not None and not done:
        raise BusinessFailure("MESSAGE_NOT_FOUND", f"Message {message_id} not found.")
    app.output.record({"Messages": done}, message=f"{done} {verb}")


def _fields(message: Message) -> tuple[Value, ...]:
    """What the worker wrote about a message; one that it did not write is shown as it is."""
    try:
        body = cast(object, json.loads(message.text))
    except ValueError:
        body = None
    if not isinstance(body, dict) or "message" not in body:
        return message.text, None, None, message.first_seen, None
    told = cast("dict[str, Value]", body)
    return tuple(
        told.get(name) for name in ("message", "reason", "dequeueCount", "firstSeen", "instance")
    )
