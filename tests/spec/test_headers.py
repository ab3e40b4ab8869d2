"""The header of each procedure says what its body does: callers, thrown numbers, locks, replay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(ROOT.glob("procedures/*/*.sql"))
FIELDS = ("Purpose", "Called by", "Locks", "Returns", "Throws", "Replay")
# The whole of sp_AssignCoupon and sp_UnassignCoupon, which only name its arguments.
SHARED_BODIES = {"sp_i_SetAssignment"}
AUDIENCE = {"service": "coupon_service", "job": "coupon_job", "ops": "coupon_ops"}


def parts(script: Path) -> tuple[dict[str, str], str]:
    """The fields of the header, and the body."""
    header, _, body = script.read_text(encoding="utf-8").partition("*/")
    found = re.split(rf"^({'|'.join(FIELDS)}):", header, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True)), body


def numbers(text: str) -> set[int]:
    """The numbers named, also as a range: 50001, 50003-50005."""
    named = {int(number) for number in re.findall(r"\b5\d{4}\b", text)}
    for first, last in re.findall(r"\b(5\d{4})\s*-\s*(5\d{4})\b", text):
        named |= set(range(int(first), int(last) + 1))
    return named


def granted(procedure: str) -> set[str]:
    text = (ROOT / "sql" / "security" / "grants.sql").read_text(encoding="utf-8")
    found = re.search(rf"GRANT EXECUTE ON OBJECT::dbo\.{procedure} TO ([^;]+);", text)
    return set(found[1].split(", ")) if found else set()


def name(script: Path) -> str:
    return script.stem


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_header_has_all_its_fields(script: Path) -> None:
    fields, body = parts(script)

    assert tuple(fields) == FIELDS
    assert all(text.strip() for text in fields.values())
    assert body.startswith(f"\nCREATE OR ALTER PROCEDURE dbo.{script.stem}\n")


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_header_names_every_number_that_the_body_throws(script: Path) -> None:
    fields, body = parts(script)

    assert numbers(" ".join(re.findall(r"THROW (5\d{4})", body))) <= numbers(fields["Throws"])


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_header_names_the_roles_that_may_call(script: Path) -> None:
    fields, _ = parts(script)

    named = set(re.findall(r"coupon_(?:service|job|ops|reader)\b", fields["Called by"]))
    assert named == granted(script.stem)


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_procedure_lies_in_the_folder_of_its_audience(script: Path) -> None:
    folder, roles = script.parent.name, granted(script.stem)

    if folder == "internal":
        assert script.stem.startswith("sp_i_")
        assert not roles
    else:
        assert not script.stem.startswith("sp_i_")
        assert AUDIENCE[folder] in roles


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_body_keeps_the_rules_of_the_house(script: Path) -> None:
    _, body = parts(script)
    code = re.sub(r"--[^\n]*", "", body)

    assert "SET NOCOUNT, XACT_ABORT ON;" in code
    assert not re.search(r"\bNOLOCK\b|\bMERGE\b|\bCURSOR\b|\bsp_executesql\b|EXECUTE AS", code)
    begins = len(re.findall(r"\bBEGIN TRANSACTION;", code))
    if script.parent.name == "internal" and script.stem not in SHARED_BODIES:
        # Internal procedures work inside the transaction of their caller.
        assert begins == 0
    elif begins:
        assert re.search(r"IF @(Own|IsOwn) = 1\s+BEGIN TRANSACTION;", code)
        assert re.search(r"XACT_STATE\(\) <> 0\s+ROLLBACK TRANSACTION;", code)
        assert "SET LOCK_TIMEOUT 15000;" in code or script.stem in SHARED_BODIES
