"""The port registry: the one place that says which service listens where.

Compose, Helm, Prometheus and the reference documentation are checked against it. `SOPHIA_PORT_BASE`
shifts every port by the same distance, so that two stacks can run side by side.
"""

from dataclasses import dataclass
from types import MappingProxyType

API_PORT = 8000
CONSOLE_PORT = 3000
WORKER_PORT = 8001  # metrics and liveness of the worker, loopback only
POSTGRES_PORT = 5432
REDIS_PORT = 6379


@dataclass(frozen=True, slots=True)
class McpServer:
    """One of the eight MCP servers.

    `is_first_party`: it gives back only what this Sophia's own people told it. What all others
    give may hold other people's text, and with it instructions to the model.
    """

    name: str
    title: str
    port: int
    is_served: bool
    is_first_party: bool = False


_SERVERS = (
    McpServer("memory", "AI Memory", 9001, is_served=True, is_first_party=True),
    McpServer("uiux", "UI/UX Agent", 9002, is_served=True),
    McpServer("codacy", "Codacy", 3008, is_served=True),
    McpServer("linear", "Linear", 9004, is_served=True),
    McpServer("github", "GitHub", 9103, is_served=True),
    McpServer("asana", "Asana", 9100, is_served=True),
    McpServer("lambda-cli", "Lambda Labs CLI", 9040, is_served=True),
    McpServer("lambda-serverless", "Lambda Labs Serverless", 9025, is_served=False),
)

# The key in the `_meta` of a listed tool of theirs: what to set before it can do anything.
MISSING_KEY = "sophia/missing"

MCP_SERVERS = MappingProxyType({server.name: server for server in _SERVERS})


def shifted(port: int, *, port_base: int = API_PORT) -> int:
    """Give a registry port under another base: port - 8000 + port_base."""
    return port - API_PORT + port_base
