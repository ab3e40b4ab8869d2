"""couponry coupon …: the group with all its commands, which register themselves."""

from couponry_cli import coupon_bulk, coupon_changes, coupon_files, coupon_parts
from couponry_cli.coupons import coupon

__all__ = ["coupon", "coupon_bulk", "coupon_changes", "coupon_files", "coupon_parts"]
