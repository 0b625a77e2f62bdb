"""The times of a server's requests, by method and tool."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError

from sophia.kit import metrics
from sophia.servers.call import Context
from sophia.servers.parts import Tool


class Measured:
    """Times every request by method and tool."""

    def __init__(
        self, name: str, tools: Callable[[], Mapping[str, Tool[Any, Any]]], server: Server[Any]
    ) -> None:
        """Take the server's name, its tools as they are now, and the methods that it knows."""
        self._name = name
        self._tools = tools
        self._server = server

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Time one request."""
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
        return name if isinstance(name, str) and name in self._tools() else metrics.OTHER
