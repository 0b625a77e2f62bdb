"""What clients had done through the gateway, as the journal tells it.

What may change something stands in the journal before it is sent, and its outcome before it is
told. What only reads, or did not run, is written within a second, many entries at once.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from sophia.audit.journal import Deed
from sophia.core.messages import JsonObject, ToolSpec
from sophia.core.permission import arguments_hash
from sophia.gateway.errors import JournalFullError
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.store.errors import DatabaseUnavailableError

_EVERY_S = 1.0
_AT_ONCE = 500
# With the database away, reading goes on this long, and then not unrecorded.
_BACKLOG = 10_000

_logger = log.get("gateway")

type Write = Callable[[Sequence[Deed]], Awaitable[None]]
"""Appends entries to the journal; raises DatabaseUnavailableError."""


@dataclass(slots=True)
class Entry:
    """How a call went."""

    outcome: str = "unknown"


class Entries:
    """Writes down calls."""

    def __init__(self, write: Write, *, clock: Clock) -> None:
        """Take what appends to the journal."""
        self._write = write
        self._clock = clock
        self._waiting: list[Deed] = []
        self._flushing = asyncio.Lock()

    @asynccontextmanager
    async def about(
        self,
        viewer: Viewer,
        spec: ToolSpec,
        arguments: JsonObject,
        approval_id: UUID | None = None,
    ) -> AsyncGenerator["Entry"]:
        """Write down the call that is made in the block.

        Whatever breaks the block off leaves the outcome that the entry began with: unknown. Raises
        DatabaseUnavailableError, JournalFullError.
        """
        self._require_room()
        said = _call(viewer, spec, arguments, outcome="begun", approval_id=approval_id)
        if not spec.is_read_only:
            await self._write_now(said)
        entry = Entry()
        try:
            yield entry
        finally:
            ended = replace(said, outcome=entry.outcome)
            self._waiting.append(ended)
        if not spec.is_read_only:
            await self.flush()

    async def _write_now(self, said: Deed) -> None:
        """Write an entry behind those that wait: what was asked stands before what came of it."""
        async with self._flushing:
            waiting = self._waiting[:_AT_ONCE]
            await self._write([*waiting, said])
            del self._waiting[: len(waiting)]

    def note(
        self,
        viewer: Viewer,
        spec: ToolSpec,
        arguments: JsonObject,
        *,
        outcome: str,
        approval_id: UUID | None = None,
    ) -> None:
        """Write down a call that was not made; raises JournalFullError."""
        self._require_room()
        self._waiting.append(
            _call(viewer, spec, arguments, outcome=outcome, approval_id=approval_id)
        )

    def _require_room(self) -> None:
        if len(self._waiting) >= _BACKLOG:
            raise JournalFullError

    async def run(self) -> None:
        """Write what waits, as long as the process runs."""
        while True:
            await self._clock.sleep(_EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits now."""
        async with self._flushing:
            while self._waiting:
                batch = self._waiting[:_AT_ONCE]
                try:
                    await self._write(batch)
                except DatabaseUnavailableError as error:
                    _logger.warning("gateway.entries.kept", reason=error.message)
                    return
                del self._waiting[: len(batch)]


def _call(
    viewer: Viewer,
    spec: ToolSpec,
    arguments: JsonObject,
    *,
    outcome: str,
    approval_id: UUID | None,
) -> Deed:
    return replace(
        deed(viewer, "tool.call", target=spec.name, outcome=outcome),
        arguments_hash=arguments_hash(arguments),
        approval_id=approval_id,
    )
