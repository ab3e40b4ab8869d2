"""The listener, seen from a bare socket: order, cancels, losses, and mistakes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from struct import pack

import pytest

from couponry_standin.server import Server, serve
from couponry_standin.serving import HangUp
from couponry_standin.tds import Batch, ColumnMeta, Event, Login, Response
from couponry_standin.tds.packet import Kind
from couponry_standin.types import INT
from tests.standin.tds.fake import PASSWORD, FakeFactory, FakeSession
from tests.standin.tds.messages import EOM, IGNORE, batch, login, packet, prelogin

ATTENTION = packet(Kind.ATTENTION)
COLUMNS = 0x81
DONE_ERROR = pack("<BHHQ", 0xFD, 0x02, 0, 0)
DONE_ATTENTION = pack("<BHHQ", 0xFD, 0x20, 0xFD, 0)


@dataclass
class Client:
    """A bare client of a server."""

    server: Server
    factory: FakeFactory
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def session(self) -> FakeSession:
        return self.factory.sessions[-1]

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def message(self) -> bytes:
        """The body of the next message."""
        body, last = b"", False
        while not last:
            header = await self.reader.readexactly(8)
            body += await self.reader.readexactly(int.from_bytes(header[2:4], "big") - 8)
            last = bool(header[1] & EOM)
        return body

    async def ask(self, data: bytes) -> bytes:
        self.send(data)
        return await self.message()

    async def log_in(self, password: str = PASSWORD) -> bytes:
        await self.ask(prelogin())
        return await self.ask(login(password=password))

    async def closed(self) -> bool:
        return await self.reader.read() == b""

    async def gone(self) -> None:
        """Hang up, and wait until the server has noticed."""
        self.writer.transport.abort()
        while self.server.connections:
            await asyncio.sleep(0)


def with_client(
    talk: Callable[[Client], Awaitable[None]],
    factory: FakeFactory | None = None,
    **options: float,
) -> None:
    async def main() -> None:
        made = factory or FakeFactory()
        async with asyncio.timeout(120), await serve(made, "127.0.0.1", 0, **options) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            try:
                await talk(Client(server, made, reader, writer))
            finally:
                writer.close()

    asyncio.run(main())


def test_only_this_machine_is_served() -> None:
    with pytest.raises(ValueError, match="loopback"):
        asyncio.run(serve(FakeFactory(), "0.0.0.0", 0))


def test_a_client_logs_in_and_asks() -> None:
    async def talk(client: Client) -> None:
        welcome = await client.log_in()
        answer = await client.ask(batch("print"))

        assert "couponry stand-in".encode("utf-16-le") in welcome
        assert "hello".encode("utf-16-le") in answer
        assert client.session.events == [Batch("print")]

    with_client(talk)


def test_a_wrong_password_is_answered_and_the_connection_closed() -> None:
    async def talk(client: Client) -> None:
        refusal = await client.log_in(password="wrong")

        assert pack("<i", 18456) in refusal[:8]
        assert refusal.endswith(DONE_ERROR)
        assert await client.closed()
        assert client.factory.sessions == []

    with_client(talk)


def test_requests_sent_together_are_answered_in_their_order() -> None:
    async def talk(client: Client) -> None:
        client.send(prelogin() + login(password=PASSWORD) + batch("one") + batch("two"))
        for _ in range(4):
            await client.message()

        assert client.session.events == [Batch("one"), Batch("two")]

    with_client(talk)


def test_a_flood_of_requests_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("wait") + batch("x") * 20)

        await client.reader.read()
        assert client.session.closed == 1

    with_client(talk)
    assert "too many requests" in caplog.text


def test_a_cancel_ends_the_running_request_and_the_session_goes_on() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("wait"))
        await client.session.running.wait()

        cancelled = await client.ask(ATTENTION)
        acknowledgement = await client.message()
        answer = await client.ask(batch("print"))

        assert (cancelled, acknowledgement) == (DONE_ERROR, DONE_ATTENTION)
        assert "hello".encode("utf-16-le") in answer

    with_client(talk)


def test_a_cancel_that_arrives_with_its_request_is_heeded() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()

        assert await client.ask(batch("wait") + ATTENTION) == DONE_ERROR
        assert await client.message() == DONE_ATTENTION

    with_client(talk)


def test_a_cancel_of_nothing_is_acknowledged() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()

        assert await client.ask(ATTENTION) == DONE_ATTENTION
        assert not client.session.cancelled.is_set()

    with_client(talk)


def test_a_cancel_in_the_middle_of_rows_leaves_whole_tokens() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("many rows"))
        await client.reader.readexactly(4096)
        client.send(ATTENTION)

        rest = await client.message()
        assert rest.endswith(DONE_ERROR)
        assert await client.message() == DONE_ATTENTION
        assert len(rest) < 5_000_000

    with_client(talk)


def test_a_request_that_the_client_gives_up_is_answered_by_an_error() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()

        given_up = packet(Kind.BATCH, b"half", 0) + packet(Kind.BATCH, b"", EOM | IGNORE)
        assert await client.ask(given_up) == DONE_ERROR
        assert client.session.events == []

    with_client(talk)


def test_a_slow_client_holds_the_session_back() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("many rows"))
        await client.reader.readexactly(8)
        [peer] = client.server._peers
        while not peer._paused:
            await asyncio.sleep(0)
        for _ in range(200):
            await asyncio.sleep(0)

        assert peer._paused
        assert peer._transport.get_write_buffer_size() < 1_000_000

    with_client(talk)


@pytest.mark.parametrize("request_", ["wait", "many rows"])
def test_a_lost_client_cancels_its_request_and_closes_its_session(
    request_: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch(request_))
        while not client.session.events:
            await asyncio.sleep(0)

        await client.gone()

        assert client.session.cancelled.is_set()
        assert client.session.closed == 1

    with_client(talk)
    assert caplog.records == []


def test_an_idle_session_is_closed_once_when_its_client_leaves() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        session = client.session

        await client.gone()

        assert session.closed == 1
        assert not session.cancelled.is_set()

    with_client(talk)


def test_a_closing_server_cancels_and_closes_its_sessions() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("wait"))
        await client.session.running.wait()

        await client.server.close()

        assert client.session.closed == 1
        assert client.server.connections == 0

    with_client(talk)


def test_a_malformed_request_is_answered_and_ends_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def talk(client: Client) -> None:
        await client.log_in()

        answer = await client.ask(packet(Kind.RPC, b"\0"))

        assert answer[0] == 0xAA
        assert answer[3:7] == pack("<i", 4002)
        assert answer.endswith(DONE_ERROR)
        assert await client.closed()
        assert client.session.closed == 1

    with_client(talk)
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "\n" not in record.getMessage()


def test_a_request_before_a_malformed_one_is_still_answered() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("print") + packet(Kind.RPC, b"\0"))

        assert "hello".encode("utf-16-le") in await client.message()
        assert (await client.message())[0] == 0xAA

    with_client(talk)


def test_garbage_during_a_request_cancels_it() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("wait"))
        await client.session.running.wait()
        client.send(b"\x99" * 8)

        await client.reader.read()
        assert client.session.cancelled.is_set()
        assert client.session.closed == 1

    with_client(talk)


def test_a_mistake_of_the_session_is_logged_here_and_not_told_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def talk(client: Client) -> None:
        await client.log_in()

        answer = await client.ask(batch("break"))

        assert answer[3:9] == pack("<iBB", 596, 1, 20)
        assert "KeyError".encode("utf-16-le") not in answer
        assert "mistake".encode("utf-16-le") not in answer
        assert await client.closed()
        assert client.session.closed == 1

    with_client(talk)
    assert "a mistake of the session" in caplog.text


class BrokenFactory(FakeFactory):
    async def login(self, login: Login, response: Response, hang_up: HangUp) -> FakeSession | None:
        raise LookupError("a mistake of the factory")


def test_a_mistake_at_the_login_is_logged_here_and_not_told_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def talk(client: Client) -> None:
        answer = await client.log_in()

        assert answer[3:9] == pack("<iBB", 596, 1, 20)
        assert await client.closed()

    with_client(talk, BrokenFactory())
    assert "a mistake of the factory" in caplog.text


class StubbornSession(FakeSession):
    """Finishes what it began, cancelled or not."""

    async def handle(
        self, event: Event, response: Response, flush: Callable[[], Awaitable[None]]
    ) -> None:
        self.running.set()
        await self.cancelled.wait()
        response.columns([ColumnMeta("n", INT)])
        response.row([b"1"])
        response.done(1)


class StubbornFactory(FakeFactory):
    async def login(self, login: Login, response: Response, hang_up: HangUp) -> FakeSession | None:
        response.login_ack(login, database="master")
        self.sessions.append(StubbornSession(hang_up=hang_up))
        return self.sessions[-1]


def test_a_request_that_ends_in_spite_of_its_cancel_is_acknowledged_as_well() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("x"))
        await client.session.running.wait()

        answer = await client.ask(ATTENTION)

        assert answer.endswith(pack("<BHHQ", 0xFD, 0x10, 0, 1))
        assert await client.message() == DONE_ATTENTION

    with_client(talk, StubbornFactory())


def test_a_session_that_ends_while_nobody_asks_takes_the_connection_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def talk(client: Client) -> None:
        await client.log_in()

        client.session.hang_up("it was killed")

        assert await client.closed()
        while client.server.connections:
            await asyncio.sleep(0)
        assert client.session.closed == 1

    with_client(talk)
    [record] = caplog.records
    assert record.getMessage().endswith(": the session was ended: it was killed")


def test_a_session_that_ends_under_a_request_answers_it_first() -> None:
    async def talk(client: Client) -> None:
        await client.log_in()
        client.send(batch("x"))
        await client.session.running.wait()

        client.session.hang_up("it was killed")
        client.session.hang_up("twice")
        client.session.cancelled.set()

        assert (await client.message())[0] == COLUMNS
        assert await client.closed()
        assert client.session.closed == 1

    with_client(talk, StubbornFactory())


class LostFactory(FakeFactory):
    async def login(self, login: Login, response: Response, hang_up: HangUp) -> FakeSession | None:
        session = await super().login(login, response, hang_up)
        hang_up("at once")
        return session


def test_a_session_that_ends_before_its_welcome_is_closed() -> None:
    async def talk(client: Client) -> None:
        await client.ask(prelogin())
        client.send(login(password=PASSWORD))

        assert await client.closed()
        while client.server.connections:
            await asyncio.sleep(0)
        assert client.session.closed == 1

    with_client(talk, LostFactory())


def test_whoever_does_not_log_in_is_shown_the_door(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(client: Client) -> None:
        await client.ask(prelogin())
        assert await client.closed()

    with_client(talk, login_seconds=0.05)
    assert "did not log in" in caplog.text


def test_a_demand_for_encryption_is_answered_and_logged_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def talk(client: Client) -> None:
        await client.ask(prelogin(encryption=3))

    with_client(talk)
    [record] = caplog.records
    assert "Encrypt=no" in record.getMessage()
