"""The arguments of RAISERROR and FORMATMESSAGE."""

from __future__ import annotations

from .collation import as_text
from .errors import SqlError
from .precedence import message_name
from .typed import NULL_TYPE, Typed


def message_arguments(args: list[Typed], line: int, col: int) -> str:
    """PostgreSQL text: the arguments and of which kind each is, as tsql.format_message wants."""
    texts: list[str] = []
    kinds: list[str] = []
    for place, arg in enumerate(args, 1):
        if not (arg.type.is_string or arg.type.is_integer or arg.type == NULL_TYPE):
            raise SqlError(
                2748,
                f"Cannot specify {message_name(arg.type)} data type (parameter {place}) as a"
                " substitution parameter.",
                line=line,
                col=col,
            )
        texts.append(as_text(arg) if arg.type.is_string else f"({arg.sql})::text")
        kinds.append("'s'" if arg.type.is_string else "'i'")
    return f"ARRAY[{', '.join(texts)}]::text[], ARRAY[{', '.join(kinds)}]::text[]"
