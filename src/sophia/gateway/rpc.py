"""JSON-RPC over HTTP as MCP has it, in both eras: what came in, and what goes back.

2026-07-28: each request says everything about itself in `_meta`, and headers repeat what routes it.
Until 2025-11-25: a handshake says it once, and a session id stands for it afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    find_duplicated_routing_header,
    unsupported_protocol_version_rejection,
)
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from sophia.core.messages import Json, JsonObject, object_of
from sophia.gateway.errors import RpcFaultError
from sophia.toolbox.exchange import OWN_META

VERSION_HEADER = "mcp-protocol-version"
SESSION_HEADER = "mcp-session-id"
# What a client of the older era speaks that does not say so.
DEFAULT_VERSION = "2025-03-26"

type RpcId = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One request of a client, as far as the gateway need understand it."""

    id: RpcId
    method: str
    params: JsonObject
    version: str
    capabilities: JsonObject = field(default_factory=dict[str, Json])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_modern(self) -> bool:
        """Say whether it is of the era without sessions."""
        return self.version not in HANDSHAKE_PROTOCOL_VERSIONS

    @property
    def wants_progress(self) -> bool:
        """Say whether it asks to be told how far the answer is."""
        return "progressToken" in self.own_meta

    @property
    def own_meta(self) -> JsonObject:
        """Give what the client put beside its params."""
        return object_of(self.params.get("_meta"))

    @property
    def meta(self) -> JsonObject:
        """Give what a server is told of the client, in the newer era's words.

        The gateway answers for what it says of itself: no server learns the client's name.
        """
        return {
            **self.own_meta,
            **OWN_META,
            CLIENT_CAPABILITIES_META_KEY: self.capabilities,
        }

    def text(self, name: str) -> str:
        """Give a param that must be a text; raises RpcFaultError."""
        value = self.params.get(name)
        if not isinstance(value, str):
            raise RpcFaultError.of(INVALID_PARAMS, f"params.{name} must be a string.")
        return value


@dataclass(frozen=True, slots=True)
class Note:
    """A notification of a client."""

    method: str
    params: JsonObject


@dataclass(frozen=True, slots=True)
class Reply:
    """A client's answer to what it was asked on a stream."""

    id: Json
    answer: JsonObject


type Message = Incoming | Note | Reply


def read(body: bytes) -> Message:
    """Read one message, of whichever era; raises RpcFaultError."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RpcFaultError.of(PARSE_ERROR, "Parse error: the body is no JSON in UTF-8.") from error
    if not isinstance(message, dict):
        raise _no_message()
    known = cast("dict[str, Json]", message)
    method, params = known.get("method"), known.get("params", {})
    if known.get("jsonrpc") != "2.0":
        raise _no_message()
    if method is None and "id" in known and ("result" in known or "error" in known):
        return Reply(known["id"], known)
    if not isinstance(method, str) or not isinstance(params, Mapping):
        raise _no_message()
    if "id" not in known:
        return Note(method, params)
    id_ = known["id"]
    if isinstance(id_, bool) or not isinstance(id_, str | int):
        raise _no_message()
    return Incoming(id=id_, method=method, params=params, version=DEFAULT_VERSION)


def is_modern(version: str | None) -> bool:
    """Say of which era a request is by its header; the newer refuses unknown versions."""
    return version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS


def check_version(version: str) -> None:
    """Refuse a version that is not spoken; raises RpcFaultError."""
    _require(unsupported_protocol_version_rejection(version))


def checked(incoming: Incoming, headers: Iterable[tuple[str, str]]) -> Incoming:
    """Check a request of the newer era against its headers; raises RpcFaultError."""
    # RFC 9110, 5.5: white space around a value is none of it; not every HTTP parser takes it off.
    pairs = [(name, value.strip()) for name, value in headers]
    duplicated = find_duplicated_routing_header(pairs)
    if duplicated is not None:
        raise RpcFaultError.of(HEADER_MISMATCH, f"{duplicated} header appears more than once")
    message = {"method": incoming.method, "params": incoming.params}
    route = classify_inbound_request(message, headers=dict(pairs))
    if isinstance(route, InboundLadderRejection):
        raise RpcFaultError.of(route.code, route.message, route.data)
    if not isinstance(route.client_capabilities, Mapping):
        raise RpcFaultError.of(INVALID_PARAMS, f"{CLIENT_CAPABILITIES_META_KEY} must be an object.")
    if not isinstance(route.client_info, Mapping | None):
        raise RpcFaultError.of(INVALID_PARAMS, f"{CLIENT_INFO_META_KEY} must be an object.")
    return Incoming(
        id=incoming.id,
        method=incoming.method,
        params=incoming.params,
        version=route.protocol_version,
        capabilities=cast("JsonObject", route.client_capabilities),
        headers={name: value for name, value in pairs if name.startswith("mcp-param-")},
    )


def result_body(id_: RpcId, result: JsonObject) -> bytes:
    """Lay out an answer."""
    return orjson.dumps({"jsonrpc": "2.0", "id": id_, "result": result})


def error_body(id_: RpcId | None, fault: RpcFaultError) -> bytes:
    """Lay out an error."""
    error: dict[str, Any] = {"code": fault.rpc_code, "message": fault.message}
    if fault.rpc_data is not None:
        error["data"] = fault.rpc_data
    return orjson.dumps({"jsonrpc": "2.0", "id": id_, "error": error})


def note_body(method: str, params: JsonObject) -> bytes:
    """Lay out a notification."""
    return orjson.dumps({"jsonrpc": "2.0", "method": method, "params": params})


def request_body(id_: RpcId, method: str, params: JsonObject) -> bytes:
    """Lay out a request to the client."""
    return orjson.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})


def status_of(fault: RpcFaultError) -> int:
    """Give the HTTP status of an error in the newer era."""
    return ERROR_CODE_HTTP_STATUS.get(fault.rpc_code, 200)


def _require(rejection: InboundLadderRejection | None) -> None:
    if rejection is not None:
        raise RpcFaultError.of(rejection.code, rejection.message, rejection.data)


def _no_message() -> RpcFaultError:
    return RpcFaultError.of(
        INVALID_REQUEST, "The body must be one JSON-RPC 2.0 request, notification or response."
    )
