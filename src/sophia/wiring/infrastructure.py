"""How the API and the worker learn of the GPU machines."""

from uuid import uuid4

from sophia.core.messages import ToolCall, ToolResult
from sophia.infrastructure.service import SERVER, InfrastructureService
from sophia.toolbox.toolbox import SERVICE
from sophia.toolbox.wire import SEPARATOR
from sophia.wiring.shared import Shared

# Longer than the server makes anybody wait for a turn at Lambda.
_TIMEOUT_S = 8


def infrastructure_service(shared: Shared) -> InfrastructureService:
    """Give the service, over the MCP server that has the key."""

    async def ask(tool: str) -> ToolResult:
        call = ToolCall(id=str(uuid4()), name=f"{SERVER}{SEPARATOR}{tool}", arguments={})
        return await shared.toolbox.call(call, caller=SERVICE, timeout_s=_TIMEOUT_S)

    return InfrastructureService(shared.database, ask, shared.toolbox, shared.clock)
