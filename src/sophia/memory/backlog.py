"""Embedding what is stored: the newest first, then all that was there before, then upkeep."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from sophia.embedding.errors import EmbedderFailedError, TextRefusedError
from sophia.embedding.port import Embedder
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.memory import vectors
from sophia.memory.vectors import EmbeddingModel, Owed
from sophia.store.database import Database, Writer

PROBE = "A memory."
_COUNT_EVERY_S = 10.0
_GRAPH_EVERY_S = 600.0

_logger = log.get("memory")

type Building = Callable[[], AbstractAsyncContextManager[Writer]]
"""A way to write by single statements that may take their time."""


class Backlog:
    """What is owed an embedding of one model."""

    def __init__(
        self, database: Database, embedder: Embedder, *, building: Building, clock: Clock
    ) -> None:
        """Take the model, and where what is owed is noted."""
        self._database = database
        self._embedder = embedder
        self._building = building
        self._clock = clock
        self._counts_at_s = self._builds_at_s = clock.monotonic()
        self.owed = 0

    async def step(self, models: Sequence[EmbeddingModel]) -> bool:
        """Do the next piece of work; says whether there may be more of it now.

        Raises EmbedderFailedError, DatabaseUnavailableError.
        """
        model = next((one for one in models if one.name == self._embedder.name), None)
        if model is None:
            await self._register()
            return True
        if not model.is_enlisted:
            async with self._database.transaction() as writer:
                await vectors.enlist(writer, model=model.id)
        has_worked = await self._work_off(model)
        await self._count(model, is_done=not has_worked)
        if has_worked or not model.is_enlisted:
            return True
        return await self._settle(model, [one for one in models if one is not model])

    async def _register(self) -> None:
        (probe,) = await self._embedder.embed([PROBE])
        async with self._database.transaction() as writer:
            await vectors.require_pgvector(writer)
            await vectors.register(writer, name=self._embedder.name, dimension=len(probe))
        _logger.info("memory.embeddings.begun", model=self._embedder.name, dimension=len(probe))

    async def _work_off(self, model: EmbeddingModel) -> bool:
        async with self._database.transaction() as writer:
            until, taken = await vectors.claim(
                writer, model=model.id, now=self._clock.now(), limit=self._embedder.batch
            )
        if not taken:
            return False
        try:
            await self._embed(model, taken, until)
        except EmbedderFailedError:
            metrics.memory_embeddings.labels("memory", "failed").inc(len(taken))
            ids = [one.id for one in taken]
            async with self._database.transaction() as writer:
                await vectors.release(writer, model=model.id, until=until, ids=ids)
            raise
        return True

    async def _embed(self, model: EmbeddingModel, taken: Sequence[Owed], until: datetime) -> None:
        try:
            made = await embedded(self._embedder, model, [one.text for one in taken])
        except TextRefusedError:
            await embedded(self._embedder, model, [PROBE])  # else it is not the texts' fault
            if len(taken) > 1:
                for one in taken:
                    await self._embed(model, [one], until)
                return
            metrics.memory_embeddings.labels("memory", "refused").inc()
            async with self._database.transaction() as writer:
                await vectors.postpone(writer, model=model.id, until=until, id_=taken[0].id)
            return
        pairs = [(one.id, vector) for one, vector in zip(taken, made, strict=True)]
        async with self._database.transaction() as writer:
            await vectors.give(writer, model=model.id, until=until, vectors=pairs)
        metrics.memory_embeddings.labels("memory", "done").inc(len(pairs))

    async def _count(self, model: EmbeddingModel, *, is_done: bool) -> None:
        """Count what is owed: at the end, and now and then on the way there."""
        if not (is_done and self.owed) and self._clock.monotonic() < self._counts_at_s:
            return
        async with self._database.reading() as reader:
            self.owed = await vectors.owed(reader, model=model.id)
        metrics.memory_unembedded.set(self.owed)
        self._counts_at_s = self._clock.monotonic() + _COUNT_EVERY_S

    async def _settle(self, model: EmbeddingModel, others: Sequence[EmbeddingModel]) -> bool:
        """Let go of models that are not needed any more; build the graph where it is."""
        if others:
            async with self._database.transaction() as writer:
                is_gone = await vectors.retire(writer, model=others[0].id)
            if is_gone:
                _logger.info("memory.embeddings.retired", model=others[0].name)
            return True
        if self._clock.monotonic() < self._builds_at_s:
            return False
        self._builds_at_s = self._clock.monotonic() + _GRAPH_EVERY_S
        async with self._database.reading() as reader:
            is_crowded = await vectors.is_crowded(reader, model=model.id)
        if is_crowded:
            async with self._building() as writer:
                await vectors.build_graph(writer, model=model)
        return False


async def embedded(
    embedder: Embedder, model: EmbeddingModel, texts: Sequence[str]
) -> Sequence[Sequence[float]]:
    """Embed texts as a model's are; raises EmbedderFailedError where they would be others'."""
    made = await embedder.embed(texts)
    if any(len(vector) != model.dimension for vector in made):
        raise EmbedderFailedError(
            f"{model.name} gives {len(made[0])} numbers and gave {model.dimension} before: it is"
            " another model now. Name it in SOPHIA_MEMORY_EMBEDDINGS_MODEL as what it is."
        )
    return made
