"""How an MCP server can fail its caller."""

from sophia.kit.errors import Kind, SophiaError


class ServerFailedError(SophiaError):
    """The MCP server failed."""

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


class ServerSilentError(ServerFailedError):
    """It did not answer in time."""

    kind = Kind.TIMEOUT
    code = "toolbox.server_silent"
    label = "timeout"
    is_outcome_unknown = True


class ServerBrokeOffError(ServerFailedError):
    """It broke off the connection before it had answered."""

    code = "toolbox.server_broke_off"
    label = "broke_off"
    is_outcome_unknown = True


class ServerRefusedError(ServerFailedError):
    """It refused the request."""

    kind = Kind.INVALID
    code = "toolbox.server_refused"
    label = "refused"


class AnswerInvalidError(ServerFailedError):
    """Its answer was not understood."""

    kind = Kind.BUG
    code = "toolbox.answer_invalid"
    label = "answer_invalid"
    is_outcome_unknown = True
