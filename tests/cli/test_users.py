"""couponry user export and erase, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Cli
from tests.spec.office import fresh


def test_a_user_is_told_what_is_known_and_then_forgotten(cli: Cli, tmp_path: Path) -> None:
    user, file = fresh("ann"), tmp_path / "ann.json"
    cli.ok("user", "profile", user, "--email", f"{user}@example.com")

    cli.ok("user", "export", user, "--output", str(file))
    assert json.loads(file.read_text("utf-8"))["UserProfiles"][0]["UserId"] == user
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(cli.ok("user", "export", user))["AuditLog"]

    counted = cli.data("user", "erase", user, "--ticket", "T-1", "--dry-run")
    assert counted["rowsChanged"] > 1
    assert cli.run("user", "erase", user, "--ticket", "T-1").exit_code == 2
    done = cli.data("user", "erase", user, "--ticket", "T-1", "--yes")
    assert done["pseudonymId"].startswith("erased-")

    again = cli.run("user", "erase", user, "--ticket", "T-1", "--yes")
    assert (again.exit_code, "USER_NOT_FOUND" in again.output) == (1, True)
    assert cli.run("user", "export", user).exit_code == 1
