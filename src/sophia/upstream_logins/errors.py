"""What can go wrong when somebody logs in at somebody else's MCP server."""

from sophia.kit.errors import Kind, SophiaError


class UpstreamLoginError(SophiaError):
    """Logging in at the MCP server failed: begin again."""

    kind = Kind.UNAVAILABLE
    code = "upstream.login_failed"


class LoginNeededError(UpstreamLoginError):
    """The MCP server wants to know who you are: log in there, then try again."""

    kind = Kind.FORBIDDEN
    code = "upstream.login_needed"


class LoginMissingError(UpstreamLoginError):
    """You are not logged in at this MCP server: there is nothing to forget."""

    kind = Kind.MISSING
    code = "upstream.login_missing"


class LoginRefusedError(UpstreamLoginError):
    """The MCP server's login did not let you in: begin again and agree, or ask who runs it."""

    kind = Kind.FORBIDDEN
    code = "upstream.login_refused"


class AttemptUnknownError(UpstreamLoginError):
    """This login was not begun by you or took over ten minutes: begin again."""

    kind = Kind.MISSING
    code = "upstream.attempt_unknown"


class ProviderUnfitError(UpstreamLoginError):
    """The MCP server's login is not as the protocol says: ask whoever runs the server."""

    code = "upstream.provider_unfit"


class ProviderAwayError(UpstreamLoginError):
    """The MCP server's login does not answer: try again in a minute."""

    code = "upstream.provider_away"


class ClientNeededError(UpstreamLoginError):
    """The MCP server's login takes no strangers: register Sophia there, and set its client id."""

    kind = Kind.CONFLICT
    code = "upstream.client_needed"


class ClientUnknownError(LoginRefusedError):
    """The MCP server's login no longer knows Sophia: begin again."""

    code = "upstream.client_unknown"
