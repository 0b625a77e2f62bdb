import asyncio
from typing import Any
from uuid import uuid4

import aiohttp
import orjson
import pytest
from mcp.client.client import Client
from mcp_types import TextContent, TextResourceContents
from sqlalchemy import text

from sophia.core.provenance import UNTRUSTED_KEY
from sophia.kit.clock import SystemClock
from sophia.kit.ids import uuid7
from sophia.servers.memory.server import open_memory
from sophia.store.database import Database
from tests.support.serving import (
    ERAS,
    STATIC_TOKEN,
    Served,
    a_caller,
    connected,
    mint,
    serving,
)

FACT = "our deploy window is Friday 15:00 UTC"
QUESTION = "When is our deploy window?"


async def call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    structured: dict[str, Any] = result.structured_content
    return structured


async def refusal(client: Client, name: str, **arguments: Any) -> str:
    result = await client.call_tool(name, arguments)
    block = result.content[0]
    assert result.is_error
    assert isinstance(block, TextContent)
    return block.text


@pytest.mark.parametrize("era", ERAS)
async def test_what_a_user_tells_is_found_with_its_source(memory_server: Served, era: str) -> None:
    caller = a_caller("Anna")
    token = mint("memory", caller)
    async with connected(memory_server, token=token, era=era) as client:
        stored = await call(client, "store_memory", content=FACT)
        found = await call(client, "search_memories", query=QUESTION)

    assert stored["is_new"] is True
    best = found["memories"][0]
    assert best["content"] == FACT
    assert best["memory_id"] == stored["memory_id"]
    assert best["source"]["speaker"] == "Anna"
    assert best["source"]["conversation"] == str(caller.conversation_id)
    assert best["source"]["turn_id"] == str(caller.turn_id)
    assert best["occurred_at"]
    why = {"terms": ["deploy", "window"], "signals": ["time"], "similarity": None}
    assert best["why"] == why


@pytest.mark.parametrize("era", ERAS)
async def test_a_result_with_strangers_words_in_it_says_so(
    memory_server: Served, era: str, database: Database
) -> None:
    caller = a_caller("Anna")
    spoof = 'They wrote "trust":"untrusted" on the wall'
    async with connected(memory_server, token=mint("memory", caller), era=era) as client:
        stored = await call(client, "store_memory", content=spoof)
        ours = await client.call_tool("search_memories", {"query": "wall"})
        async with database.transaction() as writer:
            of_strangers = text("UPDATE memories SET trust = 'untrusted' WHERE id = :id")
            await writer.execute(of_strangers, {"id": stored["memory_id"]})
        theirs = [
            await client.call_tool("search_memories", {"query": "wall"}),
            await client.call_tool("get_memory", {"memory_id": stored["memory_id"]}),
            await client.call_tool("list_memories", {}),
        ]
    assert UNTRUSTED_KEY not in (ours.meta or {})
    assert all((one.meta or {})[UNTRUSTED_KEY] is True for one in theirs)


@pytest.mark.parametrize("era", ERAS)
async def test_every_tool_works(memory_server: Served, era: str) -> None:
    user = str(uuid4())
    async with connected(memory_server, era=era) as client:
        one = await call(client, "store_memory", content=FACT, user_id=user)
        many = await call(
            client,
            "store_memories",
            user_id=user,
            memories=[
                {"content": FACT},
                {
                    "content": "Ben is on call",
                    "category": "project",
                    "tags": ["rota"],
                    "metadata": {"week": 7},
                    "scope": "ops",
                    "external_id": "rota-7",
                    "occurred_at": "2026-02-09T00:00:00Z",
                },
            ],
        )
        talk = await call(
            client,
            "store_conversation",
            user_id=user,
            messages=[{"role": "user", "content": "Who is on call?"}],
            metadata={"session": "talk-1"},
        )
        found = await call(
            client,
            "search_memories",
            query="Who is on call?",
            user_id=user,
            scope="ops",
            category="project",
            tags=["rota"],
            limit=5,
            threshold=0.2,
        )
        said = await call(client, "get_conversation_context", user_id=user, query="call")
        whole = await call(client, "get_memory", memory_id=one["memory_id"])
        changed = await call(
            client, "update_memory", memory_id=one["memory_id"], category="project"
        )
        stats = await call(client, "get_memory_stats", user_id=user)
        deleted = await call(client, "delete_memory", memory_id=one["memory_id"])
        gone = await refusal(client, "get_memory", memory_id=one["memory_id"])

    assert (many["added"], many["known"]) == (1, 1)
    assert (talk["added"], talk["conversation"]) == (1, "talk-1")
    memory = found["memories"][0]
    assert (memory["content"], memory["external_id"]) == ("Ben is on call", "rota-7")
    assert memory["metadata"] == {"week": 7, "external_id": "rota-7"}
    assert memory["occurred_at"] == "2026-02-09T00:00:00Z"
    assert said["memories"][0]["content"] == "Who is on call?"
    assert whole["content"] == FACT
    assert changed["category"] == "project"
    assert (stats["memories"], stats["by_category"]) == (3, {"general": 1, "project": 2})
    assert deleted["is_deleted"] is True
    assert "no such memory" in gone


async def test_a_user_reaches_nothing_of_another_user_s_by_any_tool(
    memory_server: Served,
) -> None:
    anna, ben = a_caller("Anna"), a_caller("Ben")
    async with connected(memory_server, token=mint("memory", anna)) as client:
        id_ = (await call(client, "store_memory", content=FACT))["memory_id"]
        await call(client, "store_conversation", messages=[{"content": FACT}])
    async with connected(memory_server, token=mint("memory", ben)) as client:
        assert (await call(client, "search_memories", query=QUESTION))["memories"] == []
        assert (await call(client, "get_conversation_context"))["memories"] == []
        assert (await call(client, "get_memory_stats"))["memories"] == 0
        for tool in ("get_memory", "delete_memory"):
            assert "no such memory" in await refusal(client, tool, memory_id=id_)
        told = await refusal(client, "update_memory", memory_id=id_, content="mine")
        assert "no such memory" in told
        stats = (await client.read_resource("memory://stats")).contents[0]
        assert isinstance(stats, TextResourceContents)
        assert orjson.loads(stats.text)["memories"] == 0
        for tool, more in (
            ("search_memories", {"query": QUESTION}),
            ("get_memory", {"memory_id": id_}),
            ("store_memory", {"content": "for you"}),
            ("get_conversation_context", {}),
            ("get_memory_stats", {}),
        ):
            told = await refusal(client, tool, user_id=str(anna.user_id), **more)
            assert "another user" in told
    async with connected(memory_server, token=mint("memory", anna)) as client:
        assert (await call(client, "get_memory", memory_id=id_))["content"] == FACT


async def test_what_is_kept_is_looked_after_by_tools(memory_server: Served) -> None:
    anna = a_caller("Anna")
    token = f"ghp_{uuid4().hex}{uuid4().hex[:4]}"
    async with connected(memory_server, token=mint("memory", anna)) as client:
        stored = await call(client, "store_memory", content=f"{FACT}; the token is {token}")
        id_ = stored["memory_id"]
        await call(client, "update_memory", memory_id=id_, tags=["deploy"])
        other = (await call(client, "store_memory", content="Ben deploys"))["memory_id"]
        await call(client, "link_memories", memory_id=id_, other_id=other)
        whole = await call(client, "get_memory", memory_id=id_)
        told = await call(client, "supersede_memory", memory_id=other, content="Anna deploys")
        listed = await call(client, "list_memories", limit=1)
        scopes = await call(client, "list_memory_scopes")
        preview = await call(client, "preview_forgetting", tags=["deploy"])
        confirmed = {"tags": ["deploy"], "confirmation": preview["confirmation"]}
        gone = await call(client, "forget_memories", **confirmed)
        recent = (await client.read_resource("memory://recent")).contents[0]
        asked = await client.get_prompt("recall", {"topic": "deploys"})
    assert stored["redacted"] == ["GitHub token"]
    assert token not in whole["content"]
    assert whole["links"][0]["memory_id"] == other
    assert told["superseded"]["superseded_by"] == told["memory"]["memory_id"]
    assert [one["content"] for one in listed["memories"]] == ["Anna deploys"]
    assert listed["next_cursor"]
    assert scopes["scopes"][0]["memories"] == 3
    assert (preview["count"], gone["forgotten"]) == (1, 1)
    assert isinstance(recent, TextResourceContents)
    assert [one["content"] for one in orjson.loads(recent.text)["memories"]] == ["Anna deploys"]
    assert "deploys" in str(asked.messages)


async def test_nobody_looks_after_what_is_another_s(memory_server: Served) -> None:
    anna, ben = a_caller("Anna"), a_caller("Ben")
    async with connected(memory_server, token=mint("memory", anna)) as client:
        id_ = (await call(client, "store_memory", content=FACT, tags=["deploy"]))["memory_id"]
        other = (await call(client, "store_memory", content="Ben deploys"))["memory_id"]
        await call(client, "delete_memory", memory_id=id_)
    async with connected(memory_server, token=mint("memory", ben)) as client:
        for tool, more in (
            ("get_memory_history", {}),
            ("restore_memory", {}),
            ("supersede_memory", {"content": "mine"}),
            ("link_memories", {"other_id": other}),
        ):
            assert "no such memory" in await refusal(client, tool, memory_id=id_, **more)
        assert (await call(client, "list_memories", include_past=True))["memories"] == []
        assert (await call(client, "preview_forgetting", tags=["deploy"]))["count"] == 0
    async with connected(memory_server, token=mint("memory", anna)) as client:
        back = await call(client, "restore_memory", memory_id=id_)
    assert back["tags"] == ["deploy"]


async def test_with_the_server_s_token_each_user_id_is_apart(memory_server: Served) -> None:
    one, two = str(uuid4()), str(uuid4())
    async with connected(memory_server) as client:
        id_ = (await call(client, "store_memory", content=FACT, user_id=one))["memory_id"]
        found = await call(client, "search_memories", query=QUESTION, user_id=two)
        told = await refusal(client, "get_memory", memory_id=id_, user_id=two)
        own = await call(client, "get_memory", memory_id=id_, user_id=one)

    assert found["memories"] == []
    assert "no such memory" in told
    assert own["content"] == FACT


async def test_without_a_user_id_memories_are_the_default_user_s(memory_server: Served) -> None:
    fact = f"the code word is {uuid4().hex}"
    async with connected(memory_server) as client:
        await call(client, "store_memory", content=fact)
        found = await call(client, "search_memories", query=fact, user_id="default")

    assert found["memories"][0]["content"] == fact


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "empty content": ("store_memory", {"content": ""}, "content: "),
    "blank content": ("store_memory", {"content": " \x00 "}, "is empty"),
    "content too long": ("store_memory", {"content": "x" * 40_000}, "at most 32,768"),
    "wrong category": ("store_memory", {"content": "x", "category": "tech"}, "'technical'"),
    "1,000 tags": (
        "store_memory",
        {"content": "x", "tags": [str(number) for number in range(1_000)]},
        "at most 50",
    ),
    "unknown scope": ("search_memories", {"query": "x", "scope": "team:x"}, "there is none"),
    "nothing to forget by": ("preview_forgetting", {}, "name a scope, category"),
    "wrong type": ("store_memory", {"content": ["x"]}, "valid string"),
    "unknown argument": ("store_memory", {"contnet": "x"}, "did you mean content?"),
    "no memories": ("store_memories", {"memories": []}, "at least 1"),
    "one bad of many": (
        "store_memories",
        {"memories": [{"content": "kept out"}, {"content": ""}]},
        "memories[1].content",
    ),
    "empty query": ("search_memories", {"query": "\n"}, "is empty"),
    "limit": ("search_memories", {"query": "x", "limit": 51}, "limit: "),
    "threshold": ("search_memories", {"query": "x", "threshold": 2}, "threshold: "),
    "no id": ("get_memory", {"memory_id": "seven"}, "memory_id: "),
    "unknown id": ("get_memory", {"memory_id": str(uuid7())}, "no such memory"),
    "nothing to change": ("update_memory", {"memory_id": str(uuid7())}, "Nothing to change"),
    "no user": ("get_conversation_context", {}, "user_id is missing"),
    "bad date": ("store_memory", {"content": "x", "occurred_at": "soon"}, "occurred_at: "),
}


@pytest.mark.parametrize(("tool", "arguments", "told"), BAD.values(), ids=BAD.keys())
async def test_bad_input_is_refused_with_what_to_mend(
    memory_server: Served, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with connected(memory_server) as client:
        assert told in await refusal(client, tool, **arguments)


async def test_nothing_is_stored_by_halves(memory_server: Served) -> None:
    user = str(uuid4())
    async with connected(memory_server) as client:
        await refusal(
            client,
            "store_memories",
            user_id=user,
            memories=[{"content": "good"}, {"content": "good too", "category": "bad"}],
        )
        assert (await call(client, "get_memory_stats", user_id=user))["memories"] == 0


async def test_escapes_that_are_no_text_are_left_out_or_refused(memory_server: Served) -> None:
    """No SDK would send them: the bytes go over the wire as they are."""
    call_ = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"store_memory",'
        b'"arguments":{"content":"odd \\ud800\\u0000 text","metadata":{"k":"\\udfff"},'
        b'"user_id":"odd"}%s}}'
    )
    meta = (
        b',"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
        b'"io.modelcontextprotocol/clientCapabilities":{}}'
    )
    routing = {
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "store_memory",
    }
    status, refused = await post(memory_server, call_ % b"")
    assert (status, "error" in refused) == (400, True)
    status, answer = await post(memory_server, call_ % meta, **routing)
    assert (status, answer["result"]["isError"]) == (200, False)

    async with connected(memory_server) as client:
        found = await call(client, "search_memories", query="odd text", user_id="odd")
    assert found["memories"][0]["content"] == "odd  text"


async def test_clients_at_once_lose_nothing(memory_server: Served) -> None:
    user = str(uuid4())

    async def one_client(number: int) -> None:
        async with connected(memory_server) as client:
            for place in range(10):
                await call(
                    client,
                    "store_memory",
                    content=f"fact {place}" if number % 2 else f"fact {place} of {number}",
                    user_id=user,
                )

    await asyncio.gather(*(one_client(number) for number in range(6)))
    async with connected(memory_server) as client:
        stats = await call(client, "get_memory_stats", user_id=user)
    assert stats["memories"] == 3 * 10 + 10


async def post(served: Served, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    sent = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {STATIC_TOKEN}",
        **headers,
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(served.url, data=body, headers=sent) as response,
    ):
        assert response.content_type == "application/json"
        return response.status, orjson.loads(await response.read())


async def test_a_plain_client_of_2025_needs_no_session(memory_server: Served) -> None:
    """The calls of an outside harness: one handshake, then calls with no session id."""
    version = "2025-06-18"
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": version,
            "capabilities": {},
            "clientInfo": {"name": "harness", "version": "1"},
        },
    }
    scope = f"bench-{uuid4().hex[:8]}-conversation"
    metadata = {"session": "session_1", "turn": 0, "speaker": "Anna", "occurred_at": "2023-05-08"}
    memory = {"content": FACT, "external_id": "D1:1", "scope": scope, "metadata": metadata}
    calls = [
        ("store_memories", {"memories": [memory]}),
        ("search_memories", {"query": QUESTION, "limit": 50, "scope": scope}),
    ]
    _, answer = await post(memory_server, orjson.dumps(hello))
    assert answer["result"]["protocolVersion"] == version
    for name, arguments in calls:
        request = {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": name, "arguments": arguments},
        }
        _, answer = await post(
            memory_server, orjson.dumps(request), **{"MCP-Protocol-Version": version}
        )

    best = answer["result"]["structuredContent"]["memories"][0]
    assert (best["external_id"], best["metadata"]["external_id"]) == ("D1:1", "D1:1")
    assert best["source"] == {
        "speaker": "Anna",
        "conversation": "session_1",
        "position": 0,
        "turn_id": None,
        "document": None,
        "document_id": None,
        "page": None,
        "heading": None,
    }


async def test_health_is_503_and_tools_say_so_while_the_database_is_away() -> None:
    url = "postgresql+psycopg://nobody:x@127.0.0.1:9/none"
    async with (
        open_memory(url, pool_size=1, clock=SystemClock()) as parts,
        serving(parts) as served,
        aiohttp.ClientSession() as http,
    ):
        async with http.get(f"{served.origin}/health") as response:
            assert response.status == 503
            told = await response.json()
        async with connected(served) as client:
            refused = await refusal(client, "search_memories", query="x")
            resource = (await client.read_resource("memory://health")).contents[0]

    assert told["status"] == "unhealthy"
    assert "database is away" in told["errors"][0]
    assert "database is away" in refused
    assert isinstance(resource, TextResourceContents)
    assert orjson.loads(resource.text)["status"] == "unhealthy"
