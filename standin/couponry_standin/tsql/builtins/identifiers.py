"""NEWID, random bytes and digests."""

from __future__ import annotations

from ...types import MAX, UNIQUEIDENTIFIER, SqlType, varbinary
from ..conversion import convert
from ..typed import Typed
from .registry import Call, Family

IDENTIFIERS = Family()


@IDENTIFIERS.define("NEWID NEWSEQUENTIALID", 0)
def _newid(call: Call) -> Typed:
    return call.result("gen_random_uuid()", UNIQUEIDENTIFIER, nullable=False)


@IDENTIFIERS.define("CRYPT_GEN_RANDOM", 1, 2)
def _crypt_gen_random(call: Call) -> Typed:
    return call.result(f"tsql.crypt_gen_random({call.integer(0)})", varbinary(8000), nullable=True)


@IDENTIFIERS.define("HASHBYTES", 2)
def _hashbytes(call: Call) -> Typed:
    value = call.args[1]
    if value.type.is_string or value.type.is_binary:
        data = convert(value, SqlType("varbinary", MAX), line=call.line, col=call.col).sql
    else:
        raise call.invalid_argument(1)
    algorithm = call.args[0].constant
    name = algorithm.upper() if isinstance(algorithm, str) else ""
    if name == "SHA2_256":
        return call.result(f"sha256({data})", varbinary(8000))
    if name == "SHA2_512":
        return call.result(f"sha512({data})", varbinary(8000))
    return call.result(f"tsql.hashbytes({call.text(0)}, {data})", varbinary(8000), nullable=True)


IDENTIFIERS.refuse("CHECKSUM BINARY_CHECKSUM COMPRESS DECOMPRESS")
