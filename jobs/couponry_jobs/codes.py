"""Coupon codes out of the operating system's random numbers."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable

ALPHABET = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789"
BITS_PER_CHARACTER = math.log2(len(ALPHABET))

# 256 is no multiple of 31: bytes from 248 up would make the first symbols more likely than the
# rest, so they are thrown away; what is left falls on each symbol exactly eight times.
_KEPT = 256 - 256 % len(ALPHABET)
_SYMBOLS = bytes(ALPHABET[byte % len(ALPHABET)] for byte in range(256))
_REJECTED = bytes(range(_KEPT, 256))


def make_codes(
    amount: int,
    *,
    length: int,
    prefix: str | None = None,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> list[str]:
    """As many different codes as asked for: [prefix-] and length characters."""
    if amount > len(ALPHABET) ** length:
        raise ValueError(f"there are no {amount} different codes of {length} characters")
    start = f"{prefix}-" if prefix else ""
    codes: dict[str, None] = {}
    while len(codes) < amount:
        missing = amount - len(codes)
        text = _characters(missing * length, random)
        codes.update(
            dict.fromkeys(start + text[at : at + length] for at in range(0, len(text), length))
        )
    return list(codes)


def effective_bits(length: int, existing: int) -> float:
    """How hard one of the existing codes is to guess."""
    return length * BITS_PER_CHARACTER - math.log2(max(existing, 1))


def _characters(amount: int, random: Callable[[int], bytes]) -> str:
    pieces: list[bytes] = []
    missing = amount
    while missing > 0:
        # A 32nd of the bytes is rejected on average; a few more save a second round.
        drawn = random(missing + missing // 24 + 16).translate(_SYMBOLS, _REJECTED)[:missing]
        pieces.append(drawn)
        missing -= len(drawn)
    return b"".join(pieces).decode("ascii")
