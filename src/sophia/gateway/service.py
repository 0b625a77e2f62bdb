"""The gateway as its routes see it."""

from dataclasses import dataclass

from sophia.core.messages import JsonObject
from sophia.gateway.handshake import Guest, Handshakes
from sophia.gateway.listening import Listening
from sophia.gateway.outlet import Outlet
from sophia.gateway.relay import Relay
from sophia.gateway.rpc import Incoming
from sophia.identity.schemas import Viewer

_CHANGES = (
    "notifications/tools/list_changed",
    "notifications/prompts/list_changed",
    "notifications/resources/list_changed",
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Answers clients of both eras."""

    relay: Relay
    handshakes: Handshakes
    listening: Listening

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
        """Tell a session of the older era what its servers tell unasked."""
        door = await self.relay.door(guest.server)
        await self.listening.follow(door, _CHANGES, guest.wishes.uris, guest.viewer, outlet.tell)
