"""What can go wrong at a vendor, each with what to do next."""

from sophia.kit.errors import Kind, SophiaError


class VendorError(SophiaError):
    """The vendor could not be asked: try again in a minute."""

    kind = Kind.UNAVAILABLE
    code = "vendor.failed"


class VendorTokenRefusedError(VendorError):
    """The vendor does not know the token: the operator puts a valid one in its place."""

    kind = Kind.UNAUTHENTICATED
    code = "vendor.token_refused"


class VendorForbiddenError(VendorError):
    """The token may not do that: the operator gives it the scope that is missing."""

    kind = Kind.FORBIDDEN
    code = "vendor.forbidden"


class VendorMissingError(VendorError):
    """The vendor has no such thing, or hides it from this token: check its name."""

    kind = Kind.MISSING
    code = "vendor.missing"


class VendorPaidError(VendorError):
    """The vendor keeps that for paid plans: do it in another way, or without it."""

    kind = Kind.FORBIDDEN
    code = "vendor.paid"


class VendorConflictError(VendorError):
    """It changed meanwhile: read it again, then repeat the change."""

    kind = Kind.CONFLICT
    code = "vendor.conflict"


class VendorRefusedError(VendorError):
    """The vendor refuses the request: mend what its message names."""

    kind = Kind.INVALID
    code = "vendor.refused"


class VendorLimitError(VendorError):
    """The vendor's rate limit is used up: wait as long as the message says."""

    kind = Kind.EXHAUSTED
    code = "vendor.limit"


class VendorAwayError(VendorError):
    """The vendor does not answer as it should: try again in a minute."""

    code = "vendor.away"


class VendorStrangeError(VendorError):
    """The vendor answered in an unknown form: tell the operator, and try another tool."""

    code = "vendor.strange"


class HandleError(VendorError):
    """That names nothing: write it as the tool's description says."""

    kind = Kind.INVALID
    code = "vendor.handle"


class FieldUnknownError(VendorError):
    """There is no such field: leave fields out, or name those that there are."""

    kind = Kind.INVALID
    code = "vendor.field_unknown"
