"""Sample data, for a database without other campaigns."""

from __future__ import annotations

from pathlib import Path

from couponry_jobs import scripts
from couponry_jobs.connection import Database
from couponry_jobs.deployment.running import SCRIPT_TIMEOUT, alone
from couponry_jobs.errors import DeploymentError


def seed(
    database: Database, *, relative: bool = False, demo: bool = False, root: Path | None = None
) -> list[str]:
    """Load the sample; the script itself refuses a database that holds other campaigns."""
    base = root or scripts.scripts_root()
    names = ["reference", "sample"] + (["demo"] if demo else [])
    files = [base / "sql" / "seed" / f"{name}.sql" for name in names]
    for file in files:
        if not file.is_file():
            raise DeploymentError(f"{file.name} is not among the seed scripts")
    with database.session(timeout=SCRIPT_TIMEOUT) as session, alone(session):
        # The scripts read their one option from the session, so that they stay plain T-SQL.
        session.execute(
            "EXEC sys.sp_set_session_context @key = N'couponry.relative',"
            f" @value = {1 if relative else 0}"
        )
        for file in files:
            for batch in scripts.split_batches(file.read_text("utf-8-sig")):
                session.execute(batch)
    return [file.stem for file in files]
