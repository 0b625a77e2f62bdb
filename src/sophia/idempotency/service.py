"""Running a request once, however often it is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sophia.idempotency import repository
from sophia.idempotency.answers import Answer, Seal
from sophia.idempotency.errors import KeyReusedError, StillRunningError
from sophia.idempotency.repository import Run
from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.kit.ids import UserId, uuid7, uuid7_of
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase

# Longer than any route that is no stream takes; a run that died is run again after it.
_LEASE = timedelta(seconds=30)
_KEPT = timedelta(hours=24)
_ASK_AGAIN_S = 1


@dataclass(frozen=True, slots=True)
class Begun:
    """A run of a request, first or after one that ended without an answer."""

    run: Run
    first_used_at: datetime
    is_first: bool

    @property
    def fresh_id(self) -> UUID:
        """Give an id for what the request makes: the same one in every run of it."""
        seed = f"{self.run.principal} {self.run.key}".encode()
        return uuid7_of(self.first_used_at, seed=seed)


class IdempotencyService:
    """Keys and answers of the last day."""

    def __init__(self, database: UserDatabase, *, pepper: str, clock: Clock) -> None:
        """Bring the parts together."""
        self._database = database
        self._clock = clock
        self._seal = Seal(pepper)

    async def begin(
        self, *, principal: UUID, user_id: UserId, key: str, request: tuple[bytes, ...]
    ) -> Begun | Answer:
        """Begin a run, or give the answer of the one that there was.

        Raises KeyReusedError, and StillRunningError while another run has its time.
        """
        now = self._clock.now()
        run = Run(user_id, principal, key, uuid7())
        fingerprint = self._seal.fingerprint(*request)
        async with self._database.single_write(user_id) as writer:
            first_used_at = await repository.begin(
                writer,
                run,
                fingerprint=fingerprint,
                now=now,
                lease_until=now + _LEASE,
                forgotten=now - _KEPT,
            )
        if first_used_at is not None:
            metrics.idempotency.labels("new").inc()
            return Begun(run, first_used_at, is_first=first_used_at == now)
        return await self._earlier(run, fingerprint)

    async def finish(self, begun: Begun, answer: Answer) -> None:
        """Keep a run's answer; raises StillRunningError when another run has taken it over."""
        sealed = self._seal.close(answer)
        async with self._database.single_write(begun.run.user_id) as writer:
            if not await repository.finish(writer, begun.run, answer=sealed):
                raise StillRunningError(retry_after_s=_ASK_AGAIN_S)

    async def end(self, begun: Begun, *, had_effect: bool) -> None:
        """End a run without an answer to keep. The same request may then be sent again.

        When it may have had an effect, a repeat is the same request still: what it makes has the
        same id.
        """
        async with self._database.single_write(begun.run.user_id) as writer:
            if had_effect or not begun.is_first:
                await repository.end(writer, begun.run, now=self._clock.now())
            else:
                await repository.forget(writer, begun.run)

    async def _earlier(self, run: Run, fingerprint: bytes) -> Answer:
        async with self._database.reading(run.user_id) as reader:
            row = await repository.find(reader, run)
        if row is not None and bytes(row["fingerprint"]) != fingerprint:
            metrics.idempotency.labels("conflict").inc()
            raise KeyReusedError
        answer = self._seal.open(row["answer"]) if row is not None and row["answer"] else None
        if answer is None:
            metrics.idempotency.labels("in_progress").inc()
            raise StillRunningError(retry_after_s=_ASK_AGAIN_S)
        metrics.idempotency.labels("replay").inc()
        return answer


async def sweep(database: Database, clock: Clock) -> None:
    """Forget everybody's keys that are older than a day."""
    async with database.single_write() as writer:
        await repository.sweep(writer, before=clock.now() - _KEPT)
