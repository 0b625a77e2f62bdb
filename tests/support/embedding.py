"""Twins of what embeds: one that knows which words mean the same, and a scripted endpoint."""

import hashlib
import json
import math
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sophia.embedding.errors import EmbedderFailedError, TextRefusedError
from tests.support.providers_http import Answer, HttpServer, SeenRequest

_SAME = {"automobile": "car", "vehicle": "car", "physician": "doctor", "repaired": "fixed"}


class TwinEmbedder:
    """Adds up a direction for each longer word; words that mean the same share theirs."""

    def __init__(self, name: str = "twin", *, dimension: int = 64, batch: int = 8) -> None:
        self.name = name
        self.batch = batch
        self.dimension = dimension
        self.is_away = False
        self.refused = ""
        self.seen: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        if self.is_away:
            raise EmbedderFailedError("The twin is away.")
        if self.refused and any(self.refused in text for text in texts):
            raise TextRefusedError
        self.seen += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        sum_ = [1e-6] * self.dimension
        for found in re.finditer(r"\w{4,}", text.lower()):
            meant = _SAME.get(found.group(), found.group())
            digest = hashlib.shake_256(meant.encode()).digest(self.dimension)
            sum_ = [before + (byte - 127.5) for before, byte in zip(sum_, digest, strict=True)]
        length = math.hypot(*sum_)
        return [one / length for one in sum_]


type Respond = Callable[[Mapping[str, Any], Answer], Awaitable[None]]


@dataclass(slots=True)
class ScriptedEndpoint:
    """Where the endpoint is, what was asked of it, and how it answers."""

    url: str = ""
    requests: list[SeenRequest] = field(default_factory=list[SeenRequest])
    respond: Respond | None = None


def vectors_of(count: int, *, dimension: int = 3) -> bytes:
    """Give an answer as OpenAI gives it, the last one first."""
    data = [{"index": number, "embedding": [number + 1.0] * dimension} for number in range(count)]
    return json.dumps({"object": "list", "data": data[::-1]}).encode()


@asynccontextmanager
async def scripted_endpoint() -> AsyncGenerator[ScriptedEndpoint]:
    """Run one; it answers properly unless told otherwise."""
    endpoint = ScriptedEndpoint()

    async def respond(request: SeenRequest, answer: Answer) -> None:
        endpoint.requests.append(request)
        if endpoint.respond is not None:
            await endpoint.respond(request.body, answer)
        else:
            answer.whole(200, vectors_of(len(request.body["input"])))

    server = HttpServer(respond)
    endpoint.url = f"http://127.0.0.1:{await server.start()}/v1"
    try:
        yield endpoint
    finally:
        await server.stop()
