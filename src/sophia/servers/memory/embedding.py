"""The embeddings of AI Memory, as they are configured."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from sophia.embedding.endpoint import EndpointEmbedder
from sophia.embedding.local import LocalEmbedder
from sophia.embedding.port import Embedder
from sophia.kit.clock import Clock
from sophia.memory.embeddings import Embeddings
from sophia.settings import Settings
from sophia.store.database import Database

_BUILDING_S = 6 * 3600.0


@asynccontextmanager
async def open_embeddings(
    settings: Settings, database: Database, *, clock: Clock
) -> AsyncGenerator[Embeddings | None]:
    """Open what embeds memories, with its work in the background; None if nothing does."""
    async with AsyncExitStack() as stack:
        embedders: list[Embedder] = []
        url, model = settings.memory_embeddings_url, settings.memory_embeddings_model
        if url is not None and model is not None:
            key = settings.memory_embeddings_key
            opened = EndpointEmbedder.opened(base_url=url, model=model, key=key)
            embedders.append(await stack.enter_async_context(opened))
        if settings.memory_embeddings_folder is not None:
            local = LocalEmbedder.opened(settings.memory_embeddings_folder)
            embedders.append(await stack.enter_async_context(local))
        if not embedders:
            yield None
            return
        patient = Database(settings.database_url, pool_size=1, answer_within_s=_BUILDING_S)
        stack.push_async_callback(patient.close)
        embeddings = Embeddings(database, embedders, building=patient.single_write, clock=clock)
        async with asyncio.TaskGroup() as group:
            working = group.create_task(embeddings.run())
            yield embeddings
            working.cancel()
