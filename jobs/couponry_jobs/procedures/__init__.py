"""The stored procedures, one typed function each, by area. Nothing else names a procedure."""

from couponry_jobs.procedures.calling import (
    NO_ORDER,
    NO_ROWS,
    NOBODY,
    Admin,
    Answer,
    Order,
    statement_of,
)
from couponry_jobs.procedures.campaigns import (
    create_campaign,
    get_campaign,
    list_campaigns,
    set_campaign_status,
)
from couponry_jobs.procedures.coupons import (
    assign_coupon,
    create_coupon,
    get_coupon_details,
    unassign_coupon,
)
from couponry_jobs.procedures.fraud import set_access_list_entry
from couponry_jobs.procedures.generation import (
    Batch,
    Claim,
    bulk_insert_coupons,
    cancel_generation_request,
    claim_generation_request,
    create_generation_request,
    export_batch_codes,
    get_generation_request,
    list_generation_requests,
    retry_generation_request,
    update_generation_request,
)
from couponry_jobs.procedures.maintenance import (
    expire_reservations,
    reconcile_counters,
)
from couponry_jobs.procedures.payments import (
    process_payment_event,
    reverse_redemption,
)
from couponry_jobs.procedures.redemption import (
    redeem_coupon,
    upsert_user_profile,
    validate_coupon,
)
from couponry_jobs.procedures.reservations import (
    confirm_reservation,
    get_reservation,
    release_reservation,
    reserve_coupon,
)
from couponry_jobs.procedures.settings import (
    get_settings,
    set_setting,
    verify_installation,
)

__all__ = [
    "NOBODY",
    "NO_ORDER",
    "NO_ROWS",
    "Admin",
    "Answer",
    "Batch",
    "Claim",
    "Order",
    "assign_coupon",
    "bulk_insert_coupons",
    "cancel_generation_request",
    "claim_generation_request",
    "confirm_reservation",
    "create_campaign",
    "create_coupon",
    "create_generation_request",
    "expire_reservations",
    "export_batch_codes",
    "get_campaign",
    "get_coupon_details",
    "get_generation_request",
    "get_reservation",
    "get_settings",
    "list_campaigns",
    "list_generation_requests",
    "process_payment_event",
    "reconcile_counters",
    "redeem_coupon",
    "release_reservation",
    "reserve_coupon",
    "retry_generation_request",
    "reverse_redemption",
    "set_access_list_entry",
    "set_campaign_status",
    "set_setting",
    "statement_of",
    "unassign_coupon",
    "update_generation_request",
    "upsert_user_profile",
    "validate_coupon",
    "verify_installation",
]
