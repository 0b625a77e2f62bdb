"""The registered servers as this process reaches them: looked at anew every few seconds."""

import json
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
from sophia.mcp_servers.bridge_link import BridgeLink
from sophia.mcp_servers.personal_link import PersonalLink
from sophia.mcp_servers.schemas import sealed_for
from sophia.outgoing.client import Caps, open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.store.database import Database
from sophia.store.errors import DatabaseUnavailableError
from sophia.toolbox.catalogue import Catalogue
from sophia.toolbox.exchange import Exchange
from sophia.toolbox.session_link import SessionLink, http_transport
from sophia.toolbox.upstream import Mint, Tokens, Upstream
from sophia.upstream_logins.schemas import Upstream as LoginPlace
from sophia.upstream_logins.service import UpstreamLogins

_LOOK_EVERY_S = 1.0
# A tool may think for long before it says the first word; its own deadline ends it.
_CAPS = Caps(silence_timeout_s=300, total_timeout_s=600)

_logger = log.get("mcp_servers")

type ServerLink = SessionLink | PersonalLink | BridgeLink
type _State = tuple[UUID, str | None]


class Connections:
    """Keeps the catalogue to what is registered."""

    def __init__(  # noqa: PLR0913 - what it works with, by keyword
        self,
        database: Database,
        catalogue: Catalogue,
        seal: Seal,
        *,
        mint: Mint,
        logins: UpstreamLogins,
        allowed_hosts: str,
        clock: Clock,
    ) -> None:
        """Take where they are registered and what lists their tools.

        `mint` makes the tokens for workers; `logins` has people's own for their servers.
        """
        self._database = database
        self._catalogue = catalogue
        self._seal = seal
        self._allowed = AllowedHosts.parse(allowed_hosts)
        self._clock = clock
        self.logins = logins
        self._mint = mint
        self._exchange = Exchange()
        self._links: dict[str, tuple[_State, ServerLink]] = {}

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
        for name, (state, _) in list(self._links.items()):
            if name not in wanted or _state(wanted[name]) != state:
                await self._let_go(name)
        for name, row in wanted.items():
            if name not in self._links:
                self._reach(row)

    async def close(self) -> None:
        """End every session."""
        for name in list(self._links):
            await self._let_go(name)
        await self._exchange.close()

    def link(self, row: Mapping[Any, Any]) -> ServerLink:
        """Give a way to a server; whoever takes it ends it."""
        if row["url"] is None:
            tokens = Tokens(row["name"], self._mint, clock=self._clock)
            return BridgeLink(row["name"], row["served_at"], self._exchange, tokens)
        if not row["wants_login"]:
            return self._session(row, None)
        place = place_of(row)
        return PersonalLink(
            lambda user_id: self._session(row, self.logins.bearer(user_id, place)),
            lambda user_id: self.logins.token(user_id, place),
            partial(self.logins.anybody, place.name),
        )

    @staticmethod
    async def end(link: ServerLink) -> None:
        """End a way to a server. The worker that runs a command keeps its own session."""
        if not isinstance(link, BridgeLink):
            await link.close()

    def _reach(self, row: Mapping[Any, Any]) -> None:
        name = row["name"]
        link = self.link(row)
        self._links[name] = (_state(row), link)
        self._catalogue.put(
            Upstream(
                name,
                name,
                link,
                is_trusted=False,
                clock=self._clock,
                registered_at=row["created_at"],
            )
        )
        _logger.info("mcp_servers.server.added", server=name)

    async def _let_go(self, name: str) -> None:
        _, link = self._links.pop(name)
        await self._catalogue.remove(name)
        await self.end(link)
        _logger.info("mcp_servers.server.removed", server=name)

    def _session(self, row: Mapping[Any, Any], auth: httpx2.Auth | None) -> SessionLink:
        return SessionLink(partial(http_transport, partial(self._client, row, auth), row["url"]))

    def _client(self, row: Mapping[Any, Any], auth: httpx2.Auth | None) -> httpx2.AsyncClient:
        headers: dict[str, str] = {}
        if row["sealed_headers"] is not None:
            bound_to = sealed_for(row["name"], row["url"])
            opened = self._seal.open(row["sealed_headers"], bound_to=bound_to)
            headers = json.loads(opened) if opened is not None else {}
        return open_client(allowed=self._allowed, caps=_CAPS, headers=headers, auth=auth)


def place_of(row: Mapping[Any, Any]) -> LoginPlace:
    """Give where people log in for a server."""
    return LoginPlace(name=row["name"], url=row["url"], client_id=row["client_id"])


def _state(row: Mapping[Any, Any]) -> _State:
    """Give that of a server which, when it changes, makes another way to it necessary."""
    return row["revision"], row["served_at"]
