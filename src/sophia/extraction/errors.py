"""Why nothing was read of a file."""

from sophia.kit.errors import Kind, SophiaError


class FileUnreadableError(SophiaError):
    """The file cannot be read: it is broken, or takes too long. Save it anew, and send that."""

    kind = Kind.INVALID
    code = "extraction.unreadable"


class FileEncryptedError(SophiaError):
    """The file needs a password: save it without one, and send that."""

    kind = Kind.INVALID
    code = "extraction.encrypted"


class FileExcessiveError(SophiaError):
    """The file unpacks to far more than it seems: no text processor wrote it. Save it anew."""

    kind = Kind.INVALID
    code = "extraction.excessive"
