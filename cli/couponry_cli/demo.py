"""The whole system at work on this machine: python -m couponry_cli.demo

Starts a development server, deploys, generates, redeems under concurrency and counts. Whatever it
prints was read back from the database; a count that is not what it must be ends it with status 1.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import FrameType
from typing import cast

from rich import box
from rich.console import Console
from rich.table import Table

from couponry_cli.output import shown
from couponry_cli.progress import bar
from couponry_jobs import deployment, generation, procedures, settings, views
from couponry_jobs.connection import Database, ResultSet, Row, Value
from couponry_jobs.errors import BusinessFailure, CouponryError
from couponry_jobs.procedures import Order
from couponry_jobs.views import where

DATABASE = "couponry_demo"
CAMPAIGN = "launch-week"
CODES = 100_000
CONNECTIONS = 100
CALLERS = 1_000
BUYERS, SLOTS = 50, 20
RIVALS = 200
ENGINE = (sys.executable, "-m", "couponry_cli", "engine")

Call = Callable[[], procedures.Answer]


@dataclass(frozen=True, slots=True)
class Race:
    """How many calls had which outcome, and how long all of them took."""

    outcomes: Counter[str]
    seconds: float


class Demo:
    """The steps, and what has been found to be as it must."""

    def __init__(self, console: Console, database: Database) -> None:
        self.console = console
        self.database = database
        self.checks: list[tuple[str, object, object]] = []

    def expect(self, what: str, found: object, wanted: object) -> None:
        self.checks.append((what, found, wanted))

    @property
    def failed(self) -> list[tuple[str, object, object]]:
        return [check for check in self.checks if check[1] != check[2]]

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False)

    def title(self, text: str) -> None:
        self.console.print(f"\n[bold]{text}[/bold]", highlight=False)

    def table(self, rows: Sequence[Row], columns: Sequence[str]) -> None:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            number = any(isinstance(row[column], int | Decimal) for row in rows)
            table.add_column(column, justify="right" if number else "left")
        for row in rows:
            table.add_row(*(shown(column, row[column]) for column in columns))
        self.console.print(table)

    def run(self) -> None:
        self.deploy()
        request_id = self.generate()
        self.warm_up()
        self.race_for_slots()
        codes = self.codes_of(request_id)
        self.redeem_distinct(codes[:CALLERS])
        self.race_for_one(codes[CALLERS])
        self.replay()
        self.count()

    def deploy(self) -> None:
        self.title("Deployment")
        with bar("scripts") as advance:
            done = deployment.install(
                self.database, progress=lambda _, number, total: advance(number, total)
            )
        again = deployment.install(self.database)
        checks = procedures.verify_installation(self.database)
        bad = [str(row["CheckName"]) for row in checks if not row["Passed"]]
        self.say(
            f"{len(done.applied)} scripts applied in {done.seconds:.1f} s"
            f" (schema version {done.version}); a second installation changed"
            f" {len(again.applied)}; {len(checks) - len(bad)} of {len(checks)} checks passed"
        )
        self.expect("scripts changed by a second installation", len(again.applied), 0)
        self.expect("failed installation checks", bad, [])
        deployment.seed(self.database, relative=True)
        campaigns = list(procedures.list_campaigns(self.database))
        self.say(f"sample loaded: {', '.join(str(row['CampaignId']) for row in campaigns)}")
        self.expect("campaigns of the sample", len(campaigns), 5)

    def generate(self) -> str:
        self.title(f"Generation of {CODES:,} codes")
        procedures.create_campaign(
            self.database,
            campaign_id=CAMPAIGN,
            name="Launch week",
            start=midnight(),
            end=midnight() + timedelta(days=7),
            percent=Decimal(15),
            per_user=5,
            # A thousand callers at once would queue for one counter row.
            stripes=16,
        )
        request_id = str(
            procedures.create_generation_request(
                self.database, campaign_id=CAMPAIGN, amount=CODES, prefix="LW", requested_by="demo"
            ).row["RequestId"]
        )
        job = replace(self.database.settings, request_id=request_id)
        with bar("codes") as advance:
            report = generation.run(
                self.database,
                job,
                progress=lambda state: advance(state.generated, state.requested),
            )
        row = procedures.get_generation_request(self.database, request_id=request_id).row
        stats = self.stats()
        self.say(
            f"request {request_id}: {row['Status']}, {row['GeneratedAmount']:,} of"
            f" {row['RequestedAmount']:,} codes, {row['CollisionCount']} collisions,"
            f" {CODES / report.seconds:,.0f} codes/s from the first claim to the last commit"
        )
        self.expect("status of the request", row["Status"], "Completed")
        self.expect("codes generated", row["GeneratedAmount"], CODES)
        self.expect("codes in the campaign", stats["TotalCoupons"], CODES)
        return request_id

    def warm_up(self) -> None:
        """Open every connection and redeem once over each: a running service's pool is warm."""
        started = time.monotonic()
        code = self.make_coupon("WARMUP", max_uses=None)
        gate = threading.Barrier(CONNECTIONS)

        def open_one(number: int) -> None:
            statement, values = procedures.statement_of(
                "sp_RedeemCoupon",
                {"CouponCode": code, "UserId": f"early-{number}"},
                {"OrderAmount": Decimal("100.00")},
            )
            with self.database.session() as session:
                # Nobody gives a connection back before everybody has one.
                gate.wait()
                session.execute(statement, values)

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(open_one, range(CONNECTIONS)))
        used = self.uses_of(code)
        self.say(
            f"\n{CONNECTIONS} connections opened, {used} first redemptions over them,"
            f" {time.monotonic() - started:.1f} s"
        )
        self.expect("first redemptions", used, CONNECTIONS)

    def race_for_slots(self) -> None:
        self.title(f"{BUYERS} buyers, {SLOTS} slots, all at once")
        code = self.make_coupon("FIRST20", max_uses=SLOTS)
        race = self.race(
            [
                self.redemption(code, f"buyer-{number}", order=f"slot-{number}")
                for number in range(BUYERS)
            ]
        )
        ledger = self.ledger(code)
        used = self.uses_of(code)
        self.say(
            f"{ledger['success']} redeemed, {ledger['MAX_USES_REACHED']} refused with"
            f" MAX_USES_REACHED, counter {used}, {race.seconds:.2f} s"
        )
        self.expect("answers to the buyers", race.outcomes, ledger)
        self.expect(
            "ledger of the race for slots",
            ledger,
            Counter({"success": SLOTS, "MAX_USES_REACHED": BUYERS - SLOTS}),
        )
        self.expect("counter after the race for slots", used, SLOTS)

    def redeem_distinct(self, codes: Sequence[str]) -> None:
        self.title(f"{len(codes):,} callers, each with a code, over {CONNECTIONS} connections")
        before = self.stats()["RedeemedCount"]
        race = self.race(
            [
                self.redemption(code, f"caller-{number}", order=f"order-{number}")
                for number, code in enumerate(codes)
            ]
        )
        redeemed = int(cast(int, self.stats()["RedeemedCount"])) - int(cast(int, before))
        self.say(
            f"{redeemed:,} codes redeemed in {race.seconds:.2f} s:"
            f" {redeemed / race.seconds:,.0f} redemptions/s"
        )
        self.expect("answers to the callers", race.outcomes, Counter(success=len(codes)))
        self.expect("codes redeemed", redeemed, len(codes))

    def race_for_one(self, code: str) -> None:
        self.title(f"{RIVALS} rivals, one single-use code")
        race = self.race(
            [
                self.redemption(code, f"rival-{number}", order=f"one-{number}")
                for number in range(RIVALS)
            ]
        )
        ledger = self.ledger(code)
        self.say(
            f"{ledger['success']} redeemed, {ledger['ALREADY_REDEEMED']} refused with"
            f" ALREADY_REDEEMED, {race.seconds:.2f} s"
        )
        self.expect("answers to the rivals", race.outcomes, ledger)
        self.expect(
            "ledger of the single-use code",
            ledger,
            Counter({"success": 1, "ALREADY_REDEEMED": RIVALS - 1}),
        )

    def replay(self) -> None:
        self.title("One call, made twice with the same key")
        code = self.make_coupon("TWICE", max_uses=None)
        call = self.redemption(code, "impatient", order="order-77", key="order-77")
        first, second = call().row, call().row
        rows = sum(self.ledger(code).values())
        self.say(
            f"first: redemption {first['RedemptionId']}, replay {shown('', first['IsReplay'])};"
            f" second: redemption {second['RedemptionId']},"
            f" replay {shown('', second['IsReplay'])}; {rows} row in the ledger"
        )
        self.expect("redemption of the replay", second["RedemptionId"], first["RedemptionId"])
        self.expect("replay told apart", (first["IsReplay"], second["IsReplay"]), (False, True))
        self.expect("ledger rows of the replayed call", rows, 1)

    def count(self) -> None:
        self.title("vw_ActiveCampaigns")
        active = list(
            views.select(self.database, "vw_ActiveCampaigns", order=[("CampaignId", False)])
        )
        self.table(
            active,
            [
                "CampaignId",
                "CurrentRedemptions",
                "MaxTotalRedemptions",
                "BudgetUsed",
                "BudgetAmount",
            ],
        )
        self.title("vw_RedemptionStats")
        stats = views.select(self.database, "vw_RedemptionStats", order=[("CampaignId", False)])
        self.table(
            list(stats),
            ["CampaignId", "TotalCoupons", "RedeemedCount", "AvailableCount", "ExpiredCount"],
        )
        self.title("Counters against the ledger")
        counted = Counter(
            str(row["CampaignId"])
            for row in views.select(
                self.database, "vw_RedemptionLedger", filters=[where("IsCounted", "=", True)]
            )
        )
        drift = views.select(self.database, "vw_CounterDrift")
        rows: list[Mapping[str, Value]] = [
            {
                "CampaignId": row["CampaignId"],
                "Counter": row["CurrentRedemptions"],
                "Ledger": counted[str(row["CampaignId"])],
                "Drift": int(cast(int, row["CurrentRedemptions"]))
                - counted[str(row["CampaignId"])],
            }
            for row in active
        ]
        self.table(rows, ["CampaignId", "Counter", "Ledger", "Drift"])
        self.say(f"vw_CounterDrift compares every counter: {len(drift)} differ")
        self.expect("campaign counters that drift", [row for row in rows if row["Drift"]], [])
        self.expect("counters that drift", len(drift), 0)

    def make_coupon(self, code: str, *, max_uses: int | None) -> str:
        answer = procedures.create_coupon(
            self.database,
            code=code,
            campaign_id=CAMPAIGN,
            name=f"Demo {code}",
            discount_type="percentage",
            value=Decimal(10),
            max_uses=max_uses,
        )
        return str(answer.row["CouponCode"])

    def redemption(self, code: str, user: str, *, order: str, key: str | None = None) -> Call:
        return lambda: procedures.redeem_coupon(
            self.database,
            code=code,
            user_id=user,
            order=Order(amount=Decimal("100.00"), order_id=order),
            key=key,
        )

    def race(self, calls: Sequence[Call]) -> Race:
        """Every call in a thread of its own, all released at the same moment."""
        gate = threading.Barrier(len(calls) + 1)
        outcomes: list[str] = [""] * len(calls)

        def run(number: int, call: Call) -> None:
            gate.wait()
            try:
                call()
                outcomes[number] = "success"
            except CouponryError as error:
                outcomes[number] = error.code

        threads = [
            threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        gate.wait()
        started = time.monotonic()
        for thread in threads:
            thread.join()
        return Race(Counter(outcomes), time.monotonic() - started)

    def ledger(self, code: str) -> Counter[str]:
        """The attempts with a code by what came of them."""
        rows = views.select(
            self.database, "vw_RedemptionLedger", filters=[where("CouponCode", "=", code)]
        )
        return Counter(
            str(row["Status"] if row["Success"] else row["FailureReason"]) for row in rows
        )

    def stats(self) -> Row:
        return only(
            views.select(
                self.database, "vw_RedemptionStats", filters=[where("CampaignId", "=", CAMPAIGN)]
            )
        )

    def uses_of(self, code: str) -> int:
        row = procedures.get_coupon_details(self.database, code=code).row
        return int(cast(int, row["UsedCount"]))

    def codes_of(self, request_id: str) -> list[str]:
        page = procedures.export_batch_codes(
            self.database, request_id=request_id, page_size=CALLERS + 1
        ).set(2)
        return [str(row["CouponCode"]) for row in page]

    def verdict(self) -> int:
        self.title("Verdict")
        for what, found, wanted in self.failed:
            self.console.print(f"[red]✗[/red] {what}: {found!r} instead of {wanted!r}")
        right = len(self.checks) - len(self.failed)
        self.say(f"{right} of {len(self.checks)} invariants hold")
        return 1 if self.failed else 0


def only(found: ResultSet) -> Row:
    return next(iter(found))


def midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


@contextmanager
def engine(console: Console) -> Iterator[dict[str, str]]:
    """A development server on a free port; yields the variables that point clients at it."""
    with tempfile.TemporaryDirectory(prefix="couponry-demo-") as folder:
        where_ = ("--data-dir", folder)
        started = time.monotonic()
        subprocess.run(
            [*ENGINE, "start", *where_, "--port", "0", "--quiet"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            text = subprocess.run(
                [*ENGINE, "url", *where_, "--client", "env", "--to", DATABASE],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            words = [word for word in shlex.split(text) if "=" in word]
            console.print(f"development server ready after {time.monotonic() - started:.1f} s")
            yield dict(word.split("=", 1) for word in words)
        finally:
            subprocess.run(
                [*ENGINE, "stop", *where_, "--quiet"], check=False, stdout=subprocess.DEVNULL
            )


def show_connection(demo: Demo, environ: Mapping[str, str]) -> None:
    demo.title("How to connect")
    demo.say(
        "The server of this demonstration stops now. One that stays, and the connection strings"
        " for\npyodbc, SQLAlchemy, sqlcmd and JDBC:\n"
        "  .venv/bin/couponry engine start\n"
        "  .venv/bin/couponry engine url --format table\n"
        f"This one answered as {environ['COUPONRY_SQL_USER']} at"
        f" {environ['COUPONRY_SQL_SERVER']}, database {DATABASE}."
    )


class Terminated(BaseException):
    """SIGTERM, as an exception, so that the server is stopped on the way out."""


asked_to_end = threading.Event()


def _terminate(number: int, _: FrameType | None) -> None:
    # The driver may put an error of its own in the place of one raised inside its calls.
    asked_to_end.set()
    raise Terminated


def main() -> int:
    signal.signal(signal.SIGTERM, _terminate)
    console = Console(width=None if sys.stdout.isatty() else 120)
    started = time.monotonic()
    try:
        with engine(console) as environ:
            found = replace(
                settings.read({**os.environ, **environ}),
                pool_size=CONNECTIONS,
                # A thousand callers wait for a hundred connections: the last of them for longest.
                pool_timeout=60,
            )
            deployment.create_database(found, DATABASE)
            with Database(found) as database:
                demo = Demo(console, database)
                demo.run()
                show_connection(demo, environ)
                code = demo.verdict()
    except BusinessFailure as failure:
        console.print(f"[red]error[/red]: {failure.code}: {failure.message}")
        return 1
    except Terminated:
        return 128 + signal.SIGTERM
    except CouponryError as error:
        if asked_to_end.is_set():
            return 128 + signal.SIGTERM
        console.print(f"[red]error[/red]: {error.code}: {error.message}")
        return error.exit_code
    except subprocess.CalledProcessError:
        return 1
    except KeyboardInterrupt:
        return 130
    console.print(f"{time.monotonic() - started:.0f} s in all; the server is stopped")
    return code


if __name__ == "__main__":
    sys.exit(main())
