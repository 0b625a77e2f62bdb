"""Scripted model providers: real HTTP servers that speak the wire formats, by a script.

    async with scripted_openai() as provider:
        provider.say("Hello")
        provider.call("memory__search_memories", {"query": "deploy window"})
        provider.misbehave(Fault.HANG_MID_STREAM)
        … the model under test calls provider.url …
        assert provider.requests[0].body["messages"][-1]["content"] == "…"

Replies are served in order, one for each request for a completion; when none is left, what `choose`
makes of the request is, or `default`, or an echo of what the user said last.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sophia.kit.clock import SystemClock
from tests.support.providers_frames import (
    AnthropicFrames,
    Call,
    Fault,
    Figures,
    Frames,
    OpenAiFrames,
    Reply,
)
from tests.support.providers_http import Answer, HttpServer, SeenRequest

__all__ = [
    "Call",
    "Fault",
    "Figures",
    "Reply",
    "ScriptedProvider",
    "SeenRequest",
    "scripted_anthropic",
    "scripted_openai",
]

MODEL = "scripted-model"
LONG_LINE_BYTES = 10_000_000
_MAX_WAIT_S = 5.0

_STATUSES = {Fault.RATE_LIMITED: 429, Fault.SERVER_ERROR: 500}

# What a reply becomes when it only has to be written differently.
_REWRITTEN = {
    Fault.NO_USAGE: Reply(pieces=("no", " figures"), figures=None),
    Fault.NO_DONE: Reply(pieces=("no", " end mark"), has_end_mark=False),
    Fault.DUPLICATE_TOOL_IDS: Reply(
        calls=(Call("memory__a", {"n": 1}, id="same"), Call("memory__b", {"n": 2}, id="same"))
    ),
    Fault.MALFORMED_ARGUMENTS: Reply(calls=(Call("memory__a", '{"n": 1'),)),
}


class ScriptedProvider:
    """A provider that says what it is told and remembers what it was asked."""

    def __init__(self, frames: Frames, *, url_suffix: str) -> None:
        self.requests: list[SeenRequest] = []  # for completions
        self.models = [MODEL]
        self.default: Reply | None = None
        self.choose: Callable[[Mapping[str, Any]], Reply | None] | None = None
        self.is_recording = True
        self.root_url = ""
        self.has_arrived = asyncio.Event()
        self._frames = frames
        self._url_suffix = url_suffix
        self._script: deque[Reply] = deque()
        self._default_encoded: tuple[int, str, list[bytes]] | None = None
        self._clock = SystemClock()
        self._server = HttpServer(self._respond)

    @property
    def url(self) -> str:
        """Give the base URL as the dialect's clients take it."""
        return f"{self.root_url}{self._url_suffix}"

    @property
    def connection_count(self) -> int:
        """Say how many connections were ever opened."""
        return self._server.connection_count

    def add(self, *replies: Reply) -> None:
        self._script.extend(replies)

    def clear(self) -> None:
        """Forget what was left of the script."""
        self._script.clear()

    def say(self, *pieces: str, pause_s: float = 0.0, figures: Figures | None = None) -> None:
        """Answer with text, one chunk for each piece."""
        self.add(Reply(pieces=pieces, pause_s=pause_s, figures=figures or Figures()))

    def call(self, name: str, arguments: Mapping[str, Any] | str, *, text: str = "") -> None:
        """Answer by asking for a tool."""
        self.add(Reply(pieces=(text,) if text else (), calls=(Call(name, arguments),)))

    def refuse(
        self, status: int, message: str = "no", *, retry_after: str | None = None, times: int = 1
    ) -> None:
        """Answer with an error status."""
        reply = Reply(status=status, message=message, retry_after=retry_after)
        self.add(*[reply] * times)

    def send_raw(self, *pieces: bytes, content_type: str = "text/event-stream") -> None:
        """Answer with exactly these bytes, one write for each."""
        self.add(Reply(raw=pieces, content_type=content_type))

    def misbehave(self, fault: Fault, *, times: int = 1, retry_after: str | None = None) -> None:
        """Answer in one of the twelve bad ways."""
        reply = _REWRITTEN.get(fault, Reply(pieces=("good", " so", " far"), fault=fault))
        self.add(*[replace(reply, retry_after=retry_after)] * times)

    async def wait_for_requests(self, count: int) -> list[SeenRequest]:
        """Wait until that many requests for a completion have arrived."""
        async with asyncio.timeout(_MAX_WAIT_S):
            while len(self.requests) < count:
                self.has_arrived.clear()
                await self.has_arrived.wait()
        return self.requests

    async def start(self, *, port: int = 0) -> None:
        bound = await self._server.start(port=port)
        self.root_url = f"http://127.0.0.1:{bound}"

    async def stop(self) -> None:
        await self._server.stop()

    async def _respond(self, request: SeenRequest, answer: Answer) -> None:
        path = request.path.partition("?")[0]
        if request.method == "GET" and path == self._frames.models_path:
            answer.whole(200, _json(self._frames.models(self.models)))
        elif request.method == "GET" and path == "/api/tags":
            entries = [{"name": name, "model": name} for name in self.models]
            answer.whole(200, _json({"models": entries}))
        elif request.method == "POST" and path == self._frames.completion_path:
            if self.is_recording:
                self.requests.append(request)
            self.has_arrived.set()
            await self._complete(request, self._reply_to(request.body), answer)
        else:
            answer.whole(404, _json(self._frames.error(404, f"There is no {path} here.")))

    def _reply_to(self, body: Mapping[str, Any]) -> Reply:
        if self._script:
            return self._script.popleft()
        chosen = self.choose(body) if self.choose else None
        return chosen or self.default or _echo(body)

    async def _complete(self, request: SeenRequest, reply: Reply, answer: Answer) -> None:
        model = str(request.body.get("model", MODEL))
        if reply.raw is not None:
            await self._send_raw(reply, answer)
        elif reply.fault is not None and reply.fault in _STATUSES:
            self._refuse(replace(reply, status=_STATUSES[reply.fault]), answer)
        elif reply.fault is not None:
            await self._misbehave(reply, answer, model=model)
        elif reply.status != 200:
            self._refuse(reply, answer)
        elif not request.body.get("stream"):
            answer.whole(200, _json(self._frames.whole(reply, model=model)))
        elif reply.pause_s:
            answer.begin()
            for frame in self._encoded(reply, model):
                await self._clock.sleep(reply.pause_s)
                answer.send(frame)
            answer.end()
        else:
            answer.begin()
            answer.send(*self._encoded(reply, model))
            answer.end()

    async def _send_raw(self, reply: Reply, answer: Answer) -> None:
        answer.begin(content_type=reply.content_type)
        for piece in reply.raw or ():
            answer.send(piece)
            await self._clock.sleep(reply.pause_s)
        answer.end()

    def _refuse(self, reply: Reply, answer: Answer) -> None:
        headers = {} if reply.retry_after is None else {"Retry-After": reply.retry_after}
        body = _json(self._frames.error(reply.status, reply.message or "scripted refusal"))
        answer.whole(reply.status, body, headers=headers)

    def _encoded(self, reply: Reply, model: str) -> list[bytes]:
        """Encode the default reply once: a benchmark asks for it thousands of times."""
        if reply is not self.default:
            return list(self._frames.stream(reply, model=model))
        if self._default_encoded is None or self._default_encoded[:2] != (id(reply), model):
            frames = list(self._frames.stream(reply, model=model))
            self._default_encoded = (id(reply), model, frames)
        return self._default_encoded[2]

    async def _misbehave(self, reply: Reply, answer: Answer, *, model: str) -> None:
        frames = list(self._frames.stream(reply, model=model))
        first = _until(frames, reply.pieces[0])
        match reply.fault:
            case Fault.HANG_BEFORE_HEADERS:
                await asyncio.Event().wait()  # until the client leaves
            case Fault.HANG_MID_STREAM:
                answer.begin()
                answer.send(*first)
                await asyncio.Event().wait()
            case Fault.CUT_MID_JSON:
                answer.begin()
                answer.send(*first, frames[len(first)][:25])
                answer.cut()
            case Fault.WRONG_CONTENT_TYPE:
                page = b"<html><body>Sign in to the proxy</body></html>"
                answer.whole(200, page, content_type="text/html")
            case Fault.LONG_LINE:
                answer.begin()
                answer.send(*first, b"data: " + b"x" * LONG_LINE_BYTES, b"\n\n")
                answer.end()
            case Fault.INVALID_UTF8:
                answer.begin()
                answer.send(*first, frames[len(first)].replace(b" so", b" s\xff\xfe"))
                answer.end()
            case _:
                raise AssertionError(reply.fault)


def _until(frames: list[bytes], piece: str) -> list[bytes]:
    """Give the frames up to the one with this piece of text."""
    position = next(i for i, frame in enumerate(frames) if json.dumps(piece).encode() in frame)
    return frames[: position + 1]


def _echo(body: Mapping[str, Any]) -> Reply:
    said: Any = next(
        (message["content"] for message in body["messages"][::-1] if message["role"] == "user"), ""
    )
    if not isinstance(said, str):  # Anthropic's blocks
        said = said[-1].get("text", "")
    words = f"You said: {said}".split(" ")
    return Reply(pieces=tuple(word if i == 0 else f" {word}" for i, word in enumerate(words)))


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


@asynccontextmanager
async def scripted_openai(*, port: int = 0) -> AsyncGenerator[ScriptedProvider]:
    """Serve the OpenAI dialect; `provider.url` ends in /v1. Its /api/tags is that of an Ollama."""
    provider = ScriptedProvider(OpenAiFrames(), url_suffix="/v1")
    async with _running(provider, port):
        yield provider


@asynccontextmanager
async def scripted_anthropic(*, port: int = 0) -> AsyncGenerator[ScriptedProvider]:
    """Serve the Anthropic dialect."""
    provider = ScriptedProvider(AnthropicFrames(), url_suffix="")
    async with _running(provider, port):
        yield provider


@asynccontextmanager
async def _running(provider: ScriptedProvider, port: int) -> AsyncGenerator[None]:
    await provider.start(port=port)
    try:
        yield
    finally:
        await provider.stop()
