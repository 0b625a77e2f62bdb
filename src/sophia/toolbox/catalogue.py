"""Which tools there are: kept, and asked for again in the background when they have grown old."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sophia.core.messages import ToolSpec
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.toolbox.errors import ServerFailedError
from sophia.toolbox.exchange import Endpoint

_FRESH_S = 60.0
_RETRY_S = 1.0
_FIRST_WAIT_S = 2.0
_WAIT_S = 0.5

_logger = log.get("toolbox")

type Fetch = Callable[[Endpoint], Awaitable[Sequence[ToolSpec]]]


@dataclass(slots=True)
class _Shelf:
    """What one server offers, as far as is known."""

    endpoint: Endpoint
    tools: tuple[ToolSpec, ...] = ()
    due_s: float = float("-inf")
    has_failed: bool = False
    refresh: asyncio.Task[None] | None = None


class Catalogue:
    """The tools of all servers. A server that is down keeps the tools that it had."""

    def __init__(self, endpoints: Sequence[Endpoint], fetch: Fetch, *, clock: Clock) -> None:
        """Take the servers, how to ask one for its tools, and what tells the time."""
        self._shelves = [_Shelf(endpoint) for endpoint in endpoints]
        self._fetch = fetch
        self._clock = clock
        self._tools: tuple[ToolSpec, ...] = ()
        self._offers: Mapping[str, tuple[Endpoint, ToolSpec]] = MappingProxyType({})

    async def tools(self) -> Sequence[ToolSpec]:
        """Give the tools in a stable order; waits only for servers that have offered none yet."""
        await self._look()
        return self._tools

    async def find(self, name: str) -> tuple[Endpoint, ToolSpec] | None:
        """Give a tool and the server that has it."""
        if name not in self._offers:
            await self._look()
        return self._offers.get(name)

    @property
    def names(self) -> list[str]:
        """Give the names of the tools that are known now."""
        return list(self._offers)

    async def close(self) -> None:
        """Stop asking."""
        running = [shelf.refresh for shelf in self._shelves if shelf.refresh is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _look(self) -> None:
        now_s = self._clock.monotonic()
        awaited: list[asyncio.Task[None]] = []
        wait_s = _WAIT_S
        for shelf in self._shelves:
            if shelf.refresh is None and now_s >= shelf.due_s:
                shelf.refresh = asyncio.create_task(self._refresh(shelf))
            if shelf.refresh is not None and not shelf.tools:
                awaited.append(shelf.refresh)
                wait_s = max(wait_s, _WAIT_S if shelf.has_failed else _FIRST_WAIT_S)
        if awaited:
            await asyncio.wait(awaited, timeout=wait_s)

    async def _refresh(self, shelf: _Shelf) -> None:
        try:
            tools = tuple(await self._fetch(shelf.endpoint))
        except ServerFailedError as error:
            if not shelf.has_failed:
                _logger.warning(
                    "toolbox.catalogue.failed", server=shelf.endpoint.name, reason=error.message
                )
            shelf.has_failed = True
            shelf.due_s = self._clock.monotonic() + _RETRY_S
        else:
            shelf.has_failed = False
            shelf.due_s = self._clock.monotonic() + _FRESH_S
            if tools != shelf.tools:
                shelf.tools = tools
                self._lay_out()
        finally:
            shelf.refresh = None

    def _lay_out(self) -> None:
        self._tools = tuple(tool for shelf in self._shelves for tool in shelf.tools)
        self._offers = {
            tool.name: (shelf.endpoint, tool) for shelf in self._shelves for tool in shelf.tools
        }
