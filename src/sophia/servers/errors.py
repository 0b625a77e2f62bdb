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
