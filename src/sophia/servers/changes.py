"""Telling clients that something changed: on their listen streams, in their sessions."""

from mcp.server.connection import Connection
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ToolsListChanged,
)


class Changes:
    """What a server tells when its lists or resources change.

    Clients of 2026-07-28 hear of all on their listen streams; those of 2025-11-25 of the resources
    that they subscribed to, in their session.
    """

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self.bus = InMemorySubscriptionBus()
        self.listen = ListenHandler(self.bus)
        self._sessions: dict[Connection, set[str]] = {}

    async def of_tools(self) -> None:
        """Tell that there are other tools now."""
        await self.bus.publish(ToolsListChanged())

    async def of_prompts(self) -> None:
        """Tell that there are other prompts now."""
        await self.bus.publish(PromptsListChanged())

    async def of_resources(self) -> None:
        """Tell that there are other resources now."""
        await self.bus.publish(ResourcesListChanged())

    async def of_resource(self, uri: str) -> None:
        """Tell that a resource reads differently now."""
        await self.bus.publish(ResourceUpdated(uri))
        for session, uris in list(self._sessions.items()):
            if uri in uris:
                await session.send_resource_updated(uri)

    def subscribe(self, session: Connection, uri: str) -> None:
        """Tell a session of a resource's changes, for as long as it lasts."""
        if session not in self._sessions:
            self._sessions[session] = set()
            session.exit_stack.callback(self._sessions.pop, session, None)
        self._sessions[session].add(uri)

    def unsubscribe(self, session: Connection, uri: str) -> None:
        """Tell it no more."""
        self._sessions.get(session, set()).discard(uri)
