"""TLS without sockets: a client's end of it, and the bytes between, in pieces of any size."""

from __future__ import annotations

import ssl
from pathlib import Path
from struct import pack

import pytest
from cryptography import x509

from couponry_standin import certificate
from couponry_standin.tds import ProtocolError
from couponry_standin.tds.packet import HEADER, Kind
from couponry_standin.tls import Tls

HELLO = b"a request of the client" * 50


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    return certificate.context(tmp_path)


class Client:
    """The other end. What it says is framed in packets of a few bytes while it shakes hands."""

    def __init__(self, pinned: Path, *, framed: bool) -> None:
        context = ssl.create_default_context(cafile=str(pinned))
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.framed = framed

    def says(self) -> bytes:
        records = self.outgoing.read()
        if not self.framed:
            return records
        return b"".join(packet(records[at : at + 100]) for at in range(0, len(records), 100))

    def hears(self, data: bytes) -> None:
        while self.framed and data:
            kind, length = data[0], data[2] << 8 | data[3]
            assert kind == Kind.PRELOGIN
            self.incoming.write(data[HEADER:length])
            data = data[length:]
        self.incoming.write(data)


def packet(payload: bytes, kind: int = Kind.PRELOGIN) -> bytes:
    return pack(">BBHHBB", kind, 1, len(payload) + HEADER, 0, 0, 0) + payload


def shake_hands(client: Client, server: Tls, size: int) -> None:
    for _ in range(10):
        try:
            client.tls.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            done = False
        said = client.says()
        for at in range(0, len(said), size):
            plain, reply = server.receive(said[at : at + size])
            assert plain == b""
            client.hears(reply)
        if done:
            return
    raise AssertionError("the handshake does not end")


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_conversation_is_encrypted_after_the_handshake(
    tmp_path: Path, context: ssl.SSLContext, framed: bool, size: int
) -> None:
    client = Client(certificate.certificate_file(tmp_path), framed=framed)
    server = Tls(context, framed=framed)

    shake_hands(client, server, size)
    client.framed = False
    client.tls.write(HELLO)
    secret = client.says()
    heard = b"".join(
        server.receive(secret[at : at + size])[0] for at in range(0, len(secret), size)
    )
    client.hears(server.encrypt(HELLO[::-1]))

    assert server.ready
    assert HELLO not in secret
    assert heard == HELLO
    assert client.tls.read(10_000) == HELLO[::-1]
    assert client.tls.version() == "TLSv1.2"


@pytest.mark.parametrize(
    "data",
    [
        packet(b"GET / HTTP/1.1\r\n\r\n"),
        packet(b"\0" * 90, Kind.LOGIN),
        packet(b"")[:3] + b"\1" * 9,
    ],
)
def test_what_is_no_handshake_is_refused(context: ssl.SSLContext, data: bytes) -> None:
    with pytest.raises(ProtocolError, match="handshake"):
        Tls(context, framed=True).receive(data)


def test_a_broken_record_is_refused(tmp_path: Path, context: ssl.SSLContext) -> None:
    client = Client(certificate.certificate_file(tmp_path), framed=False)
    server = Tls(context, framed=False)
    shake_hands(client, server, 100_000)
    client.tls.write(HELLO)
    secret = bytearray(client.says())
    secret[-1] ^= 1

    with pytest.raises(ProtocolError, match="TLS record"):
        server.receive(bytes(secret))


def test_the_certificate_is_a_servers_and_no_authority(tmp_path: Path) -> None:
    certificate.context(tmp_path)

    made = x509.load_pem_x509_certificate(certificate.certificate_file(tmp_path).read_bytes())

    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    made.verify_directly_issued_by(made)


def test_the_certificate_is_kept_and_made_anew_when_its_key_is_gone(tmp_path: Path) -> None:
    certificate.context(tmp_path)
    first = certificate.certificate_file(tmp_path).read_bytes()
    certificate.context(tmp_path)
    kept = certificate.certificate_file(tmp_path).read_bytes()
    key = certificate.key_file(tmp_path)
    key.unlink()
    certificate.context(tmp_path)

    assert kept == first
    assert certificate.certificate_file(tmp_path).read_bytes() != first
    assert key.stat().st_mode & 0o077 == 0
