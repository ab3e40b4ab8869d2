"""The messages of SQL Server that the stand-in may give, in the words of sys.messages."""

from __future__ import annotations

import re
from pathlib import Path


def forms(text: str) -> dict[int, re.Pattern[str]]:
    """The forms of each number; ``%s`` in them stands for whatever is inserted there."""
    found: dict[int, list[str]] = {}
    for line in text.splitlines():
        number, _, form = line.partition(" ")
        found.setdefault(int(number), []).append(".*".join(map(re.escape, form.split("%s"))))
    return {number: re.compile("|".join(each), re.DOTALL) for number, each in found.items()}


FORMS = forms(Path(__file__).with_name("messages.txt").read_text(encoding="utf-8"))
