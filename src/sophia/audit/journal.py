"""Writing the journal in the transaction of what it tells of; sealing and checking it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.audit import chain, repository
from sophia.audit.chain import Break, Head
from sophia.kit import log, trace
from sophia.kit.clock import Clock, SystemClock
from sophia.kit.ids import uuid7
from sophia.store.database import Database, Writer

_BATCH = 5_000
_CLOCK = SystemClock()
_logger = log.get("audit")


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what, on whose behalf, to what, and how it went. No contents: only their hash.

    `actor` is a `user`, the `assistant` in a turn, or the `operator` at the machine; `via` names
    the credentials: `session:…`, `key:…` or `machine`.
    """

    actor: Literal["user", "assistant", "operator"]
    action: str
    on_behalf_of: UUID | None = None
    via: str = ""
    target: str = ""
    outcome: str = "ok"
    arguments_hash: str | None = None
    approval_id: UUID | None = None
    turn_id: UUID | None = None
    trace_id: str | None = field(default_factory=trace.current)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk along the chain found."""

    head: Head
    unsealed: int
    broken: Break | None = None


async def record(writer: Writer, *entries: Deed, clock: Clock = _CLOCK) -> None:
    """Append entries: they stand if and only if the caller's transaction does."""
    if entries:
        now = clock.now()
        await repository.add(writer, [{"id": uuid7(), "at": now, **asdict(e)} for e in entries])


class Journal:
    """The journal as a whole."""

    def __init__(self, database: Database, *, pepper: str) -> None:
        """Take the way to PostgreSQL, and the secret that the seals' key is derived from."""
        self._database = database
        self._key = chain.key_of(pepper)

    async def seal(self) -> None:
        """Seal what was written since the last time; who finds another at it leaves it to it."""
        count = _BATCH
        while count == _BATCH:
            count = await self._seal_batch()

    async def _seal_batch(self) -> int:
        async with self._database.transaction() as writer:
            if not await repository.try_lock(writer):
                return 0
            head = await repository.head(writer)
            made: list[tuple[UUID, Head]] = []
            for entry in await repository.unsealed(writer, limit=_BATCH):
                head = chain.seal(entry, head=head, key=self._key)
                made.append((entry["id"], head))
            if made:
                await repository.store_seals(writer, made)
        if made:
            # Outside the database, too: what is cut off at the end shows against this.
            _logger.info("audit.entries.sealed", count=len(made), head=str(head))
        return len(made)

    async def verify(self, *, expected: Head | None = None) -> Verdict:
        """Walk the chain from its first entry; `expected` is a head that was seen earlier."""
        head = Head()
        async with self._database.reading() as reader:
            unsealed = await repository.count_unsealed(reader)
        async for entry in self.export():
            made = chain.follow(entry, head=head, key=self._key)
            if isinstance(made, Break):
                return Verdict(head, unsealed, made)
            head = made
            if expected is not None and head.number == expected.number and head != expected:
                reason = f"entry {head.number} has another seal than it had"
                return Verdict(head, unsealed, Break(head.number, reason))
        if expected is not None and expected.number > head.number:
            missing = f"entries after {head.number} are missing"
            return Verdict(head, unsealed, Break(head.number + 1, missing))
        return Verdict(head, unsealed)

    async def export(self, *, after: int = 0) -> AsyncGenerator[RowMapping]:
        """Give every sealed entry behind a number, in the order of the chain."""
        while True:
            async with self._database.reading() as reader:
                entries = await repository.sealed_after(reader, after, limit=_BATCH)
            for entry in entries:
                yield entry
            if len(entries) < _BATCH:
                return
            after = entries[-1]["number"]

    async def page(self, *, cursor: UUID | None, limit: int) -> Sequence[RowMapping]:
        """Give entries, the newest first, sealed or not."""
        async with self._database.reading() as reader:
            return await repository.page(reader, cursor=cursor, limit=limit)


def shown(entry: RowMapping) -> dict[str, Any]:
    """Give an entry as plain data: times in ISO 8601, ids as text, the seal in hexadecimal."""
    return {
        name: bytes(value).hex() if name == "seal" else _text(value)
        for name, value in entry.items()
        if value is not None
    }


def _text(value: Any) -> Any:
    if isinstance(value, int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
