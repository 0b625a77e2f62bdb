"""An in-memory twin of the toolbox: plain async functions as tools."""

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sophia.core.messages import JsonObject, ToolCall, ToolResult, ToolSpec
from sophia.core.ports import Caller
from sophia.toolbox.arguments import problems_of, validator_of

type Function = Callable[[JsonObject, Caller], Awaitable[str | JsonObject]]
"""A tool: what it answers, as text or as JSON. ToolError is a failure that it tells."""

_ANYTHING: JsonObject = {"type": "object"}


class ToolError(Exception):
    """A tool's failure, in the words that the model shall see."""


@dataclass(slots=True)
class InMemoryToolbox:
    """Checks, deadlines and failures as over MCP, without a server."""

    calls: list[ToolCall] = field(default_factory=list[ToolCall])
    untrusted: set[str] = field(default_factory=set[str])
    refusals: dict[str, str] = field(default_factory=dict[str, str])
    _tools: dict[str, tuple[ToolSpec, Function]] = field(
        default_factory=dict[str, tuple[ToolSpec, Function]]
    )

    def add(
        self,
        name: str,
        function: Function,
        *,
        schema: JsonObject = _ANYTHING,
        is_read_only: bool = False,
        is_destructive: bool | None = None,
        is_untrusted: bool = False,
    ) -> None:
        spec = ToolSpec(
            name=name,
            description=f"The tool {name}.",
            input_schema=schema,
            is_read_only=is_read_only,
            is_idempotent=is_read_only,
            is_destructive=not is_read_only if is_destructive is None else is_destructive,
        )
        self._tools[name] = (spec, function)
        if is_untrusted:
            self.untrusted.add(name)

    async def list_tools(self) -> Sequence[ToolSpec]:
        return [spec for spec, _ in self._tools.values()]

    async def refusal(self, name: str) -> str | None:
        return self.refusals.get(name)

    async def call(self, call: ToolCall, *, caller: Caller, timeout_s: float) -> ToolResult:
        self.calls.append(call)
        known = self._tools.get(call.name)
        if known is None:
            near = " or ".join(difflib.get_close_matches(call.name, self._tools))
            return _failed(call, f"There is no tool {call.name}. Did you mean {near}?")
        spec, function = known
        problems = problems_of(validator_of(spec.input_schema), call.arguments)
        if problems:
            return _failed(call, f"{call.name} was not run. {' '.join(problems)}")
        try:
            async with asyncio.timeout(timeout_s):
                answer = await function(call.arguments, caller)
        except ToolError as error:
            return _failed(call, str(error))
        except TimeoutError:
            return _failed(call, f"{call.name} did not answer within {timeout_s:g} s.")
        if isinstance(answer, str):
            return ToolResult(call.id, answer, is_untrusted=call.name in self.untrusted)
        return ToolResult(call.id, str(answer), answer, is_untrusted=call.name in self.untrusted)


def _failed(call: ToolCall, text: str) -> ToolResult:
    return ToolResult(call_id=call.id, text=text, is_error=True)
