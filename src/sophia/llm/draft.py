"""A reply as it grows, in whichever dialect it arrives."""

from collections.abc import Iterable

from sophia.core.messages import (
    AssistantMessage,
    FinishReason,
    ModelReply,
    ReasoningChunk,
    TextChunk,
    Usage,
)
from sophia.llm.tool_calls import CallDrafts

_CHARS_PER_TOKEN = 4


class Draft:
    """Collects what a model says, thinks and asks for.

    Pieces that arrive in one read leave as one chunk: that costs no time and spares all who follow.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.calls = CallDrafts()
        self.finish: FinishReason | None = None
        self.usage: Usage | None = None
        self.is_done = False  # the provider said that nothing follows
        self._said: list[str] = []
        self._thought_chars = 0
        self._ready: list[TextChunk | ReasoningChunk] = []
        self._fresh: list[str] = []
        self._fresh_type: type[TextChunk | ReasoningChunk] = TextChunk

    @property
    def is_empty(self) -> bool:
        """Say whether nothing at all has arrived."""
        return not (self._said or self._thought_chars or self.calls.length_chars)

    def say(self, piece: str) -> None:
        """Add to the answer."""
        if self._fresh_type is not TextChunk:
            self._cut(TextChunk)
        self._fresh.append(piece)
        self._said.append(piece)

    def think(self, piece: str) -> None:
        """Add to the reasoning."""
        if self._fresh_type is not ReasoningChunk:
            self._cut(ReasoningChunk)
        self._fresh.append(piece)
        self._thought_chars += len(piece)

    def take_chunks(self) -> list[TextChunk | ReasoningChunk]:
        """Give what was added since the last time."""
        if self._fresh:
            self._cut(self._fresh_type)
        ready, self._ready = self._ready, []
        return ready

    def reply(self, *, sent_bytes: int, taken_ids: Iterable[str]) -> ModelReply:
        """Give the whole reply; without figures from the provider, its tokens are estimated."""
        text = "".join(self._said)
        calls = self.calls.finish(taken=taken_ids)
        finish = self.finish or FinishReason.STOP
        if finish in {FinishReason.STOP, FinishReason.TOOL_CALLS}:
            finish = FinishReason.TOOL_CALLS if calls else FinishReason.STOP
        usage = self.usage
        if usage is None:
            reply_chars = len(text) + self._thought_chars + self.calls.length_chars
            usage = Usage(
                input_tokens=_tokens(sent_bytes),
                output_tokens=_tokens(reply_chars),
                reasoning_tokens=_tokens(self._thought_chars),
                is_estimated=True,
            )
        return ModelReply(AssistantMessage(text, calls), finish, usage)

    def _cut(self, next_type: type[TextChunk | ReasoningChunk]) -> None:
        if self._fresh:
            self._ready.append(self._fresh_type("".join(self._fresh)))
            self._fresh = []
        self._fresh_type = next_type


def _tokens(chars: int) -> int:
    return -(-chars // _CHARS_PER_TOKEN)
