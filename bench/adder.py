"""The server behind every way that `make bench-mcp` measures: one tool that adds, on our runtime.

It stands where AI Memory would and has its secrets, so that a gateway takes it for that.
"""

import uvicorn
from pydantic import BaseModel, ConfigDict

from sophia.core import registry
from sophia.kit.clock import SystemClock
from sophia.kit.tokens import Verifier
from sophia.servers.access import Gate
from sophia.servers.call import Call
from sophia.servers.main import listening
from sophia.servers.parts import ServerParts, Tool
from sophia.servers.runtime import Exposure, build
from sophia.settings import Settings

SERVER = "memory"
TOOL = "add"


class Summands(BaseModel):
    """What is added."""

    model_config = ConfigDict(extra="forbid")

    a: int
    b: int


class Sum(BaseModel):
    """What comes out."""

    result: int


async def add(given: Summands, _call: Call) -> Sum:
    """Add."""
    return Sum(result=given.a + given.b)


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    port = settings.port(registry.MCP_SERVERS[SERVER].port)
    tool = Tool(
        name=TOOL,
        title="Add",
        description="Add two numbers.",
        arguments=Summands,
        run=add,
        result=Sum,
        is_read_only=True,
    )
    app = build(
        ServerParts(name=SERVER, instructions="Adds.", tools=[tool]),
        gate=Gate(
            SERVER,
            static_token=settings.secret(f"mcp_token_{SERVER}"),
            verifier=Verifier(settings.secret("signing_key_public")),
        ),
        exposure=Exposure(
            port=port,
            metrics_token=settings.secret("metrics_token"),
            state_key=settings.secret("mcp_state_key"),
        ),
        clock=SystemClock(),
    )
    config = listening(app)
    config.host, config.port, config.loop = "127.0.0.1", port, "uvloop"
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
