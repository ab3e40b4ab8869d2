"""Access tokens on paper: which are believed, which are not, and what the log may say of them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import jwt
import pytest
from click.testing import CliRunner
from jwt.algorithms import RSAAlgorithm

from couponry_cli.main import couponry
from couponry_standin.access_tokens import (
    AUDIENCE,
    ISSUER,
    Identity,
    TokenRefused,
    TokenRules,
    Verifier,
    issue,
)
from couponry_standin.postgres.databases import Databases
from couponry_standin.postgres.pool import Pool
from couponry_standin.session import SessionFactory
from couponry_standin.state import EngineError
from couponry_standin.tds import Login, ServerConnection
from tests.standin.session.engine import key_pair
from tests.standin.tds.messages import fedauth, login, prelogin

OBJECT = "6d6bb8a4-0a3c-4f0e-9b1e-3f1f3c9a7d51"
APPLICATION = "0b8e1a52-7c6f-4a83-8a0e-5a9f2d1c4e77"
TENANT = "9f3b6c1d-2e4a-4b5c-8d7e-1a2b3c4d5e6f"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def keys() -> tuple[bytes, bytes]:
    return key_pair()


@pytest.fixture(scope="module")
def others() -> tuple[bytes, bytes]:
    """The keys of another issuer."""
    return key_pair()


@pytest.fixture(scope="module")
def verifier(keys: tuple[bytes, bytes], tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    file = tmp_path_factory.mktemp("issuer") / "issuer.pem"
    file.write_bytes(keys[1])
    return Verifier(TokenRules(file))


def claims(**changes: Any) -> dict[str, Any]:
    """Those of a managed identity; a change to None leaves one out."""
    now = datetime.now(UTC)
    usual: dict[str, Any] = {
        "aud": AUDIENCE,
        "iss": ISSUER,
        "nbf": now,
        "exp": now + 60 * MINUTE,
        "oid": OBJECT,
        "appid": APPLICATION,
        "tid": TENANT,
        "xms_mirid": "/subscriptions/s/providers/Microsoft.ManagedIdentity/userAssigned/checkout",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def signed(keys: tuple[bytes, bytes], **changes: Any) -> str:
    return jwt.encode(claims(**changes), keys[0], algorithm="RS256")


# ---------------------------------------------------------------- whom a token names


@pytest.mark.parametrize(
    ("changes", "name", "login", "ids"),
    [
        ({}, "checkout", f"{APPLICATION}@{TENANT}", (APPLICATION, OBJECT)),
        (
            {"xms_mirid": None, "app_displayname": "deploy", "appid": None, "azp": APPLICATION},
            "deploy",
            f"{APPLICATION}@{TENANT}",
            (APPLICATION, OBJECT),
        ),
        ({"upn": "ada@shop.example"}, "ada@shop.example", "ada@shop.example", (OBJECT,)),
        ({"preferred_username": "bo@x.example"}, "bo@x.example", "bo@x.example", (OBJECT,)),
        ({"name": "checkout-api", "tid": None}, "checkout", APPLICATION, (APPLICATION, OBJECT)),
    ],
)
def test_a_token_names_an_application_or_a_person(
    keys: tuple[bytes, bytes],
    verifier: Verifier,
    changes: dict[str, Any],
    name: str,
    login: str,
    ids: tuple[str, ...],
) -> None:
    found = verifier.identity(signed(keys, **changes))

    assert found == Identity(name, login, tuple(map(UUID, ids)))


@pytest.mark.parametrize("audience", [AUDIENCE, AUDIENCE.rstrip("/")])
def test_the_last_slash_of_the_audience_does_not_matter(
    keys: tuple[bytes, bytes], verifier: Verifier, audience: str
) -> None:
    assert verifier.identity(signed(keys, aud=audience)).name == "checkout"


def test_the_clocks_may_differ_a_little(keys: tuple[bytes, bytes], verifier: Verifier) -> None:
    now = datetime.now(UTC)

    late = signed(keys, exp=now - MINUTE / 4)
    early = signed(keys, nbf=now + MINUTE / 4)

    assert verifier.identity(late) == verifier.identity(early)


def test_the_tokens_of_a_name_are_those_of_one_identity(
    keys: tuple[bytes, bytes], verifier: Verifier
) -> None:
    first, again = (verifier.identity(issue(keys[0], "checkout")) for _ in range(2))
    person = verifier.identity(issue(keys[0], "ada@shop.example", object_id=UUID(OBJECT)))

    assert first == again
    assert first.name == "checkout"
    assert person == Identity("ada@shop.example", "ada@shop.example", (UUID(OBJECT),))


# ---------------------------------------------------------------- what is refused


PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2990, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": PAST}, "has expired"),
        ({"nbf": FUTURE}, "not valid yet"),
        ({"aud": "https://vault.azure.net/"}, "another audience"),
        ({"aud": [f"{AUDIENCE}x"]}, "another audience"),
        ({"iss": "https://sts.windows.net/somebody/"}, "another issuer"),
        *(({name: None}, "claim is missing") for name in ("exp", "aud", "iss", "oid")),
        ({"oid": "no guid"}, "oid is no GUID"),
        ({"appid": None}, "azp is no GUID"),
        ({"appid": 7}, "appid is no name"),
        ({"upn": ["ada"]}, "upn is no name"),
        ({"upn": "a" * 501}, "upn is no name"),
        ({"xms_mirid": None}, "neither of upn"),
        ({"xms_mirid": "/subscriptions/"}, "neither of upn"),
        ({"exp": "soon"}, "it is broken"),
    ],
)
def test_a_token_with_other_claims_is_not_believed(
    keys: tuple[bytes, bytes], verifier: Verifier, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(TokenRefused, match=reason):
        verifier.identity(signed(keys, **changes))


def test_a_token_that_another_key_has_signed_is_not_believed(
    others: tuple[bytes, bytes], verifier: Verifier
) -> None:
    with pytest.raises(TokenRefused, match="another key has signed it"):
        verifier.identity(signed(others))


def part(value: object) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value, default=str).encode()).rstrip(b"=")


def test_a_signature_that_anybody_can_make_is_not_believed(
    keys: tuple[bytes, bytes], verifier: Verifier
) -> None:
    stamped = claims(exp=4_000_000_000, nbf=0)
    unsigned = part({"alg": "none", "typ": "JWT"}) + b"." + part(stamped)
    # The public key is known to everybody: as a secret of HMAC it proves nothing.
    with_hmac = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(stamped)
    digest = hmac.digest(keys[1], with_hmac, hashlib.sha256)
    forged = with_hmac + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")
    other = jwt.encode(claims(), keys[0], algorithm="RS512")

    for token in ((unsigned + b".").decode(), forged.decode(), other):
        with pytest.raises(TokenRefused, match="not signed with RS256"):
            verifier.identity(token)


def test_a_changed_token_is_not_believed(keys: tuple[bytes, bytes], verifier: Verifier) -> None:
    head, body, signature = signed(keys).split(".")
    changed = part(claims(exp=4_000_000_000, nbf=0, upn="admin@shop.example")).decode()

    with pytest.raises(TokenRefused, match="another key has signed it"):
        verifier.identity(".".join((head, changed, signature)))
    with pytest.raises(TokenRefused, match="no token"):
        verifier.identity(f"{head}.{body}")


@pytest.mark.parametrize("text", ["", "garbage", "a.b.c", "..", "\N{SNOWMAN}.ü.\0", "x" * 20_000])
def test_what_is_no_token_is_not_believed(verifier: Verifier, text: str) -> None:
    with pytest.raises(TokenRefused, match="no token"):
        verifier.identity(text)


# ---------------------------------------------------------------- keys


def jwk(public: bytes, **facts: str) -> dict[str, Any]:
    algorithm = RSAAlgorithm(RSAAlgorithm.SHA256)
    return RSAAlgorithm.to_jwk(algorithm.prepare_key(public), as_dict=True) | facts


def test_a_key_set_is_asked_for_the_key_that_the_token_names(
    keys: tuple[bytes, bytes], others: tuple[bytes, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    listed = [
        {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"},
        jwk(others[1], use="enc"),
        jwk(others[1], kid="old", use="sig"),
        jwk(keys[1], kid="new"),
    ]
    file.write_text(json.dumps({"keys": listed}))
    verifier = Verifier(TokenRules(file))

    def token(kid: str | None) -> str:
        headers = {} if kid is None else {"kid": kid}
        return jwt.encode(claims(), keys[0], algorithm="RS256", headers=headers)

    assert verifier.identity(token("new")) == verifier.identity(token(None))
    with pytest.raises(TokenRefused, match="another key"):
        verifier.identity(token("old"))
    with pytest.raises(TokenRefused, match="no key of that name"):
        verifier.identity(token("unknown"))


def test_a_file_may_hold_several_keys(
    keys: tuple[bytes, bytes], others: tuple[bytes, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "issuer.pem"
    file.write_bytes(others[1] + keys[1])

    assert Verifier(TokenRules(file)).identity(signed(keys)).name == "checkout"


EC_KEY = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
"""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "neither a PEM public key nor a JWKS"),
        (b"\xff\xfe", "cannot be read"),
        (b"{", "cannot be used"),
        (b"{}", "cannot be used"),
        (b'{"keys": []}', "no RSA key for signatures"),
        (b'{"keys": [{"kty": "RSA"}]}', "cannot be used"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "cannot be used"),
        (EC_KEY, "no RSA key"),
    ],
)
def test_a_file_without_a_usable_key_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "issuer.pem"
    file.write_bytes(content)

    with pytest.raises(EngineError, match=reason):
        Verifier(TokenRules(file))


def test_a_private_or_a_short_key_is_refused(keys: tuple[bytes, bytes], tmp_path: Path) -> None:
    file = tmp_path / "issuer.pem"
    secret = RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(keys[0])
    private_jwk = RSAAlgorithm.to_jwk(cast(Any, secret), as_dict=True)
    for content, reason in (
        (keys[0], "private key"),
        (json.dumps({"keys": [private_jwk]}).encode(), "private key"),
        (key_pair(1024)[1], "has 1024 bits"),
    ):
        file.write_bytes(content)
        with pytest.raises(EngineError, match=reason):
            Verifier(TokenRules(file))
    with pytest.raises(EngineError, match="cannot be read"):
        Verifier(TokenRules(tmp_path / "absent.pem"))


# ---------------------------------------------------------------- the commands and the log


def test_the_command_makes_tokens_for_its_key(
    keys: tuple[bytes, bytes], verifier: Verifier, tmp_path: Path
) -> None:
    file = tmp_path / "issuer.key"
    file.write_bytes(keys[0])

    made = CliRunner().invoke(couponry, ["engine", "token", "checkout", "--key", str(file)])
    file.write_bytes(keys[1])
    wrong = CliRunner().invoke(couponry, ["engine", "token", "checkout", "--key", str(file)])

    assert verifier.identity(made.stdout.strip()).name == "checkout"
    assert wrong.exit_code == 4
    assert "cannot be signed" in wrong.stderr


def test_an_engine_does_not_start_with_a_key_of_no_use(tmp_path: Path) -> None:
    file = tmp_path / "issuer.pem"
    file.write_text("nothing")

    started = CliRunner().invoke(
        couponry,
        [
            *("engine", "start", "--data-dir", str(tmp_path / "data"), "--port", "0"),
            *("--token-issuer-key", str(file)),
        ],
    )

    assert started.exit_code == 4
    assert "neither a PEM public key nor a JWKS" in started.stderr


@pytest.mark.parametrize(
    ("encrypted", "library", "reason"),
    [
        (False, 1, "without encryption"),
        (True, 1, "without --token-issuer-key"),
        (True, 2, "let it fetch the token itself"),
    ],
)
def test_the_log_says_why_and_keeps_the_token_to_itself(
    keys: tuple[bytes, bytes],
    caplog: pytest.LogCaptureFixture,
    encrypted: bool,
    library: int,
    reason: str,
) -> None:
    token = signed(keys)
    connection = ServerConnection()
    connection.receive(prelogin(1, federated=True))
    connection.answer_prelogin(encrypted=encrypted, federated=True)
    [event] = connection.receive(login(features=fedauth(token, library=library)))
    assert isinstance(event, Login)
    response = connection.respond(event)
    # It is refused before anybody needs a database.
    factory = SessionFactory(cast(Pool, None), cast(Databases, None))

    with caplog.at_level(logging.DEBUG):
        session = asyncio.run(factory.login(event, response, lambda _: None))

    assert session is None
    assert "Login failed for user '<token-identified principal>'.".encode("utf-16-le") in (
        response.finish()
    )
    assert reason in caplog.text
    assert token[-20:] not in caplog.text
