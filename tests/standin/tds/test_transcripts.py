"""What drivers really send, in whatever pieces it arrives."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from couponry_standin.tds import Event, Login, ServerConnection
from tests.standin.tds.fake import PASSWORD

TRANSCRIPTS = sorted(Path(__file__).with_name("transcripts").glob("*.hex"))


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


def test_a_conversation_received_at_once_means_what_was_recorded(transcript: Path) -> None:
    connection = ServerConnection()

    events = connection.receive(heard(transcript))

    assert lines(events) == expected(transcript)


def test_a_conversation_received_byte_by_byte_means_the_same(transcript: Path) -> None:
    connection = ServerConnection()
    events: list[Event] = []

    for byte in heard(transcript):
        events += connection.receive(bytes([byte]))

    assert lines(events) == expected(transcript)


@pytest.mark.parametrize("seed", range(5))
def test_a_conversation_received_in_odd_pieces_means_the_same(transcript: Path, seed: int) -> None:
    connection, random, data = ServerConnection(), Random(seed), heard(transcript)
    events: list[Event] = []

    while data:
        size = random.choice((1, 7, 8, 9, 500, 4096, 5000))
        events += connection.receive(data[:size])
        data = data[size:]

    assert lines(events) == expected(transcript)


def test_a_password_is_understood_and_never_printed(transcript: Path) -> None:
    events = ServerConnection().receive(heard(transcript))

    [login] = [event for event in events if isinstance(event, Login)]

    assert login.password == PASSWORD
    assert PASSWORD not in "".join(lines(events))
