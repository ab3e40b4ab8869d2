"""Passwords are kept as salted digests only."""

from __future__ import annotations

from couponry_standin.credentials import check_password, generate_password, hash_password


def test_the_right_password_matches_and_no_other() -> None:
    stored = hash_password("Sehr geheim ß")

    assert check_password("Sehr geheim ß", stored)
    assert not check_password("sehr geheim ß", stored)
    assert not check_password("", stored)


def test_equal_passwords_are_stored_differently_and_never_in_clear() -> None:
    one, other = hash_password("same"), hash_password("same")

    assert one != other
    assert "same" not in one


def test_a_damaged_digest_matches_nothing() -> None:
    for stored in ("", "same", "pbkdf2-sha256$1$00", "other$1$00$00"):
        assert not check_password("same", stored)


def test_generated_passwords_differ_and_need_no_quoting() -> None:
    made = {generate_password() for _ in range(50)}

    assert len(made) == 50
    assert all(password.isalnum() for password in made)
