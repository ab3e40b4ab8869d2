"""What a campaign shows of what belongs to it."""

from __future__ import annotations

from tests.spec.office import Office


def attached(office: Office, campaign: str) -> dict[str, tuple[str, int]]:
    rows = office.call("sp_GetCampaign", campaign_id=campaign).sets[1]
    return {row["CouponCode"]: (row["Role"], row["Priority"]) for row in rows}


def targets(office: Office, campaign: str) -> dict[str, bool]:
    rows = office.call("sp_GetCampaign", campaign_id=campaign).sets[2]
    return {row["TargetValue"]: row["IsExcluded"] for row in rows}
