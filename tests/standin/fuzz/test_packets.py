"""Whatever bytes a client sends: an error of SQL Server's or the end, and nothing remains of it."""

from __future__ import annotations

import tracemalloc
from random import Random
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from couponry_standin.tds import ProtocolError, ServerConnection
from couponry_standin.tds.packet import Kind
from tests.standin.fuzz import packets
from tests.standin.fuzz.judge import Log
from tests.standin.fuzz.sockets import Stranger, nothing_remains
from tests.standin.session.engine import Engine
from tests.standin.tds.messages import opened, param, rpc, rpc_payload

EARLY, LATE = packets.recorded()
CASES = 80


@pytest.mark.parametrize("stage", ["early", "late"])
@settings(max_examples=250, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_a_changed_conversation_is_understood_or_refused(stage: str, seed: int) -> None:
    dice = Random(seed)
    connection = ServerConnection() if stage == "early" else opened()
    said = packets.conversation(EARLY if stage == "early" else LATE, dice)

    try:
        for piece in packets.pieces(said, dice):
            connection.receive(piece)
    except ProtocolError as error:
        assert error.reason


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(pack("<Q", 2**31) + pack("<I", 2**31 - 1), id="a chunk of 2 GB"),
        pytest.param(pack("<Q", 2**63) + pack("<I", 2**32 - 1), id="a value of 9 EB"),
    ],
)
def test_what_is_only_claimed_takes_no_memory(value: bytes) -> None:
    connection = opened()
    said = rpc(rpc_payload("p", param("@x", b"\xa5\xff\xff", value + b"ab")))

    tracemalloc.start()
    with pytest.raises(ProtocolError):
        connection.receive(said)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1_000_000


def test_a_message_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    connection = ServerConnection(message_limit=1_000_000)
    endless = packets.Message(Kind.PRELOGIN, b"x" * 20_000, status=0).packed(20_008)

    with pytest.raises(ProtocolError, match="longer than"):
        for _ in range(1000):
            connection.receive(endless)


def test_strangers_leave_the_server_as_it_was(engine: Engine) -> None:
    log = Log(engine.data_dir / "engine.log")
    stranger = Stranger(engine, silence=0.05)
    dice = Random(20)

    with nothing_remains(engine):
        found = [stranger.one(dice) for _ in range(CASES)]

    assert [each for each in found if each is not None] == []
    assert "Traceback" not in log.news()
