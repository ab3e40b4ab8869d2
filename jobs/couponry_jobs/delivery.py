"""Deliveries of events: webhooks with a signature, chat messages, queues.

The database decides what is due, to whom, and when it is tried again. Deliveries of one
subscription go out one after the other, in the order of their events; subscriptions do not wait for
each other. What cannot be started while its lease lasts is left to come back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import Message
from http.client import HTTPException
from typing import IO, cast
from urllib.error import HTTPError, URLError

from couponry_jobs import procedures
from couponry_jobs.connection import Database
from couponry_jobs.errors import BusinessFailure, CouponryError
from couponry_jobs.generation import Stop
from couponry_jobs.logs import log_of
from couponry_jobs.procedures import Delivery
from couponry_jobs.settings import SECRETS, Settings

MAIL_QUEUE = "coupon-email"
AT_ONCE = 8
LEASED = 50
LEASE_SECONDS = 300
POLL_SECONDS = 1.0
SUBJECT = "couponry: {}"

Send = Callable[[str, str], None]
"""Puts a text into the queue of that name."""


@dataclass(frozen=True, slots=True)
class Report:
    delivered: int = 0
    failed: int = 0
    left: int = 0

    def __add__(self, other: Report) -> Report:
        return Report(
            self.delivered + other.delivered, self.failed + other.failed, self.left + other.left
        )


class Refused(Exception):
    """The receiver did not take the event; the text is what the database is told."""


def run(
    database: Database,
    settings: Settings,
    *,
    send: Send | None = None,
    stop: Stop | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Deliver what is due until nothing is; recorded as one run of the job outbox-dispatch."""
    recorded = procedures.start_job_run(database, job="outbox-dispatch", host=settings.instance)
    number = procedures.whole(recorded.row, "JobRunId")
    carrier = Carrier(settings, send, os.environ if environ is None else environ)
    report, problem = Report(), None
    try:
        while not (stop and stop.asked()):
            due = procedures.dequeue_outbox(
                database,
                lease_owner=settings.instance,
                max_events=LEASED,
                lease_seconds=LEASE_SECONDS,
            )
            if not due:
                break
            report += _round(database, settings, carrier, due, clock)
    except CouponryError as error:
        problem = error
        raise
    finally:
        details = {"delivered": report.delivered, "failed": report.failed, "left": report.left}
        procedures.end_job_run(
            database,
            run=number,
            status="Failed" if problem else "Succeeded",
            items=report.delivered,
            details_json=json.dumps(details),
            error=f"{problem.code}: {problem.message}"[:2000] if problem else None,
        )
    return report


def work(
    database: Database,
    settings: Settings,
    *,
    send: Send | None = None,
    stop: Stop | None = None,
    once: bool = False,
    max_messages: int | None = None,
    idle_exit: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Report:
    """Deliver for ever, or until told to stop, or until nothing has come for so long."""
    stop = stop or Stop()
    total, looked, busy = Report(), float("-inf"), clock()
    while not stop.asked():
        now = clock()
        if now - looked >= POLL_SECONDS:
            looked = now
            done = run(database, settings, send=send, stop=stop)
            total += done
            if done != Report():
                busy = clock()
        if once or (idle_exit is not None and clock() - busy >= idle_exit):
            break
        if max_messages is not None and total.delivered + total.failed >= max_messages:
            break
        pause(POLL_SECONDS)
    return total


def _round(
    database: Database,
    settings: Settings,
    carrier: Carrier,
    due: list[Delivery],
    clock: Callable[[], float],
) -> Report:
    """All that was leased together: a lane for each subscription, told as it comes."""
    log = log_of("delivery", job="outbox-dispatch", instance=settings.instance)
    until = clock() + LEASE_SECONDS - 2 * settings.http_timeout
    lanes: dict[int, list[Delivery]] = {}
    for one in due:
        lanes.setdefault(one.webhook_id, []).append(one)

    def lane(mine: Iterable[Delivery]) -> Report:
        report = Report()
        for one in mine:
            if clock() > until:
                report = replace(report, left=report.left + 1)
                continue
            began, error = clock(), None
            try:
                carrier.deliver(one)
            except Refused as refused:
                error = str(refused)[:1000]
            try:
                procedures.complete_outbox(
                    database,
                    event_id=one.event_id,
                    webhook_id=one.webhook_id,
                    lease_owner=settings.instance,
                    error=error,
                )
            except BusinessFailure as failure:
                # The lease was over: whoever has it now delivers once more.
                log("lease lost", level=logging.WARNING, errorCode=failure.code)
                report = replace(report, left=report.left + 1)
                continue
            log(
                "delivered" if error is None else "not delivered",
                level=logging.INFO if error is None else logging.WARNING,
                delivery=name_of(one),
                type=one.event_type,
                attempt=one.attempts + 1,
                ms=round((clock() - began) * 1000),
                error=error,
            )
            report = replace(
                report,
                delivered=report.delivered + (error is None),
                failed=report.failed + (error is not None),
            )
        return report

    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(lane, mine) for mine in lanes.values()]
        return sum((future.result() for future in as_completed(futures)), Report())


# ---------------------------------------------------------------- one delivery


class Carrier:
    """Brings an event to where its subscription wants it."""

    def __init__(self, settings: Settings, send: Send | None, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._send = send
        self._environ = environ

    def deliver(self, one: Delivery) -> None:
        match one.channel:
            case "webhook":
                self._webhook(one)
            case "slack":
                self._post(one.target, json.dumps({"text": sentence(one)}).encode(), {})
            case "queue":
                self._queue(self._settings.event_queue, body_of(one))
                if one.event_type == "generation_requested":
                    request = json.dumps({"requestId": payload_of(one).get("requestId")})
                    self._queue(self._settings.queue, request)
            case "email":
                subject = SUBJECT.format(one.event_type)
                mail = {"to": one.target, "subject": subject, "text": sentence(one)}
                self._queue(MAIL_QUEUE, json.dumps(mail, ensure_ascii=False))
            case other:
                raise Refused(f"unknown channel {other}")

    def _webhook(self, one: Delivery) -> None:
        body, moment = body_of(one).encode(), str(int(time.time()))
        headers = {
            "X-Couponry-Event": one.event_type,
            "X-Couponry-Delivery": name_of(one),
            "X-Couponry-Timestamp": moment,
        }
        if one.secret_name is not None:
            headers["X-Couponry-Signature"] = signature(self._secret(one.secret_name), moment, body)
        self._post(one.target, body, headers)

    def _secret(self, name: str) -> str:
        for variable in (name, re.sub(r"\W", "_", name).upper()):
            found = self._environ.get(SECRETS + variable)
            if found:
                return found
        raise Refused(f"{SECRETS}{name} is not set")

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        given = {"Content-Type": "application/json", "User-Agent": "couponry", **headers}
        try:
            request = urllib.request.Request(url, body, given, method="POST")
            with OPENER.open(request, timeout=self._settings.http_timeout) as answer:
                status, reason = int(answer.status), str(answer.reason)
        except HTTPError as error:
            status, reason = error.code, str(error.reason)
            error.close()
        except (HTTPException, ValueError) as error:
            # Their texts quote the address, and that of an incoming hook is a secret.
            raise Refused(f"{type(error).__name__}: no answer that can be read") from error
        except (URLError, OSError) as error:
            raise Refused(f"{type(error).__name__}: {error}") from error
        if not 200 <= status < 300:
            raise Refused(f"{status} {reason}")

    def _queue(self, name: str, text: str) -> None:
        if self._send is None:
            raise Refused("no queue is configured")
        try:
            self._send(name, text)
        except CouponryError as error:
            raise Refused(f"{error.code}: {error.message}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A receiver that moved has to be told of by hand: secrets are not carried elsewhere."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirect)


def name_of(one: Delivery) -> str:
    return f"{one.event_id}-{one.webhook_id}"


def payload_of(one: Delivery) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(one.payload))


def body_of(one: Delivery) -> str:
    """What webhooks and queues get."""
    return json.dumps(
        {
            "id": one.event_id,
            "type": one.event_type,
            "occurredAt": _moment(one.occurred_at),
            "data": payload_of(one),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def sentence(one: Delivery) -> str:
    """The event in a line that people read."""
    facts = ", ".join(f"{name} {value}" for name, value in payload_of(one).items())
    return f"{one.event_type}: {facts}"


def signature(secret: str, moment: str, body: bytes) -> str:
    """What a receiver compares: HMAC of timestamp, dot and body."""
    found = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"sha256={found.hexdigest()}"


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds") + "Z"
