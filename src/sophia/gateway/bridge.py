"""Serves what this worker runs to the other processes: MCP servers that are commands."""

from collections.abc import Callable
from contextlib import aclosing
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sophia.core.messages import JsonObject
from sophia.core.ports import Person
from sophia.gateway import rpc
from sophia.gateway.errors import RpcFaultError
from sophia.gateway.outlet import Answer, Outlet
from sophia.gateway.rpc import Incoming
from sophia.identity.service import IdentityService
from sophia.kit.tokens import TokenInvalidError
from sophia.mcp_servers.bridge_link import FAILED
from sophia.toolbox.errors import RpcAnswerError, ServerAwayError, ServerFailedError
from sophia.toolbox.exchange import Request as ServerRequest
from sophia.toolbox.upstream import Upstream

# Whoever asks has a deadline of its own, and leaves.
_TIMEOUT_S = 600.0


class Bridge:
    """Answers requests of the newer era that carry one of our tokens for the server."""

    def __init__(self, find: Callable[[str], Upstream | None], identity: IdentityService) -> None:
        """Take what finds the servers, and what knows our tokens."""
        self._find = find
        self._identity = identity

    async def answer(self, request: Request) -> Response:
        """Answer one request to `/mcp/{server}`."""
        name: str = request.path_params["server"]
        _, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            person = self._identity.read_tool_token(token.strip(), server=name)
        except TokenInvalidError as error:
            challenge = {"WWW-Authenticate": 'Bearer realm="sophia"'}
            return JSONResponse({"error": error.code}, HTTPStatus.UNAUTHORIZED, challenge)
        try:
            message = rpc.read(await request.body())
            if not isinstance(message, Incoming):
                return Response(status_code=HTTPStatus.ACCEPTED)
            incoming = rpc.checked(message, request.headers.items())
        except RpcFaultError as fault:
            body = rpc.error_body(None, fault)
            return Response(body, rpc.status_of(fault), media_type="application/json")

        async def work(outlet: Outlet) -> JsonObject:
            try:
                return await self._passed_on(name, incoming, person, outlet)
            except ServerFailedError as error:
                raise _fault(error) from error

        return Answer(incoming, work)

    async def _passed_on(
        self, name: str, incoming: Incoming, person: Person, outlet: Outlet
    ) -> JsonObject:
        upstream = self._find(name)
        if upstream is None:
            raise ServerAwayError("It is a command that no worker runs now: try again in a moment.")
        params = {key: value for key, value in incoming.params.items() if key != "_meta"}
        request = ServerRequest(incoming.method, params, incoming.meta)
        if incoming.method == "subscriptions/listen":
            async with aclosing(upstream.listen(request, caller=person)) as told:
                async for method, said in told:
                    await outlet.tell(method, said)
            return {}
        return await upstream.request(
            request, caller=person, timeout_s=_TIMEOUT_S, notify=outlet.tell
        )


def _fault(error: ServerFailedError) -> RpcFaultError:
    if isinstance(error, RpcAnswerError):
        return RpcFaultError.of(error.rpc_code, error.rpc_message, error.rpc_data)
    return RpcFaultError.of(FAILED, error.message, {"label": error.label})
