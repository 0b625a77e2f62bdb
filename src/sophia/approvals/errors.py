"""What can go wrong with an approval."""

from sophia.kit.errors import Kind, SophiaError


class ApprovalMissingError(SophiaError):
    """There is no such approval: GET /api/v1/approvals lists those that wait for your answer."""

    kind = Kind.MISSING
    code = "approvals.missing"


class ApprovalAnsweredError(SophiaError):
    """This approval was answered or has expired: GET /api/v1/approvals lists those that wait."""

    kind = Kind.CONFLICT
    code = "approvals.answered"
