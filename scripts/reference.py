"""Writes docs/procedures.md, docs/errors.md and the table in docs/lock-order.md from the scripts.

    python -m scripts.reference            writes the pages
    python -m scripts.reference --check    tells which pages are out of date, and fails

The headers of the procedures are the source; what calls what is read from their bodies.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIELDS = ("Purpose", "Called by", "Locks", "Returns", "Throws", "Replay")
FOLDERS = {
    "service": "For services",
    "job": "For jobs",
    "ops": "For operators",
    "internal": "Internal",
}
LEVELS = {
    1: "IdempotencyKeys, ProcessedPaymentEvents, GenerationRequests",
    2: "UserProfiles",
    3: "Coupons or CouponCounterStripes",
    4: "Campaigns, CampaignCounterStripes",
    5: "UserRedemptions",
    6: "CouponUserUsage",
    7: "Reservations",
    8: "an existing RedemptionHistory row",
    9: "Subscriptions, PerpetualLicenses",
    10: "UserCreditBalances, CreditAllocations",
    11: "inserts",
}
NUMBERS = {
    50001: ("ARG_REQUIRED", "a required argument is NULL or blank"),
    50002: ("ARG_OUT_OF_RANGE", "a number lies outside its range"),
    50003: ("ARG_NOT_IN_LIST", "a value is none of its enumeration"),
    50004: ("ARG_BAD_JSON", "a text is not JSON, or not of the required shape"),
    50005: ("ARG_BAD_CODE", "a code, prefix, id or address does not have its pattern"),
    50006: ("ARG_BAD_DATES", "an end before its start, or a start that may not lie in the past"),
    50007: ("ARG_BAD_DISCOUNT", "a discount that its type does not allow"),
    50008: ("ARG_TOO_LONG", "a text is longer than its column"),
    50009: ("ARG_CONFLICT", "arguments that exclude or require each other"),
    50010: ("ARG_BAD_RULE", "the configuration of a rule lacks or mistypes its key"),
    50100: ("SETTING_MISSING", "a settings row is absent"),
    50101: ("SCHEMA_MISMATCH", "the caller needs a newer schema than the installed one"),
    50102: ("TRANSACTION_DOOMED", "called in a transaction that can only be rolled back"),
    50200: ("INVARIANT_COUNTER", "a counter would become negative or pass its limit"),
    50201: ("INVARIANT_LEDGER", "a transition that the ledger does not know"),
    50202: ("INVARIANT_ROWCOUNT", "a write changed another number of rows than it must"),
    50203: ("BENEFIT_FAILED", "credits, months or a licence could not be applied"),
}
CODE = re.compile(r"N'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'")


@dataclass(frozen=True)
class Procedure:
    """One script: its header and what its body does."""

    name: str
    folder: str
    header: dict[str, str]
    parameters: tuple[str, ...]
    body: str

    @property
    def is_public(self) -> bool:
        return self.folder != "internal"

    @cached_property
    def calls(self) -> frozenset[str]:
        return frozenset(re.findall(r"\bEXEC\s+(?:@\w+\s*=\s*)?dbo\.(\w+)", self.body))

    @cached_property
    def thrown(self) -> frozenset[int]:
        return frozenset(int(number) for number in re.findall(r"\bTHROW (5\d{4})", self.body))

    @cached_property
    def refusals(self) -> dict[str, str]:
        """Each ErrorCode that this body gives, with its message as far as it is written there."""
        found: dict[str, str] = {}
        for row in re.findall(r"\(\s*(?:N'S\d\d'|NULL),\s*N'[A-Z0-9_]+',\s*N'[^']*'\)", self.body):
            code, text = re.findall(r"N'([^']*)'", row)[-2:]
            found[code] = text.replace("{}", "…")
        for part in re.split(r";|\bBEGIN\b|\bELSE\b(?=\s+(?:IF|SET|SELECT)\b)", self.body):
            for given in re.finditer(r"@ErrorCode\s*=(?!=)|\bAS\s+ErrorCode\b", part):
                is_assigned = given[0].startswith("@")
                if is_assigned and re.search(
                    r"\b(IF|WHEN|WHERE|AND|OR|IIF\()\s*$", part[: given.start()]
                ):
                    continue
                text = expression(part, given.end()) if is_assigned else before(part, given.start())
                codes = CODE.findall(text)
                message = re.search(r"@Message\s*=(?!=)", part)
                words = rendered(expression(part, message.end())) if message else []
                for at, code in enumerate(codes):
                    own = words[at] if len(words) == len(codes) else words[0] if words else ""
                    found[code] = found.get(code) or own
        return found


def expression(text: str, start: int) -> str:
    """The expression that begins at `start`: up to the comma or clause that ends it."""
    depth = 0
    at = start
    while at < len(text):
        if text[at] == "'":
            at = text.find("'", at + 1) % (len(text) + 1)
        elif text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
        if depth < 0 or (depth == 0 and re.match(r",|\b(?:FROM|WHERE)\b", text[at:])):
            break
        at += 1
    return text[start:at]


def before(text: str, end: int) -> str:
    """The expression that ends at `end`: back to the comma that begins it."""
    depth = 0
    for at in range(end - 1, -1, -1):
        if text[at] == ")":
            depth += 1
        elif text[at] == "(":
            depth -= 1
        if depth < 0 or (depth == 0 and text[at] == ","):
            return text[at + 1 : end]
    return text[:end]


def rendered(message: str) -> list[str]:
    """The texts that a message expression can give; what is put in is shown as an ellipsis."""
    if "CONCAT" in message and not re.search(r"\bCASE\b|\bIIF\b", message):
        parts = re.findall(r"N'((?:[^']|'')*)'|([@\w][\w.@]*)\s*(?=[,)])", message)
        text = "".join(literal if literal or not name else "…" for literal, name in parts)
        return [re.sub(r"…+", "…", text).replace("''", "'")]
    texts = re.findall(r"N'((?:[^']|'')*)'", message)
    if "CONCAT" in message:
        texts = [f"{texts[0].rstrip()} …"] if texts else []
    return [text.replace("''", "'") for text in texts if " " in text or text.endswith(".")]


def read() -> dict[str, Procedure]:
    return {
        script.stem: parsed(script)
        for folder in FOLDERS
        for script in sorted((ROOT / "procedures" / folder).glob("*.sql"), key=lambda p: p.stem)
    }


def parsed(script: Path) -> Procedure:
    head, _, code = script.read_text("utf-8").partition("*/")
    pieces = re.split(rf"^({'|'.join(FIELDS)}):", head, flags=re.MULTILINE)[1:]
    fields = {
        name: " ".join(text.split()) for name, text in zip(pieces[::2], pieces[1::2], strict=True)
    }
    declared, _, body = re.sub(r"--[^\n]*", "", code).partition("\nAS\n")
    parameters = re.findall(r"(@\w+\s+[^@]+?)(?=,\s*@|\s*$)", declared)
    return Procedure(
        name=script.stem,
        folder=script.parent.name,
        header=fields,
        parameters=tuple(" ".join(text.split()) for text in parameters),
        body=body,
    )


def reached(name: str, procedures: dict[str, Procedure]) -> frozenset[str]:
    """The procedure and all that it calls, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in procedures and current not in found:
            found.add(current)
            waiting.extend(procedures[current].calls)
    return frozenset(found)


def levels(text: str) -> frozenset[int]:
    """The levels that a Locks field names, ranges included: L2, L3 to L6."""
    spans = re.findall(r"\bL(\d+)(?:\s*(?:to|-|–|…)\s*L(\d+))?", text)
    return frozenset(
        level for first, last in spans for level in range(int(first), int(last or first) + 1)
    )


def procedures_page(procedures: dict[str, Procedure]) -> Iterator[str]:
    yield "# Procedures"
    yield ""
    yield "Written by `make fix` from the headers of the scripts; a test holds it current. How the"
    yield "procedures are called, and what the columns of the standard row mean, is in the"
    yield "[README](../README.md); what a refusal means is in [errors.md](errors.md)."
    for folder, title in FOLDERS.items():
        members = [item for item in procedures.values() if item.folder == folder]
        yield ""
        yield f"## {title}"
        yield ""
        if folder == "internal":
            yield "No role may execute them; they are reached through the procedures above."
            yield ""
            yield "| Procedure | Purpose | Called by |"
            yield "|---|---|---|"
            for item in members:
                purpose = cell(item.header["Purpose"])
                yield f"| {item.name} | {purpose} | {cell(item.header['Called by'])} |"
            continue
        yield " · ".join(f"[{item.name}](#{item.name.lower()})" for item in members)
        for item in members:
            yield from section(item)


def section(item: Procedure) -> Iterator[str]:
    yield ""
    yield f"### {item.name}"
    yield ""
    yield escaped(item.header["Purpose"])
    yield ""
    if item.parameters:
        yield "```sql"
        yield f"EXEC dbo.{item.name}"
        yield from (
            f"    {text}{',' if at + 1 < len(item.parameters) else ''}"
            for at, text in enumerate(item.parameters)
        )
        yield "```"
        yield ""
    for field in FIELDS[1:]:
        yield f"* **{field}:** {escaped(item.header[field])}"


def errors_page(procedures: dict[str, Procedure]) -> Iterator[str]:
    public = [item for item in procedures.values() if item.is_public]
    reach = {item.name: reached(item.name, procedures) for item in public}
    refusals: dict[str, list[str]] = {}
    messages: dict[str, list[str]] = {}
    for item in procedures.values():
        callers = [name for name, members in reach.items() if item.name in members]
        for code, message in item.refusals.items():
            refusals.setdefault(code, []).extend(callers)
            if message and message not in messages.setdefault(code, []):
                messages[code].append(message)
    yield "# Errors"
    yield ""
    yield "Written by `make fix` from the scripts; a test holds it current. A refusal is an answer:"
    yield "`Success` is 0, `ErrorCode` names the rule, and what the procedure writes for a refusal"
    yield "is committed. A thrown number is a broken call or a broken invariant; it writes nothing."
    yield ""
    yield "## Refusals (`ErrorCode`)"
    yield ""
    yield "| Code | Message | Procedures that can answer it |"
    yield "|---|---|---|"
    for code in sorted(refusals):
        texts = " · ".join(cell(text) for text in messages.get(code, [])) or "names the case"
        yield f"| {code} | {texts} | {', '.join(sorted(set(refusals[code])))} |"
    yield ""
    yield "## Thrown numbers"
    yield ""
    yield "The message begins with the name; for 50001 to 50010 the parameter follows."
    yield ""
    yield "| Number | Name | Meaning | Thrown by |"
    yield "|---|---|---|---|"
    for number, (name, meaning) in NUMBERS.items():
        by = [
            caller
            for caller, members in reach.items()
            if any(number in procedures[member].thrown for member in members)
        ]
        yield f"| {number} | {name} | {meaning} | {', '.join(sorted(by)) or 'none'} |"


def locks_table(procedures: dict[str, Procedure]) -> Iterator[str]:
    yield "| Procedure | " + " | ".join(f"L{level}" for level in LEVELS) + " |"
    yield "|---|" + "---|" * len(LEVELS)
    for item in procedures.values():
        if not item.is_public:
            continue
        taken = frozenset[int]().union(
            *(levels(procedures[name].header["Locks"]) for name in reached(item.name, procedures))
        )
        if taken:
            marks = " | ".join("×" if level in taken else "" for level in LEVELS)
            yield f"| {item.name} | {marks} |"


def escaped(text: str) -> str:
    return re.sub(r"(?<!`)([<>*])(?!`)", r"\\\1", text)


def cell(text: str) -> str:
    return escaped(text).replace("|", "\\|")


def between(page: Path, name: str, lines: Iterator[str]) -> str:
    """The page with the part between its two markers written anew."""
    begin, end = f"<!-- {name}: written by make fix -->", f"<!-- end of {name} -->"
    first, _, rest = page.read_text("utf-8").partition(begin)
    _, _, last = rest.partition(end)
    return first + begin + "\n" + "\n".join(lines) + "\n" + end + last


def pages() -> dict[Path, str]:
    procedures = read()
    docs = ROOT / "docs"
    return {
        docs / "procedures.md": "\n".join(procedures_page(procedures)) + "\n",
        docs / "errors.md": "\n".join(errors_page(procedures)) + "\n",
        docs / "lock-order.md": between(
            docs / "lock-order.md", "levels by procedure", locks_table(procedures)
        ),
    }


def main() -> int:
    stale = {
        page: text
        for page, text in pages().items()
        if not page.exists() or page.read_text("utf-8") != text
    }
    if "--check" in sys.argv[1:]:
        for page in stale:
            print(f"out of date: {page.relative_to(ROOT)}; make fix writes it")
        return 1 if stale else 0
    for page, text in stale.items():
        page.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
