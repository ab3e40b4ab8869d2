"""A receiver of webhooks on this machine: it answers as it is told, and keeps what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Got:
    headers: Mapping[str, str]
    text: bytes

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.text)


@dataclass(slots=True)
class Receiver:
    url: str
    answers: list[int]
    """One after the other; the last for ever."""
    got: list[Got] = field(default_factory=list)


@contextmanager
def receiver(*answers: int) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(Got(dict(self.headers.items()), text))
            status = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", made.url + "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Receiver(f"http://127.0.0.1:{server.server_address[1]}", list(answers))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield made
        finally:
            server.shutdown()
