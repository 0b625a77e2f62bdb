"""Embeddings by an endpoint that speaks OpenAI's API."""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Self

import aiohttp
import orjson
from pydantic import BaseModel, ValidationError

from sophia.embedding.errors import EmbedderFailedError, TextRefusedError
from sophia.embedding.port import Vector

_BATCH = 64
# About 8,000 tokens, which is what the common models read.
_MOST_CHARS = 24_000
_MOST_BYTES = 32 * 2**20
_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
_REFUSALS = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class _One(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    data: list[_One]


class EndpointEmbedder:
    """One model behind an endpoint."""

    batch = _BATCH

    def __init__(
        self, session: aiohttp.ClientSession, *, base_url: str, model: str, key: str | None
    ) -> None:
        """Say where it is; nothing is sent yet."""
        self._session = session
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self.name = model

    @classmethod
    @asynccontextmanager
    async def opened(cls, *, base_url: str, model: str, key: str | None) -> AsyncGenerator[Self]:
        """Open the way to it, and close it again."""
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUT,
            headers={"User-Agent": "sophia"},
        ) as session:
            yield cls(session, base_url=base_url, model=model, key=key)

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """Ask for embeddings; raises EmbedderFailedError."""
        asked = {"model": self.name, "input": [text[:_MOST_CHARS] for text in texts]}
        try:
            body = await self._post(orjson.dumps(asked))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise EmbedderFailedError(f"The embeddings endpoint is away: {reason}") from error
        try:
            found = sorted(_Answer.model_validate_json(body).data, key=lambda one: one.index)
        except ValidationError as error:
            raise EmbedderFailedError(
                "The embeddings endpoint answers something else than embeddings: check its URL."
            ) from error
        vectors = [one.embedding for one in found]
        if len(vectors) != len(texts) or not all(_is_usable(vector) for vector in vectors):
            raise EmbedderFailedError(
                f"The embeddings endpoint gave {len(vectors)} for {len(texts)} texts, or such that"
                " cannot be compared."
            )
        return vectors

    async def _post(self, body: bytes) -> bytes:
        async with self._session.post(
            self._url, data=body, headers=self._headers, allow_redirects=False
        ) as answer:
            if answer.status in _REFUSALS:
                raise TextRefusedError(status=answer.status)
            if answer.status != HTTPStatus.OK:
                raise EmbedderFailedError(
                    f"The embeddings endpoint answers {answer.status}: check its URL, model and key"
                    " (SOPHIA_MEMORY_EMBEDDINGS_…).",
                    status=answer.status,
                )
            if (answer.content_length or 0) > _MOST_BYTES:
                raise EmbedderFailedError("The embeddings endpoint answers too much.")
            return await answer.content.read(_MOST_BYTES)


def _is_usable(vector: Vector) -> bool:
    """Say whether it can be compared: finite, and not nothing."""
    length = math.hypot(*vector)
    return math.isfinite(length) and length > 0
