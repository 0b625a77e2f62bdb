"""A toolbox that lets each person call each tool so often."""

import math
from collections.abc import Sequence

from sophia.core.messages import ToolCall, ToolResult, ToolSpec
from sophia.core.ports import Caller, Toolbox
from sophia.limits.bucket import Bucket
from sophia.limits.limiter import Limiter


class LimitedToolbox:
    """Asks the limiter before each call; the model reads a refusal, with when to try again."""

    def __init__(self, toolbox: Toolbox, limiter: Limiter, *, quota: int) -> None:
        """Take the tools, and how many calls of one tool a person has in a minute."""
        self._toolbox = toolbox
        self._limiter = limiter
        self._quota = quota

    async def list_tools(self) -> Sequence[ToolSpec]:
        """Give the tools on offer."""
        return await self._toolbox.list_tools()

    async def refusal(self, name: str) -> str | None:
        """Say why a tool that there is cannot be had, if there is a reason."""
        return await self._toolbox.refusal(name)

    async def call(self, call: ToolCall, *, caller: Caller, timeout_s: float) -> ToolResult:
        """Run a tool, unless its caller has to wait."""
        bucket = Bucket("tool", f"{caller.user_id}:{call.name[:100]}", self._quota)
        verdict = await self._limiter.spend(bucket, route="tools/call")
        if verdict.refused_by is None:
            return await self._toolbox.call(call, caller=caller, timeout_s=timeout_s)
        wait_s = math.ceil(verdict.refused_by.wait_s)
        return ToolResult(
            call_id=call.id,
            text=(
                f"{call.name[:100]} was not run: {self._quota} calls of it in a minute are allowed."
                f" Try again in {wait_s} s, or ask for more in one call."
            ),
            is_error=True,
        )
