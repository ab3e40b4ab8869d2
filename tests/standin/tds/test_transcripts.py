"""What drivers really send, in whatever pieces it arrives."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from couponry_standin.tds import Event, Login, PreLogin, ServerConnection
from couponry_standin.tds.packet import HEADER
from couponry_standin.tds.prelogin import NONCE_LENGTH
from tests.standin.tds.fake import ASCII_PASSWORD, PASSWORD

FOLDER = Path(__file__).with_name("transcripts")
TRANSCRIPTS = sorted(FOLDER.rglob("*.hex"))
GREETED = sorted(FOLDER.rglob("*.answers"))
TOKENS = sorted(FOLDER.rglob("*_token.hex"))


@pytest.fixture(params=TRANSCRIPTS, ids=lambda path: path.stem)
def transcript(request: pytest.FixtureRequest) -> Path:
    return request.param


def heard(transcript: Path) -> bytes:
    return bytes.fromhex(transcript.read_text())


def expected(transcript: Path) -> list[str]:
    # A line ends at "\n" alone: texts in events may hold other characters that look like line ends.
    text = transcript.with_suffix(".events").read_text(encoding="utf-8")
    return text.removesuffix("\n").split("\n")


def lines(events: list[Event]) -> list[str]:
    return [str(event) for event in events]


def answers(transcript: Path) -> list[bytes]:
    """How the server greeted; nothing for conversations that were recorded without an engine."""
    path = transcript.with_suffix(".answers")
    return [bytes.fromhex(line) for line in path.read_text().split()] if path.exists() else []


def greet(connection: ServerConnection, hello: PreLogin, transcript: Path) -> bytes:
    """Answer as the server does; the nonce is the one that it made up when this was recorded."""
    recorded = answers(transcript)
    nonce = recorded[0][-NONCE_LENGTH:] if recorded and hello.nonce else None
    # TDS 8 has TLS before PRELOGIN, which therefore does not ask for it.
    encrypted = hello.demands_encryption or "strict" in transcript.stem
    return connection.answer_prelogin(encrypted=encrypted, federated=hello.federated, nonce=nonce)


def replay(transcript: Path, sizes: list[int]) -> list[Event]:
    """The events of a conversation that arrives in pieces of these sizes, over and over."""
    connection, data, events = ServerConnection(), heard(transcript), list[Event]()
    # Every client waits for the answer to its first packet.
    first = int.from_bytes(data[2:4], "big")
    for part in (data[:first], data[first:]):
        turn = 0
        while part:
            size = sizes[turn % len(sizes)]
            events += connection.receive(part[:size])
            part, turn = part[size:], turn + 1
        if len(events) == 1 and isinstance(events[0], PreLogin):
            greet(connection, events[0], transcript)
    return events


def test_a_conversation_received_at_once_means_what_was_recorded(transcript: Path) -> None:
    assert lines(replay(transcript, [len(heard(transcript))])) == expected(transcript)


def test_a_conversation_received_byte_by_byte_means_the_same(transcript: Path) -> None:
    assert lines(replay(transcript, [1])) == expected(transcript)


@pytest.mark.parametrize("seed", range(5))
def test_a_conversation_received_in_odd_pieces_means_the_same(transcript: Path, seed: int) -> None:
    sizes = Random(seed).choices((1, 7, HEADER, 9, 500, 4096, 5000), k=50)

    assert lines(replay(transcript, sizes)) == expected(transcript)


def test_a_password_is_understood_and_neither_it_nor_a_token_is_printed(transcript: Path) -> None:
    events = replay(transcript, [4096])

    [login] = [event for event in events if isinstance(event, Login)]
    secret = login.password if login.federated is None else login.federated.token

    assert secret in (PASSWORD, ASCII_PASSWORD) or transcript in TOKENS
    assert secret not in "".join(lines(events))


@pytest.mark.parametrize("transcript", TOKENS, ids=lambda path: path.stem)
def test_a_login_with_a_token_brings_the_whole_token_and_no_password(transcript: Path) -> None:
    [login] = [event for event in replay(transcript, [4096]) if isinstance(event, Login)]

    assert login.federated is not None and login.encrypted
    assert (login.user, login.password) == ("", "")
    assert [len(part) for part in login.federated.token.split(".")][2] == 342
    assert login.federated.token.isascii()


@pytest.mark.parametrize("recorded", GREETED, ids=lambda path: path.stem)
def test_a_driver_is_greeted_as_it_was_when_it_went_on(recorded: Path) -> None:
    transcript, connection = recorded.with_suffix(".hex"), ServerConnection()
    data = heard(transcript)
    first = int.from_bytes(data[2:4], "big")

    [hello] = connection.receive(data[:first])
    assert isinstance(hello, PreLogin)
    welcome = greet(connection, hello, transcript)
    login, *_ = connection.receive(data[first:])
    assert isinstance(login, Login)
    response = connection.respond(login)
    response.login_ack(login, database=login.database)

    assert [welcome, response.finish()] == answers(transcript)
