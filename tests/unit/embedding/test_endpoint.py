from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from sophia.embedding.endpoint import EndpointEmbedder
from sophia.embedding.errors import EmbedderFailedError, TextRefusedError
from tests.support.embedding import ScriptedEndpoint, scripted_endpoint, vectors_of
from tests.support.providers_http import Answer


@pytest_asyncio.fixture(name="endpoint", loop_scope="session")
async def _endpoint() -> AsyncGenerator[ScriptedEndpoint]:
    async with scripted_endpoint() as endpoint:
        yield endpoint


async def embed(endpoint: ScriptedEndpoint, *texts: str) -> list[list[float]]:
    async with EndpointEmbedder.opened(base_url=endpoint.url, model="m", key="k") as embedder:
        return [list(vector) for vector in await embedder.embed(texts)]


async def test_embeddings_come_in_the_order_of_their_texts(endpoint: ScriptedEndpoint) -> None:
    assert await embed(endpoint, "a", "b") == [[1.0] * 3, [2.0] * 3]
    (asked,) = endpoint.requests
    assert (asked.path, asked.headers["authorization"]) == ("/v1/embeddings", "Bearer k")
    assert asked.body == {"model": "m", "input": ["a", "b"]}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, vectors_of(1)),
        (200, b"<html>"),
        (200, b'{"data": [{"index": 0, "embedding": [0, 0]}, {"index": 1, "embedding": [1, 1]}]}'),
        (200, b'{"data": [{"index": 0, "embedding": [1e999]}, {"index": 1, "embedding": [1]}]}'),
        (302, b""),
        (401, b"{}"),
        (503, b"{}"),
    ],
)
async def test_what_is_no_embedding_of_each_text_is_a_failure(
    endpoint: ScriptedEndpoint, status: int, body: bytes
) -> None:
    async def respond(_asked: object, answer: Answer) -> None:
        answer.whole(status, body)

    endpoint.respond = respond
    with pytest.raises(EmbedderFailedError) as caught:
        await embed(endpoint, "a", "b")
    assert not isinstance(caught.value, TextRefusedError)


async def test_a_refused_text_is_told_from_an_endpoint_that_is_away(
    endpoint: ScriptedEndpoint,
) -> None:
    async def refuse(_asked: object, answer: Answer) -> None:
        answer.whole(400, b"{}")

    async def cut(_asked: object, answer: Answer) -> None:
        answer.cut()

    endpoint.respond = refuse
    with pytest.raises(TextRefusedError):
        await embed(endpoint, "a")
    endpoint.respond = cut
    with pytest.raises(EmbedderFailedError, match="is away"):
        await embed(endpoint, "a")
