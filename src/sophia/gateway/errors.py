"""What can go wrong between an MCP client and the servers behind the gateway."""

from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from sophia.core.messages import Json, ToolSpec
from sophia.kit.errors import Kind, SophiaError


class RpcFaultError(SophiaError):
    """The request cannot be served as it is: compare it with the MCP specification."""

    kind = Kind.INVALID
    code = "gateway.rpc_fault"
    rpc_code = INVALID_PARAMS
    rpc_data: Json = None

    @classmethod
    def of(cls, code: int, message: str, data: Json = None) -> "RpcFaultError":
        """Say it with a JSON-RPC code and, if there is any, the data that goes with it."""
        fault = cls(message)
        fault.rpc_code, fault.rpc_data = code, data
        return fault


class ToolDeniedError(RpcFaultError):
    """The operator's rules do not allow this tool to you: ask the operator."""

    kind = Kind.FORBIDDEN
    code = "gateway.tool_denied"

    def __init__(self, message: str | None = None, *, spec: ToolSpec | None = None) -> None:
        """Take which tool it is, for the journal."""
        super().__init__(message)
        self.spec = spec


class UpstreamFailedError(RpcFaultError):
    """A server behind the gateway failed: GET /api/v1/mcp/status says how all of them are."""

    kind = Kind.UNAVAILABLE
    code = "gateway.upstream_failed"
    rpc_code = INTERNAL_ERROR


class ServerUnknownError(SophiaError):
    """There is no such MCP server: GET /api/v1/mcp/status lists them."""

    kind = Kind.MISSING
    code = "gateway.server_unknown"


class SessionUnknownError(SophiaError):
    """There is no such session, or it has ended: initialize again."""

    kind = Kind.MISSING
    code = "gateway.session_unknown"


class SessionNeededError(SophiaError):
    """Only a session has this: initialize first, and send the Mcp-Session-Id that you are given."""

    kind = Kind.INVALID
    code = "gateway.session_needed"


class JournalFullError(SophiaError):
    """Too many calls wait to be written into the journal: the database is away; try again later."""

    kind = Kind.UNAVAILABLE
    code = "gateway.journal_full"


class SessionStoreAwayError(SophiaError):
    """What a session wants cannot be kept now: Redis is away; try again in a moment."""

    kind = Kind.UNAVAILABLE
    code = "gateway.session_store_away"


class HostRefusedError(SophiaError):
    """The gateway does not go by this name: use its own, or set SOPHIA_MCP_ALLOWED_HOSTS."""

    kind = Kind.FORBIDDEN
    code = "gateway.host_refused"
