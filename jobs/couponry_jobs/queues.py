"""The queues of a storage account: what asks for codes, and what nobody could work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.queue import QueueClient, QueueMessage

from couponry_jobs.connection import credential_of
from couponry_jobs.errors import ConfigurationError, MessageLost, QueueDenied, QueueUnreachable
from couponry_jobs.settings import Settings

STALE_RECEIPT = "PopReceiptMismatch"


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    receipt: str
    """Changes with every delivery; who has an older one has lost the message."""
    text: str
    deliveries: int
    first_seen: datetime | None


class Queue:
    """One queue. Its messages are plain text; one that is received is hidden from others."""

    def __init__(self, client: QueueClient) -> None:
        self._client = client

    @property
    def name(self) -> str:
        return self._client.queue_name

    def create(self) -> bool:
        """Makes the queue if the account has none of its name; tells whether it did."""
        with self._named_faults():
            try:
                self._client.create_queue()
            except ResourceExistsError:
                return False
        return True

    def send(self, text: str) -> str:
        with self._named_faults():
            return _text(self._client.send_message(text).id)

    def receive(self, *, hidden_for: int) -> Message | None:
        with self._named_faults():
            found = self._client.receive_message(visibility_timeout=hidden_for)
        return None if found is None else _message(found)

    def hide(self, message: Message, seconds: int) -> Message:
        """Keeps the message from others for so long from now on; 0 shows it at once."""
        with self._named_faults(message):
            kept = self._client.update_message(
                message.id, message.receipt, visibility_timeout=seconds
            )
        return replace(message, receipt=_text(kept.pop_receipt))

    def delete(self, message: Message) -> None:
        with self._named_faults(message):
            self._client.delete_message(message.id, message.receipt)

    def peek(self, limit: int) -> list[Message]:
        """The first messages that are visible; nobody is kept from them."""
        with self._named_faults():
            return [_message(one) for one in self._client.peek_messages(max_messages=limit)]

    def length(self) -> int:
        with self._named_faults():
            return self._client.get_queue_properties().approximate_message_count or 0

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _named_faults(self, message: Message | None = None) -> Iterator[None]:
        try:
            yield
        except ClientAuthenticationError as error:
            raise QueueDenied(f"queue {self.name}: {error.message}") from error
        except ResourceNotFoundError as error:
            if message is not None:
                raise MessageLost(f"queue {self.name}: {message.id} went to another") from error
            raise QueueUnreachable(f"queue {self.name} does not exist") from error
        except AzureError as error:
            if message is not None and getattr(error, "error_code", None) == STALE_RECEIPT:
                raise MessageLost(f"queue {self.name}: {message.id} went to another") from error
            raise QueueUnreachable(f"queue {self.name}: {error.message}") from error


@dataclass(frozen=True, slots=True)
class Queues:
    generation: Queue
    poison: Queue

    def close(self) -> None:
        self.generation.close()
        self.poison.close()


class Sender:
    """Puts texts into queues by their names, each opened when it is first written to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._queues: dict[str, Queue] = {}

    def send(self, name: str, text: str) -> None:
        if name not in self._queues:
            self._queues[name] = open_queue(self._settings, name)
        self._queues[name].send(text)

    def close(self) -> None:
        for queue in self._queues.values():
            queue.close()
        self._queues.clear()


def open_queues(settings: Settings) -> Queues:
    """The queues of the account that the settings name; nothing is asked of it yet."""
    return Queues(open_queue(settings, settings.queue), open_queue(settings, settings.poison_queue))


def open_queue(settings: Settings, name: str) -> Queue:
    if settings.queue_connection_string is not None:
        return Queue(QueueClient.from_connection_string(settings.queue_connection_string, name))
    if settings.queue_account_url is None:
        raise ConfigurationError("COUPONRY_QUEUE_ACCOUNT_URL is not set")
    credential = cast(TokenCredential, credential_of(settings))
    return Queue(QueueClient(settings.queue_account_url, name, credential=credential))


def _message(found: QueueMessage) -> Message:
    return Message(
        _text(found.id),
        found.pop_receipt or "",
        _text(found.content),
        found.dequeue_count or 0,
        found.inserted_on,
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
