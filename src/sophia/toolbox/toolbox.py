"""The tools of our MCP servers, called over HTTP on behalf of a user."""

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast
from uuid import UUID

from jsonschema import Draft202012Validator
from mcp.shared.inbound import mcp_param_headers

from sophia.core import registry
from sophia.core.messages import ToolCall, ToolResult, ToolSpec
from sophia.core.ports import Person
from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.kit.ids import UserId
from sophia.toolbox.arguments import problems_of, validator_of
from sophia.toolbox.catalogue import Catalogue, Screen
from sophia.toolbox.errors import AnswerInvalidError, ServerFailedError
from sophia.toolbox.exchange import Endpoint, Exchange, Request
from sophia.toolbox.listing import fetch, follow
from sophia.toolbox.probe import ServerStatus
from sophia.toolbox.promises import require_kept
from sophia.toolbox.upstream import Mint, OwnLink, Tokens, Upstream
from sophia.toolbox.wire import SEPARATOR, result_of

__all__ = ["Endpoint", "McpToolbox", "Mint"]

_PROBE_TIMEOUT_S = 2.0
_NEAREST = 3
_STATUSES = frozenset({"healthy", "degraded", "unhealthy"})

# Sophia itself, asking what tools there are: no user, no turn.
SERVICE = Person(UserId(UUID(int=0)), "Sophia")


class McpToolbox:
    """A Toolbox over MCP servers, and a ServerProbe of them."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        mint: Mint,
        clock: Clock,
        port_base: int = registry.API_PORT,
        screen: Screen | None = None,
    ) -> None:
        """Take the servers that are served, what makes tokens for them, and the shift of ports.

        `screen` says which tools nobody may have.
        """
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._clock = clock
        self._port_base = port_base
        self._exchange = Exchange()
        self.catalogue = Catalogue(
            [self._upstream(endpoint, mint) for endpoint in endpoints],
            partial(fetch, caller=SERVICE),
            follow=partial(follow, caller=SERVICE),
            screen=screen,
            clock=clock,
        )
        self._validators: dict[str, tuple[ToolSpec, Draft202012Validator]] = {}

    async def list_tools(self) -> Sequence[ToolSpec]:
        """Give the tools on offer, in a stable order, from memory whenever that is possible."""
        return await self.catalogue.tools()

    async def refusal(self, name: str) -> str | None:
        """Say why a tool that there is cannot be had, if there is a reason."""
        return self.catalogue.refusal(name)

    async def call(self, call: ToolCall, *, caller: Person, timeout_s: float) -> ToolResult:
        """Run a tool. A failure of it or its server is a ToolResult with is_error, not raised."""
        found = await self.catalogue.find(call.name)
        if found is None:
            return _failed(call, self.catalogue.refusal(call.name) or self._unknown(call.name))
        upstream, spec = found
        problems = problems_of(self._validator(spec), call.arguments)
        if problems:
            return _failed(call, f"{call.name} was not run. {' '.join(problems)}")
        request = Request(
            "tools/call",
            {"name": _tool_name(spec), "arguments": call.arguments},
            headers=mcp_param_headers(spec.mirrored, call.arguments),
        )
        try:
            answer = await upstream.request(request, caller=caller, timeout_s=timeout_s)
            require_kept(upstream, spec, answer)
            return result_of(call.id, answer, is_untrusted=upstream.gives_untrusted(answer))
        except ServerFailedError as error:
            return _failed(call, told(error, upstream, spec, timeout_s=timeout_s))

    async def probe(self, name: str) -> ServerStatus:
        """Ask one of the eight servers how it is."""
        port = registry.shifted(registry.MCP_SERVERS[name].port, port_base=self._port_base)
        endpoint = self._endpoints.get(name)
        if endpoint is None:
            return ServerStatus(name, port, "not_served", configured=False, tools=0)
        began_s = self._clock.monotonic()
        try:
            told = await self._exchange.health(endpoint, timeout_s=_PROBE_TIMEOUT_S)
            status = _status(name, port, told)
        except ServerFailedError as error:
            metrics.mcp_server_up.labels(name).set(0)
            return ServerStatus(
                name, port, "unhealthy", configured=False, tools=0, error=error.message
            )
        metrics.mcp_server_up.labels(name).set(1)
        return _with_latency(status, self._clock.monotonic() - began_s)

    async def all(self) -> Sequence[ServerStatus]:
        """Ask all eight at once."""
        return await asyncio.gather(*(self.probe(name) for name in registry.MCP_SERVERS))

    async def close(self) -> None:
        """Stop looking for tools and close every connection."""
        await self.catalogue.close()
        await self._exchange.close()

    def _upstream(self, endpoint: Endpoint, mint: Mint) -> Upstream:
        server = registry.MCP_SERVERS.get(endpoint.name)
        return Upstream(
            endpoint.name,
            server.title if server else endpoint.name,
            OwnLink(endpoint, self._exchange, Tokens(endpoint.name, mint, clock=self._clock)),
            is_trusted=server is not None and server.is_first_party,
            clock=self._clock,
        )

    def _validator(self, spec: ToolSpec) -> Draft202012Validator:
        known = self._validators.get(spec.name)
        if known is not None and known[0] is spec:
            return known[1]
        validator = validator_of(spec.input_schema)
        self._validators[spec.name] = (spec, validator)
        return validator

    def _unknown(self, name: str) -> str:
        names = self.catalogue.names
        near = difflib.get_close_matches(name, names, n=_NEAREST)
        if near:
            return f"There is no tool {name[:80]}. Did you mean {' or '.join(near)}?"
        if names:
            return f"There is no tool {name[:80]}. There are: {', '.join(names)}."
        return f"There is no tool {name[:80]}: no MCP server can be reached now. Try again later."


def _failed(call: ToolCall, text: str) -> ToolResult:
    return ToolResult(call_id=call.id, text=text, is_error=True)


def _tool_name(spec: ToolSpec) -> str:
    return spec.name.partition(SEPARATOR)[2]


def told(error: ServerFailedError, upstream: Upstream, spec: ToolSpec, *, timeout_s: float) -> str:
    """Say which server failed how, and whether calling again is safe."""
    what = "failed at" if error.is_outcome_unknown else "did not run"
    said = (
        f"{upstream.title} (the {upstream.name} server) {what} {_tool_name(spec)}. {error.message}"
    )
    if error.label == "timeout":
        said = f"{upstream.title} did not answer {_tool_name(spec)} within {timeout_s:g} s."
    if error.is_outcome_unknown and not spec.is_idempotent:
        said += " It may have taken effect all the same: look that up before calling it again."
    elif error.is_outcome_unknown:
        said += " It is safe to call it again."
    return said


def _status(name: str, port: int, told: Mapping[str, Any]) -> ServerStatus:
    status = told.get("status")
    if status not in _STATUSES:
        raise AnswerInvalidError("Its health was not understood.")
    errors = cast("list[Any]", told.get("errors") or [])
    tools = cast("Mapping[str, Any]", told.get("metrics") or {}).get("tools")
    missing = told.get("configure")
    return ServerStatus(
        name,
        port,
        cast("str", status),
        configured=told.get("configured") is True,
        tools=tools if isinstance(tools, int) else 0,
        error="; ".join(str(error) for error in errors) or None,
        missing=missing if isinstance(missing, str) else None,
    )


def _with_latency(status: ServerStatus, took_s: float) -> ServerStatus:
    return replace(status, latency_ms=round(took_s * 1000, 2))
