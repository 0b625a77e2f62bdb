"""One's memories over HTTP: the services of AI Memory for whoever is signed in."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, status
from starlette.requests import HTTPConnection
from starlette.responses import StreamingResponse

from sophia.identity.guard import MemoryReader, MemoryWriter
from sophia.identity.schemas import Viewer
from sophia.kit.ids import MemoryId
from sophia.memory.drafts import Origin
from sophia.memory.exchange import MemoryExchange
from sophia.memory.schemas import (
    MemoryChanges,
    MemoryFilter,
    MemoryIn,
    MemoryOut,
    SearchQuery,
    StoredOut,
)
from sophia.memory.service import MemoryService
from sophia.memory.upkeep import MemoryUpkeep
from sophia.memory.upkeep_schemas import (
    ForgetIn,
    ForgetPreview,
    ForgottenOut,
    FoundOut,
    HistoryOut,
    ImportedOut,
    LearningIn,
    LearningOut,
    ListQuery,
    MemoryLinkIn,
    MemoryPage,
    RestoreIn,
    ScopesOut,
    SupersededOut,
    SupersedeIn,
    UndoneOut,
)

router = APIRouter(prefix="/api/v1/memory", tags=["memory"])


IMPORT_PATH = "/api/v1/memory/import"
_LINES = "application/x-ndjson"
_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "A memory as JSON on each line.", "content": {_LINES: {}}}
}
_IMPORTED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {_LINES: {}, "application/json": {}}}
}


async def memory_service(connection: HTTPConnection) -> MemoryService:
    """Give the service that the API process was wired with."""
    service: MemoryService = connection.app.state.memories
    return service


async def memory_upkeep(connection: HTTPConnection) -> MemoryUpkeep:
    """Give what looks after memories in the API process."""
    upkeep: MemoryUpkeep = connection.app.state.memory_upkeep
    return upkeep


async def memory_exchange(connection: HTTPConnection) -> MemoryExchange:
    """Give what exports and imports memories in the API process."""
    exchange: MemoryExchange = connection.app.state.memory_exchange
    return exchange


type Memories = Annotated[MemoryService, Depends(memory_service)]
type Upkeep = Annotated[MemoryUpkeep, Depends(memory_upkeep)]
type Exchange = Annotated[MemoryExchange, Depends(memory_exchange)]


@router.get("/memories")
async def list_memories(
    viewer: MemoryReader, upkeep: Upkeep, wish: Annotated[ListQuery, Query()]
) -> MemoryPage:
    """List memories, one's own and those shared with one, the newest first."""
    return await upkeep.page(wish, owner=str(viewer.user_id))


@router.post("/memories", status_code=status.HTTP_201_CREATED)
async def store_memory(viewer: MemoryWriter, memories: Memories, body: MemoryIn) -> StoredOut:
    """Keep a memory. What is there already is left as it is, and its id given."""
    return await memories.store(body, owner=str(viewer.user_id), origin=_origin(viewer))


@router.post("/search")
async def search_memories(viewer: MemoryReader, memories: Memories, body: SearchQuery) -> FoundOut:
    """Find memories by a question or by words, the best first, with why they were found."""
    return FoundOut(memories=await memories.search(body, owner=str(viewer.user_id)))


@router.get("/scopes")
async def list_memory_scopes(viewer: MemoryReader, upkeep: Upkeep) -> ScopesOut:
    """List the scopes that one may read, the shared ones first."""
    return ScopesOut(scopes=await upkeep.scopes(owner=str(viewer.user_id)))


@router.get("/memories/{memory_id}")
async def read_memory(viewer: MemoryReader, memories: Memories, memory_id: UUID) -> MemoryOut:
    """Give one memory as a whole."""
    return await memories.get(MemoryId(memory_id), owner=str(viewer.user_id))


@router.patch("/memories/{memory_id}")
async def change_memory(
    viewer: MemoryWriter, memories: Memories, memory_id: UUID, body: MemoryChanges
) -> MemoryOut:
    """Change a memory; what is left out stays, and what it was is kept in its history."""
    return await memories.update(MemoryId(memory_id), body, owner=str(viewer.user_id))


@router.delete("/memories/{memory_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_memory(
    viewer: MemoryWriter,
    memories: Memories,
    memory_id: UUID,
    *,
    for_good: Annotated[bool, Query(description="Its history goes with it.")] = False,
) -> None:
    """Forget a memory; unless it is for good, it can be restored for a while."""
    owner = str(viewer.user_id)
    await memories.delete(MemoryId(memory_id), owner=owner, is_for_good=for_good)


@router.get("/memories/{memory_id}/history")
async def read_memory_history(viewer: MemoryReader, upkeep: Upkeep, memory_id: UUID) -> HistoryOut:
    """Give what became of a memory, deleted or not, the latest change first."""
    return await upkeep.history(MemoryId(memory_id), owner=str(viewer.user_id))


@router.post("/memories/{memory_id}/restore")
async def restore_memory(
    viewer: MemoryWriter, upkeep: Upkeep, memory_id: UUID, body: RestoreIn
) -> MemoryOut:
    """Make a memory what it was before its latest change, or before the one given."""
    return await upkeep.restore(
        MemoryId(memory_id), owner=str(viewer.user_id), change_id=body.change_id
    )


@router.post("/memories/{memory_id}/undo")
async def undo_learned_memory(viewer: MemoryWriter, upkeep: Upkeep, memory_id: UUID) -> UndoneOut:
    """Forget what was learned of a talk, and have what it took the place of hold again."""
    return await upkeep.undo(MemoryId(memory_id), owner=str(viewer.user_id))


@router.get("/learning")
async def read_memory_learning(viewer: MemoryReader, upkeep: Upkeep) -> LearningOut:
    """Say whether something is kept of what one says without being asked for."""
    return await upkeep.learning(owner=str(viewer.user_id))


@router.put("/learning")
async def set_memory_learning(
    viewer: MemoryWriter, upkeep: Upkeep, body: LearningIn
) -> LearningOut:
    """Have something kept of what one says, or nothing; what was learned before stays."""
    return await upkeep.let_learn(body, owner=str(viewer.user_id))


@router.post("/memories/{memory_id}/supersede")
async def supersede_memory(
    viewer: MemoryWriter, upkeep: Upkeep, memory_id: UUID, body: SupersedeIn
) -> SupersededOut:
    """Say what holds in a memory's place from now on; the old one is found by `as_of` alone."""
    return await upkeep.supersede(
        MemoryId(memory_id), body, owner=str(viewer.user_id), origin=_origin(viewer)
    )


@router.post("/memories/{memory_id}/links", status_code=status.HTTP_204_NO_CONTENT)
async def link_memories(
    viewer: MemoryWriter, upkeep: Upkeep, memory_id: UUID, body: MemoryLinkIn
) -> None:
    """Say that a memory has to do with another, or no longer; the memory shows its links."""
    await upkeep.link(MemoryId(memory_id), body, owner=str(viewer.user_id))


@router.get("/export", response_class=StreamingResponse, responses=_EXPORTED)
async def export_memories(
    viewer: MemoryReader, exchange: Exchange, wish: Annotated[MemoryFilter, Query()]
) -> StreamingResponse:
    """Give one's own memories, or those of a scope, as lines of JSON, the oldest first."""
    lines = exchange.export(wish, owner=str(viewer.user_id))
    # What is wrong with the wish is said before the answer begins.
    first = await anext(lines, b"")
    return StreamingResponse(_after(first, lines), media_type=_LINES)


@router.post("/import", openapi_extra=_IMPORTED)
async def import_memories(
    viewer: MemoryWriter, exchange: Exchange, request: Request
) -> ImportedOut:
    """Store what a file holds: exported lines, or an export of mem0, ChatGPT or Claude."""
    is_lines = request.headers.get("content-type", "").startswith(_LINES)
    return await exchange.take(
        await request.body(), owner=str(viewer.user_id), is_lines=is_lines or None
    )


@router.post("/forget/preview")
async def preview_forgetting(
    viewer: MemoryReader, upkeep: Upkeep, body: MemoryFilter
) -> ForgetPreview:
    """Show what a filter would forget, with the confirmation that forgetting asks for."""
    return await upkeep.preview(body, owner=str(viewer.user_id))


@router.post("/forget")
async def forget_memories(viewer: MemoryWriter, upkeep: Upkeep, body: ForgetIn) -> ForgottenOut:
    """Forget what was previewed; each can be restored for a while."""
    return ForgottenOut(forgotten=await upkeep.forget(body, owner=str(viewer.user_id)))


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for lines in rest:
        yield lines


def _origin(viewer: Viewer) -> Origin:
    return Origin(speaker=viewer.name)
