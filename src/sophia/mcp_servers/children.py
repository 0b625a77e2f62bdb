"""The registered servers that are commands, as far as this worker runs them.

One worker at a time holds each of them, by a lease in its row; the others reach it there. When that
worker is gone, another takes it over within the lease, with a new child: what the old one had not
written down is lost with it.
"""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.kit.sealing import Seal
from sophia.mcp_servers import repository
from sophia.mcp_servers.schemas import sealed_for
from sophia.stdio_servers.child import Child
from sophia.stdio_servers.command import Command, Limits
from sophia.store.database import Database
from sophia.store.errors import DatabaseUnavailableError
from sophia.toolbox.session_link import SessionLink
from sophia.toolbox.upstream import Upstream

_LOOK_EVERY_S = 1.0
_LEASE_S = 10.0
# The first start of many a server downloads it.
_OPEN_WITHIN_S = 120.0
_MB = 1024 * 1024
_LAST_LINES = 20

_logger = log.get("mcp_servers")


@dataclass(frozen=True, slots=True)
class _Running:
    revision: UUID
    link: SessionLink
    upstream: Upstream


class Children:
    """Holds and runs them. `url` is where this worker serves what it runs."""

    def __init__(
        self, database: Database, seal: Seal, *, url: str, folder: Path, clock: Clock
    ) -> None:
        """Take where they are registered, and the folder in which each has one of its own."""
        self._database = database
        self._seal = seal
        self._url = url
        self._folder = folder
        self._clock = clock
        self._running: dict[str, _Running] = {}

    def find(self, name: str) -> Upstream | None:
        """Give a server that is run here."""
        running = self._running.get(name)
        return None if running is None else running.upstream

    async def run(self) -> None:
        """Look again and again, as long as the process runs."""
        while True:
            with suppress(DatabaseUnavailableError):
                await self._look()
            await self._clock.sleep(_LOOK_EVERY_S)

    async def close(self) -> None:
        """End every child, and leave the servers to other workers."""
        for name in list(self._running):
            await self._stop(name)
        with suppress(DatabaseUnavailableError):
            async with self._database.single_write() as writer:
                await repository.let_go(writer, url=self._url)

    async def _look(self) -> None:
        async with self._database.single_write() as writer:
            held = await repository.hold(writer, url=self._url, lease_s=_LEASE_S)
        rows = {row["name"]: row for row in held}
        for name, running in list(self._running.items()):
            if name not in rows or rows[name]["revision"] != running.revision:
                await self._stop(name)
        for name, row in rows.items():
            if name not in self._running:
                self._start(name, row)

    def _start(self, name: str, row: Mapping[Any, Any]) -> None:
        opening = partial(_transport, self._command(name, row), _limits(row))
        link = SessionLink(opening, open_within_s=_OPEN_WITHIN_S)
        upstream = Upstream(name, name, link, is_trusted=False, clock=self._clock)
        self._running[name] = _Running(row["revision"], link, upstream)
        _logger.info("mcp_servers.child.held", server=name)

    async def _stop(self, name: str) -> None:
        await self._running.pop(name).link.close()
        _logger.info("mcp_servers.child.let_go", server=name)

    def _command(self, name: str, row: Mapping[Any, Any]) -> Command:
        environment: dict[str, str] = {}
        if row["sealed_environment"] is not None:
            bound_to = sealed_for(name, *row["command"])
            opened = self._seal.open(row["sealed_environment"], bound_to=bound_to)
            environment = json.loads(opened) if opened is not None else {}
        program, *arguments = row["command"]
        return Command(
            name=name,
            command=program,
            arguments=tuple(arguments),
            environment=environment,
            home=self._folder / name,
        )


def _limits(row: Mapping[Any, Any]) -> Limits:
    usual = Limits()
    memory_mb: int | None = row["memory_mb"]
    return Limits(
        memory_bytes=usual.memory_bytes if memory_mb is None else memory_mb * _MB,
        processes=row["processes"] or usual.processes,
    )


@asynccontextmanager
async def _transport(command: Command, limits: Limits) -> AsyncGenerator[Any]:
    """Run a server for as long as a session lasts; raises StdioServerError when it ended first."""
    child = Child(command, limits=limits)
    try:
        async with child as streams:
            yield streams
    except ExceptionGroup as error:
        if not child.has_ended.is_set():
            raise
        raise _ended(child) from error
    if child.has_ended.is_set():
        raise _ended(child)


def _ended(child: Child) -> Exception:
    failure = child.failure()
    _logger.warning(
        "mcp_servers.child.ended",
        server=child.command.name,
        reason=failure.message,
        last_words=child.tail.lines[-_LAST_LINES:],
    )
    return failure
