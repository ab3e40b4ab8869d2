from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry_jobs.codes import ALPHABET, effective_bits, make_codes


def test_a_code_has_the_length_and_the_alphabet_of_the_specification() -> None:
    codes = make_codes(1000, length=12)

    assert all(len(code) == 12 for code in codes)
    assert set("".join(codes)) <= set("ABCDEFGHJKMNPQRSTUVWXYZ23456789")
    assert len(ALPHABET) == 31


def test_a_prefix_stands_before_the_random_part() -> None:
    assert all(code.startswith("SPR-") for code in make_codes(10, length=8, prefix="SPR"))
    assert all(len(code) == 12 for code in make_codes(10, length=8, prefix="SPR"))


def test_bytes_from_248_up_are_thrown_away() -> None:
    fed: list[int] = []

    def random(amount: int) -> bytes:
        # Only the first request begins with bytes that must not count.
        start = b"" if fed else bytes(range(248, 256))
        fed.append(amount)
        return (start + bytes(range(31)) * (amount // 31 + 1))[:amount]

    codes = make_codes(1, length=31, random=random)

    assert codes == [ALPHABET.decode()]


def test_every_symbol_is_equally_likely() -> None:
    # given: each of the 256 bytes once, as a fair source gives them in the long run
    every_byte = bytes(range(256))

    codes = make_codes(
        1, length=248, random=lambda amount: (every_byte * (amount // 256 + 1))[:amount]
    )

    counts = Counter(codes[0])
    assert set(counts.values()) == {8}
    assert len(counts) == 31


def test_codes_of_a_batch_are_distinct_even_when_the_source_repeats_itself() -> None:
    answers = [b"\x00" * 100, b"\x00\x01" * 50]

    def random(amount: int) -> bytes:
        return (answers.pop(0) if answers else b"\x02\x03" * 50)[:amount]

    codes = make_codes(3, length=2, random=random)

    assert len(set(codes)) == 3


def test_more_codes_than_there_are_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(ValueError, match="no 32 different codes"):
        make_codes(32, length=1)


def test_all_codes_of_a_small_space_can_be_made() -> None:
    assert sorted(make_codes(31, length=1)) == sorted(ALPHABET.decode())


@given(amount=st.integers(0, 200), length=st.integers(3, 30))
def test_any_amount_and_length(amount: int, length: int) -> None:
    codes = make_codes(amount, length=length)

    assert len(codes) == amount
    assert len(set(codes)) == amount
    assert {len(code) for code in codes} <= {length}


@pytest.mark.parametrize(
    ("existing", "bits"), [(1, 59.45), (100_000, 42.84), (1_000_000, 39.52), (10_000_000, 36.20)]
)
def test_guessing_resistance_of_the_specification(existing: int, bits: float) -> None:
    assert effective_bits(12, existing) == pytest.approx(bits, abs=0.01)
