"""Documents are as far from others as memories are, and strangers' words in them say so."""

import base64
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID, uuid4

import pytest

from sophia.core.messages import JsonObject, ToolCall, ToolResult
from sophia.core.ports import Caller
from sophia.documents.errors import DocumentGuardedError, DocumentMissingError
from sophia.documents.schemas import UploadIn
from sophia.kit.clock import SystemClock
from sophia.memory.errors import ScopeClosedError, ScopeUnknownError
from sophia.servers.memory.server import open_memory
from sophia.toolbox.toolbox import Endpoint, McpToolbox
from tests.integration.documents.conftest import Library
from tests.integration.memory.conftest import Teams
from tests.support.files import word
from tests.support.serving import a_caller, mint, serving

pytestmark = pytest.mark.timeout(120)  # each document is read in a process of its own

FACT = "Our deploy window is Friday 15:00 UTC."


@pytest.fixture(name="toolbox")
async def _toolbox(library: Library) -> AsyncGenerator[McpToolbox]:
    async with (
        open_memory(library.url, pool_size=2, clock=SystemClock()) as parts,
        serving(parts) as served,
    ):
        toolbox = McpToolbox([Endpoint("memory", served.url)], mint=mint, clock=SystemClock())
        yield toolbox
        await toolbox.close()


async def test_a_teams_document_is_its_members_and_nobody_elses(library: Library) -> None:
    teams = Teams(library.database)
    anna, ben, eve = [await teams.person() for _ in range(3)]
    team = await teams.team(ben, maintainer=anna)
    document = await library.uploaded(FACT, name="handbook", owner=ben, scope=team)
    id_ = document.document_id

    for who in (anna, ben):
        assert [one.content for one in await library.find("deploy window", owner=who)] == [FACT]
        assert (await library.documents.get(id_, owner=who)).scope == team
    assert await library.find("deploy window", owner=eve) == []
    with pytest.raises(DocumentMissingError):
        await library.documents.delete(id_, owner=eve)
    with pytest.raises(ScopeUnknownError):
        await library.uploaded(FACT, name="mine", owner=eve, scope=team)
    with pytest.raises(ScopeClosedError):
        await library.uploaded(FACT, name="mine", owner=eve, scope="org")
    with pytest.raises(DocumentMissingError):
        await library.documents.get(id_, owner=str(uuid4()))


async def test_somebody_elses_shared_document_is_changed_by_maintainers_alone(
    library: Library,
) -> None:
    teams = Teams(library.database)
    anna, ben, cem = [await teams.person() for _ in range(3)]
    team = await teams.team(ben, cem, maintainer=anna)
    document = await library.uploaded(FACT, name="handbook", owner=ben, scope=team)

    wish = UploadIn(name="handbook", scope=team)
    with pytest.raises(DocumentGuardedError):
        await library.documents.upload(wish, b"Other words.", owner=cem)
    with pytest.raises(DocumentGuardedError):
        await library.documents.delete(document.document_id, owner=cem)
    await library.uploaded("Other words.", name="handbook", owner=anna, scope=team)
    assert [one.content for one in await library.passages("handbook", owner=cem)] == [
        "Other words."
    ]
    await library.documents.delete(document.document_id, owner=anna)
    assert await library.passages("handbook", owner=ben) == []


async def test_an_answer_with_a_strangers_words_says_so_and_no_other(
    library: Library, toolbox: McpToolbox
) -> None:
    anna = a_caller("Anna")

    async def call(tool: str, arguments: JsonObject, caller: Caller = anna) -> ToolResult:
        asked = ToolCall("1", f"memory__{tool}", arguments)
        return await toolbox.call(asked, caller=caller, timeout_s=30)

    await call("store_memory", {"content": "The deploy window was moved by Anna."})
    before = await call("search_memories", {"query": "deploy window"})
    file = base64.b64encode(word(("Heading 1", "Deploying"), ("Normal", FACT))).decode()
    added = await call("add_document", {"name": "handbook.docx", "data": file})
    await library.index()
    after = await call("search_memories", {"query": "deploy window Friday"})
    listed = await call("list_memories", {"document": "handbook.docx"})
    own = await call("list_memories", {"kind": "note"})
    document: Any = await call(
        "get_document", {"document_id": (added.structured or {})["document_id"]}
    )
    vouched = UploadIn(name="own.md", is_trusted=True)
    await library.documents.upload(vouched, b"We eat at noon.", owner=str(anna.user_id))
    await library.index()
    ours = await call("search_memories", {"query": "When do we eat?"})

    assert document.structured["state"] == "ready"
    assert UUID(document.structured["document_id"])
    found: Any = after.structured
    assert found["memories"][0]["source"]["heading"] == "Deploying"
    told = [one.is_untrusted for one in (before, after, listed, own, ours)]
    assert told == [False, True, True, False, False]
    documents = await call("list_documents", {})
    assert [one.is_untrusted for one in (added, document, documents)] == [True] * 3
    gone = await call("delete_document", {"document_id": document.structured["document_id"]})
    assert not gone.is_error
