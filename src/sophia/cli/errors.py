"""What can go wrong at the command line."""

from sophia.kit.errors import Kind, SophiaError


class UnreachableError(SophiaError):
    """Sophia does not answer: start it with `sophia up`."""

    kind = Kind.UNAVAILABLE
    code = "cli.unreachable"


class RefusedError(SophiaError):
    """Sophia refused the conversation: `sophia status` shows what runs."""

    kind = Kind.FORBIDDEN
    code = "cli.refused"


class TurnEndedBadlyError(SophiaError):
    """The turn ended without an answer: ask again, or see `sophia logs worker`."""

    kind = Kind.UNAVAILABLE
    code = "cli.turn_failed"


class ServerUnknownError(SophiaError):
    """There is no such MCP server: `sophia status` lists them."""

    kind = Kind.INVALID
    code = "cli.server_unknown"


class FileCutError(SophiaError):
    """The file is cut off: what was whole is stored, get the rest and say the same again."""

    kind = Kind.INVALID
    code = "cli.file_cut"


class DocumentUnreadError(SophiaError):
    """The document could not be read: `sophia memory documents list` says why."""

    kind = Kind.INVALID
    code = "cli.document_unread"
