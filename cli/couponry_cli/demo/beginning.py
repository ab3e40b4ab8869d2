"""Chapter one: an empty database becomes a shop with a hundred thousand codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from couponry_cli.demo.stage import CAMPAIGN, Stage, midnight
from couponry_cli.progress import bar
from couponry_jobs import deployment, generation, procedures

CODES = 100_000


def deploy(stage: Stage) -> None:
    stage.title("Deployment")
    with bar("scripts") as advance:
        done = deployment.install(
            stage.database, progress=lambda _, number, total: advance(number, total)
        )
    again = deployment.install(stage.database)
    checks = procedures.verify_installation(stage.database)
    bad = [str(row["CheckName"]) for row in checks if not row["Passed"]]
    stage.say(
        f"{len(done.applied)} scripts applied in {done.seconds:.1f} s"
        f" (schema version {done.version}); a second installation changed"
        f" {len(again.applied)}; {len(checks) - len(bad)} of {len(checks)} checks passed"
    )
    stage.expect("scripts changed by a second installation", len(again.applied), 0)
    stage.expect("failed installation checks", bad, [])
    deployment.seed(stage.database, relative=True)
    campaigns = list(procedures.list_campaigns(stage.database))
    stage.say(f"sample loaded: {', '.join(str(row['CampaignId']) for row in campaigns)}")
    stage.expect("campaigns of the sample", len(campaigns), 5)


def generate(stage: Stage) -> str:
    stage.title(f"Generation of {CODES:,} codes")
    procedures.create_campaign(
        stage.database,
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
            stage.database, campaign_id=CAMPAIGN, amount=CODES, prefix="LW", requested_by="demo"
        ).row["RequestId"]
    )
    job = replace(stage.database.settings, request_id=request_id)
    with bar("codes") as advance:
        report = generation.run(
            stage.database,
            job,
            progress=lambda state: advance(state.generated, state.requested),
        )
    row = procedures.get_generation_request(stage.database, request_id=request_id).row
    stats = stage.stats()
    stage.say(
        f"request {request_id}: {row['Status']}, {row['GeneratedAmount']:,} of"
        f" {row['RequestedAmount']:,} codes, {row['CollisionCount']} collisions,"
        f" {CODES / report.seconds:,.0f} codes/s from the first claim to the last commit"
    )
    stage.expect("status of the request", row["Status"], "Completed")
    stage.expect("codes generated", row["GeneratedAmount"], CODES)
    stage.expect("codes in the campaign", stats["TotalCoupons"], CODES)
    return request_id


def codes_of(stage: Stage, request_id: str, number: int) -> list[str]:
    page = procedures.export_batch_codes(
        stage.database, request_id=request_id, page_size=number
    ).set(2)
    return [str(row["CouponCode"]) for row in page]
