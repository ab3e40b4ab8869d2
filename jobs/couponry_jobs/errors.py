"""Everything that can go wrong: one class per meaning, each with the exit code of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class CouponryError(Exception):
    """Base of every error that couponry raises on purpose."""

    exit_code: ClassVar[int] = 5
    name: ClassVar[str] = "ERROR"

    @property
    def code(self) -> str:
        """The name under which the error is printed and logged."""
        return self.name

    @property
    def message(self) -> str:
        return str(self)


class UsageError(CouponryError):
    """The caller asked for something that cannot be done this way."""

    exit_code = 2
    name = "USAGE"


class ConfigurationError(CouponryError):
    """A setting is missing or does not make sense."""

    exit_code = 3
    name = "CONFIGURATION"


class DeploymentError(CouponryError):
    """The scripts and the database cannot be brought together."""

    exit_code = 5
    name = "DEPLOYMENT"


class BusinessFailure(CouponryError):
    """A procedure answered Success = 0. The answer is committed; it is not a fault."""

    exit_code = 1

    def __init__(self, code: str, message: str, row: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self._code = code
        self.row: Mapping[str, object] = row or {}

    @property
    def code(self) -> str:
        return self._code


class DatabaseUnreachable(CouponryError):
    """No connection could be made, or the one in use was lost."""

    exit_code = 4
    name = "DATABASE_UNREACHABLE"

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        """Whether the call may have reached the server before the connection broke."""


class DatabaseTimeout(CouponryError):
    """The server did not answer within the command time-out; what it did is unknown."""

    exit_code = 4
    name = "DATABASE_TIMEOUT"


class DatabaseFault(CouponryError):
    """The server answered with an error number."""

    name = "DATABASE_FAULT"

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number

    @property
    def code(self) -> str:
        return f"SQL_{self.number}"


class AuthenticationFailed(DatabaseFault):
    """18456 and its kin: the identity is not known to the server."""

    exit_code = 3
    name = "AUTHENTICATION_FAILED"

    @property
    def code(self) -> str:
        return self.name


class PermissionDenied(DatabaseFault):
    """229: the role of this identity does not include the object."""

    exit_code = 3
    name = "PERMISSION_DENIED"

    @property
    def code(self) -> str:
        return self.name


class TransientFault(DatabaseFault):
    """A number that goes away by trying again; raised when trying again did not help."""

    exit_code = 4
    name = "TRANSIENT"


class QueueUnreachable(CouponryError):
    """The queue service does not answer, or has no such queue."""

    exit_code = 7
    name = "QUEUE_UNREACHABLE"


class QueueDenied(CouponryError):
    """The identity of this process may not use the queue."""

    exit_code = 3
    name = "QUEUE_DENIED"


class MessageLost(CouponryError):
    """A message was hidden for too long a work, and went to somebody else."""

    exit_code = 7
    name = "MESSAGE_LOST"


class ProcedureError(DatabaseFault):
    """THROW 50001 to 50999: a broken call or a broken invariant, never a business answer."""

    number_of: ClassVar[int] = 0

    def __init__(self, message: str, number: int | None = None) -> None:
        super().__init__(number or self.number_of, message)

    @property
    def code(self) -> str:
        return self.name if self.number_of else f"SQL_{self.number}"


class ArgumentRejected(ProcedureError):
    """50001 to 50010: the procedure refused an argument."""

    exit_code = 2


class ArgumentRequired(ArgumentRejected):
    number_of = 50001
    name = "ARG_REQUIRED"


class ArgumentOutOfRange(ArgumentRejected):
    number_of = 50002
    name = "ARG_OUT_OF_RANGE"


class ArgumentNotInList(ArgumentRejected):
    number_of = 50003
    name = "ARG_NOT_IN_LIST"


class ArgumentBadJson(ArgumentRejected):
    number_of = 50004
    name = "ARG_BAD_JSON"


class ArgumentBadCode(ArgumentRejected):
    number_of = 50005
    name = "ARG_BAD_CODE"


class ArgumentBadDates(ArgumentRejected):
    number_of = 50006
    name = "ARG_BAD_DATES"


class ArgumentBadDiscount(ArgumentRejected):
    number_of = 50007
    name = "ARG_BAD_DISCOUNT"


class ArgumentTooLong(ArgumentRejected):
    number_of = 50008
    name = "ARG_TOO_LONG"


class ArgumentConflict(ArgumentRejected):
    number_of = 50009
    name = "ARG_CONFLICT"


class ArgumentBadRule(ArgumentRejected):
    number_of = 50010
    name = "ARG_BAD_RULE"


class SettingMissing(ProcedureError):
    number_of = 50100
    name = "SETTING_MISSING"


class SchemaMismatch(ProcedureError):
    number_of = 50101
    name = "SCHEMA_MISMATCH"


class TransactionDoomed(ProcedureError):
    number_of = 50102
    name = "TRANSACTION_DOOMED"


class InvariantCounter(ProcedureError):
    number_of = 50200
    name = "INVARIANT_COUNTER"


class InvariantLedger(ProcedureError):
    number_of = 50201
    name = "INVARIANT_LEDGER"


class InvariantRowcount(ProcedureError):
    number_of = 50202
    name = "INVARIANT_ROWCOUNT"


class BenefitFailed(ProcedureError):
    number_of = 50203
    name = "BENEFIT_FAILED"


PROCEDURE_ERRORS: Mapping[int, type[ProcedureError]] = {
    kind.number_of: kind
    for kind in (
        ArgumentRequired,
        ArgumentOutOfRange,
        ArgumentNotInList,
        ArgumentBadJson,
        ArgumentBadCode,
        ArgumentBadDates,
        ArgumentBadDiscount,
        ArgumentTooLong,
        ArgumentConflict,
        ArgumentBadRule,
        SettingMissing,
        SchemaMismatch,
        TransactionDoomed,
        InvariantCounter,
        InvariantLedger,
        InvariantRowcount,
        BenefitFailed,
    )
}

# Rolled back by the server before it answered, so repeating is safe for every call.
ROLLED_BACK = frozenset({1205, 1222, 3960})
# Somebody else's row was first; a keyed call finds it there when it is repeated.
DUPLICATE = frozenset({2601, 2627})
# The server refused before it began; 17197 is a login that a busy server gave up, 1807 a database
# that another one kept from being made.
REFUSED = frozenset({1807, 4060, 17197, 40501, 40613, 49918, 49919, 49920, 10928, 10929})
# The server gave up half-way; whether the call took effect is unknown.
BROKEN_OFF = frozenset({40197})
# Somebody ended the session (KILL, ALTER DATABASE … WITH ROLLBACK IMMEDIATE): it is gone.
KILLED = 596

AUTHENTICATION = frozenset({18452, 18456, 18470, 18487, 18488, 40615, 40914})


def fault(number: int, message: str) -> DatabaseFault:
    """The error class that stands for a server's error number."""
    if number in PROCEDURE_ERRORS:
        return PROCEDURE_ERRORS[number](message)
    if 50001 <= number <= 50999:
        return ProcedureError(message, number)
    if number in AUTHENTICATION:
        return AuthenticationFailed(number, message)
    if number == 229:
        return PermissionDenied(number, message)
    if number in ROLLED_BACK | DUPLICATE | REFUSED | BROKEN_OFF:
        return TransientFault(number, message)
    return DatabaseFault(number, message)
