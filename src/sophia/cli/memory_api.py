"""The API of memories, as the commands for them ask it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2

from sophia.cli.identity import access_token
from sophia.core import registry
from sophia.settings import Settings

_TIMEOUT_S = 120.0
_TOKEN_TTL_S = 24 * 3600


@asynccontextmanager
async def memory_client(settings: Settings) -> AsyncGenerator[httpx2.AsyncClient]:
    """Open a client that asks on the owner's behalf."""
    token = await access_token(settings, ttl_s=_TOKEN_TTL_S)
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{settings.port(registry.API_PORT)}/api/v1/memory",
        headers={"Authorization": f"Bearer {token}"},
        timeout=_TIMEOUT_S,
        trust_env=False,
    ) as client:
        yield client


def detail(answer: httpx2.Response) -> str:
    """Give what the refusal's problem says."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError):
        return f"Sophia refused (HTTP {answer.status_code})."
