"""Who is asking, and what may they do. The session keeps the facts in settings of PostgreSQL."""

from __future__ import annotations

from ...types import INT, SYSNAME, nvarchar, varbinary
from ..typed import Typed
from .registry import Call, Family

SECURITY = Family()


@SECURITY.define("SUSER_SNAME SUSER_NAME", 0, 1)
def _suser_sname(call: Call) -> Typed:
    if not call.args:
        return call.result("tsql.setting('login')", nvarchar(128), nullable=True)
    if call.name == "SUSER_SNAME":
        return call.result(f"tsql.suser_sname({call.args[0].sql})", nvarchar(128), nullable=True)
    raise call.refuse("SUSER_NAME with an argument")


@SECURITY.define("SYSTEM_USER", 0)
def _system_user(call: Call) -> Typed:
    return call.result("tsql.setting('login')", SYSNAME, nullable=True)


@SECURITY.define("ORIGINAL_LOGIN", 0)
def _original_login(call: Call) -> Typed:
    sql = "coalesce(tsql.setting('original_login'), tsql.setting('login'))"
    return call.result(sql, SYSNAME, nullable=False)


@SECURITY.define("SUSER_SID", 0, 1)
def _suser_sid(call: Call) -> Typed:
    login = call.text(0) if call.args else "tsql.setting('login')"
    return call.result(f"tsql.suser_sid({login})", varbinary(85), nullable=True)


@SECURITY.define("CURRENT_USER SESSION_USER USER", 0)
def _current_user(call: Call) -> Typed:
    return call.result("tsql.user_name()", SYSNAME, nullable=True)


@SECURITY.define("USER_NAME", 0, 1)
def _user_name(call: Call) -> Typed:
    argument = call.integer(0) if call.args else ""
    return call.result(f"tsql.user_name({argument})", nvarchar(128), nullable=True)


@SECURITY.define("USER_ID DATABASE_PRINCIPAL_ID", 0, 1)
def _user_id(call: Call) -> Typed:
    argument = call.text(0) if call.args else "tsql.user_name()"
    return call.result(f"tsql.principal_id({argument})", INT, nullable=True)


@SECURITY.define("IS_ROLEMEMBER", 1, 2)
def _is_rolemember(call: Call) -> Typed:
    member = call.text(1) if len(call.args) > 1 else "tsql.user_name()"
    return call.result(f"tsql.is_rolemember({call.text(0)}, {member})", INT, nullable=True)


@SECURITY.define("IS_MEMBER", 1)
def _is_member(call: Call) -> Typed:
    sql = f"tsql.is_rolemember({call.text(0)}, tsql.user_name())"
    return call.result(sql, INT, nullable=True)


@SECURITY.define("IS_SRVROLEMEMBER", 1, 2)
def _is_srvrolemember(call: Call) -> Typed:
    login = call.text(1) if len(call.args) > 1 else "tsql.setting('login')"
    return call.result(f"tsql.is_srvrolemember({call.text(0)}, {login})", INT, nullable=True)


@SECURITY.define("HAS_PERMS_BY_NAME", 3, 5)
def _has_perms_by_name(call: Call) -> Typed:
    if len(call.args) > 3:
        raise call.refuse("HAS_PERMS_BY_NAME of a sub-securable")
    parts = ", ".join(call.text(index) for index in range(3))
    return call.result(f"tsql.has_perms_by_name({parts})", INT, nullable=True)


@SECURITY.define("HAS_DBACCESS", 1)
def _has_dbaccess(call: Call) -> Typed:
    return call.result(f"(tsql.db_id({call.text(0)}) IS NOT NULL)::int4", INT, nullable=True)


@SECURITY.define("APP_NAME HOST_NAME", 0)
def _client(call: Call) -> Typed:
    setting = "app" if call.name == "APP_NAME" else "host"
    return call.result(f"tsql.setting('{setting}')", nvarchar(128), nullable=True)


@SECURITY.define("HOST_ID", 0)
def _host_id(call: Call) -> Typed:
    return call.result("lpad(to_hex(pg_backend_pid()), 8, '0')", nvarchar(10), nullable=False)


SECURITY.refuse("PERMISSIONS PWDCOMPARE PWDENCRYPT LOGINPROPERTY CERTENCODED ENCRYPTBYKEY")
