"""What a scripted reply looks like on the wire, in either dialect."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Fault(StrEnum):
    """The twelve ways in which providers misbehave."""

    RATE_LIMITED = "429 with Retry-After"
    SERVER_ERROR = "500"
    HANG_BEFORE_HEADERS = "hang before headers"
    HANG_MID_STREAM = "hang mid-stream"
    CUT_MID_JSON = "cut mid-JSON"
    WRONG_CONTENT_TYPE = "wrong content type"
    LONG_LINE = "10 MB line"
    INVALID_UTF8 = "invalid UTF-8"
    NO_USAGE = "no usage"
    NO_DONE = "no [DONE]"
    DUPLICATE_TOOL_IDS = "duplicate tool ids"
    MALFORMED_ARGUMENTS = "tool arguments that are no JSON"


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call in a scripted reply. The arguments may be a text that is no JSON."""

    name: str
    arguments: Mapping[str, Any] | str
    id: str | None = None

    @property
    def text(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a provider says that a call cost."""

    input_tokens: int = 25
    output_tokens: int = 7
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One scripted reply. `pause_s` is waited before each event."""

    pieces: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    figures: Figures | None = Figures()
    pause_s: float = 0.0
    is_cut_short: bool = False  # by the limit on output tokens
    has_end_mark: bool = True
    fault: Fault | None = None
    retry_after: str | None = None
    status: int = 200
    message: str = ""
    raw: tuple[bytes, ...] | None = None  # exactly this, instead of all of the above
    content_type: str = "text/event-stream"


class Frames(Protocol):
    """How a dialect writes a reply."""

    completion_path: str
    models_path: str

    def stream(self, reply: Reply, *, model: str) -> Iterator[bytes]:
        """Give the events of a reply, one by one."""
        ...

    def whole(self, reply: Reply, *, model: str) -> dict[str, Any]:
        """Give the reply as one document, for a request that does not stream."""
        ...

    def error(self, status: int, message: str) -> dict[str, Any]:
        """Give the body of an error answer."""
        ...

    def models(self, names: list[str]) -> dict[str, Any]:
        """Give the list of models."""
        ...


class OpenAiFrames:
    """Chat completions."""

    completion_path = "/v1/chat/completions"
    models_path = "/v1/models"

    def stream(self, reply: Reply, *, model: str) -> Iterator[bytes]:
        yield self._chunk(model, {"role": "assistant", "content": ""})
        for thought in reply.reasoning:
            yield self._chunk(model, {"reasoning_content": thought})
        for piece in reply.pieces:
            yield self._chunk(model, {"content": piece})
        for index, call in enumerate(reply.calls):
            yield from self._call(model, index, call)
        yield self._chunk(model, {}, finish=_openai_finish(reply))
        if reply.figures is not None:
            yield self._chunk(model, None, usage=_openai_usage(reply.figures))
        if reply.has_end_mark:
            yield b"data: [DONE]\n\n"

    def _call(self, model: str, index: int, call: Call) -> Iterator[bytes]:
        opening = {
            "index": index,
            "id": call.id or f"call_{index + 1}",
            "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }
        yield self._chunk(model, {"tool_calls": [opening]})
        half = len(call.text) // 2
        for piece in (call.text[:half], call.text[half:]):
            if piece:
                fragment = {"index": index, "function": {"arguments": piece}}
                yield self._chunk(model, {"tool_calls": [fragment]})

    @staticmethod
    def _chunk(
        model: str,
        delta: dict[str, Any] | None,
        *,
        finish: str | None = None,
        usage: dict[str, Any] | None = None,
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        chunk: dict[str, Any] = {
            "id": "chatcmpl-scripted",
            "object": "chat.completion.chunk",
            "created": 1_760_000_000,
            "model": model,
            "choices": [] if delta is None else [choice],
            "usage": usage,
        }
        return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"

    def whole(self, reply: Reply, *, model: str) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(reply.pieces)}
        if reply.calls:
            message["tool_calls"] = [
                {
                    "id": call.id or f"call_{index + 1}",
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.text},
                }
                for index, call in enumerate(reply.calls)
            ]
        return {
            "id": "chatcmpl-scripted",
            "object": "chat.completion",
            "created": 1_760_000_000,
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": _openai_finish(reply)}],
            "usage": None if reply.figures is None else _openai_usage(reply.figures),
        }

    def error(self, status: int, message: str) -> dict[str, Any]:
        kind = "rate_limit_error" if status == 429 else "invalid_request_error"
        return {"error": {"message": message, "type": kind, "param": None, "code": None}}

    def models(self, names: list[str]) -> dict[str, Any]:
        entries = [
            {"id": name, "object": "model", "created": 1_760_000_000, "owned_by": "scripted"}
            for name in names
        ]
        return {"object": "list", "data": entries}


def _openai_finish(reply: Reply) -> str:
    if reply.is_cut_short:
        return "length"
    return "tool_calls" if reply.calls else "stop"


def _openai_usage(figures: Figures) -> dict[str, Any]:
    return {
        "prompt_tokens": figures.input_tokens,
        "completion_tokens": figures.output_tokens,
        "total_tokens": figures.input_tokens + figures.output_tokens,
        "prompt_tokens_details": {"cached_tokens": figures.cached_input_tokens},
        "completion_tokens_details": {"reasoning_tokens": figures.reasoning_tokens},
    }


class AnthropicFrames:
    """Messages."""

    completion_path = "/v1/messages"
    models_path = "/v1/models"

    def stream(self, reply: Reply, *, model: str) -> Iterator[bytes]:
        message = self.whole(Reply(figures=reply.figures), model=model)
        yield self._event("message_start", message={**message, "stop_reason": None})
        yield self._event("ping")
        index = -1
        for kind, pieces in (("thinking", reply.reasoning), ("text", reply.pieces)):
            if pieces:
                index += 1
                yield from self._block(index, kind, pieces)
        for call in reply.calls:
            index += 1
            yield from self._call(index, call)
        delta = {"stop_reason": _anthropic_finish(reply), "stop_sequence": None}
        usage = _anthropic_usage(reply.figures) if reply.figures is not None else None
        yield self._event("message_delta", delta=delta, usage=usage)
        if reply.has_end_mark:
            yield self._event("message_stop")

    def _block(self, index: int, kind: str, pieces: tuple[str, ...]) -> Iterator[bytes]:
        block = {"type": kind, kind: "", **({"signature": ""} if kind == "thinking" else {})}
        yield self._event("content_block_start", index=index, content_block=block)
        for piece in pieces:
            delta = {"type": f"{kind}_delta", kind: piece}
            yield self._event("content_block_delta", index=index, delta=delta)
        yield self._event("content_block_stop", index=index)

    def _call(self, index: int, call: Call) -> Iterator[bytes]:
        block = {"type": "tool_use", "id": call.id or f"toolu_{index}", "name": call.name}
        yield self._event("content_block_start", index=index, content_block={**block, "input": {}})
        half = len(call.text) // 2
        for piece in ("", call.text[:half], call.text[half:]):
            delta = {"type": "input_json_delta", "partial_json": piece}
            yield self._event("content_block_delta", index=index, delta=delta)
        yield self._event("content_block_stop", index=index)

    @staticmethod
    def _event(name: str, **fields: Any) -> bytes:
        data = json.dumps({"type": name, **fields}, ensure_ascii=False)
        return f"event: {name}\ndata: {data}\n\n".encode()

    def whole(self, reply: Reply, *, model: str) -> dict[str, Any]:
        text = "".join(reply.pieces)
        content: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
        content += [
            {
                "type": "tool_use",
                "id": call.id or f"toolu_{index}",
                "name": call.name,
                "input": call.arguments,
            }
            for index, call in enumerate(reply.calls)
        ]
        return {
            "id": "msg_scripted",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": content,
            "stop_reason": _anthropic_finish(reply),
            "stop_sequence": None,
            "usage": None if reply.figures is None else _anthropic_usage(reply.figures),
        }

    def error(self, status: int, message: str) -> dict[str, Any]:
        kinds = {401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}
        kind = kinds.get(status, "api_error" if status >= 500 else "invalid_request_error")
        return {"type": "error", "error": {"type": kind, "message": message}}

    def models(self, names: list[str]) -> dict[str, Any]:
        entries = [
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "2025-10-09T00:00:00Z",
                "max_tokens": 32_000,
            }
            for name in names
        ]
        return {"data": entries, "has_more": False, "first_id": None, "last_id": None}


def _anthropic_finish(reply: Reply) -> str:
    if reply.is_cut_short:
        return "max_tokens"
    return "tool_use" if reply.calls else "end_turn"


def _anthropic_usage(figures: Figures) -> dict[str, Any]:
    return {
        "input_tokens": figures.input_tokens - figures.cached_input_tokens,
        "output_tokens": figures.output_tokens,
        "cache_read_input_tokens": figures.cached_input_tokens,
        "cache_creation_input_tokens": 0,
        "output_tokens_details": {"thinking_tokens": figures.reasoning_tokens},
    }
