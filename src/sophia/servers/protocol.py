"""One of our servers as the MCP SDK knows it: typed functions behind the methods of both eras."""

import asyncio
import difflib
from collections.abc import Awaitable, Mapping
from typing import Any, cast

from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    EmptyResult,
    GetPromptRequestParams,
    GetPromptResult,
    InputRequiredResult,
    InputResponseRequestParams,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    PromptReference,
    ReadResourceRequestParams,
    ReadResourceResult,
    SetLevelRequestParams,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)
from starlette.requests import Request

from sophia import __version__
from sophia.core import registry
from sophia.kit import log
from sophia.kit.errors import SophiaError
from sophia.servers import output
from sophia.servers.arguments import parse, schema_of
from sophia.servers.asking import Rounds, Unanswered
from sophia.servers.call import LOG_LEVEL, Call, Context, connection_of
from sophia.servers.errors import CrashedError, NotConfiguredError
from sophia.servers.listing import listed
from sophia.servers.measuring import Measured
from sophia.servers.parts import ServerParts, Tool
from sophia.servers.principal import Principal
from sophia.servers.prompting import Prompting
from sophia.servers.reading import Reading

PRINCIPAL = "sophia.principal"  # the key under which the request's scope holds who is calling
LISTING_TTL_MS = 60_000
ROUNDS_TTL_S = 600
_MAX_COMPLETIONS = 100
_READ_TIMEOUT_S = 30

_logger = log.get("servers")


class Protocol:
    """Answers the MCP requests of one server."""

    def __init__(self, parts: ServerParts, *, state_key: str) -> None:
        """Lay out what is listed, and again whenever the server says that it changed."""
        self._parts = parts
        self._state_key = state_key
        self._lay_out()
        if parts.changes is not None:
            parts.changes.bus.subscribe(lambda _event: self._lay_out())
        self.calls = 0
        self.failures = 0

    def _lay_out(self) -> None:
        parts = self._parts
        self._tools = {tool.name: tool for tool in parts.tools}
        # Tools of which clients repeat an argument in a header, so that it is checked against it.
        schemas = {name: schema_of(tool.arguments) for name, tool in self._tools.items()}
        self._mirrored = {name: one for name, one in schemas.items() if "x-mcp-header" in str(one)}
        self._reading = Reading(parts)
        self._prompting = Prompting(parts)
        self._listings = {
            is_bound: ListToolsResult(
                tools=[
                    listed(tool, is_bound=is_bound, missing=parts.missing) for tool in parts.tools
                ],
                ttl_ms=LISTING_TTL_MS,
                cache_scope="private",  # it differs by whether the token names a user
            )
            for is_bound in (True, False)
        }

    def server(self) -> Server[Any]:
        """Build the SDK's server."""
        parts, changes = self._parts, self._parts.changes
        has_completions = any(one.completions for one in (*parts.prompts, *parts.templates))
        server: Server[Any] = Server(
            f"sophia-{parts.name}",
            title=registry.MCP_SERVERS[parts.name].title,
            version=__version__,
            instructions=parts.instructions,
            get_tool_input_schema=self._mirrored_schema,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
            on_completion=self._complete if has_completions else None,
            on_subscriptions_listen=changes.listen if changes else None,
            on_subscribe_resource=self._subscribe if changes and parts.is_asking else None,
            on_unsubscribe_resource=self._unsubscribe if changes and parts.is_asking else None,
        )
        if parts.is_asking:
            server.add_request_handler("logging/setLevel", SetLevelRequestParams, _set_level)
        security = RequestStateSecurity(
            keys=[self._state_key],
            ttl=ROUNDS_TTL_S,
            bind_principal=lambda context: _principal(context).identity,
        )
        server.middleware[:] = [
            Measured(parts.name, self._tools_by_name, server),
            RequestStateBoundary(security, default_audience=server.name),
        ]
        return server

    def _tools_by_name(self) -> Mapping[str, Tool[Any, Any]]:
        return self._tools

    async def _list_tools(
        self, context: Context, _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return self._listings[_principal(context).is_bound]

    async def _call_tool(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        tool = self._tools.get(params.name)
        if tool is None:
            raise self._no_tool(params.name)
        self.calls += 1
        try:
            result = await self._run(tool, params.arguments or {}, _call(context, params))
        except Unanswered as ended:
            return ended.result
        self.failures += result.is_error
        return result

    def _no_tool(self, name: str) -> MCPError:
        why = self._parts.withheld.get(name)
        if why is not None:
            return MCPError(INVALID_PARAMS, f"The tool {name} is not offered here: {why}")
        near = difflib.get_close_matches(name[:200], self._tools, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self._tools)}"
        return MCPError(INVALID_PARAMS, f"There is no tool {name[:80]!r}: {hint}")

    async def _run(
        self, tool: Tool[Any, Any], given: Mapping[str, Any], call: Call
    ) -> CallToolResult:
        try:
            arguments = parse(tool.arguments, given, name=tool.name, principal=call.principal)
            self._check_configured(tool)
            return await self._guarded(self._finish(tool, arguments, call), what=tool.name)
        except SophiaError as error:
            return output.failure(error.message)
        except TimeoutError:
            return output.failure(
                f"{tool.name} took longer than {tool.timeout_s:g} s and was stopped."
            )

    async def _finish(self, tool: Tool[Any, Any], arguments: Any, call: Call) -> CallToolResult:
        async with asyncio.timeout(tool.timeout_s) as call.deadline:
            answer = await tool.run(arguments, call)
        return output.result_of(tool, answer)

    def _check_configured(self, tool: Tool[Any, Any]) -> None:
        if self._parts.missing is not None and not tool.is_offline:
            raise NotConfiguredError(f"{tool.name} was not run. {self._parts.missing}")

    async def _list_resources(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        return ListResourcesResult(resources=self._reading.listed(), ttl_ms=LISTING_TTL_MS)

    async def _list_templates(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(
            resource_templates=self._reading.templates(), ttl_ms=LISTING_TTL_MS
        )

    async def _read_resource(
        self, context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult | InputRequiredResult:
        call = _call(context, params)
        return await self._answered(self._reading.read(params.uri, call), call, what="Reading")

    async def _list_prompts(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        return ListPromptsResult(prompts=self._prompting.listed(), ttl_ms=LISTING_TTL_MS)

    async def _get_prompt(
        self, context: Context, params: GetPromptRequestParams
    ) -> GetPromptResult | InputRequiredResult:
        call = _call(context, params)
        rendering = self._prompting.render(params.name, params.arguments or {}, call)
        return await self._answered(rendering, call, what=params.name[:80])

    async def _complete(self, context: Context, params: CompleteRequestParams) -> CompleteResult:
        name, ref = params.argument.name, params.ref
        if isinstance(ref, PromptReference):
            completer = self._prompting.completer(ref.name, name)
        else:
            completer = self._reading.completer(ref.uri, name)
        if completer is None:
            return CompleteResult(completion=Completion(values=[]))
        call = Call(context, principal=_principal(context), rounds=Rounds(None, state=None))
        work = completer(params.argument.value, call)
        found = await self._answered(work, call, what="Completion")
        if isinstance(found, InputRequiredResult):
            raise MCPError(INTERNAL_ERROR, "What completes an argument cannot ask.")
        return CompleteResult(
            completion=Completion(
                values=list(found[:_MAX_COMPLETIONS]),
                total=len(found),
                has_more=len(found) > _MAX_COMPLETIONS,
            )
        )

    async def _answered[T](
        self, work: Awaitable[T], call: Call, *, what: str
    ) -> T | InputRequiredResult:
        try:
            async with asyncio.timeout(_READ_TIMEOUT_S) as call.deadline:
                return await self._guarded(work, what=what)
        except Unanswered as ended:
            return ended.result
        except SophiaError as error:
            raise MCPError(INTERNAL_ERROR, error.message) from error
        except TimeoutError as error:
            told = f"{what} took longer than {_READ_TIMEOUT_S} s and was stopped."
            raise MCPError(INTERNAL_ERROR, told) from error

    async def _guarded[T](self, work: Awaitable[T], *, what: str) -> T:
        """Let no failure of ours tell of its inside."""
        try:
            return await work
        except (SophiaError, TimeoutError, MCPError, Unanswered):
            raise
        except Exception as error:  # the edge of the MCP runtime
            _logger.exception("servers.request.crashed", server=self._parts.name, what=what)
            raise CrashedError(
                f"{what} failed unexpectedly. The failure is in the log of the"
                f" {self._parts.name} server; trying again may help."
            ) from error

    def _mirrored_schema(self, name: str) -> Mapping[str, Any] | None:
        return self._mirrored.get(name)

    async def _subscribe(self, context: Context, params: SubscribeRequestParams) -> EmptyResult:
        if self._parts.changes is not None:
            self._parts.changes.subscribe(connection_of(context), params.uri)
        return EmptyResult()

    async def _unsubscribe(self, context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        if self._parts.changes is not None:
            self._parts.changes.unsubscribe(connection_of(context), params.uri)
        return EmptyResult()


async def _set_level(context: Context, params: SetLevelRequestParams) -> EmptyResult:
    connection_of(context).state[LOG_LEVEL] = params.level
    return EmptyResult()


def _call(context: Context, params: InputResponseRequestParams) -> Call:
    rounds = Rounds(params.input_responses, state=params.request_state)
    return Call(context, principal=_principal(context), rounds=rounds)


def _principal(context: Context) -> Principal:
    request = cast("Request", context.request)
    principal: Principal = request.scope[PRINCIPAL]
    return principal
