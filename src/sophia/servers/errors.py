"""What can go wrong in serving MCP."""

from sophia.kit.errors import Kind, SophiaError


class ServerUnknownError(SophiaError):
    """There is no such MCP server, or it is not served yet: see `sophia status`."""

    kind = Kind.INVALID
    code = "servers.unknown"


class PortTakenError(SophiaError):
    """A port is taken: stop what listens there, or shift all ports by SOPHIA_PORT_BASE."""

    kind = Kind.CONFLICT
    code = "servers.port_taken"


class ArgumentsInvalidError(SophiaError):
    """The arguments do not fit the tool: compare them with its input schema."""

    kind = Kind.INVALID
    code = "servers.arguments_invalid"


class OtherUserError(SophiaError):
    """The token speaks for another user: leave user_id out, it is known from the token."""

    kind = Kind.FORBIDDEN
    code = "servers.other_user"


class TokenMissingError(SophiaError):
    """A bearer token is needed: `sophia token --server NAME` prints one."""

    kind = Kind.UNAUTHENTICATED
    code = "servers.token_missing"


class TokenRefusedError(SophiaError):
    """The token is not valid for this server: `sophia token --server NAME` prints one that is."""

    kind = Kind.UNAUTHENTICATED
    code = "servers.token_refused"


class ClientMuteError(SophiaError):
    """The tool must ask and the client cannot be asked: use one that answers such questions."""

    kind = Kind.INVALID
    code = "servers.client_mute"


class DeclinedError(SophiaError):
    """The question was declined: nothing was done."""

    kind = Kind.FORBIDDEN
    code = "servers.declined"


class AnswerUnfitError(SophiaError):
    """What was filled in does not fit the form: nothing was done, call again."""

    kind = Kind.INVALID
    code = "servers.answer_unfit"


class AnswerTooLargeError(SophiaError):
    """The answer is too large: ask for less at once."""

    kind = Kind.INVALID
    code = "servers.answer_too_large"


class CursorInvalidError(SophiaError):
    """That cursor was not made by this tool: leave it out to start from the beginning."""

    kind = Kind.INVALID
    code = "servers.cursor_invalid"


class NotConfiguredError(SophiaError):
    """The server is not configured: its /health says what is missing."""

    kind = Kind.UNAVAILABLE
    code = "servers.not_configured"


class ToolsetUnknownError(SophiaError):
    """There is no such toolset: correct SOPHIA_MCP_TOOLSETS."""

    kind = Kind.INVALID
    code = "servers.toolset_unknown"


class CrashedError(SophiaError):
    """It failed unexpectedly: the failure is in the log of the server."""

    kind = Kind.BUG
    code = "servers.crashed"
