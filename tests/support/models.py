"""A model that says what a test scripts."""

from collections.abc import AsyncGenerator, Callable, Sequence

from sophia.core.messages import (
    AssistantMessage,
    FinishReason,
    ModelEvent,
    ModelReply,
    ModelRequest,
    TextChunk,
    ToolCall,
    Usage,
)
from sophia.kit.errors import SophiaError

type Reply = str | Sequence[ToolCall] | SophiaError


class ScriptedModel:
    """Gives the scripted replies one after the other, then repeats the last one."""

    def __init__(
        self,
        *replies: Reply,
        usage: Usage | None = None,
        before_reply: Callable[[], None] = lambda: None,
    ) -> None:
        self.requests: list[ModelRequest] = []
        self._replies = list(replies)
        self._usage = usage or Usage(input_tokens=10, output_tokens=5)
        self._before_reply = before_reply

    @property
    def name(self) -> str:
        return "scripted"

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        self.requests.append(request)
        self._before_reply()
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, SophiaError):
            raise reply
        if isinstance(reply, str):
            for word in reply.split(" "):
                yield TextChunk(f"{word} ")
            yield ModelReply(AssistantMessage(reply), FinishReason.STOP, self._usage)
        else:
            message = AssistantMessage("", calls=tuple(reply))
            yield ModelReply(message, FinishReason.TOOL_CALLS, self._usage)
