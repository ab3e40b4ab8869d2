"""A line to the server that can be cut at a chosen moment of a call.

Each lane of a storm has a gate of its own between its driver and the server, so a fault hits
exactly the call that it is meant for, whatever server there is, with an encrypted line or not.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from couponry_jobs.settings import Settings

Cut = Literal["request", "middle", "reply"]
"""The call never arrives · the line breaks a moment after it went out · the answer is swallowed."""

CUTS: tuple[Cut, ...] = ("request", "middle", "reply")
CHUNK = 65536


@dataclass(slots=True)
class Gate:
    """One port before the server. `arm` names what happens to the next call that passes."""

    host: str
    port: int
    own_port: int = 0
    cut: Counter[str] = field(default_factory=Counter)
    _armed: tuple[Cut, float] | None = None

    def arm(self, cut: Cut, after: float = 0.0) -> None:
        self._armed = (cut, after)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up, down = await asyncio.open_connection(self.host, self.port)
        except OSError:
            # No server there: the caller gets what it would have got from its port.
            writer.transport.abort()
            return
        swallow = asyncio.Event()

        def break_off() -> None:
            writer.transport.abort()
            down.transport.abort()

        async def there() -> None:
            while data := await reader.read(CHUNK):
                armed, self._armed = self._armed, None
                if armed is not None:
                    self.cut[armed[0]] += 1
                if armed is not None and armed[0] == "request":
                    return break_off()
                if armed is not None and armed[0] == "reply":
                    swallow.set()
                down.write(data)
                await down.drain()
                if armed is not None and armed[0] == "middle":
                    await asyncio.sleep(armed[1])
                    return break_off()
            return break_off()

        async def back() -> None:
            while data := await up.read(CHUNK):
                if swallow.is_set():
                    return break_off()
                writer.write(data)
                await writer.drain()
            return break_off()

        with suppress(OSError):
            await asyncio.gather(there(), back())
        break_off()


@dataclass(frozen=True, slots=True)
class Gates:
    """The gates of all lanes, served by one thread."""

    gates: tuple[Gate, ...]

    def cut(self) -> Counter[str]:
        return sum((gate.cut for gate in self.gates), Counter[str]())


@contextmanager
def gates(server: Settings, number: int) -> Iterator[Gates]:
    """That many gates before the server, for as long as the block lasts."""
    host, _, port = server.server.removeprefix("tcp:").partition(",")
    made = Gates(tuple(Gate(host, int(port or 1433)) for _ in range(number)))
    with _loop() as run:

        async def open_all() -> list[asyncio.Server]:
            servers: list[asyncio.Server] = []
            for gate in made.gates:
                one = await asyncio.start_server(gate.serve, "127.0.0.1", 0)
                gate.own_port = one.sockets[0].getsockname()[1]
                servers.append(one)
            return servers

        servers = run(open_all())
        try:
            yield made
        finally:

            async def close_all() -> None:
                for one in servers:
                    one.close()
                others = [
                    task for task in asyncio.all_tasks() if task is not asyncio.current_task()
                ]
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)

            run(close_all())


def through(gate: Gate, server: Settings) -> Settings:
    """The same database by way of a gate."""
    return replace(server, server=f"127.0.0.1,{gate.own_port}")


@contextmanager
def _loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="gates", daemon=True)
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
