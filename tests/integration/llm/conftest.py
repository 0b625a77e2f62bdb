from collections.abc import AsyncGenerator

import aiohttp
import pytest

from sophia.llm.provider import open_session
from tests.support.providers import ScriptedProvider, scripted_anthropic, scripted_openai


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
async def openai() -> AsyncGenerator[ScriptedProvider]:
    async with scripted_openai() as provider:
        yield provider


@pytest.fixture
async def anthropic() -> AsyncGenerator[ScriptedProvider]:
    async with scripted_anthropic() as provider:
        yield provider
