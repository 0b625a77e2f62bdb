"""The registered servers as this process reaches them: looked at anew every few seconds."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import httpx2

from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.kit.sealing import Seal
from sophia.mcp_servers import repository
from sophia.outgoing.client import Caps, open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.store.database import Database
from sophia.store.errors import DatabaseUnavailableError
from sophia.toolbox.catalogue import Catalogue
from sophia.toolbox.session_link import SessionLink, http_transport
from sophia.toolbox.upstream import Upstream

_LOOK_EVERY_S = 2.0
# A tool may think for long before it says the first word; its own deadline ends it.
_CAPS = Caps(silence_timeout_s=300, total_timeout_s=600)

_logger = log.get("mcp_servers")


class Connections:
    """Keeps the catalogue to what is registered."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        seal: Seal,
        *,
        allowed_hosts: str,
        clock: Clock,
    ) -> None:
        """Take where they are registered, and what lists their tools."""
        self._database = database
        self._catalogue = catalogue
        self._seal = seal
        self._allowed = AllowedHosts.parse(allowed_hosts)
        self._clock = clock
        self._links: dict[str, tuple[UUID, SessionLink]] = {}

    async def run(self) -> None:
        """Look again and again, as long as the process runs."""
        while True:
            with suppress(DatabaseUnavailableError):
                await self.look()
            await self._clock.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Reach what is registered now, and let go of the rest; raises DatabaseUnavailableError."""
        async with self._database.reading() as reader:
            rows = {row["name"]: row for row in await repository.servers(reader)}
        wanted = {name: row for name, row in rows.items() if row["is_enabled"]}
        for name, (revision, _) in list(self._links.items()):
            if name not in wanted or wanted[name]["revision"] != revision:
                await self._let_go(name)
        for name, row in wanted.items():
            if name not in self._links:
                self._reach(row)

    async def close(self) -> None:
        """End every session."""
        for name in list(self._links):
            await self._let_go(name)

    def link(self, row: Mapping[Any, Any]) -> SessionLink:
        """Give a way to a server; whoever takes it closes it."""
        return SessionLink(partial(http_transport, partial(self._client, row), row["url"]))

    def _reach(self, row: Mapping[Any, Any]) -> None:
        name = row["name"]
        link = self.link(row)
        self._links[name] = (row["revision"], link)
        self._catalogue.put(Upstream(name, name, link, is_trusted=False, clock=self._clock))
        _logger.info("mcp_servers.server.added", server=name)

    async def _let_go(self, name: str) -> None:
        _, link = self._links.pop(name)
        await self._catalogue.remove(name)
        await link.close()
        _logger.info("mcp_servers.server.removed", server=name)

    def _client(self, row: Mapping[Any, Any]) -> httpx2.AsyncClient:
        headers: dict[str, str] = {}
        if row["sealed_token"] is not None:
            token = self._seal.open(row["sealed_token"], bound_to=f"{row['name']} {row['url']}")
            if token is not None:
                headers["Authorization"] = f"Bearer {token.decode()}"
        return open_client(allowed=self._allowed, caps=_CAPS, headers=headers)
