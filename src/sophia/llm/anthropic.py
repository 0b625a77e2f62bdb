"""The Anthropic dialect: messages."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from sophia.core.failures import ModelFailedError
from sophia.core.messages import (
    AssistantMessage,
    FinishReason,
    Message,
    ModelEvent,
    ModelRequest,
    ToolMessage,
    ToolSpec,
    Usage,
    UserMessage,
)
from sophia.llm import attached, refusals
from sophia.llm.concessions import TEMPERATURE_REFUSED, Concessions
from sophia.llm.draft import Draft
from sophia.llm.encoding import argument_text, checked_name, dump, object_schema, sent_name
from sophia.llm.exchange import converse
from sophia.llm.provider import Provider
from sophia.llm.reading import count, parsed, text

API_VERSION = "2023-06-01"
MAX_OUTPUT_TOKENS = 8192  # the dialect wants a bound on every call

_FINISHES = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "pause_turn": FinishReason.STOP,
    "tool_use": FinishReason.TOOL_CALLS,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "refusal": FinishReason.FILTERED,
}

_RULES = {
    "temperature": TEMPERATURE_REFUSED,
}


class AnthropicModel:
    """A model behind POST {base_url}/v1/messages."""

    def __init__(
        self,
        provider: Provider,
        *,
        model_id: str,
        name: str | None = None,
        max_output_tokens: int = MAX_OUTPUT_TOKENS,
        takes_images: bool = False,
    ) -> None:
        """Take the id by which the provider knows it and the name by which Sophia offers it."""
        self.provider = provider
        self._model_id = model_id
        self._name = name or model_id
        self.takes_images = takes_images
        self._max_output_tokens = max_output_tokens
        self.concessions = Concessions(_RULES)
        self.url = f"{provider.base_url.removesuffix('/v1')}/v1/messages"
        self.headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
            "anthropic-version": API_VERSION,
        }
        if provider.api_key:
            self.headers["x-api-key"] = provider.api_key

    @property
    def name(self) -> str:
        """Give the name by which a request chooses this model."""
        return self._name

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Yield chunks and, last and exactly once, the ModelReply; raises ModelFailedError."""
        return converse(self.provider, self, request, model=self._name)

    def encode(self, request: ModelRequest) -> bytes:
        """Write the body of the call; raises ToolNameInvalidError."""
        wanted = request.max_output_tokens or self._max_output_tokens
        body: dict[str, Any] = {
            "model": self._model_id,
            "max_tokens": min(wanted, self._max_output_tokens),
            "messages": _messages(request.messages, takes_images=self.takes_images),
            "stream": True,
        }
        if request.system:
            body["system"] = request.system
        if request.tools:
            body["tools"] = [_tool(spec) for spec in request.tools]
        if request.temperature is not None and "temperature" not in self.concessions.granted:
            body["temperature"] = request.temperature
        return dump(body)

    def take(self, data: bytes, draft: Draft) -> None:
        """Read one event; raises ModelFailedError."""
        event = parsed(data)
        try:
            if event.get("type") == "error":
                raise self._failure(event)
            _take_event(event, draft)
        except (AttributeError, LookupError, TypeError) as error:
            raise self._misshapen() from error

    def take_whole(self, data: bytes, draft: Draft) -> None:
        """Read a message from a server that does not stream; raises ModelFailedError."""
        message = parsed(data)
        try:
            if message.get("type") == "error":
                raise self._failure(message)
            for index, block in enumerate(message["content"]):
                _begin_block(index, block, draft)
            draft.finish = _FINISHES.get(message.get("stop_reason") or "", FinishReason.STOP)
            _note_usage(message.get("usage"), draft)
        except (AttributeError, LookupError, TypeError) as error:
            raise self._misshapen() from error
        draft.is_done = True

    def _failure(self, event: Mapping[str, Any]) -> ModelFailedError:
        return refusals.streamed_failure(
            event.get("error"), provider=self.provider.name, secret=self.provider.api_key
        )

    def _misshapen(self) -> ModelFailedError:
        return ModelFailedError(
            f"{self.provider.name} sent an event of another shape than messages have."
        )


def _take_event(event: Mapping[str, Any], draft: Draft) -> None:
    match event.get("type"):
        case "content_block_delta":
            _take_delta(event["index"], event["delta"], draft)
        case "content_block_start":
            _begin_block(event["index"], event["content_block"], draft)
        case "message_start":
            _note_usage(event["message"].get("usage"), draft)
        case "message_delta":
            if reason := event["delta"].get("stop_reason"):
                draft.finish = _FINISHES.get(reason, FinishReason.STOP)
            _note_usage(event.get("usage"), draft)
        case "message_stop":
            if draft.finish is None and draft.is_empty:
                raise ModelFailedError("The model's answer ended before it began.")
            draft.is_done = True
        case _:  # ping, content_block_stop, and what later versions add
            pass


def _begin_block(index: int, block: Mapping[str, Any], draft: Draft) -> None:
    match block["type"]:
        case "text":
            if said := block.get("text"):
                draft.say(text(said))
        case "thinking":
            if thought := block.get("thinking"):
                draft.think(text(thought))
        case "tool_use":
            draft.calls.add(
                index,
                call_id=text(block["id"]),
                name=text(block["name"]),
                arguments=argument_text(block.get("input") or None),
            )
        case _:  # what is encrypted or runs at the provider
            pass


def _take_delta(index: int, delta: Mapping[str, Any], draft: Draft) -> None:
    match delta["type"]:
        case "text_delta":
            draft.say(text(delta["text"]))
        case "thinking_delta":
            draft.think(text(delta["thinking"]))
        case "input_json_delta":
            if piece := delta["partial_json"]:
                draft.calls.add(index, call_id="", name="", arguments=text(piece))
        case _:  # signatures, citations
            pass


def _note_usage(usage: Mapping[str, Any] | None, draft: Draft) -> None:
    """Note the figures: each event's are totals so far, and may leave out what did not change."""
    if not usage:
        return
    known = draft.usage or Usage()
    cached = count(usage.get("cache_read_input_tokens"))
    given = known.input_tokens
    if "input_tokens" in usage:  # which are only those that no cache holds or takes in
        written = count(usage.get("cache_creation_input_tokens"))
        given = count(usage["input_tokens"]) + cached + written or given
    details: Mapping[str, Any] = usage.get("output_tokens_details") or {}
    draft.usage = Usage(
        input_tokens=given,
        output_tokens=count(usage.get("output_tokens")) or known.output_tokens,
        cached_input_tokens=cached or known.cached_input_tokens,
        reasoning_tokens=count(details.get("thinking_tokens")) or known.reasoning_tokens,
    )


def _messages(messages: Sequence[Message], *, takes_images: bool) -> list[dict[str, Any]]:
    """Write the talk in turns: what one side says in a row is one message."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if isinstance(message, AssistantMessage) else "user"
        blocks = _blocks(message, takes_images=takes_images)
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: Message, *, takes_images: bool) -> list[dict[str, Any]]:
    match message:
        case UserMessage():
            return _said_blocks(message, takes_images=takes_images)
        case AssistantMessage(said, calls):
            blocks = [_text_block(said)] if said.strip() else []
            for call in calls:
                name = sent_name(call.name)
                blocks.append(
                    {
                        "type": "tool_use",
                        "id": _sent_id(call.id),
                        "name": name,
                        "input": call.arguments,
                    }
                )
            return blocks
        case ToolMessage(result):
            block: dict[str, Any] = {
                "type": "tool_result",
                "tool_use_id": _sent_id(result.call_id),
                "content": result.text,
            }
            return [{**block, "is_error": True} if result.is_error else block]


def _said_blocks(message: UserMessage, *, takes_images: bool) -> list[dict[str, Any]]:
    said = attached.told(message, takes_images=takes_images)
    shown = [
        {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
        for media_type, data in attached.images(message, takes_images=takes_images)
    ]
    return [*shown, _text_block(said)] if said else shown


def _text_block(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def _sent_id(call_id: str) -> str:
    """Give a call's id in the alphabet of this dialect; another provider may have made it up."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", call_id)


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {
        "name": checked_name(spec.name),
        "description": spec.description,
        "input_schema": object_schema(spec.input_schema),
    }
