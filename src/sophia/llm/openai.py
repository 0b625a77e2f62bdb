"""The OpenAI dialect: chat completions, as OpenAI, vLLM, Ollama and many others speak it."""

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
    ToolCall,
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

_FINISHES = {
    "stop": FinishReason.STOP,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTERED,
}

_RULES = {
    "stream_options": re.compile(r"stream_options|include_usage"),
    "max_tokens": re.compile(r"max_completion_tokens"),
    "temperature": TEMPERATURE_REFUSED,
    # Ollama for models without a tool template; vLLM started without a tool parser.
    "tools": re.compile(
        r"not support (tools|tool use|function)|tool choice requires|tool-call-parser",
        re.IGNORECASE,
    ),
}


class OpenAiModel:
    """A model behind POST {base_url}/chat/completions."""

    def __init__(
        self,
        provider: Provider,
        *,
        model_id: str,
        name: str | None = None,
        takes_images: bool = False,
    ) -> None:
        """Take the id by which the provider knows it and the name by which Sophia offers it."""
        self.provider = provider
        self._model_id = model_id
        self._name = name or model_id
        self.takes_images = takes_images
        self.concessions = Concessions(_RULES)
        self.url = f"{provider.base_url}/chat/completions"
        self.headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if provider.api_key:
            self.headers["Authorization"] = f"Bearer {provider.api_key}"

    @property
    def name(self) -> str:
        """Give the name by which a request chooses this model."""
        return self._name

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Yield chunks and, last and exactly once, the ModelReply; raises ModelFailedError."""
        return converse(self.provider, self, request, model=self._name)

    def encode(self, request: ModelRequest) -> bytes:
        """Write the body of the call; raises ToolNameInvalidError."""
        refused = self.concessions.granted
        body: dict[str, Any] = {
            "model": self._model_id,
            "messages": _messages(request, takes_images=self.takes_images),
            "stream": True,
        }
        if "stream_options" not in refused:
            body["stream_options"] = {"include_usage": True}
        if request.tools and "tools" not in refused:
            body["tools"] = [_tool(spec) for spec in request.tools]
        if request.max_output_tokens is not None:
            field = "max_completion_tokens" if "max_tokens" in refused else "max_tokens"
            body[field] = request.max_output_tokens
        if request.temperature is not None and "temperature" not in refused:
            body["temperature"] = request.temperature
        return dump(body)

    def take(self, data: bytes, draft: Draft) -> None:
        """Read one chunk; raises ModelFailedError."""
        if data == b"[DONE]":
            if draft.finish is None and draft.is_empty:
                raise ModelFailedError("The model's answer ended before it began.")
            draft.is_done = True
            return
        self._take_chunk(parsed(data), draft, part="delta")

    def take_whole(self, data: bytes, draft: Draft) -> None:
        """Read a chat completion from a server that does not stream; raises ModelFailedError."""
        completion = parsed(data)
        if not completion.get("choices") and "error" not in completion:
            raise ModelFailedError(
                f"{self.provider.name} answered with JSON that is no completion."
            )
        self._take_chunk(completion, draft, part="message")
        draft.is_done = True

    def _take_chunk(self, chunk: dict[str, Any], draft: Draft, *, part: str) -> None:
        if (error := chunk.get("error")) is not None:
            raise refusals.streamed_failure(
                error, provider=self.provider.name, secret=self.provider.api_key
            )
        try:
            if choices := chunk.get("choices"):
                _take_choice(choices[0], draft, part=part)
            if usage := chunk.get("usage"):
                draft.usage = _usage(usage) or draft.usage
        except (AttributeError, LookupError, TypeError) as error:
            raise ModelFailedError(
                f"{self.provider.name} sent a chunk of another shape than chat completions have."
            ) from error


def _take_choice(choice: Mapping[str, Any], draft: Draft, *, part: str) -> None:
    if delta := choice.get(part):
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            draft.think(text(thought))
        if said := delta.get("content") or delta.get("refusal"):
            draft.say(text(said))
        if calls := delta.get("tool_calls"):
            for call in calls:
                _take_call(call, draft)
    if reason := choice.get("finish_reason"):
        draft.finish = _FINISHES.get(reason, FinishReason.STOP)


def _take_call(call: Mapping[str, Any], draft: Draft) -> None:
    function: Mapping[str, Any] = call.get("function") or {}
    draft.calls.add(
        call.get("index"),
        call_id=text(call.get("id") or ""),
        name=text(function.get("name") or ""),
        arguments=argument_text(function.get("arguments")),
    )


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    given, made = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(given, int) or not isinstance(made, int):
        return None
    cached: Mapping[str, Any] = usage.get("prompt_tokens_details") or {}
    thought: Mapping[str, Any] = usage.get("completion_tokens_details") or {}
    return Usage(
        input_tokens=count(given),
        output_tokens=count(made),
        cached_input_tokens=count(cached.get("cached_tokens")),
        reasoning_tokens=count(thought.get("reasoning_tokens")),
    )


def _messages(request: ModelRequest, *, takes_images: bool) -> list[dict[str, Any]]:
    messages = [_message(message, takes_images=takes_images) for message in request.messages]
    if request.system:
        messages.insert(0, {"role": "system", "content": request.system})
    return messages


def _message(message: Message, *, takes_images: bool) -> dict[str, Any]:
    match message:
        case UserMessage():
            return {"role": "user", "content": _said(message, takes_images=takes_images)}
        case AssistantMessage(said, ()):
            return {"role": "assistant", "content": said}
        case AssistantMessage(said, calls):
            return {"role": "assistant", "content": said, "tool_calls": _calls(calls)}
        case ToolMessage(result):
            return {"role": "tool", "tool_call_id": result.call_id, "content": result.text}


def _said(message: UserMessage, *, takes_images: bool) -> str | list[dict[str, Any]]:
    said = attached.told(message, takes_images=takes_images)
    shown = [
        {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{data}"}}
        for media_type, data in attached.images(message, takes_images=takes_images)
    ]
    return [{"type": "text", "text": said}, *shown] if shown else said


def _calls(calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": sent_name(call.name), "arguments": dump(call.arguments).decode()},
        }
        for call in calls
    ]


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": checked_name(spec.name),
            "description": spec.description,
            "parameters": object_schema(spec.input_schema),
        },
    }
