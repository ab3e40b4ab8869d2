"""The README's commands are run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import examples

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

MARKED = re.compile(r"<!-- test: (\w+) -->\s*```\w+\n(.*?)```", re.DOTALL)
BLOCKS = {name: re.sub(r"(?m)^ +(?=\S)", "", body) if name != "python" else body
          for name, body in MARKED.findall(README)}  # fmt: skip
RELEASE = dict(MARKED.findall(OPERATIONS))["release"]


def run(
    script: str, environment: dict[str, str], folder: Path = ROOT, seconds: int = 1200
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-e", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A shell that finds this interpreter's commands and an engine directory of its own."""
    found = {name: value for name, value in os.environ.items() if "COUPONRY" not in name}
    found["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{found['PATH']}"
    found["COUPONRY_ENGINE_DIR"] = str(tmp_path / "engine")
    try:
        yield found
    finally:
        # Stops nothing when the block has stopped its engine, and leaves none when it failed.
        subprocess.run(
            [sys.executable, "-m", "couponry_cli", "engine", "stop", "--quiet"],
            env=found,
            stdout=subprocess.DEVNULL,
            check=False,
        )


def test_every_block_of_commands_is_marked_for_a_test() -> None:
    assert len(re.findall(r"```sh\n", README)) + 1 == len(BLOCKS)
    assert set(BLOCKS) == {"clone", "python", "shell", "production"}


def test_the_first_command_gives_a_tree_that_has_the_second() -> None:
    first, second = BLOCKS["clone"].strip().splitlines()

    assert first.startswith("git clone ")
    assert second == "make demo"


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_make_demo_shows_that_every_invariant_holds(environment: dict[str, str]) -> None:
    done = run(BLOCKS["clone"].strip().splitlines()[1], environment)

    assert done.returncode == 0, done.stdout + done.stderr
    verdict = re.search(r"(\d+) of (\d+) invariants hold", done.stdout)
    assert verdict is not None
    assert verdict[1] == verdict[2]
    assert "20 redeemed, 30 refused with MAX_USES_REACHED" in done.stdout
    assert "1 redeemed, 199 refused with ALREADY_REDEEMED" in done.stdout
    assert "20 deliveries, one effect" in done.stdout
    assert "0 drifted, 0 corrected" in done.stdout
    assert "vw_CounterDrift compares every counter: 0 differ" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_shell_commands_the_examples_of_each_language_and_the_steps_of_a_release_work(
    environment: dict[str, str], tmp_path: Path
) -> None:
    lines = [
        # The interpreter of the tests stands in for the environment that make has made.
        line.replace("codes.csv", str(tmp_path / "codes.csv"))
        for line in BLOCKS["shell"].strip().splitlines()
        if not line.startswith(". .venv")
    ]
    example = tmp_path / "example.py"
    example.write_text(BLOCKS["python"], "utf-8")
    others = [*examples.commands(README, tmp_path)]
    last = lines.pop()
    lines += [
        'SHOP_ODBC="$(couponry engine url --client pyodbc --to shop)"',
        "export SHOP_ODBC",
        f"{sys.executable} {example}",
        *others,
        *RELEASE.strip().splitlines(),
        last,
    ]

    done = run("\n".join(lines), environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"finalAmount": "14.25"' in done.stdout
    assert "pay 14.25, saved 4.75" in done.stdout
    assert done.stdout.count("the example pays 14.25") == len(others)
    assert done.stderr.count("nothing to do") == 1
    assert len((tmp_path / "codes.csv").read_text().splitlines()) == 1001


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_commands_of_a_production_set_up_work(environment: dict[str, str]) -> None:
    commands = [
        line
        for line in BLOCKS["production"].strip().splitlines()
        # The server of the example is not ours: the development server takes its place.
        if not line.startswith("export ")
    ]
    script = "\n".join(
        [
            "couponry engine start --port 0 >/dev/null",
            'eval "$(couponry engine url --client env --to shop)"',
            "couponry db install --create --quiet >/dev/null",
            *commands,
            "couponry engine stop",
        ]
    )

    done = run(script, environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "CREATE USER [checkout-api] FROM EXTERNAL PROVIDER;" in done.stdout


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make (\w+)`", README + CONTRIBUTING))))
def test_every_target_that_is_named_exists(target: str) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")

    done = run(f"make --dry-run {target}", dict(os.environ))

    assert done.returncode == 0, done.stderr


def test_the_examples_of_other_languages_use_parameters_that_exist() -> None:
    text = (ROOT / "procedures" / "service" / "sp_RedeemCoupon.sql").read_text("utf-8")
    header = text[text.index("CREATE OR ALTER") : text.index("\nAS\n")]
    known = set(re.findall(r"@(\w+)", header))

    for language in ("csharp", "java", "javascript", "go"):
        (example,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
        used = set(re.findall(r"@(\w+)", example)) | set(
            re.findall(r"(?:\.input\('|\.Named\(\")(\w+)['\"]", example)
        )

        assert used
        assert used <= known


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_inside_the_project_leads_somewhere(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")

    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / target).exists(), target
