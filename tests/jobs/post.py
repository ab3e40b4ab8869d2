"""Requests that come by message: two queues of their own, and what a worker makes of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from click.testing import CliRunner

from couponry_cli.main import couponry
from couponry_jobs import worker
from couponry_jobs.connection import Database
from couponry_jobs.queues import Message, Queue, Queues, open_queues
from couponry_jobs.settings import Settings
from tests.endpoint import Target
from tests.jobs.requests import Request, make_request


class Watched(Queue):
    """Knows its last delivery, so that the time can pass for which that message is hidden."""

    last: Message

    def receive(self, *, hidden_for: int) -> Message | None:
        found = super().receive(hidden_for=hidden_for)
        self.last = found or self.last
        return found

    def hide(self, message: Message, seconds: int) -> Message:
        self.last = super().hide(message, seconds)
        return self.last

    def show_again(self) -> None:
        self.hide(self.last, 0)


@dataclass(frozen=True, slots=True)
class Post:
    """Two queues of their own, and the database whose requests their messages name."""

    target: Target
    database: Database
    settings: Settings
    queues: Queues
    waiting: Watched

    def request(self, amount: int = 500, batch_size: int = 200) -> Request:
        job = make_request(self.target, self.database, amount=amount, batch_size=batch_size)
        self.waiting.send(worker.message_of(job.request_id))
        return job

    def work(self, instance: str = "worker-1", **more: Any) -> worker.Report:
        """Takes messages until there are none."""
        settings = replace(self.settings, instance=instance)
        return worker.run(self.database, self.queues, settings, **{"idle_exit": 0} | more)

    def lengths(self) -> tuple[int, int]:
        return self.waiting.length(), self.queues.poison.length()

    def poison(self) -> list[dict[str, Any]]:
        return [json.loads(one.text) for one in self.queues.poison.peek(32)]

    def environment(self) -> dict[str, str]:
        return {
            **self.target.environment,
            "COUPONRY_QUEUE_CONNECTION_STRING": self.settings.queue_connection_string or "",
            "COUPONRY_QUEUE": self.settings.queue,
            "COUPONRY_POISON_QUEUE": self.settings.poison_queue,
            "COUPONRY_LOG_LEVEL": "ERROR",
        }

    def types(self, *arguments: str) -> Any:
        """What a user of these queues types, and the answer."""
        found = CliRunner(env=self.environment()).invoke(
            couponry, [*arguments, "--format", "json", "--quiet"]
        )
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout)


@contextmanager
def open_post(target: Target, database: Database, storage: str) -> Iterator[Post]:
    name = f"q{secrets.token_hex(6)}"
    settings = replace(
        target.settings,
        queue_connection_string=storage,
        queue=name,
        poison_queue=f"{name}-poison",
    )
    found = open_queues(settings)
    waiting = Watched(found.generation._client)
    queues = Queues(waiting, found.poison)
    for queue in (queues.generation, queues.poison):
        assert queue.create()
    yield Post(target, database, settings, queues, waiting)
    queues.close()
