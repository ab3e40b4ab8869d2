"""Shorter ways through a machine: blocks that need no number of their own.

Each test of ``_pc`` and each setting of it is an expression that PL/pgSQL prepares anew in every
transaction. A block that one place alone leads to stands in that place; one that only leads on is
left out. What a stop comes back to keeps its number, and so does what is come to from below.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from .code import CodeLines

if TYPE_CHECKING:
    from .blocks import Block

REFERENCE = re.compile(r"\b(?:_pc|_h) := (\d+);|_2 := '(\d+)';")
JUMP = re.compile(r"_pc := (\d+);")
LITERAL = re.compile(r"'(?:[^']|'')*'")
BRANCH = re.compile(r"IF (.*) THEN _pc := (\d+); ELSE _pc := (\d+); END IF;")


def shortened(order: list[Block]) -> list[Block]:
    """The blocks that are left, in their order; their code is changed in place."""
    text = "\n".join(block.code.text for block in order)
    if any("_pc := " in each for each in LITERAL.findall(text)):
        return order  # a text of the user's looks like a jump
    return Shortening(order).run()


class Shortening:
    """One machine's blocks."""

    def __init__(self, order: list[Block]) -> None:
        self.order = list(order)
        self.by_number = {block.number: block for block in order}
        self.ways = Counter(
            int(found[1] or found[2])
            for block in order
            for text in block.code.texts
            for found in REFERENCE.finditer(text)
        )
        """how many places lead to a block: jumps, handlers and stops"""

    def run(self) -> list[Block]:
        for block in reversed(self.order[1:]):
            self._skip(block)
        for block in reversed(list(self.order)):
            # From below: what is taken has taken all that it can.
            while block in self.order and (self._take_next(block) or self._take_arms(block)):
                pass
        return self.order

    def _skip(self, block: Block) -> None:
        """Leave out a block that only leads on."""
        jump = JUMP.fullmatch(block.code.texts[0]) if len(block.code) == 1 else None
        if jump is None:
            return
        self._remove(block)
        old, new = block.number, int(jump[1])
        self.ways[new] += self.ways[old] - 1
        for each in self.order:
            each.code.texts = [_renumbered(text, old, new) for text in each.code.texts]

    def _take_next(self, block: Block) -> bool:
        """Let what a block leads on to follow in it."""
        jump = JUMP.fullmatch(block.code.texts[-1]) if len(block.code) else None
        found = self._only(block, int(jump[1])) if jump is not None else None
        if found is None:
            return False
        self._remove(found)
        block.code.drop_last()
        block.code.extend(found.code)
        return True

    def _take_arms(self, block: Block) -> bool:
        """Put the blocks that a branch leads to in its arms."""
        code = block.code
        branch = BRANCH.fullmatch(code.texts[-1]) if len(code) else None
        if branch is None or branch[2] == branch[3]:
            return False
        numbers = int(branch[2]), int(branch[3])
        ways = [self._only(block, number) for number in numbers]
        if not any(ways):
            return False
        code.line, code.col = code.lines[-1], code.cols[-1]
        code.drop_last()
        arms = [
            _jump(number, code) if way is None else way.code
            for way, number in zip(ways, numbers, strict=True)
        ]
        end = JUMP.fullmatch(arms[0].texts[-1])
        meets = end is not None and end[0] == arms[1].texts[-1]
        for head, arm in zip((f"IF {branch[1]} THEN", "ELSE"), arms, strict=True):
            code.add(head)
            if meets:
                arm.drop_last()
            if not len(arm):
                arm.add("NULL;")
            code.extend(arm)
        code.add("END IF;")
        if meets and end is not None:
            code.add(end[0])
            self.ways[int(end[1])] -= 1
        for way in ways:
            if way is not None:
                self._remove(way)
        return True

    def _only(self, block: Block, number: int) -> Block | None:
        """The block of a number, if it stands below another and only that leads to it."""
        found = self.by_number.get(number)
        if found is None or self.ways[number] != 1 or not len(found.code):
            return None
        return found if self.order.index(found) > self.order.index(block) else None

    def _remove(self, block: Block) -> None:
        self.order.remove(block)
        del self.by_number[block.number]


def _renumbered(text: str, old: int, new: int) -> str:
    text = re.sub(rf"\b(_pc|_h) := {old};", rf"\g<1> := {new};", text)
    return text.replace(f"_2 := '{old}';", f"_2 := '{new}';")


def _jump(number: int, after: CodeLines) -> CodeLines:
    code = CodeLines()
    code.line, code.col = after.line, after.col
    code.add(f"_pc := {number};")
    return code
