"""Access tokens: which of them are believed, and whom they name.

A client of Azure SQL brings a signed statement of its identity provider in place of a password.
Here the provider is whoever holds the private half of a key that the engine was started with.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from couponry_standin.state import EngineError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

AUDIENCE = "https://database.windows.net/"
"""What Azure SQL calls itself, in every tenant."""

ISSUER = "https://sts.windows.net/00000000-0000-0000-0000-000000000000/"
"""As Microsoft Entra's issuers are written, of a tenant that nobody has."""

TENANT = "00000000-0000-0000-0000-000000000000"
_RESOURCES = (
    f"/subscriptions/{TENANT}/resourcegroups/development/providers"
    "/Microsoft.ManagedIdentity/userAssignedIdentities"
)

ALGORITHM = "RS256"
LEEWAY = 60
"""Seconds that the clocks of issuer and engine may differ."""

SMALLEST_KEY = 2048
_REQUIRED = ("exp", "iss", "aud", "oid")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


class TokenRefused(Exception):
    """A token that is not believed. The reason is for the engine's log, not for the client."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token names.

    ``name`` is what ``CREATE USER … FROM EXTERNAL PROVIDER`` is told, ``login`` what
    ``ORIGINAL_LOGIN()`` answers; ``ids`` begins with the one that is the user's SID.
    """

    name: str
    login: str
    ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Who signs, as whom, and for whom."""

    key_file: Path
    issuer: str = ISSUER
    audience: str = AUDIENCE


class Verifier:
    """Believes tokens of one issuer. Raises EngineError for a file that holds no usable key."""

    def __init__(self, rules: TokenRules) -> None:
        self._issuer = rules.issuer
        # Tokens for the scope that ends in "/.default" leave the last slash out.
        plain = rules.audience.rstrip("/")
        self._audiences = [plain, f"{plain}/"]
        self._keys = _read_keys(rules.key_file)

    def identity(self, token: str) -> Identity:
        """Whom the token names; TokenRefused says why it is not believed."""
        import jwt

        try:
            candidates = self._candidates(jwt.get_unverified_header(token).get("kid"))
        except jwt.PyJWTError:
            raise TokenRefused("it is no token") from None
        refusal: TokenRefused = TokenRefused("the engine knows no key of that name")
        for key in candidates:
            try:
                return _identity(self._claims(token, key))
            except jwt.InvalidSignatureError:
                refusal = TokenRefused("another key has signed it")
            except jwt.PyJWTError as problem:
                raise TokenRefused(_reason(problem)) from None
        raise refusal

    def _candidates(self, wanted: str | None) -> list[Any]:
        """The keys that may have signed: the one that the token names, if keys have names here."""
        named = [key for name, key in self._keys if name is not None and name == wanted]
        return named or [key for name, key in self._keys if name is None or wanted is None]

    def _claims(self, token: str, key: Any) -> dict[str, Any]:
        import jwt

        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=self._audiences,
            issuer=self._issuer,
            leeway=LEEWAY,
            options={"require": list(_REQUIRED)},
        )


def _reason(problem: Exception) -> str:
    """In words of our own: the library's may repeat parts of what it was given."""
    import jwt

    reasons: tuple[tuple[type[Exception], str], ...] = (
        (jwt.ExpiredSignatureError, "it has expired"),
        (jwt.ImmatureSignatureError, "it is not valid yet"),
        (jwt.InvalidAudienceError, "it is for another audience"),
        (jwt.InvalidIssuerError, "it is of another issuer"),
        (jwt.InvalidAlgorithmError, f"it is not signed with {ALGORITHM}"),
        (jwt.MissingRequiredClaimError, "a claim is missing"),
    )
    return next((words for kind, words in reasons if isinstance(problem, kind)), "it is broken")


def _identity(claims: dict[str, Any]) -> Identity:
    """As Azure SQL has it: people go by their principal name, applications by their display name.

    The token of a managed identity carries no display name, but the path of its resource, which
    ends in that name.
    """
    object_id = _guid(claims, "oid")
    person = _text(claims, "upn") or _text(claims, "preferred_username")
    if person:
        return Identity(person, person, (object_id,))
    name = _text(claims, "xms_mirid").rpartition("/")[2] or _text(claims, "app_displayname")
    if not name:
        raise TokenRefused("it has neither of upn, preferred_username, xms_mirid, app_displayname")
    application = _guid(claims, "appid" if "appid" in claims else "azp")
    login = "@".join(filter(None, (str(application), _text(claims, "tid"))))
    return Identity(name, login, (application, object_id))


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > 500:
        raise TokenRefused(f"its {name} is no name")
    return value


def _guid(claims: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(_text(claims, name))
    except ValueError:
        raise TokenRefused(f"its {name} is no GUID") from None


def issue(
    private_key: bytes,
    name: str,
    *,
    object_id: UUID | None = None,
    minutes: int = 60,
    issuer: str = ISSUER,
    audience: str = AUDIENCE,
) -> str:
    """A token as Microsoft Entra makes them for a managed identity, or for a person with an @.

    The ids are made of the name, so that all tokens of a name are those of one identity.
    """
    import jwt

    key = _private_key(private_key)
    begin = datetime.now(UTC)
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": audience,
        "iat": begin,
        "nbf": begin,
        "exp": begin + timedelta(minutes=minutes),
        "oid": str(object_id or uuid5(NAMESPACE_URL, f"{issuer}{name}")),
        "tid": TENANT,
        "ver": "1.0",
    }
    if "@" in name:
        claims |= {"upn": name, "unique_name": name}
    else:
        claims |= {
            "appid": str(uuid5(NAMESPACE_URL, f"{issuer}applications/{name}")),
            "idtyp": "app",
            "xms_mirid": f"{_RESOURCES}/{name}",
        }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def _private_key(pem: bytes) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as problem:
        raise EngineError(f"Tokens cannot be signed with this key: {problem}") from problem
    if not isinstance(key, RSAPrivateKey):
        raise EngineError("Tokens cannot be signed with this key: it is no RSA key.")
    return key


# ---------------------------------------------------------------- keys


def _read_keys(path: Path) -> list[tuple[str | None, Any]]:
    """The public keys of a PEM file, or those of a JWKS file with their names."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise EngineError(f"The issuer's key {path} cannot be read: {problem}.") from problem
    try:
        keys = _of_jwks(text) if text.lstrip().startswith("{") else _of_pem(text)
    except (ValueError, TypeError, KeyError) as problem:
        raise EngineError(f"The issuer's key {path} cannot be used: {problem}.") from problem
    for _, key in keys:
        if key.key_size < SMALLEST_KEY:
            raise EngineError(
                f"The issuer's key {path} has {key.key_size} bits; {SMALLEST_KEY} is the least."
            )
    return keys


def _of_pem(text: str) -> list[tuple[str | None, Any]]:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    found: list[tuple[str | None, Any]] = []
    for block in _PEM.finditer(text):
        if "PRIVATE" in block[1]:
            raise ValueError("it is a private key, which belongs to the issuer alone")
        key = load_pem_public_key(block[0].encode())
        if not isinstance(key, RSAPublicKey):
            raise ValueError("it is no RSA key")
        found.append((None, key))
    if not found:
        raise ValueError("it holds neither a PEM public key nor a JWKS")
    return found


def _of_jwks(text: str) -> list[tuple[str | None, Any]]:
    from jwt.algorithms import RSAAlgorithm
    from jwt.exceptions import InvalidKeyError

    found: list[tuple[str | None, Any]] = []
    for entry in cast("list[dict[str, Any]]", json.loads(text)["keys"]):
        if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        if "d" in entry:
            raise ValueError("it holds a private key, which belongs to the issuer alone")
        try:
            found.append((entry.get("kid"), RSAAlgorithm.from_jwk(entry)))
        except InvalidKeyError as problem:
            raise ValueError(str(problem)) from problem
    if not found:
        raise ValueError("it holds no RSA key for signatures")
    return found
