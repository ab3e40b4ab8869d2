"""Type names: synonyms, lengths, default lengths."""

from __future__ import annotations

from dataclasses import dataclass

from ...types import MAX, SqlType
from .. import tree
from .cursor import Cursor

_PLAIN = {
    "BIT": "bit",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INT": "int",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "MONEY": "money",
    "SMALLMONEY": "smallmoney",
    "REAL": "real",
    "TEXT": "text",
    "NTEXT": "ntext",
    "IMAGE": "image",
    "ROWVERSION": "rowversion",
    "TIMESTAMP": "rowversion",
    "UNIQUEIDENTIFIER": "uniqueidentifier",
    "DATE": "date",
    "DATETIME": "datetime",
    "SMALLDATETIME": "smalldatetime",
}
_SIZED = {
    "CHAR": "char",
    "CHARACTER": "char",
    "VARCHAR": "varchar",
    "NCHAR": "nchar",
    "NVARCHAR": "nvarchar",
    "BINARY": "binary",
    "VARBINARY": "varbinary",
}
_VARYING = {"char": "varchar", "nchar": "nvarchar", "binary": "varbinary"}
_SCALED = {"TIME": "time", "DATETIME2": "datetime2", "DATETIMEOFFSET": "datetimeoffset"}
_EXACT = ("DECIMAL", "DEC", "NUMERIC")
_REFUSED = (
    "XML",
    "SQL_VARIANT",
    "HIERARCHYID",
    "GEOGRAPHY",
    "GEOMETRY",
    "JSON",
    "VECTOR",
    "CURSOR",
)


@dataclass(frozen=True, slots=True)
class TypeUse:
    """A type as written: a built-in one, or the name of a user-defined one."""

    type: SqlType | None
    name: tree.Name | None


class TypeNames(Cursor):
    def built_in_type(self, unsized: int) -> SqlType:
        """A built-in type; ``unsized`` is the length of varchar and its kin without a length."""
        start = self.token
        use = self.type_use(unsized)
        if use.type is None:
            raise self.numbered(243, f"Type {start.value} is not a defined system type.", start)
        return use.type

    def type_use(self, unsized: int) -> TypeUse:
        """A built-in type or the name of another one."""
        token = self.token
        if token.kind not in ("word", "quoted"):
            raise self.problem()
        if self.peek().key == "." and token.value.lower() != "sys":
            return TypeUse(None, self.name(2))
        if self.peek().key == ".":
            self.advance()
            self.advance()
            token = self.token
        # Type names may be quoted: [nvarchar](20) is what scripting tools write.
        word = token.value.upper()
        found = self._known(word, unsized)
        if found is not None:
            return TypeUse(found, None)
        if word in _REFUSED:
            raise self.refusal(f"the type {token.value.lower()}", token)
        return TypeUse(None, self.name(2))

    def _known(self, word: str, unsized: int) -> SqlType | None:
        if word in _PLAIN:
            self.advance()
            return SqlType(_PLAIN[word])
        if word in _SIZED or word == "NATIONAL":
            return self._sized(word, unsized)
        if word in _SCALED:
            self.advance()
            return SqlType(_SCALED[word], scale=self._argument(7, 0, 7))
        if word in _EXACT:
            self.advance()
            return self._exact()
        if word == "SYSNAME":
            self.advance()
            return SqlType("nvarchar", 128)
        if word == "FLOAT":
            self.advance()
            return SqlType("real" if self._argument(53, 1, 53) <= 24 else "float")
        if word == "DOUBLE":
            self.advance()
            self.expect("PRECISION")
            return SqlType("float")
        return None

    def _sized(self, word: str, unsized: int) -> SqlType:
        self.advance()
        if word == "NATIONAL":
            if self.accept("TEXT"):
                return SqlType("ntext")
            self.expect("CHAR", "CHARACTER")
            word = "NCHAR"
        name = _SIZED[word]
        if self.token.key == "VARYING" and name in _VARYING:
            self.advance()
            name = _VARYING[name]
        start = self.token
        if not self.accept("("):
            return SqlType(name, unsized)
        if self.token.value.upper() == "MAX" and self.token.kind in ("word", "quoted"):
            if not name.startswith(("var", "nvar")):
                raise self.problem()
            self.advance()
            length = MAX
        else:
            length = self._count()
            most = 4000 if name.startswith("n") else 8000
            if length > most:
                raise self.numbered(
                    131 if length > 8000 else 2717,
                    f"The size ({length}) given to the type '{name}' exceeds the maximum allowed "
                    f"for any data type (8000)."
                    if length > 8000
                    else f"The size ({length}) given to the type '{name}' exceeds the maximum "
                    f"allowed ({most}).",
                    start,
                )
        self.expect(")")
        return SqlType(name, length)

    def _exact(self) -> SqlType:
        start = self.token
        precision, scale = 18, 0
        if self.accept("("):
            precision = self._count()
            if self.accept(","):
                if self.token.kind != "int":
                    raise self.problem()
                scale = int(self.advance().value)
            self.expect(")")
        if precision > 38:
            raise self.numbered(
                2750,
                f"Column or parameter #1: Specified column precision {precision} is greater than "
                "the maximum precision of 38.",
                start,
            )
        if scale > precision:
            raise self.numbered(
                192, "The scale must be less than or equal to the precision.", start
            )
        return SqlType("decimal", precision=precision, scale=scale)

    def _argument(self, default: int, least: int, most: int) -> int:
        """An optional ``(n)``."""
        start = self.token
        if not self.accept("("):
            return default
        if self.token.kind != "int":
            raise self.problem()
        number = int(self.advance().value)
        if not least <= number <= most:
            raise self.numbered(
                1002 if least == 0 else 1001,
                f"Line {start.line}: Specified scale {number} is invalid."
                if least == 0
                else f"Line {start.line}: Length or precision specification {number} is invalid.",
                start,
            )
        self.expect(")")
        return number

    def _count(self) -> int:
        token = self.token
        if token.kind != "int":
            raise self.problem()
        self.advance()
        if int(token.value) == 0:
            raise self.numbered(
                1001, f"Line {token.line}: Length or precision specification 0 is invalid.", token
            )
        return int(token.value)
