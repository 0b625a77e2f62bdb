"""What operators do with MCP servers of others: register, test, switch off, remove."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import RowMapping

from sophia.audit.journal import record
from sophia.core import registry
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.kit.clock import Clock
from sophia.kit.sealing import Seal
from sophia.mcp_servers import repository
from sophia.mcp_servers.connections import Connections, place_of
from sophia.mcp_servers.errors import (
    LoginNotWantedError,
    ServerMissingError,
    ServerNameTakenError,
    TooManyServersError,
)
from sophia.mcp_servers.schemas import (
    CommandIn,
    LoginAnswerIn,
    LoginOut,
    ServerIn,
    ServerTestOut,
    sealed_for,
)
from sophia.store.database import Database
from sophia.toolbox.errors import ServerFailedError
from sophia.toolbox.listing import Listing, fetch
from sophia.toolbox.names import taken_by
from sophia.toolbox.toolbox import SERVICE
from sophia.toolbox.upstream import Upstream

MAX_SERVERS = 100
_TAKEN_WITHIN_S = 10.0
_POLL_S = 0.2
# Our own, and the name before the gateway's own tools.
RESERVED = frozenset(registry.MCP_SERVERS) | {"sophia"}


@dataclass(frozen=True, slots=True)
class McpServerService:
    """The registered servers."""

    database: Database
    connections: Connections
    seal: Seal
    clock: Clock

    async def all(self) -> Sequence[RowMapping]:
        """Give every registered server."""
        async with self.database.reading() as reader:
            return await repository.servers(reader)

    async def add(self, viewer: Viewer, wanted: ServerIn) -> RowMapping:
        """Register a server by URL; raises ServerNameTakenError, TooManyServersError."""
        headers = dict(wanted.headers)
        if wanted.token is not None:
            headers["Authorization"] = f"Bearer {wanted.token}"
        sealed = self._sealed(json.dumps(headers), wanted.name, wanted.url) if headers else None
        return await self._add(
            viewer,
            wanted.name,
            url=wanted.url,
            sealed_headers=sealed,
            wants_login=wanted.wants_login,
            client_id=wanted.client_id,
        )

    async def add_command(self, viewer: Viewer, wanted: CommandIn) -> RowMapping:
        """Register a server that is a command; raises as `add` does."""
        sealed = None
        if wanted.environment:
            said = json.dumps(wanted.environment)
            sealed = self._sealed(said, wanted.name, *wanted.command)
        return await self._add(
            viewer,
            wanted.name,
            command=wanted.command,
            sealed_environment=sealed,
            memory_mb=wanted.memory_mb,
            processes=wanted.processes,
        )

    def _sealed(self, said: str, name: str, *target: str) -> str:
        return self.seal.close(said.encode(), bound_to=sealed_for(name, *target))

    async def _add(self, viewer: Viewer, name: str, **given: Any) -> RowMapping:
        if own := taken_by(name, RESERVED):
            raise ServerNameTakenError(
                f"{name} can be taken for {own}, one of Sophia's own: choose another."
            )
        values: dict[str, Any] = dict.fromkeys(repository.GIVEN)
        values |= {
            "wants_login": False,
            "name": name,
            "added_by": viewer.user_id,
            "revision": uuid4(),
            **given,
        }
        async with self.database.transaction() as writer:
            names = await repository.taken_names(writer)
            if len(names) >= MAX_SERVERS:
                raise TooManyServersError
            if (taken := taken_by(name, names)) not in {None, name}:
                raise ServerNameTakenError(f"{name} can be taken for {taken}: choose another.")
            row = await repository.add(writer, values)
            if row is None:
                raise ServerNameTakenError
            await record(writer, deed(viewer, "mcp_server.add", target=name))
        return row

    async def switch(self, viewer: Viewer, name: str, *, is_enabled: bool) -> RowMapping:
        """Use a server, or do not; raises ServerMissingError."""
        async with self.database.transaction() as writer:
            row = await repository.change(writer, name, is_enabled=is_enabled, revision=uuid4())
            if row is None:
                raise ServerMissingError
            outcome = "enabled" if is_enabled else "disabled"
            await record(writer, deed(viewer, "mcp_server.switch", target=name, outcome=outcome))
        return row

    async def remove(self, viewer: Viewer, name: str) -> None:
        """Forget a server; raises ServerMissingError."""
        async with self.database.transaction() as writer:
            if not await repository.remove(writer, name):
                raise ServerMissingError
            await record(writer, deed(viewer, "mcp_server.remove", target=name))

    async def logins(self, viewer: Viewer) -> Sequence[LoginOut]:
        """Give the servers at which everybody logs in, and the viewer's logins there."""
        own = {row["server"]: row for row in await self.connections.logins.all(viewer)}
        return [
            _login(row["name"], own.get(row["name"]))
            for row in await self.all()
            if row["wants_login"] and row["is_enabled"]
        ]

    async def start_login(self, viewer: Viewer, name: str) -> str:
        """Begin to log in; gives where the browser goes.

        Raises ServerMissingError, LoginNotWantedError, UpstreamLoginError.
        """
        async with self.database.reading() as reader:
            row = await repository.server(reader, name)
        if row is None:
            raise ServerMissingError
        if not row["wants_login"]:
            raise LoginNotWantedError
        return await self.connections.logins.start(viewer, place_of(row))

    async def finish_login(self, viewer: Viewer, answer: LoginAnswerIn) -> str:
        """Take in what the browser came back with; gives the server. Raises UpstreamLoginError."""
        return await self.connections.logins.finish(
            viewer, state=answer.state, code=answer.code, issuer=answer.iss
        )

    async def log_out(self, viewer: Viewer, name: str) -> None:
        """Forget the viewer's login; raises LoginMissingError."""
        await self.connections.logins.forget(viewer, name)

    async def test(self, name: str) -> ServerTestOut:
        """Ask a server what it offers; raises ServerMissingError."""
        row = await self._served(name)
        link = self.connections.link(row)
        upstream = Upstream(name, name, link, is_trusted=False, clock=self.clock)
        began_s = self.clock.monotonic()
        listing: Listing | None = None
        error: str | None = None
        try:
            listing = await fetch(upstream, caller=SERVICE)
        except ServerFailedError as failure:
            error = failure.message
        finally:
            await self.connections.end(link)
        return ServerTestOut(
            is_reached=listing is not None,
            tools=[spec.name for spec in listing.specs] if listing else [],
            latency_ms=round((self.clock.monotonic() - began_s) * 1000, 1),
            error=error,
        )

    async def _served(self, name: str) -> RowMapping:
        """Look a server up; for a command, wait for a worker to take it."""
        until_s = self.clock.monotonic() + _TAKEN_WITHIN_S
        while True:
            async with self.database.reading() as reader:
                row = await repository.server(reader, name)
            if row is None:
                raise ServerMissingError
            is_served = row["command"] is None or row["served_at"] is not None
            if is_served or not row["is_enabled"] or self.clock.monotonic() > until_s:
                return row
            await self.clock.sleep(_POLL_S)


def _login(server: str, row: RowMapping | None) -> LoginOut:
    return LoginOut(
        server=server,
        is_logged_in=row is not None,
        scope=None if row is None else row["scope"],
        since=None if row is None else row["created_at"],
        expires_at=None if row is None else row["expires_at"],
    )
