"""What operators do with MCP servers of others: register, test, switch off, remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import RowMapping

from sophia.audit.journal import record
from sophia.core import registry
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.kit.clock import Clock
from sophia.kit.sealing import Seal
from sophia.mcp_servers import repository
from sophia.mcp_servers.connections import Connections
from sophia.mcp_servers.errors import (
    ServerMissingError,
    ServerNameTakenError,
    TooManyServersError,
)
from sophia.mcp_servers.schemas import ServerIn, ServerTestOut
from sophia.store.database import Database
from sophia.toolbox.errors import ServerFailedError
from sophia.toolbox.listing import fetch
from sophia.toolbox.toolbox import SERVICE
from sophia.toolbox.upstream import Upstream

MAX_SERVERS = 100
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
        """Register a server; raises ServerNameTakenError, TooManyServersError."""
        if wanted.name in RESERVED:
            raise ServerNameTakenError(f"{wanted.name} is one of Sophia's own: choose another.")
        bound_to = f"{wanted.name} {wanted.url}"
        sealed = wanted.token and self.seal.close(wanted.token.encode(), bound_to=bound_to)
        values = {
            "name": wanted.name,
            "url": wanted.url,
            "sealed_token": sealed,
            "added_by": viewer.user_id,
            "revision": uuid4(),
        }
        async with self.database.transaction() as writer:
            if await repository.count(writer) >= MAX_SERVERS:
                raise TooManyServersError
            row = await repository.add(writer, values)
            if row is None:
                raise ServerNameTakenError
            await record(writer, deed(viewer, "mcp_server.add", target=wanted.name))
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

    async def test(self, name: str) -> ServerTestOut:
        """Ask a server what it offers, over a session of its own; raises ServerMissingError."""
        async with self.database.reading() as reader:
            row = await repository.server(reader, name)
        if row is None:
            raise ServerMissingError
        link = self.connections.link(row)
        upstream = Upstream(name, name, link, is_trusted=False, clock=self.clock)
        began_s = self.clock.monotonic()
        version: str | None = None
        tools: list[str] = []
        error: str | None = None
        try:
            listing = await fetch(upstream, caller=SERVICE)
            version = await link.version()
            tools = [spec.name for spec in listing.specs]
        except ServerFailedError as failure:
            error = failure.message
        finally:
            await link.close()
        return ServerTestOut(
            is_reached=error is None,
            protocol_version=version,
            tools=tools,
            latency_ms=round((self.clock.monotonic() - began_s) * 1000, 1),
            error=error,
        )
