"""How an MCP server can fail its caller."""

from sophia.core.messages import Json
from sophia.kit.errors import Kind, SophiaError


class ServerFailedError(SophiaError):
    """The MCP server failed: check with `sophia status` whether it runs."""

    kind = Kind.UNAVAILABLE
    code = "toolbox.server_failed"
    # What the metrics call it; a closed set.
    label = "failed"
    # Whether the call may have taken effect all the same.
    is_outcome_unknown = False


class ServerAwayError(ServerFailedError):
    """It cannot be reached: check with `sophia status` whether it runs."""

    code = "toolbox.server_away"
    label = "away"


class ServerRestingError(ServerAwayError):
    """It failed several times in a row and is left alone for some seconds: try again later."""

    code = "toolbox.server_resting"
    label = "resting"


class ServerBusyError(ServerFailedError):
    """It has as many requests of ours to answer as it may have at once: try again later."""

    kind = Kind.EXHAUSTED
    code = "toolbox.server_busy"
    label = "busy"


class ServerSilentError(ServerFailedError):
    """It did not answer in time: ask for less at once, or try again."""

    kind = Kind.TIMEOUT
    code = "toolbox.server_silent"
    label = "timeout"
    is_outcome_unknown = True


class ServerBrokeOffError(ServerFailedError):
    """It broke off the connection before it had answered: check whether the call took effect."""

    code = "toolbox.server_broke_off"
    label = "broke_off"
    is_outcome_unknown = True


class ServerRefusedError(ServerFailedError):
    """It refused the request: compare it with the tool's schema."""

    kind = Kind.INVALID
    code = "toolbox.server_refused"
    label = "refused"


class ServerWantsLoginError(ServerRefusedError):
    """It wants to know who you are: log in there on your account's page, then try again."""

    kind = Kind.FORBIDDEN
    code = "toolbox.server_wants_login"


class RpcAnswerError(ServerRefusedError):
    """It answered with a JSON-RPC error: its own words say what to do."""

    code = "toolbox.rpc_error"

    rpc_code = -32603
    rpc_message = "Internal error"
    rpc_data: Json = None

    @classmethod
    def of(cls, code: int, message: str, data: Json) -> "RpcAnswerError":
        """Take the error as the server gave it."""
        error = cls(f"It refused the request: {message[:500]}")
        error.rpc_code, error.rpc_message, error.rpc_data = code, message, data
        return error


class AnswerInvalidError(ServerFailedError):
    """Its answer was not understood: see the log of the server."""

    kind = Kind.BUG
    code = "toolbox.answer_invalid"
    label = "answer_invalid"
    is_outcome_unknown = True
