"""Roles, users, logins and who is a member of what.

The catalogue that a definition is compiled against knows objects only, so the steps themselves
look for principals and raise SQL Server's errors.
"""

from __future__ import annotations

from uuid import UUID

from .. import tree
from ..errors import NotSupported
from .plan import DdlPlan, LoginAction
from .problems import problem

_FIXED = (
    "public",
    "dbo",
    "guest",
    "information_schema",
    "sys",
    "db_owner",
    "db_accessadmin",
    "db_securityadmin",
    "db_ddladmin",
    "db_backupoperator",
    "db_datareader",
    "db_datawriter",
    "db_denydatareader",
    "db_denydatawriter",
)
_PRINCIPAL = "FROM tsql.principals WHERE lower(name) = lower({})"
_LOGIN_OPTIONS = (
    "PASSWORD",
    "OLD_PASSWORD",
    "DEFAULT_DATABASE",
    "NAME",
    "CHECK_POLICY",
    "CHECK_EXPIRATION",
    "DEFAULT_LANGUAGE",
    "UNLOCK",
)


def create_principal(node: tree.CreatePrincipal) -> DdlPlan:
    if node.kind == "LOGIN":
        return _create_login(node)
    plan = DdlPlan()
    _require_absent(node.name, plan)
    if node.kind == "ROLE":
        owner = node.owner or "dbo"
        if node.owner is not None:
            _require(node.owner, "find the principal", plan)
        plan.add(
            "INSERT INTO tsql.principals (name, type, owner) VALUES ($1, 'R', $2)",
            node.name,
            owner,
        )
        return plan
    object_id = _object_id(node)
    login = None if node.external else node.login
    if login is None and not node.external:
        login = node.name  # CREATE USER without a source is for the login of that name
    if login:
        plan.required_login = login
        plan.add(
            "SELECT tsql.raise(15063, $1) FROM tsql.principals WHERE lower(login) = lower($2)",
            "The login already has an account under a different user name.",
            login,
        )
    if object_id is not None:
        plan.add(
            "SELECT tsql.raise(15063, $1) FROM tsql.principals WHERE external_id = $2::uuid",
            "The login already has an account under a different user name.",
            object_id,
        )
    plan.add(
        "INSERT INTO tsql.principals (name, type, login, external_id)"
        " VALUES ($1, $2, $3, $4::uuid)",
        node.name,
        "E" if node.external else "S",
        login or None,
        object_id,
    )
    return plan


def _object_id(node: tree.CreatePrincipal) -> str | None:
    """The object id that an external user is created with; other options have to be the usual."""
    if node.password is not None:
        raise NotSupported("users with passwords (contained databases)", node.line, node.col)
    found = None
    for name, value in node.options:
        if name == "OBJECT_ID" and node.external:
            try:
                found = str(UUID(value))
            except ValueError:
                raise problem(102, f"Incorrect syntax near '{value}'.", node, severity=15) from None
        elif not (name == "DEFAULT_SCHEMA" and value.lower() == "dbo"):
            raise NotSupported(f"CREATE USER … WITH {name} = {value}", node.line, node.col)
    return found


def _require_absent(name: str, plan: DdlPlan) -> None:
    plan.add(
        f"SELECT tsql.raise(15023, $1) {_PRINCIPAL.format('$2')}",
        f"User, group, or role '{name}' already exists in the current database.",
        name,
    )


def _require(name: str, action: str, plan: DdlPlan, *, type_: str = "") -> None:
    """15151 when there is no such principal; ``action`` reads like "drop the role"."""
    condition = {"R": " AND type = 'R'", "U": " AND type <> 'R'"}.get(type_, "")
    plan.add(
        f"SELECT tsql.raise(15151, $1) WHERE NOT EXISTS (SELECT {_PRINCIPAL.format('$2')}"
        f"{condition})",
        f"Cannot {action} '{name}', because it does not exist or you do not have permission.",
        name,
    )


# ---------------------------------------------------------------- logins


def _create_login(node: tree.CreatePrincipal) -> DdlPlan:
    if node.external:
        raise NotSupported("CREATE LOGIN … FROM EXTERNAL PROVIDER", node.line, node.col)
    options = _login_options(node.options, node)
    action = LoginAction(
        "CREATE",
        node.name,
        password=node.password,
        default_database=options.get("DEFAULT_DATABASE"),
    )
    return DdlPlan(login_action=action)


def _login_options(options: list[tuple[str, str]], node: tree.Node) -> dict[str, str]:
    for name, _ in options:
        if name not in _LOGIN_OPTIONS:
            raise NotSupported(f"the login option {name}", node.line, node.col)
    return dict(options)


# ---------------------------------------------------------------- ALTER


def alter_principal(node: tree.AlterPrincipal) -> DdlPlan:
    if node.kind == "LOGIN":
        return _alter_login(node)
    plan = DdlPlan()
    if node.kind == "ROLE" and node.member is not None:
        _change_member(node, node.member, plan)
        return plan
    noun = node.kind.lower()
    _require(node.name, f"alter the {noun}", plan, type_="R" if node.kind == "ROLE" else "U")
    for option, value in node.options:
        if option == "NAME":
            _require_absent(value, plan)
            plan.add(
                "UPDATE tsql.principals SET name = $2 WHERE lower(name) = lower($1)",
                node.name,
                value,
            )
        elif option == "LOGIN" and node.kind == "USER":
            plan.required_login = value
            plan.add(
                "UPDATE tsql.principals SET login = $2 WHERE lower(name) = lower($1)",
                node.name,
                value,
            )
        elif not (option == "DEFAULT_SCHEMA" and value.lower() == "dbo"):
            raise NotSupported(f"ALTER {node.kind} … WITH {option}", node.line, node.col)
    return plan


def _change_member(node: tree.AlterPrincipal, member: str, plan: DdlPlan) -> None:
    _require(node.name, "alter the role", plan, type_="R")
    verb = node.action.split()[0]
    if member.lower() in ("dbo", "public", "sys", "information_schema", "guest"):
        raise problem(15405, f"Cannot use the special principal '{member}'.", node)
    if member.lower() == node.name.lower():
        raise problem(15413, "Cannot make a role a member of itself.", node, severity=11)
    _require(member, f"{verb.lower()} the principal", plan)
    pair = (
        f" (SELECT principal_id {_PRINCIPAL.format('$1')}),"
        f" (SELECT principal_id {_PRINCIPAL.format('$2')})"
    )
    if verb == "ADD":
        plan.add(
            "SELECT tsql.raise(15413, $3, 11) WHERE EXISTS ("
            "WITH RECURSIVE above(id) AS ("
            f"SELECT principal_id {_PRINCIPAL.format('$1')}"
            " UNION SELECT m.role_id FROM above JOIN tsql.role_members AS m ON m.member_id = id)"
            f" SELECT FROM above WHERE id = (SELECT principal_id {_PRINCIPAL.format('$2')}))",
            node.name,
            member,
            "Cannot make a role a member of itself.",
        )
        plan.add(
            f"INSERT INTO tsql.role_members (role_id, member_id) SELECT{pair}"
            " ON CONFLICT DO NOTHING",
            node.name,
            member,
        )
    else:
        plan.add(
            f"DELETE FROM tsql.role_members WHERE (role_id, member_id) = (SELECT{pair})",
            node.name,
            member,
        )


def _alter_login(node: tree.AlterPrincipal) -> DdlPlan:
    if node.action in ("ENABLE", "DISABLE"):
        action = LoginAction("ALTER", node.name, disabled=node.action == "DISABLE")
        return DdlPlan(login_action=action)
    options = _login_options(node.options, node)
    action = LoginAction(
        "ALTER",
        node.name,
        password=options.get("PASSWORD"),
        old_password=options.get("OLD_PASSWORD"),
        default_database=options.get("DEFAULT_DATABASE"),
        new_name=options.get("NAME"),
    )
    return DdlPlan(login_action=action)


# ---------------------------------------------------------------- DROP


def drop_principals(node: tree.Drop) -> DdlPlan:
    [name] = [each.last for each in node.names][:1]
    if len(node.names) > 1:
        raise problem(102, "Incorrect syntax near ','.", node.names[1], severity=15)
    if node.kind == "LOGIN":
        return DdlPlan(login_action=LoginAction("DROP", name, if_exists=node.if_exists))
    noun = node.kind.lower()
    if name.lower() in _FIXED:
        raise problem(15150, f"Cannot drop the {noun} '{name}'.", node)
    plan = DdlPlan()
    kind = "R" if node.kind == "ROLE" else "U"
    if not node.if_exists:
        _require(name, f"drop the {noun}", plan, type_=kind)
    if node.kind == "ROLE":
        plan.add(
            "SELECT tsql.raise(15144, $1) WHERE EXISTS (SELECT FROM tsql.role_members WHERE role_id"
            f" = (SELECT principal_id {_PRINCIPAL.format('$2')}))",
            "The role has members. It must be empty before it can be dropped.",
            name,
        )
    plan.add(
        "SELECT tsql.raise(15138, $1) FROM tsql.schemas WHERE lower(owner) = lower($2)",
        "The database principal owns a schema in the database, and cannot be dropped.",
        name,
    )
    condition = "type = 'R'" if kind == "R" else "type <> 'R'"
    plan.add(f"DELETE {_PRINCIPAL.format('$1')} AND {condition}", name)
    return plan
