"""What can go wrong in a conversation."""

from sophia.kit.errors import Kind, SophiaError


class ConversationMissingError(SophiaError):
    """There is no such conversation: leave session_id out to begin a new one."""

    kind = Kind.MISSING
    code = "chat.conversation_missing"


class TurnMissingError(SophiaError):
    """There is no such turn: GET /api/v1/turns lists yours."""

    kind = Kind.MISSING
    code = "chat.turn_missing"


class TurnStillRunningError(SophiaError):
    """The same request is still being answered: follow its turn's events, or ask again later."""

    kind = Kind.CONFLICT
    code = "chat.still_running"


class IdempotencyKeyReusedError(SophiaError):
    """This Idempotency-Key was used with another request: use a new key for a new message."""

    kind = Kind.INVALID
    code = "chat.idempotency_key_reused"


class TurnFailedError(SophiaError):
    """The turn ended without an answer: its events say why, then ask again."""

    kind = Kind.UNAVAILABLE
    code = "chat.turn_failed"


class LeaseLostError(SophiaError):
    """Another worker has taken the turn over: leave it to that one."""

    kind = Kind.CONFLICT
    code = "chat.lease_lost"


class ToolUnknownError(SophiaError):
    """There is no such tool now: GET /api/v1/tools lists those there are."""

    kind = Kind.INVALID
    code = "chat.tool_unknown"
