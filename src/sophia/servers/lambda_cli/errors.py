"""What can go wrong at Lambda beside what goes wrong at every vendor."""

from sophia.kit.errors import Kind
from sophia.servers.vendor.errors import VendorError


class CapacityLackingError(VendorError):
    """Lambda has no such machine free now: another type or region may, see find_cheapest."""

    kind = Kind.UNAVAILABLE
    code = "vendor.capacity_lacking"


class QuotaUsedError(VendorError):
    """Lambda's quota for this account is used up: terminate something, or ask Lambda for more."""

    kind = Kind.EXHAUSTED
    code = "vendor.quota_used"


class NotConfirmedError(VendorError):
    """Nothing was done: type the name of what is meant once more, as confirm_name."""

    kind = Kind.INVALID
    code = "vendor.not_confirmed"


class OverCapError(VendorError):
    """That costs more than the operator allows: take less, or have the cap raised."""

    kind = Kind.FORBIDDEN
    code = "vendor.over_cap"


class MachineBrokenError(VendorError):
    """The machine did not come up: look at it, and terminate it if it is of no use."""

    kind = Kind.UNAVAILABLE
    code = "vendor.machine_broken"
