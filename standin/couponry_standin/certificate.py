"""The certificate of an engine: self-signed, made at the first start, kept in its directory."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "couponry development engine"
VALID = timedelta(days=730)
ALPN = "tds/8.0"


def certificate_file(data_dir: Path) -> Path:
    """What a client pins that does not want to trust any certificate."""
    return data_dir / "certificate.pem"


def key_file(data_dir: Path) -> Path:
    return data_dir / "certificate.key"


def context(data_dir: Path) -> ssl.SSLContext:
    """The server's side of TLS. 1.2 only: TDS up to 7.4 has no place for what 1.3 sends after its
    handshake, which is why SQL Server offers 1.3 to TDS 8 alone."""
    if not _is_valid(data_dir):
        _make(data_dir)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols([ALPN])
    made.load_cert_chain(certificate_file(data_dir), key_file(data_dir))
    return made


def _is_valid(data_dir: Path) -> bool:
    if not key_file(data_dir).exists():
        return False
    try:
        found = x509.load_pem_x509_certificate(certificate_file(data_dir).read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    return found.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1)


def _make(data_dir: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    hosts = dict.fromkeys(("localhost", socket.gethostname()))
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts if host.isascii()]
    names += [x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", "::1")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        # No authority: rustls takes none for a server, also where the client pins it.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(key_file(data_dir), secret, 0o600)
    _write(certificate_file(data_dir), made.public_bytes(serialization.Encoding.PEM), 0o644)


def _write(path: Path, data: bytes, mode: int) -> None:
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
    fresh.replace(path)
