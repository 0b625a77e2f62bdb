"""AI Memory beside an embeddings endpoint that answers, is slow, and is away."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

from sophia.kit.clock import SystemClock
from sophia.servers.main import OPENERS
from sophia.settings import Settings
from tests.support.embedding import TwinEmbedder, scripted_endpoint
from tests.support.providers_http import Answer
from tests.support.serving import Served, connected, serving
from tests.support.waiting import eventually

CAR = "Anna's automobile was repaired"


async def search(served: Served, owner: str, query: str) -> list[dict[str, Any]]:
    async with connected(served) as client:
        result = await client.call_tool("search_memories", {"query": query, "user_id": owner})
    assert not result.is_error, result.content
    found: list[dict[str, Any]] = result.structured_content["memories"]
    return found


async def figures(served: Served) -> Mapping[str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{served.origin}/health") as answer,
    ):
        assert answer.status == 200
        told: Mapping[str, Any] = (await answer.json())["metrics"]
        return told


async def test_an_endpoint_adds_meaning_and_its_absence_takes_nothing_else(
    postgres_url: str, tmp_path: Path
) -> None:
    twin, owner = TwinEmbedder(), str(uuid4())
    is_away, is_slow = asyncio.Event(), asyncio.Event()

    async def respond(asked: Mapping[str, Any], answer: Answer) -> None:
        if is_slow.is_set():
            await is_away.wait()
        if is_away.is_set():
            answer.whole(503, b"{}")
            return
        made = await twin.embed(asked["input"])
        data = [{"index": number, "embedding": one} for number, one in enumerate(made)]
        answer.whole(200, orjson.dumps({"data": data}))

    async with scripted_endpoint() as endpoint:
        endpoint.respond = respond
        given: dict[str, Any] = {
            "home": tmp_path,
            "DATABASE_URL": postgres_url,
            "memory_embeddings_url": endpoint.url,
            "memory_embeddings_model": "twin",
        }
        async with (
            OPENERS["memory"](Settings(**given), SystemClock()) as parts,
            serving(parts) as served,
            connected(served) as client,
        ):
            contents = ["The tea is green", "Ben cooks on Tuesdays", "The office is old", CAR]
            memories = [{"content": content} for content in contents]
            stored = {"memories": memories, "user_id": owner}
            assert not (await client.call_tool("store_memories", stored)).is_error

            found = await eventually(
                lambda: search(served, owner, "Which vehicle got fixed?"), timeout_s=60
            )
            assert found[0]["content"] == CAR
            assert found[0]["why"]["similarity"] > 0

            is_slow.set()
            assert (await search(served, owner, "the automobile"))[0]["content"] == CAR
            is_away.set()
            more = {"content": "The automobile is red", "user_id": owner}
            assert not (await client.call_tool("store_memory", more)).is_error
            found = await search(served, owner, "red automobile")
            assert found[0]["content"] == "The automobile is red"

            async def complaint() -> str:
                return str((await figures(served)).get("embeddings", ""))

            assert "answers 503" in await eventually(complaint, timeout_s=60)
