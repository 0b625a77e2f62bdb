"""What servers offer: kept, and asked for again in the background when it has grown old."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from sophia.core.messages import ToolSpec
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.toolbox.definitions import shown
from sophia.toolbox.errors import ServerFailedError
from sophia.toolbox.listing import Listing
from sophia.toolbox.upstream import Upstream
from sophia.toolbox.wire import SEPARATOR

_FRESH_S = 60.0
_RETRY_S = 1.0
_FIRST_WAIT_S = 8.0  # many servers in one process list slowly on a busy machine
_WAIT_S = 0.5

_logger = log.get("toolbox")

type Fetch = Callable[[Upstream], Awaitable[Listing]]
type Follow = Callable[[Upstream], AsyncGenerator[str]]
"""Yields the list (`tools`, `resources`, `prompts`) that a server says it changed.

Raises ServerFailedError.
"""
type OnChange = Callable[[str, frozenset[str]], None]
"""Takes the name of a server that offers something else than before, and which of its lists."""


class Screen(Protocol):
    """Says which tools nobody may have, whatever their server offers."""

    async def settle(self, upstream: Upstream, offered: Listing) -> None:
        """Take note of what a server offers now, before it is asked about."""
        ...

    def withheld(self, upstream: Upstream, offered: Listing) -> Mapping[str, str]:
        """Give the tools, by their own names, that nobody may have, each with the reason."""
        ...


@dataclass(slots=True)
class Shelf:
    """What one server offers, as far as is known; `failure` says why it is not known anew.

    `offered` is what it says itself, `listing` what is shown of that; `withheld` are the tools that
    nobody may have, by their full names, each with the reason.
    """

    upstream: Upstream
    offered: Listing | None = None
    listing: Listing | None = None
    withheld: Mapping[str, str] = field(default_factory=dict[str, str])
    failure: ServerFailedError | None = None
    due_s: float = float("-inf")
    refresh: asyncio.Task[None] | None = None
    following: asyncio.Task[None] | None = None
    # The lists that it said it changed, since it was asked last.
    said: set[str] = field(default_factory=set[str])


class Catalogue:
    """What all servers offer. A server that is down keeps what it had."""

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        fetch: Fetch,
        *,
        clock: Clock,
        follow: Follow | None = None,
        screen: Screen | None = None,
    ) -> None:
        """Take the servers, how to ask one what it offers, and what tells the time.

        Without `follow` a change is seen when the listing has grown old; without `screen` every
        tool is trusted.
        """
        self._shelves = {upstream.name: Shelf(upstream) for upstream in upstreams}
        self._fetch = fetch
        self._follow = follow
        self._screen = screen
        self._clock = clock
        self._listeners: dict[object, OnChange] = {}
        self._tools: tuple[ToolSpec, ...] = ()
        self._offers: Mapping[str, tuple[Upstream, ToolSpec]] = MappingProxyType({})

    async def tools(self) -> Sequence[ToolSpec]:
        """Give the tools in a stable order; waits only for servers that have offered none yet."""
        await self._look()
        return self._tools

    async def shelves(self) -> Sequence[Shelf]:
        """Give what each server offers, in a stable order; waits as `tools` does."""
        await self._look()
        return tuple(self._shelves.values())

    async def find(self, name: str) -> tuple[Upstream, ToolSpec] | None:
        """Give a tool and the server that has it."""
        if name not in self._offers:
            await self._look()
        return self._offers.get(name)

    def refusal(self, name: str) -> str | None:
        """Say why a tool that a server offers cannot be had, if there is a reason."""
        _, spec = self._offers.get(name, (None, None))
        missing = spec.missing if spec is not None else None
        reasons = (shelf.withheld.get(name) for shelf in self._shelves.values())
        return next((reason for reason in (*reasons, missing) if reason is not None), None)

    def screen_again(self, name: str) -> None:
        """Note that something was decided about a server's tools."""
        shelf = self._shelves.get(name)
        if shelf is not None and shelf.offered is not None:
            self._put(shelf, shelf.offered)

    @property
    def names(self) -> list[str]:
        """Give the names of the tools that are known now."""
        return list(self._offers)

    def known(self) -> Sequence[Shelf]:
        """Give what is known now, without asking anybody."""
        return tuple(self._shelves.values())

    def put(self, upstream: Upstream) -> None:
        """Add a server; what it offers is asked for at once."""
        shelf = self._shelves[upstream.name] = Shelf(upstream)
        self._begin(shelf)

    async def remove(self, name: str) -> None:
        """Forget a server and what it offers."""
        shelf = self._shelves.pop(name)
        await _ended(shelf)
        self._lay_out()
        self._tell(name, shelf.listing.unlike(Listing()) if shelf.listing else frozenset())

    def expire(self, name: str, *lists: str) -> None:
        """Note that a server said that these lists of it are others now."""
        shelf = self._shelves.get(name)
        if shelf is not None:
            shelf.said.update(lists)
            shelf.due_s = float("-inf")
            self._begin(shelf)

    def on_change(self, listener: OnChange) -> Callable[[], None]:
        """Have a listener told of each change; gives what ends that."""
        key = object()
        self._listeners[key] = listener
        return lambda: self._listeners.pop(key, None) and None

    async def close(self) -> None:
        """Stop asking."""
        for shelf in self._shelves.values():
            await _ended(shelf)

    async def _look(self) -> None:
        now_s = self._clock.monotonic()
        awaited: list[asyncio.Task[None]] = []
        wait_s = _WAIT_S
        for shelf in self._shelves.values():
            if now_s >= shelf.due_s:
                self._begin(shelf)
            if shelf.refresh is not None and shelf.listing is None:
                awaited.append(shelf.refresh)
                wait_s = max(wait_s, _FIRST_WAIT_S if shelf.failure is None else _WAIT_S)
        if awaited:
            await asyncio.wait(awaited, timeout=wait_s)

    def _begin(self, shelf: Shelf) -> None:
        if shelf.refresh is None:
            shelf.refresh = asyncio.create_task(self._refresh(shelf))

    async def _refresh(self, shelf: Shelf) -> None:
        try:
            offered = await self._fetch(shelf.upstream)
            if self._screen is not None:
                await self._screen.settle(shelf.upstream, offered)
        except ServerFailedError as error:
            if shelf.failure is None:
                _logger.warning(
                    "toolbox.catalogue.failed", server=shelf.upstream.name, reason=error.message
                )
            shelf.failure = error
            shelf.due_s = self._clock.monotonic() + _RETRY_S
        else:
            shelf.failure = None
            shelf.due_s = self._clock.monotonic() + _FRESH_S
            self._put(shelf, offered)
            if shelf.following is None and offered.tells_changes and self._follow is not None:
                shelf.following = asyncio.create_task(self._followed(shelf, self._follow))
        finally:
            shelf.refresh = None

    async def _followed(self, shelf: Shelf, follow: Follow) -> None:
        try:
            async for changed in follow(shelf.upstream):
                self.expire(shelf.upstream.name, changed)
        except ServerFailedError as error:
            # The next listing takes it up again; until then the listing's age has to do.
            _logger.debug(
                "toolbox.catalogue.deaf", server=shelf.upstream.name, reason=error.message
            )
        finally:
            shelf.following = None

    def _put(self, shelf: Shelf, offered: Listing) -> None:
        """Show what a server offers, as far as nothing speaks against it."""
        name = shelf.upstream.name
        withheld: Mapping[str, str] = {}
        if self._screen is not None:
            withheld = self._screen.withheld(shelf.upstream, offered)
        full = {f"{name}{SEPARATOR}{own}": reason for own, reason in withheld.items()}
        said, shelf.said = frozenset(shelf.said), set()
        if not said and offered == shelf.offered and full == shelf.withheld:
            return
        earlier, shelf.listing = shelf.listing, shown(name, offered, withheld)
        shelf.offered, shelf.withheld = offered, full
        self._lay_out()
        if earlier is not None:
            self._tell(name, said | earlier.unlike(shelf.listing))

    def _lay_out(self) -> None:
        listed = [
            (one.upstream, tool)
            for one in self._shelves.values()
            if one.listing is not None
            for tool in one.listing.specs
        ]
        self._tools = tuple(tool for _, tool in listed)
        self._offers = {tool.name: (upstream, tool) for upstream, tool in listed}

    def _tell(self, name: str, changed: frozenset[str]) -> None:
        for listener in list(self._listeners.values()):
            listener(name, changed)


async def _ended(shelf: Shelf) -> None:
    """End what is asked of a server."""
    running = [task for task in (shelf.refresh, shelf.following) if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
