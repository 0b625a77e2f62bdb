"""The way to a server that is a command: through the worker that runs it."""

from collections.abc import AsyncGenerator

from sophia.core.messages import JsonObject, object_of
from sophia.core.ports import Person
from sophia.toolbox.errors import (
    AnswerInvalidError,
    RpcAnswerError,
    ServerAwayError,
    ServerBrokeOffError,
    ServerBusyError,
    ServerFailedError,
    ServerRestingError,
    ServerSilentError,
)
from sophia.toolbox.exchange import Endpoint, Exchange, Notify, Request
from sophia.toolbox.upstream import OwnLink, Tokens

# Between a worker and whoever asks it: no server can answer with it.
FAILED = -31001
_FAILURES = {
    kind.label: kind
    for kind in (
        AnswerInvalidError,
        ServerAwayError,
        ServerBrokeOffError,
        ServerBusyError,
        ServerRestingError,
        ServerSilentError,
    )
}


class BridgeLink:
    """A Link to a server that a worker runs, at `served_at`: nowhere, if no worker does."""

    def __init__(
        self, name: str, served_at: str | None, exchange: Exchange, tokens: Tokens
    ) -> None:
        """Take where it is served, and what speaks to it."""
        self._own: OwnLink | None = None
        if served_at is not None:
            self._own = OwnLink(Endpoint(name, f"{served_at}/mcp/{name}"), exchange, tokens)

    async def request(
        self, request: Request, *, caller: Person, timeout_s: float, notify: Notify | None
    ) -> JsonObject:
        """Give the result of a request; raises ServerFailedError."""
        try:
            return await self._link().request(
                request, caller=caller, timeout_s=timeout_s, notify=notify
            )
        except RpcAnswerError as error:
            raise _failure(error) from error

    def listen(self, request: Request, *, caller: Person) -> AsyncGenerator[tuple[str, JsonObject]]:
        """Yield what it tells unasked; raises ServerFailedError."""
        return self._link().listen(request, caller=caller)

    def _link(self) -> OwnLink:
        if self._own is None:
            raise ServerAwayError("It is a command, and no worker runs it: start `sophia worker`.")
        return self._own


def _failure(error: RpcAnswerError) -> ServerFailedError:
    if error.rpc_code != FAILED:
        return error
    kind = _FAILURES.get(str(object_of(error.rpc_data).get("label")), ServerFailedError)
    return kind(error.rpc_message)
