"""What stands in the report: read from procedures and views, nothing is worked out here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from couponry_cli.output import shown
from couponry_cli.report import charts
from couponry_cli.report.parts import TOP, Part, bars, bars_of, lines, number, plain, table
from couponry_jobs import procedures, views
from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.views import Filter, where

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FUNNEL = ("Views", "Applies", "Successes", "BookingsCompleted", "SessionsAttended")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the report is about."""

    since: datetime
    until: datetime
    campaign: str | None = None
    coupon: str | None = None
    compare: tuple[str, ...] = ()

    @property
    def grain(self) -> str:
        days = (self.until - self.since).days
        return "day" if days <= 92 else "week" if days <= 731 else "month"


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    parts: tuple[Part, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    note: str = ""


def gather(database: Database, wanted: Wanted) -> list[Section]:
    """All sections, in their order."""
    reader = _Reader(database, wanted)
    return [
        reader.key_figures(),
        reader.timeline(),
        reader.revenue(),
        reader.funnel(),
        reader.origins(),
        reader.best(),
        reader.season(),
        reader.retention(),
        reader.trouble(),
        reader.operations(),
    ]


class _Reader:
    def __init__(self, database: Database, wanted: Wanted) -> None:
        self.database = database
        self.wanted = wanted
        period = {"since": wanted.since, "until": wanted.until}
        self.system = procedures.get_system_analytics(database, **period, grain=wanted.grain)
        self.marks: ResultSet = procedures.NO_ROWS
        self.own: list[Filter] = []
        if wanted.coupon is not None:
            answer = procedures.get_coupon_analytics(
                database, code=wanted.coupon, **period, grain=wanted.grain
            )
            self.periods, self.marks = answer.set(6), answer.set(8)
            self.own = [where("CouponId", "=", answer.row["CouponId"])]
        elif wanted.campaign is not None:
            answer = procedures.get_campaign_analytics(
                database, campaign_id=wanted.campaign, **period, grain=wanted.grain
            )
            self.periods, self.marks = answer.set(5), answer.set(7)
            self.own = [where("CampaignId", "=", wanted.campaign)]
        else:
            self.periods = self.system[1]

    def key_figures(self) -> Section:
        wanted = self.wanted
        dashboard = procedures.get_dashboard(self.database, since=wanted.since, until=wanted.until)
        fraud = procedures.get_fraud_dashboard(self.database)
        state, risk = next(iter(dashboard[0])), next(iter(fraud[0]))
        arrows = {"up": "↑ up", "down": "↓ down", "stable": "→ stable"}
        return Section(
            "key-figures",
            "Key figures",
            figures=(
                ("Active coupons", shown("", state["TotalActiveCoupons"])),
                ("Redemptions today", shown("", state["TotalRedemptionsToday"])),
                ("Revenue", shown("", state["TotalRevenueGenerated"])),
                ("Discounts", shown("", next(iter(self.system[0]))["DiscountTotal"])),
                ("Average conversion", f"{shown('', state['AverageConversionRate'])} %"),
                ("Trend", arrows.get(str(state["TrendingDirection"]), "-")),
                ("Open fraud events", shown("", risk["FlaggedCount"])),
                ("Overall risk", str(risk["OverallRiskLevel"])),
            ),
        )

    def timeline(self) -> Section:
        name = self.wanted.coupon or self.wanted.campaign or "all codes"
        overlaid = [(name, self.periods)]
        for code in self.wanted.compare:
            answer = procedures.get_coupon_analytics(
                self.database,
                code=code,
                since=self.wanted.since,
                until=self.wanted.until,
                grain=self.wanted.grain,
            )
            overlaid.append((code, answer.set(6)))
        parts = [
            lines(
                "Redemptions over time",
                [(one, rows, "Successes") for one, rows in overlaid],
                table(self.periods),
                self.marks,
            )
        ]
        if len(self.wanted.compare) > 1:
            compared = procedures.compare_coupons(
                self.database,
                codes=self.wanted.compare,
                since=self.wanted.since,
                until=self.wanted.until,
            )
            parts.append(plain("Codes compared", compared))
        if self.marks:
            parts.append(plain("Markers", self.marks, "OccurredAt", "Kind", "Label"))
        return Section("timeline", "Redemption timeline", tuple(parts))

    def revenue(self) -> Section:
        names = (
            ("Revenue", "RevenueTotal"),
            ("Discounts", "DiscountTotal"),
            ("Paid", "CashTotal"),
        )
        drawn = lines(
            "Revenue against discounts",
            [(name, self.periods, column) for name, column in names],
            table(self.periods, "PeriodStart", *(column for _, column in names)),
        )
        total = next(iter(self.system[0]))
        return Section(
            "revenue",
            "Revenue impact",
            (drawn, plain("By codes, and without, in this period", self.system[7])),
            figures=(("Net revenue, all codes", shown("", total["NetRevenue"])),),
        )

    def funnel(self) -> Section:
        found = next(
            iter(
                views.totals(
                    self.database,
                    "vw_ConversionFunnel",
                    by=(),
                    sums=FUNNEL,
                    filters=[*self._days("UsageDate"), *self.own],
                )
            )
        )
        steps = [(name, found[name]) for name in FUNNEL]
        if self.wanted.campaign is None:
            kept = sum(number(row["RetainedUsers"]) for row in self._cohorts())
            steps.append(("Retained", int(kept)))
        return Section("funnel", "Conversion funnel", (bars("From view to return", steps),))

    def origins(self) -> Section:
        _, _, _, countries, services, channels, tiers, _ = self.system
        consultants = views.select(
            self.database, "vw_ConsultantImpact", order=[("Successes", True)], limit=TOP
        )
        return Section(
            "origins",
            "Geography, services, channels, tiers, consultants",
            (
                bars_of("Countries", countries, "CountryCode"),
                bars_of("Services", services, "ServiceType"),
                bars_of("Channels", channels, "MarketingChannel"),
                bars_of("Tiers", tiers, "UserTier"),
                bars_of("Consultants, of all time", consultants, "ConsultantId"),
            ),
            note="All codes and campaigns.",
        )

    def best(self) -> Section:
        best = views.select(
            self.database, "vw_TopPerformers", order=[("RankByRevenue", False)], limit=TOP
        )
        codes = tuple(row["CouponCode"] for row in best)
        used = (
            views.select(
                self.database,
                "vw_CouponList",
                filters=[
                    where("CouponCode", "IN", *codes),
                    where("UsagePercent", "IS NOT NULL"),
                ],
                order=[("UsagePercent", True)],
                limit=TOP,
            )
            if codes
            else procedures.NO_ROWS
        )
        budgets = views.select(
            self.database,
            "vw_CampaignBudget",
            filters=[where("BudgetPercent", "IS NOT NULL"), *self._campaign()],
            order=[("BudgetPercent", True)],
            limit=TOP,
        )
        variants = views.select(
            self.database,
            "vw_VariantPerformance",
            filters=self._campaign(),
            order=[("Successes", True)],
            limit=TOP,
        )
        return Section(
            "best",
            "Top codes, campaigns, variants",
            (
                plain("Codes that brought most in the last 30 days", best),
                bars_of(
                    "Their use, percent of the limit",
                    used,
                    "CouponCode",
                    "UsagePercent",
                    full=100,
                    columns=("CouponCode", "UsageText", "UsagePercent", "DisplayStatus"),
                ),
                bars_of("Budgets used, percent", budgets, "CampaignId", "BudgetPercent", full=100),
                plain("Variants", variants),
            ),
        )

    def season(self) -> Section:
        hours = views.totals(
            self.database,
            "vw_TemporalPatterns",
            by=("Weekday", "HourUtc"),
            sums=("Attempts", "Successes"),
            filters=self.own,
        )
        months = views.totals(
            self.database,
            "vw_TemporalPatterns",
            by=("Month",),
            sums=("Attempts", "Successes"),
            filters=self.own,
        )
        fields = {
            (int(number(row["Weekday"])), int(number(row["HourUtc"])) + 1): number(row["Successes"])
            for row in hours
        }
        title = "Redemptions by weekday and hour (UTC)"
        named = [(MONTHS[int(number(row["Month"])) - 1], row["Successes"]) for row in months]
        return Section(
            "season",
            "Season",
            (
                Part(title, *table(hours), charts.heat(title, fields, WEEKDAYS, HOURS)),
                bars("Redemptions by month", named),
            ),
            note="Of all time.",
        )

    def retention(self) -> Section:
        found = self._cohorts()
        rows = [(str(row["CohortMonth"])[:7], row["RetainedUsers"]) for row in found]
        title = "Customers who came back, by the month of their first code"
        drawing = charts.bars(title, [(name, number(value)) for name, value in rows])
        return Section(
            "retention", "Retention", (Part(title, *table(found), drawing),), note="Of all time."
        )

    def trouble(self) -> Section:
        failures = views.totals(
            self.database,
            "vw_FailureReasons",
            by=("FailureReason", "FailedStep"),
            sums=("Failures",),
            filters=self.own,
        )
        fraud = views.totals(
            self.database,
            "vw_FraudSummary",
            by=("RiskFactor", "Severity"),
            sums=("Events", "Approved", "Rejected", "Pending"),
            filters=self._days("Day"),
        )
        oldest = views.select(
            self.database, "vw_FraudQueue", order=[("DetectedAt", False)], limit=1
        )
        since = next((shown("", row["DetectedAt"]) for row in oldest), "-")
        targets = self._targets()
        precision = [row["Measured"] for row in targets if "precision" in str(row["Target"])]
        return Section(
            "trouble",
            "Failures and fraud",
            (
                bars_of(
                    "Why codes were refused, of all time", failures, "FailureReason", "Failures"
                ),
                bars_of("What looked like abuse", fraud, "RiskFactor", "Events"),
            ),
            figures=(
                ("Users watched", str(views.count(self.database, "vw_Watchlist"))),
                ("Waiting for a review since", since),
                ("Precision, percent", shown("", precision[0]) if precision else "-"),
            ),
        )

    def operations(self) -> Section:
        drift = views.select(self.database, "vw_CounterDrift", limit=TOP)
        jobs = views.select(self.database, "vw_JobStatus", order=[("JobName", False)])
        outbox = views.select(self.database, "vw_OutboxBacklog", order=[("WebhookId", False)])
        return Section(
            "operations",
            "Operations",
            (
                plain("Targets", self._targets()),
                plain(
                    "Jobs",
                    jobs,
                    *("JobName", "LastStatus", "LastStartedAt", "LastSuccessAt", "IsLate"),
                ),
                plain("Counters that differ from the ledger", drift),
                plain(
                    "Events on their way",
                    outbox,
                    *("Name", "Channel", "Pending", "Dead", "OldestPendingSeconds"),
                ),
            ),
        )

    def _targets(self) -> ResultSet:
        return procedures.get_target_report(
            self.database, since=self.wanted.since, until=self.wanted.until
        )

    def _cohorts(self) -> ResultSet:
        filters = [one for one in self.own if one.column == "CouponId"]
        return views.totals(
            self.database,
            "vw_CohortRetention",
            by=("CohortMonth",),
            sums=("Users", "RetainedUsers"),
            filters=filters,
        )

    def _days(self, column: str) -> list[Filter]:
        return [
            where(column, ">=", self.wanted.since.date()),
            where(column, "<", self.wanted.until),
        ]

    def _campaign(self) -> list[Filter]:
        return [] if self.wanted.campaign is None else self.own
