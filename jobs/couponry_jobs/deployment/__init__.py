"""Bringing a database to the state of the scripts, and telling how far it is from it."""

from couponry_jobs.deployment.migrations import BASE, Migration, read_migrations
from couponry_jobs.deployment.partitions import (
    Partitioning,
    Range,
    partition,
    preview_partitions,
    read_boundaries,
)
from couponry_jobs.deployment.planning import (
    Action,
    State,
    Status,
    Step,
    plan_installation,
    plan_rollback,
    plan_upgrade,
)
from couponry_jobs.deployment.running import (
    Installation,
    install,
    preview,
    rollback,
    status,
    upgrade,
)
from couponry_jobs.deployment.samples import seed
from couponry_jobs.deployment.servers import (
    ROLES,
    create_database,
    create_users,
    drop_database,
    quote_name,
    user_statements,
)

__all__ = [
    "BASE",
    "ROLES",
    "Action",
    "Installation",
    "Migration",
    "Partitioning",
    "Range",
    "State",
    "Status",
    "Step",
    "create_database",
    "create_users",
    "drop_database",
    "install",
    "partition",
    "plan_installation",
    "plan_rollback",
    "plan_upgrade",
    "preview",
    "preview_partitions",
    "quote_name",
    "read_boundaries",
    "read_migrations",
    "rollback",
    "seed",
    "status",
    "upgrade",
    "user_statements",
]
