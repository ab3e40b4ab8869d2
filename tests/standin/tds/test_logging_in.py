"""What client and server agree on before and at the login, byte by byte."""

from __future__ import annotations

from struct import pack, unpack_from

import pytest

from couponry_standin.tds import (
    FederatedLogin,
    Login,
    PreLogin,
    ProtocolError,
    ServerConnection,
)
from couponry_standin.tds.packet import Kind
from tests.standin.tds.messages import (
    batch,
    fedauth,
    login,
    packet,
    prelogin,
)


def test_prelogin_says_what_the_client_wants() -> None:
    [event] = ServerConnection().receive(prelogin(encryption=3, mars=True))

    assert isinstance(event, PreLogin)
    assert event.mars
    assert event.demands_encryption


def options_of(answer: bytes) -> dict[int, bytes]:
    """The options of a PRELOGIN, by number."""
    options: dict[int, bytes] = {}
    start = 8
    while answer[start] != 0xFF:
        offset, length = unpack_from(">HH", answer, start + 1)
        options[answer[start]] = answer[8 + offset :][:length]
        start += 5
    return options


@pytest.mark.parametrize(
    ("version", "demands"), [((0, 3, 3072), True), ((18, 6, 2), False), ((0, 0, 0), False)]
)
def test_a_client_that_cannot_do_without_tls_for_its_login_gets_it_for_all(
    version: tuple[int, int, int], demands: bool
) -> None:
    connection = ServerConnection()
    [hello] = connection.receive(prelogin(0, version=version))

    assert isinstance(hello, PreLogin)
    assert hello.demands_encryption is demands
    assert options_of(connection.answer_prelogin(encrypted=True))[1] == b"\x03"


def test_the_answer_to_prelogin_offers_no_tls() -> None:
    answer = ServerConnection().answer_prelogin((16, 0, 1000))

    assert answer[:2] == b"\x04\x01"
    options = options_of(answer)
    assert options[0] == bytes([16, 0, 3, 232, 0, 0])
    assert options[1] == b"\x02"
    assert options[4] == b"\x00"


@pytest.mark.parametrize(
    ("asked", "granted"), [(0, 4096), (100, 512), (512, 512), (8000, 8000), (65535, 32767)]
)
def test_a_packet_size_is_granted_within_the_limits(asked: int, granted: int) -> None:
    connection = ServerConnection()
    _, event = connection.receive(prelogin() + login(packet_size=asked))

    assert isinstance(event, Login)
    assert event.packet_size == granted


def test_features_are_read_and_the_unknown_ones_are_named() -> None:
    features = (
        pack("<BI", 1, 0) + fedauth("secret", echo=False)[:-1] + pack("<BI", 10, 1) + b"\x01\xff"
    )

    _, event = ServerConnection().receive(prelogin() + login(features=features))

    assert isinstance(event, Login)
    assert event.features == (1, 2, 10)
    assert event.utf8
    assert event.federated == FederatedLogin(library=1, echo=False, token="secret")
    assert "secret" not in str(event)


NONCE, OURS = b"n" * 32, b"s" * 32


@pytest.mark.parametrize("federated", [True, False])
def test_federated_authentication_is_offered_to_who_asks_for_it(federated: bool) -> None:
    connection = ServerConnection()
    connection.receive(prelogin(1, federated=federated))

    options = options_of(connection.answer_prelogin(encrypted=True, federated=federated))

    assert options[1] == b"\1"
    assert options.get(6) == (b"\1" if federated else None)
    assert 7 not in options


def test_the_nonces_of_both_sides_come_back() -> None:
    connection = ServerConnection()
    connection.receive(prelogin(1, federated=True, nonce=NONCE))
    answer = connection.answer_prelogin(encrypted=True, federated=True, nonce=OURS)
    [event] = connection.receive(login(features=fedauth("secret", nonce=OURS)))
    assert isinstance(event, Login)
    response = connection.respond(event)
    response.login_ack(event, database="shop")

    assert options_of(answer)[7] == OURS
    assert event.encrypted
    assert b"\xae\x02\x20\0\0\0" + NONCE + b"\xff" in response.finish()


def test_a_nonce_of_our_own_is_not_the_same_twice() -> None:
    answers: set[bytes] = set()
    for _ in range(2):
        connection = ServerConnection()
        connection.receive(prelogin(1, federated=True, nonce=NONCE))
        answers.add(options_of(connection.answer_prelogin(encrypted=True, federated=True))[7])

    assert len(answers) == 2
    assert {len(each) for each in answers} == {32}


@pytest.mark.parametrize(
    ("asked", "nonce", "features", "reason"),
    [
        (True, b"", fedauth("secret", echo=False), "do not agree"),
        (False, b"", fedauth("secret"), "do not agree"),
        (True, b"", fedauth("secret", nonce=OURS), "nonce"),
        (True, NONCE, fedauth("secret"), "nonce"),
        (True, NONCE, fedauth("secret", nonce=NONCE), "nonce"),
    ],
)
def test_a_login_that_does_not_fit_what_was_agreed_on_is_refused(
    asked: bool, nonce: bytes, features: bytes, reason: str
) -> None:
    connection = ServerConnection()
    connection.receive(prelogin(1, federated=asked, nonce=nonce))
    connection.answer_prelogin(encrypted=True, federated=asked, nonce=OURS)

    with pytest.raises(ProtocolError, match=reason):
        connection.receive(login(features=features))


def test_a_nonce_of_another_length_is_refused() -> None:
    with pytest.raises(ProtocolError, match="nonce of 31 bytes"):
        ServerConnection().receive(prelogin(1, federated=True, nonce=NONCE[1:]))


def test_a_client_of_an_old_protocol_is_refused_by_name() -> None:
    data = bytearray(login(tds_version=0x71000001))
    # jTDS leaves out the fields that came later.
    data[8 + 86 : 8 + 90] = b"\xff\xff\1\0"

    with pytest.raises(ProtocolError, match=r"speaks TDS 0x71000001; 7\.3 B is the oldest"):
        ServerConnection().receive(prelogin() + bytes(data))


def test_before_7_4_a_login_has_no_features_whatever_its_flags_say() -> None:
    """tedious sets the flag under 7.3, and points nowhere."""
    data = bytearray(login(tds_version=0x730B0003))
    data[8 + 27] |= 0x10

    [_, event] = ServerConnection().receive(prelogin() + bytes(data))

    assert isinstance(event, Login)
    assert event.features == ()
    with pytest.raises(ProtocolError, match="does not say where"):
        data[8 + 4 : 8 + 8] = (0x74000004).to_bytes(4, "little")
        ServerConnection().receive(prelogin() + bytes(data))


def test_go_asks_for_strict_encryption_where_there_is_tls_already() -> None:
    [event] = ServerConnection().receive(prelogin(4))

    assert isinstance(event, PreLogin)
    assert event.demands_encryption


@pytest.mark.parametrize("early", [batch("x"), packet(Kind.ATTENTION)])
def test_nothing_but_a_login_may_come_before_the_login(early: bytes) -> None:
    with pytest.raises(ProtocolError, match="before LOGIN7"):
        ServerConnection().receive(prelogin() + early)


def test_tls_from_the_first_byte_is_refused_by_name() -> None:
    with pytest.raises(ProtocolError, match="TLS"):
        ServerConnection().receive(bytes.fromhex("16030100f8010000"))
