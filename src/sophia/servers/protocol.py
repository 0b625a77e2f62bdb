"""One of our servers as the MCP SDK knows it: tools and resources behind typed functions."""

import asyncio
import difflib
import time
from collections.abc import Mapping
from typing import Any, cast

import orjson
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from mcp_types import Resource as WireResource
from mcp_types import Tool as WireTool
from pydantic import ValidationError
from starlette.requests import Request

from sophia import __version__
from sophia.core import registry
from sophia.kit import log, metrics
from sophia.kit.errors import SophiaError
from sophia.servers.arguments import parse, schema_of
from sophia.servers.tool import Principal, Resource, ServerParts, Tool

PRINCIPAL = "sophia.principal"  # the key under which the request's scope holds who is calling
LISTING_TTL_MS = 60_000

_logger = log.get("servers")

type Context = ServerRequestContext[Any, Any]


class Protocol:
    """Answers the MCP requests of one server."""

    def __init__(self, parts: ServerParts) -> None:
        """Lay out what is listed, once."""
        self._parts = parts
        self._tools = {tool.name: tool for tool in parts.tools}
        self._resources = {resource.uri: resource for resource in parts.resources}
        self._listings = {
            is_bound: ListToolsResult(
                tools=[_listed(tool, is_bound=is_bound) for tool in parts.tools],
                ttl_ms=LISTING_TTL_MS,
            )
            for is_bound in (True, False)
        }
        self.calls = 0
        self.failures = 0

    def server(self) -> Server[Any]:
        """Build the SDK's server."""
        server: Server[Any] = Server(
            f"sophia-{self._parts.name}",
            title=registry.MCP_SERVERS[self._parts.name].title,
            version=__version__,
            instructions=self._parts.instructions,
            get_tool_input_schema=lambda _name: None,  # no argument is mirrored in a header
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_resource_templates,
            on_read_resource=self._read_resource,
        )
        server.middleware[:] = [_Measured(self._parts.name, self._tools, server)]
        return server

    async def _list_tools(
        self, context: Context, _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return self._listings[_principal(context).is_bound]

    async def _call_tool(self, context: Context, params: CallToolRequestParams) -> CallToolResult:
        tool = self._tools.get(params.name)
        if tool is None:
            near = difflib.get_close_matches(params.name, self._tools, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self._tools)}"
            raise MCPError(INVALID_PARAMS, f"There is no tool {params.name[:80]!r}: {hint}")
        self.calls += 1
        result = await self._run(tool, params.arguments or {}, _principal(context))
        self.failures += result.is_error
        return result

    async def _run(
        self, tool: Tool[Any, Any], given: Mapping[str, Any], principal: Principal
    ) -> CallToolResult:
        try:
            arguments = parse(tool, given, principal=principal)
            async with asyncio.timeout(tool.timeout_s):
                answer = await tool.run(arguments, principal)
        except SophiaError as error:
            return _failed(error.message)
        except TimeoutError:
            return _failed(f"{tool.name} took longer than {tool.timeout_s:g} s and was stopped.")
        except Exception:  # the edge of the MCP runtime
            _logger.exception("servers.tool.crashed", server=self._parts.name, tool=tool.name)
            return _failed(
                f"{tool.name} failed unexpectedly. The failure is in the log of the"
                f" {self._parts.name} server; trying again may help."
            )
        structured = answer.model_dump(mode="json")
        text = orjson.dumps(structured).decode()
        return CallToolResult(
            content=[TextContent(type="text", text=text)], structured_content=structured
        )

    async def _list_resources(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        return ListResourcesResult(
            resources=[
                WireResource(
                    uri=resource.uri,
                    name=resource.name,
                    title=resource.title,
                    description=resource.description,
                    mime_type="application/json",
                )
                for resource in self._resources.values()
            ],
            ttl_ms=LISTING_TTL_MS,
        )

    async def _list_resource_templates(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=[], ttl_ms=LISTING_TTL_MS)

    async def _read_resource(
        self, context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        resource = self._resources.get(params.uri)
        if resource is None:
            there = ", ".join(self._resources)
            raise MCPError(
                INVALID_PARAMS,
                f"There is no such resource; there are: {there}",
                {"uri": params.uri},
            )
        text = await self._read(resource, _principal(context))
        contents = TextResourceContents(uri=resource.uri, mime_type="application/json", text=text)
        return ReadResourceResult(contents=[contents])

    async def _read(self, resource: Resource, principal: Principal) -> str:
        try:
            return (await resource.read(principal)).model_dump_json()
        except SophiaError as error:
            raise MCPError(INTERNAL_ERROR, error.message) from error


class _Measured:
    """Times every request by method and tool."""

    def __init__(self, name: str, tools: Mapping[str, Tool[Any, Any]], server: Server[Any]) -> None:
        self._name = name
        self._tools = tools
        self._server = server

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        if ctx.request_id is None:
            return await call_next(ctx)
        began = time.perf_counter()
        error_type = status = ""
        try:
            result = await call_next(ctx)
            if isinstance(result, dict) and result.get("isError"):
                error_type = "tool_error"
        except MCPError as error:
            error_type = status = str(error.code)
            raise
        except ValidationError:
            error_type = status = str(INVALID_PARAMS)
            raise
        finally:
            metrics.mcp_server_operation_duration.labels(
                self._name,
                self._method(ctx.method),
                self._tool(ctx),
                error_type,
                status,
                "tcp",
                ctx.protocol_version,
            ).observe(time.perf_counter() - began)
        return result

    def _method(self, method: str) -> str:
        is_known = method == "initialize" or self._server.get_request_handler(method) is not None
        return method if is_known else metrics.OTHER

    def _tool(self, context: Context) -> str:
        if context.method != "tools/call":
            return ""
        name = (context.params or {}).get("name")
        return name if isinstance(name, str) and name in self._tools else metrics.OTHER


def _principal(context: Context) -> Principal:
    request = cast("Request", context.request)
    principal: Principal = request.scope[PRINCIPAL]
    return principal


def _failed(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)


def _listed(tool: Tool[Any, Any], *, is_bound: bool) -> WireTool:
    return WireTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=schema_of(tool.arguments, is_bound=is_bound),
        output_schema=schema_of(tool.result),
        annotations=ToolAnnotations(
            read_only_hint=tool.is_read_only,
            idempotent_hint=tool.is_idempotent or tool.is_read_only,
            destructive_hint=tool.is_destructive,
            open_world_hint=tool.is_open_world,
        ),
    )
