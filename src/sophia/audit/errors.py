"""What can go wrong with the journal."""

from sophia.kit.errors import Kind, SophiaError


class JournalBrokenError(SophiaError):
    """The journal was tampered with: compare it with an earlier export."""

    kind = Kind.CONFLICT
    code = "audit.broken"


class HeadInvalidError(SophiaError):
    """That is no head of the journal: give one as `sophia audit verify` printed it, number:seal."""

    kind = Kind.INVALID
    code = "audit.head_invalid"
