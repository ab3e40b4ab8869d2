"""What the environment says: read once, checked, and passed on as one frozen value."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from couponry_jobs.errors import ConfigurationError

Auth = Literal["managed-identity", "default", "sql"]

AUTHS: tuple[Auth, ...] = ("managed-identity", "default", "sql")
DRIVER = "ODBC Driver 18 for SQL Server"
QUEUE = "coupon-generation"
EVENT_QUEUE = "coupon-events"
SECRETS = "COUPONRY_SECRET_"
"""Before the name of a secret that signs webhooks; the platform sets these variables."""
POISON_QUEUE = "coupon-generation-poison"


@dataclass(frozen=True, slots=True)
class Settings:
    server: str
    database: str
    auth: Auth = "managed-identity"
    user: str | None = None
    password: str | None = None
    client_id: str | None = None
    driver: str = DRIVER
    insecure: bool = False
    pool_size: int = 20
    pool_timeout: int = 10
    login_timeout: int = 15
    command_timeout: int = 30
    read_replica: bool = False
    batch_size: int | None = None
    lease_seconds: int | None = None
    request_id: str | None = None
    instance: str = ""
    log_level: str = "INFO"
    log_format: str = "json"
    export_dir: Path = Path()
    queue_account_url: str | None = None
    queue_connection_string: str | None = None
    queue: str = QUEUE
    poison_queue: str = POISON_QUEUE
    event_queue: str = EVENT_QUEUE
    http_timeout: int = 10
    max_dequeue: int = 5
    visibility_seconds: int = 300

    def __repr__(self) -> str:
        # A settings value ends up in tracebacks and logs; the password must not.
        return f"Settings(server={self.server!r}, database={self.database!r}, auth={self.auth!r})"

    @property
    def has_queue(self) -> bool:
        return bool(self.queue_account_url or self.queue_connection_string)

    def with_database(self, database: str) -> Settings:
        return replace(self, database=database)


def read(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Settings from the environment; an override that is not None wins over its variable."""
    env = os.environ if environ is None else environ
    given = {name: value for name, value in overrides.items() if value is not None}

    def choose(name: str, variable: str, default: str | None = None) -> str | None:
        value = given.get(name, env.get(variable))
        return default if value is None or value == "" else str(value)

    def require(name: str, variable: str) -> str:
        value = choose(name, variable)
        if value is None:
            raise ConfigurationError(f"{variable} is not set")
        return value

    auth = choose("auth", "COUPONRY_SQL_AUTH", "managed-identity")
    if auth not in AUTHS:
        raise ConfigurationError(
            f"COUPONRY_SQL_AUTH is {auth!r}; it must be one of {', '.join(AUTHS)}"
        )
    user = choose("user", "COUPONRY_SQL_USER")
    password = choose("password", "COUPONRY_SQL_PASSWORD")
    if auth == "sql" and user is None:
        raise ConfigurationError("COUPONRY_SQL_USER is not set, but COUPONRY_SQL_AUTH is sql")
    if auth == "sql" and password is None:
        raise ConfigurationError("COUPONRY_SQL_PASSWORD is not set, but COUPONRY_SQL_AUTH is sql")

    log_format = choose("log_format", "COUPONRY_LOG_FORMAT", "json") or "json"
    if log_format not in ("json", "text"):
        raise ConfigurationError(f"COUPONRY_LOG_FORMAT is {log_format!r}; use json or text")
    log_level = (choose("log_level", "COUPONRY_LOG_LEVEL", "INFO") or "INFO").upper()
    if log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ConfigurationError(
            f"COUPONRY_LOG_LEVEL is {log_level!r}; use DEBUG, INFO, WARNING or ERROR"
        )

    return Settings(
        server=require("server", "COUPONRY_SQL_SERVER"),
        database=require("database", "COUPONRY_SQL_DATABASE"),
        auth=auth,
        user=user,
        password=password,
        client_id=choose("client_id", "COUPONRY_MI_CLIENT_ID"),
        driver=choose("driver", "COUPONRY_SQL_DRIVER", DRIVER) or DRIVER,
        insecure=_flag("COUPONRY_SQL_INSECURE", choose("insecure", "COUPONRY_SQL_INSECURE", "0")),
        pool_size=_number("COUPONRY_POOL_SIZE", choose("pool_size", "COUPONRY_POOL_SIZE", "20")),
        command_timeout=_number(
            "COUPONRY_COMMAND_TIMEOUT", choose("command_timeout", "COUPONRY_COMMAND_TIMEOUT", "30")
        ),
        read_replica=_flag(
            "COUPONRY_READ_REPLICA", choose("read_replica", "COUPONRY_READ_REPLICA", "0")
        ),
        batch_size=_optional("COUPONRY_BATCH_SIZE", choose("batch_size", "COUPONRY_BATCH_SIZE")),
        lease_seconds=_optional(
            "COUPONRY_LEASE_SECONDS", choose("lease_seconds", "COUPONRY_LEASE_SECONDS")
        ),
        request_id=choose("request_id", "COUPONRY_REQUEST_ID"),
        instance=choose("instance", "COUPONRY_INSTANCE") or f"{socket.gethostname()}:{os.getpid()}",
        log_level=log_level,
        log_format=log_format,
        export_dir=Path(choose("export_dir", "COUPONRY_EXPORT_DIR", ".") or "."),
        queue_account_url=choose("queue_account_url", "COUPONRY_QUEUE_ACCOUNT_URL"),
        queue_connection_string=choose(
            "queue_connection_string", "COUPONRY_QUEUE_CONNECTION_STRING"
        ),
        queue=choose("queue", "COUPONRY_QUEUE", QUEUE) or QUEUE,
        poison_queue=choose("poison_queue", "COUPONRY_POISON_QUEUE", POISON_QUEUE) or POISON_QUEUE,
        event_queue=choose("event_queue", "COUPONRY_EVENT_QUEUE", EVENT_QUEUE) or EVENT_QUEUE,
        http_timeout=_number(
            "COUPONRY_HTTP_TIMEOUT", choose("http_timeout", "COUPONRY_HTTP_TIMEOUT", "10")
        ),
        max_dequeue=_number(
            "COUPONRY_MAX_DEQUEUE", choose("max_dequeue", "COUPONRY_MAX_DEQUEUE", "5")
        ),
        visibility_seconds=_number(
            "COUPONRY_VISIBILITY_SECONDS",
            choose("visibility_seconds", "COUPONRY_VISIBILITY_SECONDS", "300"),
        ),
    )


def _flag(variable: str, value: str | None) -> bool:
    match (value or "0").strip().lower():
        case "1" | "true" | "yes":
            return True
        case "0" | "false" | "no":
            return False
        case other:
            raise ConfigurationError(f"{variable} is {other!r}; use 0 or 1")


def _number(variable: str, value: str | None) -> int:
    try:
        number = int(value or "")
    except ValueError:
        raise ConfigurationError(f"{variable} is {value!r}; it must be a number") from None
    if number < 1:
        raise ConfigurationError(f"{variable} is {number}; it must be at least 1")
    return number


def _optional(variable: str, value: str | None) -> int | None:
    return None if value is None else _number(variable, value)
