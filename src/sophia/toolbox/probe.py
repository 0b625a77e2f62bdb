"""How the MCP servers are, by asking them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How one MCP server is: healthy, degraded, unhealthy, or not_served by this version."""

    name: str
    port: int
    status: str
    configured: bool
    tools: int
    latency_ms: float | None = None
    error: str | None = None
    # What to set so that it is configured.
    missing: str | None = None


class ServerProbe(Protocol):
    """Asks the MCP servers how they are."""

    async def probe(self, name: str) -> ServerStatus:
        """Ask one server."""
        ...

    async def all(self) -> Sequence[ServerStatus]:
        """Ask all eight at once."""
        ...
