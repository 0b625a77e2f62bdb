"""The UI/UX Agent, put together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sophia.kit.clock import Clock
from sophia.servers.parts import ServerParts
from sophia.servers.uiux.colour_tools import colour_tools
from sophia.servers.uiux.token_tools import token_tools
from sophia.settings import Settings

_INSTRUCTIONS = (
    "UI/UX Agent: colours and palettes whose contrast holds, type and spacing scales, design tokens"
    " (W3C DTCG 2025.10) checked and turned into CSS, Tailwind, Swift and Kotlin. It needs no"
    " account. create_palette and create_scale give tokens that export_tokens takes."
)


@asynccontextmanager
async def open_uiux(_settings: Settings, _clock: Clock) -> AsyncGenerator[ServerParts]:
    """Open the agent; there is nothing to close."""
    yield ServerParts(
        name="uiux",
        instructions=_INSTRUCTIONS,
        tools=[*colour_tools(), *token_tools()],
    )
