"""The gateway as its routes see it."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from sophia.audit.journal import record
from sophia.core.messages import JsonObject
from sophia.gateway import repository
from sophia.gateway.handshake import Guest, Handshakes
from sophia.gateway.listening import Listening
from sophia.gateway.outlet import Outlet
from sophia.gateway.overrides import Override
from sophia.gateway.relay import Relay
from sophia.gateway.rpc import Incoming
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.limits.bucket import Bucket
from sophia.store.database import Database
from sophia.toolbox.wire import SEPARATOR

_CHANGES = (
    "notifications/tools/list_changed",
    "notifications/prompts/list_changed",
    "notifications/resources/list_changed",
)


@dataclass(frozen=True, slots=True)
class OverrideService:
    """How the operator has tools shown."""

    database: Database

    async def all(self) -> list[Override]:
        """Give every override."""
        async with self.database.reading() as reader:
            return await repository.overrides(reader)

    async def replace(self, viewer: Viewer, given: Sequence[Override]) -> None:
        """Put these overrides in the place of all earlier ones."""
        async with self.database.transaction() as writer:
            await repository.replace_overrides(writer, given)
            await record(writer, deed(viewer, "overrides.replace", outcome=f"{len(given)} tools"))


@dataclass(frozen=True, slots=True)
class Gateway:
    """Answers clients of both eras."""

    relay: Relay
    handshakes: Handshakes
    listening: Listening
    # How many calls of one tool somebody has in a minute.
    tool_quota: int

    def buckets(self, incoming: Incoming, *, server: str | None, viewer: Viewer) -> list[Bucket]:
        """Give what a request counts in, beside whoever sends it."""
        name = incoming.params.get("name")
        if incoming.method != "tools/call" or not isinstance(name, str):
            return []
        tool = name if server is None else f"{server}{SEPARATOR}{name}"
        return [Bucket("tool", f"{viewer.user_id}:{tool[:100]}", self.tool_quota)]

    async def answer(
        self, incoming: Incoming, *, server: str | None, viewer: Viewer, outlet: Outlet
    ) -> JsonObject:
        """Answer a request of the newer era; raises RpcFaultError."""
        if incoming.method == "subscriptions/listen":
            return await self.listening.listen(
                incoming, server=server, viewer=viewer, outlet=outlet
            )
        return await self.relay.answer(incoming, server=server, viewer=viewer, notify=outlet.tell)

    async def follow(self, guest: Guest, outlet: Outlet) -> None:
        """Tell a session of the older era what its servers tell unasked, until it ends."""
        if guest.session is None:
            return
        door, viewer = await self.relay.door(guest.server), guest.viewer
        follow = partial(self.listening.follow, door, viewer=viewer, tell=outlet.tell)
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(follow(_CHANGES, ()))]
            async with aclosing(self.handshakes.subscriptions(guest.session)) as subscriptions:
                async for uris in subscriptions:
                    for earlier in running[1:]:
                        earlier.cancel()
                        await asyncio.wait({earlier})
                    running[1:] = [group.create_task(follow((), uris))]
            for task in running:
                task.cancel()
