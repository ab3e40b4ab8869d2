"""The driver that came as a wheel is found and loaded wherever the wheel lies."""

from __future__ import annotations

from pathlib import Path

import pyodbc
import pytest

from couponry_jobs import driver
from couponry_jobs.connection import connection_string
from couponry_jobs.settings import Settings


@pytest.mark.parametrize("folder", ["a b", "Prüfung", "łąka 券"])
def test_the_path_of_the_driver_may_have_any_letters(
    server: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    library = driver.packaged()
    assert library is not None
    # The driver looks for its texts beside the folder of its library.
    (tmp_path / folder).symlink_to(library.parent.parent, target_is_directory=True)
    elsewhere = tmp_path / folder / library.parent.name / library.name
    monkeypatch.setattr(driver, "packaged", lambda: elsewhere)

    found = driver.find_driver("a name that nobody has registered")

    connection = pyodbc.connect(connection_string(server, found), autocommit=True)
    try:
        assert connection.execute("SELECT 1").fetchval() == 1
    finally:
        connection.close()


def test_a_path_that_somebody_names_is_passed_on() -> None:
    assert driver.find_driver("/opt/driver.so") == "/opt/driver.so"
