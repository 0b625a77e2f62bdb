"""What servers tell unasked: their lists changed, a resource changed. One stream a client."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import cast

from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp_types import INVALID_PARAMS

from sophia.core.messages import Json, JsonObject, object_of
from sophia.core.ports import Person
from sophia.gateway.door import Door
from sophia.gateway.errors import RpcFaultError
from sophia.gateway.outlet import Outlet
from sophia.gateway.rpc import Incoming
from sophia.gateway.sessions import MAX_SUBSCRIPTIONS
from sophia.identity.schemas import Viewer
from sophia.kit.clock import Clock
from sophia.toolbox.catalogue import Catalogue, Shelf
from sophia.toolbox.errors import RpcAnswerError, ServerFailedError
from sophia.toolbox.exchange import Request

_RETRY_S = 2.0
_UPDATED = "notifications/resources/updated"
_CHANGES = {
    "toolsListChanged": "notifications/tools/list_changed",
    "promptsListChanged": "notifications/prompts/list_changed",
    "resourcesListChanged": "notifications/resources/list_changed",
}

type Tell = Callable[[str, JsonObject], Awaitable[None]]


class _Changes:
    """The lists that changed since somebody looked: bounded, however slowly it is looked at."""

    def __init__(self) -> None:
        self.happened = asyncio.Event()
        self._lists: set[str] = set()

    def note(self, lists: frozenset[str]) -> None:
        self._lists |= lists
        self.happened.set()

    def taken(self) -> list[str]:
        taken, self._lists = sorted(self._lists), set()
        self.happened.clear()
        return taken


class Listening:
    """Follows the servers behind a door for as long as a client listens."""

    def __init__(self, catalogue: Catalogue, *, clock: Clock) -> None:
        """Take what servers there are."""
        self._catalogue = catalogue
        self._clock = clock

    async def listen(
        self, incoming: Incoming, *, server: str | None, viewer: Viewer, outlet: Outlet
    ) -> JsonObject:
        """Serve subscriptions/listen (2026-07-28); raises RpcFaultError."""
        asked = incoming.params.get("notifications")
        if not isinstance(asked, Mapping):
            raise RpcFaultError.of(INVALID_PARAMS, "params.notifications must be an object.")
        uris = _uris(asked.get("resourceSubscriptions"))
        honoured: dict[str, Json] = {name: True for name in _CHANGES if asked.get(name) is True}
        if uris:
            honoured["resourceSubscriptions"] = uris
        meta: JsonObject = {SUBSCRIPTION_ID_META_KEY: incoming.id}

        async def tell(method: str, params: JsonObject) -> None:
            beside = object_of(params.get("_meta"))
            await outlet.tell(method, {**params, "_meta": {**beside, **meta}})

        door = Door.to(await self._catalogue.shelves(), server)
        await tell("notifications/subscriptions/acknowledged", {"notifications": honoured})
        await self.follow(
            door, [_CHANGES[n] for n in honoured if n in _CHANGES], uris, viewer, tell
        )
        return {"resultType": "complete", "_meta": meta}

    async def follow(
        self, door: Door, changes: Iterable[str], uris: Iterable[str], viewer: Viewer, tell: Tell
    ) -> None:
        """Tell of changed lists and resources; ends when it is cancelled."""
        wanted = list(changes)
        names = {shelf.upstream.name for shelf in door.shelves}
        by_owner: dict[str, tuple[Shelf, list[str]]] = {}
        for uri in uris:
            shelf = door.owner_of(uri)
            by_owner.setdefault(shelf.upstream.name, (shelf, []))[1].append(uri)
        async with self._changes(names) as found, asyncio.TaskGroup() as group:
            for shelf, owned in by_owner.values():
                group.create_task(self._follow_resources(shelf, owned, viewer, tell))
            while True:
                await found.happened.wait()
                for changed in found.taken():
                    if (method := f"notifications/{changed}/list_changed") in wanted:
                        await tell(method, {})

    @asynccontextmanager
    async def _changes(self, names: set[str]) -> AsyncGenerator["_Changes"]:
        """Collect which lists of these servers change."""
        changes = _Changes()

        def note(name: str, lists: frozenset[str]) -> None:
            if name in names:
                changes.note(lists)

        end = self._catalogue.on_change(note)
        try:
            yield changes
        finally:
            end()

    async def _follow_resources(
        self, shelf: Shelf, uris: list[str], viewer: Viewer, tell: Tell
    ) -> None:
        request = Request(
            "subscriptions/listen", {"notifications": {"resourceSubscriptions": list(uris)}}
        )
        caller = Person(viewer.user_id, viewer.name)
        while True:
            try:
                async for method, params in shelf.upstream.listen(request, caller=caller):
                    if method == _UPDATED:
                        uri = params.get("uri")
                        await tell(method, {"uri": uri})
            except RpcAnswerError:
                return  # it tells nobody of its resources
            except ServerFailedError:
                # It comes back, and says then what it has: what changed meanwhile is asked for.
                await self._clock.sleep(_RETRY_S)
                for uri in uris:
                    await tell(_UPDATED, {"uri": uri})


def _uris(asked: Json) -> list[str]:
    if asked is None:
        return []
    uris = asked if isinstance(asked, list) else [None]
    if len(uris) > MAX_SUBSCRIPTIONS or not all(isinstance(uri, str) for uri in uris):
        raise RpcFaultError.of(
            INVALID_PARAMS, f"resourceSubscriptions must be at most {MAX_SUBSCRIPTIONS} strings."
        )
    return cast("list[str]", uris)
