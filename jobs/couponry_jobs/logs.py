"""Log lines on stderr: one JSON object each, or plain text for people."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

ROOT = "couponry"
_FIELDS = "fields"


def configure(*, level: str = "INFO", form: str = "json", stream: TextIO | None = None) -> None:
    """Send couponry's log lines to the stream, and only there."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    logger = logging.getLogger(ROOT)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


Log = Callable[..., None]


def log_of(name: str, **always: object) -> Log:
    """A function that logs an event with its fields, and with those it always carries."""
    logger = logging.getLogger(f"{ROOT}.{name}")

    def log(event: str, *, level: int = logging.INFO, **fields: object) -> None:
        logger.log(level, event, extra={_FIELDS: {**always, **fields}})

    return log


def mask(code: str) -> str:
    """A coupon code as it may appear in a log: whoever reads it must not be able to redeem it."""
    return code[:3] + "…"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "ts": _moment(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line.update((name, value) for name, value in _fields(record).items() if value is not None)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        pairs = " ".join(
            f"{name}={value}" for name, value in _fields(record).items() if value is not None
        )
        moment = _moment(record).strftime("%H:%M:%S")
        return f"{moment} {record.levelname.lower():7} {record.getMessage()} {pairs}".rstrip()


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, _FIELDS, {})
    return {
        name: mask(str(value)) if name in ("code", "couponCode") else value
        for name, value in fields.items()
    }
