"""The replicas that the tests of this folder share."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.providers import ScriptedProvider, scripted_openai
from tests.support.replicas import Replicas, running_replicas


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def both_running(
    worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Replicas, ScriptedProvider]]:
    folder: Path = tmp_path_factory.mktemp("replicas")
    async with (
        scripted_openai() as provider,
        running_replicas(
            folder,
            numbers=(16 + 2 * worker_number, 17 + 2 * worker_number),
            provider_url=provider.url,
        ) as replicas,
    ):
        yield replicas, provider


@pytest.fixture
def replicas(both_running: tuple[Replicas, ScriptedProvider]) -> Replicas:
    return both_running[0]


@pytest.fixture
def model(both_running: tuple[Replicas, ScriptedProvider]) -> ScriptedProvider:
    both_running[1].clear()
    both_running[1].requests.clear()
    return both_running[1]
