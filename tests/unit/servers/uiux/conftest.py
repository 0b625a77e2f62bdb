from collections.abc import AsyncGenerator

import pytest

from tests.support.uiux import Agent, uiux_agent


@pytest.fixture(scope="session", name="agent")
async def _agent(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Agent]:
    async with uiux_agent(tmp_path_factory.mktemp("home")) as agent:
        yield agent
