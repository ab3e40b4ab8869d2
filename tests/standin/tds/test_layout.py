"""Calls whose parameters are announced alike have the same layout, and no others have."""

from __future__ import annotations

import pytest

from couponry_standin.tds import Layout, Rpc, RpcCall
from couponry_standin.tds import layout as layouts
from tests.standin.tds.messages import COLLATION, param, received, rpc, rpc_payload, utf16

INTN = b"\x26\x04"
BIGINTN = b"\x26\x08"
NVARCHAR = b"\xe7\x14\x00" + COLLATION
VARIANT = b"\x62\x49\x1f\x00\x00"
OUTPUT, DEFAULT = 0x01, 0x02


def number(value: int, name: str = "@a", announced: bytes = INTN, status: int = 0) -> bytes:
    size = announced[1]
    return param(name, announced, bytes([size]) + value.to_bytes(size, "little"), status)


def word(value: str, name: str = "@b") -> bytes:
    data = utf16(value)
    return param(name, NVARCHAR, len(data).to_bytes(2, "little") + data)


def calls(*targets: bytes) -> tuple[RpcCall, ...]:
    event = received(rpc(*targets))
    assert isinstance(event, Rpc)
    return event.calls


def layout_of(*params: bytes) -> Layout | None:
    [call] = calls(rpc_payload("p", *params))
    return call.layout


USUAL = (number(1), word("x"))


def test_other_values_are_announced_alike() -> None:
    first = layout_of(*USUAL)

    assert first is not None
    assert layout_of(number(70_000), word("€uro")) is first


@pytest.mark.parametrize(
    "params",
    [
        (word("x"), number(1)),
        (number(1),),
        (*USUAL, number(1)),
        (number(1, "@c"), word("x")),
        (number(1, announced=BIGINTN), word("x")),
        (number(1, status=OUTPUT), word("x")),
        (number(1, status=DEFAULT), word("x")),
        (),
    ],
    ids=["order", "fewer", "more", "name", "type", "output", "default", "none"],
)
def test_what_is_announced_differently_has_another_layout(params: tuple[bytes, ...]) -> None:
    usual = layout_of(*USUAL)

    assert layout_of(*params) is not usual
    assert layout_of(*USUAL) is usual


def test_calls_of_one_message_have_their_own() -> None:
    first, second, third = calls(
        rpc_payload("p", *USUAL), rpc_payload("p", number(1)), rpc_payload("p", *USUAL)
    )

    assert first.layout is third.layout
    assert second.layout is not first.layout
    assert [each.value for each in third.params] == ["1", "x"]


def test_a_value_that_brings_its_own_type_leaves_its_call_without() -> None:
    text = b"\x08\x00\x00\x00" + b"\x38\x00" + (7).to_bytes(4, "little")
    own = param("@v", VARIANT, (6).to_bytes(4, "little") + text[4:])

    [call] = calls(rpc_payload("p", own, number(2), word("y")))

    assert call.layout is None
    assert [each.value for each in call.params] == ["7", "2", "y"]


def test_too_many_are_forgotten_and_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = layout_of(*USUAL)
    monkeypatch.setattr(layouts, "_MOST_KEPT", 3)

    for each in range(5):
        assert layout_of(number(1, f"@n{each}")) is not None

    [call] = calls(rpc_payload("p", *USUAL))
    assert call.layout is not usual
    assert [each.value for each in call.params] == ["1", "x"]
