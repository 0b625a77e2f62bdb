"""Talking to a model under test: build it over a scripted provider, ask, collect what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from sophia.core.messages import (
    Message,
    ModelReply,
    ModelRequest,
    ReasoningChunk,
    TextChunk,
    ToolSpec,
    UserMessage,
)
from sophia.core.ports import Model
from sophia.kit.clock import Clock, SystemClock
from sophia.llm.anthropic import AnthropicModel
from sophia.llm.deadlines import Deadlines
from sophia.llm.openai import OpenAiModel
from sophia.llm.provider import Provider
from tests.support.providers import MODEL

API_KEY = "hunter2-hunter2"
SEARCH = ToolSpec(
    "memory__search_memories",
    "Search what is remembered.",
    {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)


@dataclass(slots=True)
class Talk:
    """What a model said, chunk by chunk and as a whole."""

    pieces: list[str] = field(default_factory=list[str])
    thoughts: list[str] = field(default_factory=list[str])
    replies: list[ModelReply] = field(default_factory=list[ModelReply])

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def reply(self) -> ModelReply:
        (reply,) = self.replies
        return reply


def openai_model(
    url: str,
    *,
    session: aiohttp.ClientSession,
    deadlines: Deadlines | None = None,
    clock: Clock | None = None,
) -> OpenAiModel:
    return OpenAiModel(
        provider(url, "openai", session=session, deadlines=deadlines, clock=clock), model_id=MODEL
    )


def anthropic_model(
    url: str,
    *,
    session: aiohttp.ClientSession,
    deadlines: Deadlines | None = None,
    clock: Clock | None = None,
) -> AnthropicModel:
    return AnthropicModel(
        provider(url, "anthropic", session=session, deadlines=deadlines, clock=clock),
        model_id=MODEL,
    )


def provider(
    url: str,
    name: str,
    *,
    session: aiohttp.ClientSession,
    deadlines: Deadlines | None = None,
    clock: Clock | None = None,
) -> Provider:
    return Provider(
        name,
        base_url=url,
        api_key=API_KEY,
        session=session,
        clock=clock or SystemClock(),
        deadlines=deadlines,
    )


def asking(text: str = "When is our deploy window?", *tools: ToolSpec) -> ModelRequest:
    return ModelRequest("You are Sophia.", [UserMessage(text)], tools=tools)


def telling(messages: Sequence[Message]) -> ModelRequest:
    return ModelRequest("You are Sophia.", messages)


async def listen(model: Model, request: ModelRequest, talk: Talk | None = None) -> Talk:
    """Collect a whole stream; into `talk`, so that it holds what was said before a failure too."""
    talk = talk or Talk()
    async for event in model.stream(request):
        match event:
            case TextChunk():
                talk.pieces.append(event.text)
            case ReasoningChunk():
                talk.thoughts.append(event.text)
            case ModelReply():
                talk.replies.append(event)
    return talk
