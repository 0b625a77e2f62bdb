"""The gateway's URLs: /mcp for all servers, /mcp/{server} for one. Both speak both eras."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from mcp_types import INVALID_REQUEST

from sophia.core.messages import JsonObject
from sophia.gateway import rpc
from sophia.gateway.errors import RpcFaultError, SessionNeededError
from sophia.gateway.guard import KnownByName, ToolsReader
from sophia.gateway.handshake import Guest
from sophia.gateway.outlet import Answer, Outlet, Stream
from sophia.gateway.overrides import Override
from sophia.gateway.rpc import Incoming, Message, Note
from sophia.gateway.schemas import OverrideShape, OverridesShape
from sophia.gateway.service import Gateway, OverrideService
from sophia.identity.admission import Admission
from sophia.identity.guard import ToolsWriter
from sophia.identity.schemas import Viewer
from sophia.kit import trace
from sophia.limits.bucket import Bucket

# It is no REST: clients read MCP's own specification, not ours.
router = APIRouter(dependencies=[KnownByName], include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["tools"])
_ALL, _ONE = "/mcp", "/mcp/{server}"
_ACCEPTED = 202


async def override_service(request: Request) -> OverrideService:
    """Give the service that the process was wired with."""
    service: OverrideService = request.app.state.overrides
    return service


type TheOverrides = Annotated[OverrideService, Depends(override_service)]


@api.get("/tools/overrides")
async def read_overrides(_: ToolsWriter, overrides: TheOverrides) -> OverridesShape:
    """Give how the operator has tools shown at the MCP gateway."""
    return _overrides_out(await overrides.all())


@api.put("/tools/overrides")
async def replace_overrides(
    viewer: ToolsWriter, overrides: TheOverrides, body: OverridesShape
) -> OverridesShape:
    """Put these overrides in the place of all earlier ones. They hold within two seconds."""
    # Of two that say something of the same, the later counts.
    given = {(one.subject, one.subject_id, one.tool): one for one in body.items}
    await overrides.replace(viewer, [Override(**dict(one)) for one in given.values()])
    return _overrides_out(await overrides.all())


async def gateway_of(request: Request) -> Gateway:
    """Give the gateway that the process was wired with."""
    gateway: Gateway = request.app.state.gateway
    return gateway


type TheGateway = Annotated[Gateway, Depends(gateway_of)]
type SessionId = Annotated[str | None, Header(alias=rpc.SESSION_HEADER, max_length=4096)]
type Version = Annotated[str | None, Header(alias=rpc.VERSION_HEADER, max_length=64)]


@router.post(_ALL)
@router.post(_ONE)
async def post(
    request: Request,
    viewer: ToolsReader,
    gateway: TheGateway,
    version: Version = None,
    session_id: SessionId = None,
) -> Response:
    """One MCP message."""
    try:
        message = rpc.read(await _json_body(request))
        if isinstance(message, Incoming):
            _go_on_with_trace(message)
        await _charge(request, message, viewer, gateway)
        if version is not None and rpc.is_modern(version.strip()):
            return _modern(request, message, version.strip(), viewer, gateway)
        guest = await gateway.handshakes.guest(viewer, _server_of(request), session_id)
        return await _older(request, message, guest, gateway)
    except RpcFaultError as fault:
        return _refusal(None, fault)


@router.get(_ALL)
@router.get(_ONE)
async def listen(
    request: Request,
    viewer: ToolsReader,
    gateway: TheGateway,
    session_id: SessionId = None,
) -> Response:
    """What servers tell a session unasked (until 2025-11-25)."""
    await _charge(request, None, viewer, gateway)
    guest = await _guest(request, viewer, gateway, session_id)
    return Stream(partial(gateway.follow, guest))


@router.delete(_ALL)
@router.delete(_ONE)
async def end(
    request: Request,
    viewer: ToolsReader,
    gateway: TheGateway,
    session_id: SessionId = None,
) -> Response:
    """End a session (until 2025-11-25)."""
    await _charge(request, None, viewer, gateway)
    guest = await _guest(request, viewer, gateway, session_id)
    if guest.session is not None:
        await gateway.handshakes.end(guest.session)
    return Response(status_code=200)


def _go_on_with_trace(incoming: Incoming) -> None:
    """Go on with the trace that a request names, as MCP has it."""
    if (named := trace.named_in(incoming.own_meta.get("traceparent"))) is not None:
        trace.go_on_with(named)


async def _guest(
    request: Request, viewer: Viewer, gateway: Gateway, session_id: str | None
) -> Guest:
    if session_id is None:
        raise SessionNeededError
    return await gateway.handshakes.guest(viewer, _server_of(request), session_id)


async def _charge(
    request: Request, message: Message | None, viewer: Viewer, gateway: Gateway
) -> None:
    """Count a message, once it is known what it asks for; raises LimitReachedError."""
    buckets: list[Bucket] = []
    if isinstance(message, Incoming):
        buckets = gateway.buckets(message, server=_server_of(request), viewer=viewer)
    admission: Admission = request.app.state.admission
    await admission.charge(request, viewer, *buckets)


def _modern(
    request: Request, message: Message, version: str, viewer: Viewer, gateway: Gateway
) -> Response:
    if isinstance(message, Note):
        rpc.check_version(version)
        return Response(status_code=_ACCEPTED)
    if not isinstance(message, Incoming):
        raise RpcFaultError.of(INVALID_REQUEST, "The era of 2026-07-28 has no responses by POST.")
    try:
        incoming = rpc.checked(message, request.headers.items())
    except RpcFaultError as fault:
        return _refusal(message.id, fault)

    server = _server_of(request)

    async def work(outlet: Outlet) -> JsonObject:
        return await gateway.answer(incoming, server=server, viewer=viewer, outlet=outlet)

    return Answer(incoming, work)


async def _older(request: Request, message: Message, guest: Guest, gateway: Gateway) -> Response:
    handshakes = gateway.handshakes
    if isinstance(message, Note):
        await handshakes.note(message, guest)
        return Response(status_code=_ACCEPTED)
    if not isinstance(message, Incoming):
        await handshakes.reply(message, guest)
        return Response(status_code=_ACCEPTED)
    if message.method == "initialize":
        try:
            result, session_id = await handshakes.initialize(message, guest)
        except RpcFaultError as fault:
            return _refusal(message.id, fault, status=200)
        return _json(rpc.result_body(message.id, result), {rpc.SESSION_HEADER: session_id})
    # In this era whoever accepts both and names the stream first has a stream.
    first = request.headers.get("accept", "").partition(",")[0].strip().lower()
    return Answer(
        message,
        partial(handshakes.answer, message, guest),
        is_stream_preferred=first == "text/event-stream",
    )


async def _json_body(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise RpcFaultError.of(INVALID_REQUEST, "Send Content-Type: application/json.")
    return await request.body()


def _refusal(id_: rpc.RpcId | None, fault: RpcFaultError, *, status: int | None = None) -> Response:
    return _json(rpc.error_body(id_, fault), status=status or rpc.status_of(fault))


def _json(body: bytes, headers: dict[str, str] | None = None, *, status: int = 200) -> Response:
    return Response(body, status, headers, media_type="application/json")


def _server_of(request: Request) -> str | None:
    server: str | None = request.path_params.get("server")
    return server


def _overrides_out(overrides: Sequence[Override]) -> OverridesShape:
    return OverridesShape(items=[OverrideShape(**asdict(one)) for one in overrides])
