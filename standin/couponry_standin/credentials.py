"""Passwords of SQL logins: generated, and kept only as salted digests."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string

SCHEME = "pbkdf2-sha256"
ITERATIONS = 4096
"""As many as PostgreSQL's own SCRAM uses: a login costs a millisecond or two."""

ALPHABET = string.ascii_letters + string.digits
"""No punctuation: the password then needs no quoting in any client's connection string."""

LENGTH = 20


def generate_password() -> str:
    """A password that also meets SQL Server's policy: upper case, lower case and digits."""
    while True:
        password = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        kinds = (str.isupper, str.islower, str.isdigit)
        if all(any(kind(character) for character in password) for kind in kinds):
            return password


def hash_password(password: str) -> str:
    """What is stored: scheme, iterations, salt and digest, separated by ``$``."""
    salt = secrets.token_bytes(16)
    return f"{SCHEME}${ITERATIONS}${salt.hex()}${digest(password, salt, ITERATIONS).hex()}"


def check_password(password: str, stored: str) -> bool:
    """Whether the password is the stored one; a malformed stored value matches nothing."""
    parts = stored.split("$")
    if len(parts) != 4 or parts[0] != SCHEME:
        return False
    made = digest(password, bytes.fromhex(parts[2]), int(parts[1]))
    return hmac.compare_digest(made, bytes.fromhex(parts[3]))


def digest(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
