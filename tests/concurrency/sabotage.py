"""Taking a guard out of a procedure, to show what it guards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.spec.office import Office

ROOT = Path(__file__).resolve().parents[2] / "procedures"

Changes = Mapping[str, Mapping[str, str]]


def script(procedure: str) -> str:
    (path,) = ROOT.glob(f"*/{procedure}.sql")
    return path.read_text(encoding="utf-8")


def changed(procedure: str, replacements: Mapping[str, str]) -> str:
    """The script with each text replaced; a text that is not there exactly once is an error:
    then the guard has moved, and its proof must follow."""
    text = script(procedure)
    for old, new in replacements.items():
        assert text.count(old) == 1, f"{procedure} holds this {text.count(old)} times: {old}"
        text = text.replace(old, new)
    return text


@contextmanager
def sabotaged(office: Office, changes: Changes) -> Iterator[None]:
    """Procedures without a guard, for as long as the block lasts."""
    texts = [changed(procedure, replacements) for procedure, replacements in changes.items()]
    try:
        for text in texts:
            office.write(text)
        yield
    finally:
        for procedure in changes:
            office.write(script(procedure))
