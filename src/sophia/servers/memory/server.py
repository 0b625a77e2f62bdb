"""AI Memory, put together."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Literal

from pydantic import BaseModel

from sophia.documents.service import DocumentService
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.memory.embeddings import Embeddings
from sophia.memory.exchange import MemoryExchange
from sophia.memory.graph import KnowledgeGraph
from sophia.memory.graph_schemas import GraphOut
from sophia.memory.schemas import StatsOut
from sophia.memory.screening import PLAIN_SCREEN, Screen
from sophia.memory.service import MemoryService
from sophia.memory.upkeep import MemoryUpkeep
from sophia.memory.upkeep_schemas import ListQuery, MemoryPage
from sophia.servers.call import Call
from sophia.servers.memory.document_tools import DocumentTools
from sophia.servers.memory.exchange_tools import ExchangeTools
from sophia.servers.memory.graph_tools import GraphTools
from sophia.servers.memory.prompts import memory_prompts
from sophia.servers.memory.tools import DEFAULT_OWNER, MemoryTools
from sophia.servers.memory.upkeep_tools import UpkeepTools
from sophia.servers.parts import Condition, Resource, ServerParts, Tool
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase

_RECENT = 20
_DOCUMENT_MAX_BYTES = 20 * 1024 * 1024
_INSTRUCTIONS = (
    "Long-term memory. Search it before answering questions about people, projects, decisions or"
    " earlier talk; store what will be worth knowing later, and only what was said or decided."
)


class HealthOut(BaseModel):
    """How AI Memory is."""

    status: Literal["healthy", "unhealthy"]
    errors: list[str]


type Opener = Callable[[Database], AbstractAsyncContextManager[Embeddings | None]]


def no_embeddings(_database: Database) -> AbstractAsyncContextManager[None]:
    """Embed nothing: memories are found by their words."""
    return nullcontext()


@asynccontextmanager
async def open_memory(
    database_url: str,
    *,
    pool_size: int,
    clock: Clock,
    screen: Screen = PLAIN_SCREEN,
    opener: Opener = no_embeddings,
    document_max_bytes: int = _DOCUMENT_MAX_BYTES,
) -> AsyncGenerator[ServerParts]:
    """Open AI Memory over a database, and close it again."""
    database = Database(database_url, pool_size=pool_size)
    owned = UserDatabase(database_url, pool_size=pool_size)
    try:
        async with opener(database) as embeddings:
            documents = DocumentService(
                owned, database, clock, max_bytes=document_max_bytes, screen=screen
            )
            yield memory_parts(owned, database, embeddings, documents, clock=clock, screen=screen)
    finally:
        await owned.close()
        await database.close()


def memory_tools(
    memories: MemoryService,
    upkeep: MemoryUpkeep,
    exchange: MemoryExchange,
    graph: KnowledgeGraph,
    documents: DocumentService,
) -> list[Tool[Any, Any]]:
    """List the tools, those of everyday use first."""
    return [
        *MemoryTools(memories).tools(),
        *UpkeepTools(upkeep).tools(),
        *DocumentTools(documents).tools(),
        *ExchangeTools(exchange).tools(),
        *GraphTools(graph).tools(),
    ]


def memory_parts(
    owned: UserDatabase,
    database: Database,
    embeddings: Embeddings | None,
    documents: DocumentService,
    *,
    clock: Clock,
    screen: Screen,
) -> ServerParts:
    """Put AI Memory together."""
    memories = MemoryService(owned, database, clock, screen=screen, embeddings=embeddings)
    upkeep = MemoryUpkeep(owned, database, clock, screen=screen)
    graph = KnowledgeGraph(owned, clock, screen=screen)
    exchange = MemoryExchange(owned, graph, clock, screen=screen)

    async def probe() -> Condition:
        await database.ping()
        if embeddings is None:
            return Condition()
        # Without embeddings it works on, by words: that is no error of its own.
        error = {"embeddings": embeddings.error} if embeddings.error else {}
        return Condition(figures={"unembedded": embeddings.owed, **error})

    async def read_stats(call: Call) -> StatsOut:
        return await memories.stats(owner=call.principal.user_id)

    async def read_recent(call: Call) -> MemoryPage:
        wish = ListQuery(limit=_RECENT)
        return await upkeep.page(wish, owner=call.principal.user_id or DEFAULT_OWNER)

    async def read_graph(call: Call) -> GraphOut:
        return await graph.read(owner=call.principal.user_id or DEFAULT_OWNER)

    async def read_health(_call: Call) -> HealthOut:
        try:
            await database.ping()
        except SophiaError as error:
            return HealthOut(status="unhealthy", errors=[error.message])
        return HealthOut(status="healthy", errors=[])

    return ServerParts(
        name="memory",
        instructions=_INSTRUCTIONS,
        tools=memory_tools(memories, upkeep, exchange, graph, documents),
        resources=[
            Resource(
                uri="memory://stats",
                name="stats",
                title="How much is remembered",
                description="Memories, scopes and conversations, by category.",
                read=read_stats,
            ),
            Resource(
                uri="memory://recent",
                name="recent",
                title="What was stored last",
                description="The newest memories, one's own and those shared with one.",
                read=read_recent,
            ),
            Resource(
                uri="memory://knowledge-graph",
                name="knowledge_graph",
                title="The knowledge graph",
                description="Entities, what is known of them, and how they stand to each other.",
                read=read_graph,
            ),
            Resource(
                uri="memory://health",
                name="health",
                title="How AI Memory is",
                description="Whether its database answers.",
                read=read_health,
            ),
        ],
        prompts=memory_prompts(),
        probe=probe,
    )
