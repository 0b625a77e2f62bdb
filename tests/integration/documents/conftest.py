from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest

from sophia.documents.schemas import DocumentOut, FetchIn, UploadIn
from sophia.documents.service import DocumentService
from sophia.documents.tasks import BOUNDS, DocumentIndexer, fetch_caps
from sophia.extraction.reader import Extractor
from sophia.kit.clock import Clock, SystemClock
from sophia.memory.schemas import FoundMemory, ListedMemory, SearchQuery
from sophia.memory.screening import PLAIN_SCREEN
from sophia.memory.service import MemoryService
from sophia.memory.upkeep import MemoryUpkeep
from sophia.memory.upkeep_schemas import ListQuery
from sophia.outgoing.client import open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.support import servers

MAX_BYTES = 400_000


@dataclass(frozen=True, slots=True)
class Library:
    """Documents, and what is found of them."""

    documents: DocumentService
    memories: MemoryService
    upkeep: MemoryUpkeep
    database: Database
    url: str

    async def index(self, *hosts: str, clock: Clock | None = None) -> None:
        """Index what waits, with these hosts allowed beside the public Internet."""
        allowed = AllowedHosts.parse(",".join(hosts))
        async with open_client(allowed=allowed, caps=fetch_caps(MAX_BYTES)) as http:
            indexer = DocumentIndexer(
                database=self.database,
                http=http,
                extractor=Extractor(BOUNDS),
                screen=PLAIN_SCREEN,
                max_bytes=MAX_BYTES,
                clock=clock or SystemClock(),
            )
            await indexer.run()

    async def uploaded(
        self, content: bytes | str, *, name: str, owner: str, scope: str = ""
    ) -> DocumentOut:
        raw = content.encode() if isinstance(content, str) else content
        wish = UploadIn(name=name, scope=scope)
        added = await self.documents.upload(wish, raw, owner=owner)
        await self.index()
        return await self.documents.get(added.document_id, owner=owner)

    async def fetched(self, url: str, *hosts: str, owner: str) -> DocumentOut:
        added = await self.documents.fetch(FetchIn(url=url), owner=owner)
        await self.index(*hosts)
        return await self.documents.get(added.document_id, owner=owner)

    async def find(self, query: str, *, owner: str) -> list[FoundMemory]:
        return await self.memories.search(SearchQuery(query=query), owner=owner)

    async def passages(self, name: str, *, owner: str) -> list[ListedMemory]:
        page = await self.upkeep.page(ListQuery(document=name, limit=200), owner=owner)
        return page.memories


@pytest.fixture(scope="session", name="library")
async def _library(worker_number: int) -> AsyncGenerator[Library]:
    # A database of their own: the worker of a running desk would index what waits in its own.
    url = servers.migrated_database(f"sophia_documents_{worker_number}")
    database, owned = Database(url, pool_size=4), UserDatabase(url, pool_size=4)
    clock = SystemClock()
    yield Library(
        DocumentService(owned, database, clock, max_bytes=MAX_BYTES),
        MemoryService(owned, database, clock),
        MemoryUpkeep(owned, database, clock),
        database,
        url,
    )
    await owned.close()
    await database.close()
