"""What comes of deliveries: servers forget what they kept of a vendor, schedules are woken."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from sophia.hooks import repository
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.kit.notices import sign_notice
from sophia.kit.tokens import Signer
from sophia.schedules import waking
from sophia.schedules.waking import Happened
from sophia.store.database import Database

_AT_ONCE = 100
_TIMEOUT = aiohttp.ClientTimeout(total=2)
_DONE = 204
_logger = log.get("hooks")


@dataclass(frozen=True, slots=True)
class HookRunner:
    """Handles deliveries. Any number of workers may do it at once.

    `urls` says where a vendor's MCP server takes notices.
    """

    database: Database
    signer: Signer
    urls: Mapping[str, str]
    clock: Clock

    async def handle(self) -> None:
        """Handle all that waits, however much came at once; what is repeated does no harm."""
        async with self.database.reading() as reader:
            vendors = await repository.waiting(reader)
        if not vendors:
            return
        # Before anything is begun by it: what is begun then reads what is true now.
        for vendor in vendors:
            await self._have_forgotten(vendor)
        while await self._handle_some():
            pass

    async def prune(self) -> None:
        """Forget deliveries that are too old to be sent again."""
        async with self.database.transaction() as writer:
            await repository.prune(writer)

    async def _handle_some(self) -> bool:
        async with self.database.transaction() as writer:
            rows = await repository.claim(writer, limit=_AT_ONCE)
            happened = [
                Happened(row["vendor"], event, facts, row["received_at"])
                for row in rows
                for event, facts in row["happenings"]
            ]
            woken = await waking.wake(writer, happened, now=self.clock.now())
        if woken:
            _logger.info("hooks.schedules.woken", count=woken)
        return len(rows) == _AT_ONCE

    async def _have_forgotten(self, vendor: str) -> None:
        """Tell a server; one that is away keeps nothing, and one that is not served has nothing."""
        url = self.urls.get(vendor)
        if url is None:
            return
        headers = {"Authorization": f"Bearer {sign_notice(self.signer, server=vendor)}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(url, headers=headers) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            _logger.warning("hooks.server.untold", server=vendor, reason=str(error))
            return
        if status != _DONE:
            _logger.warning("hooks.server.untold", server=vendor, status=status)
