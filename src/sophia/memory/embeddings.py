"""Embeddings of memories: of questions at once, of what is stored in the background.

Nothing waits for an embedding: what is stored is found by its words until it has one, and a
question whose embedding does not come in time is answered by words. While one model follows on
another, what has no embedding of the new one yet is found by that of the old.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sophia.embedding.errors import EmbedderFailedError, TextRefusedError
from sophia.embedding.port import Embedder, Vector
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.memory import vectors
from sophia.memory.backlog import Backlog, Building, embedded
from sophia.memory.vectors import EmbeddingModel
from sophia.store.database import Database
from sophia.store.errors import DatabaseUnavailableError

_QUESTION_TIMEOUT_S = 1.0
_REST_S = 5.0
_POLL_S = 1.0
_LONGEST_WAIT_S = 60.0

_logger = log.get("memory")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's embedding by a model."""

    model: EmbeddingModel
    vector: Vector


class Embeddings:
    """The embeddings of everybody's memories."""

    def __init__(
        self,
        database: Database,
        embedders: Sequence[Embedder],
        *,
        building: Building,
        clock: Clock,
    ) -> None:
        """Take the model to use, and behind it those that may have been used before."""
        self._database = database
        self._embedders = {one.name: one for one in embedders}
        self._backlog = Backlog(database, embedders[0], building=building, clock=clock)
        self._clock = clock
        self._models: Sequence[EmbeddingModel] = ()
        self._rests_until_s = dict.fromkeys(self._embedders, clock.monotonic())
        self.error: str | None = None

    @property
    def owed(self) -> int:
        """Say how many memories were owed an embedding when last counted."""
        return self._backlog.owed

    async def ask(self, question: str) -> list[Asked]:
        """Give a question's embedding by each model that there are embeddings of."""
        known = [model for model in self._models if model.name in self._embedders]
        given = await asyncio.gather(*(self._asked(model, question) for model in known))
        return [one for one in given if one is not None]

    async def _asked(self, model: EmbeddingModel, question: str) -> Asked | None:
        if self._clock.monotonic() < self._rests_until_s[model.name]:
            return None
        try:
            async with asyncio.timeout(_QUESTION_TIMEOUT_S):
                (vector,) = await embedded(self._embedders[model.name], model, [question])
        except (EmbedderFailedError, TimeoutError) as error:
            # One question was refused, not every one.
            if not isinstance(error, TextRefusedError):
                self._rests_until_s[model.name] = self._clock.monotonic() + _REST_S
            metrics.memory_embeddings.labels("question", "failed").inc()
            return None
        metrics.memory_embeddings.labels("question", "done").inc()
        return Asked(model, vector)

    async def run(self) -> None:
        """Work off what is owed, until cancelled."""
        wait_s = _POLL_S
        while True:
            try:
                is_busy = await self.step()
            except (EmbedderFailedError, DatabaseUnavailableError) as error:
                if self.error is None:
                    _logger.warning("memory.embeddings.interrupted", error=error.message)
                self.error = error.message
                await self._clock.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                continue
            self.error, wait_s = None, _POLL_S
            if not is_busy:
                await self._clock.sleep(_POLL_S)

    async def step(self) -> bool:
        """Do the next piece of work; says whether there may be more of it now.

        Raises EmbedderFailedError, DatabaseUnavailableError.
        """
        async with self._database.reading() as reader:
            self._models = await vectors.models(reader)
        return await self._backlog.step(self._models)
