"""Limits of a real process: whose word it takes for an address, on both ports, and frames."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from sophia.core import registry
from tests.support.desk import Desk, received

_NUMBER = 40  # behind the desks that a run's processes share


@asynccontextmanager
async def limited_desk(
    folder: Path, database_url: str, redis_url: str, **variables: str
) -> AsyncGenerator[Desk]:
    desk = Desk(
        folder,
        number=_NUMBER,
        database_url=database_url,
        redis_url=redis_url,
        provider_url=None,
        variables={"SOPHIA_LIMIT_ADDRESS": "6", "SOPHIA_LIMIT_USER": "6", **variables},
    )
    try:
        await desk.start("api", timeout_s=60)
        yield desk
    finally:
        await desk.close()


async def statuses(desk: Desk, addresses: list[str]) -> list[int]:
    """Ask as a stranger, on both ports in turn, each time as if for another address."""
    ports = [desk.settings.port(port) for port in (registry.API_PORT, registry.CONSOLE_PORT)]
    async with httpx2.AsyncClient(timeout=10) as client:
        return [
            (
                await client.get(
                    f"http://127.0.0.1:{ports[number % 2]}/api/v1/me",
                    headers={"X-Forwarded-For": address},
                )
            ).status_code
            for number, address in enumerate(addresses)
        ]


async def test_a_forged_address_is_ignored_and_frames_are_limited(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    async with limited_desk(tmp_path, postgres_url, redis_url) as desk:
        forged = await statuses(desk, [f"198.51.100.{number}" for number in range(7)])
        assert forged == [401] * 6 + [429]

        _, token = await desk.add_user()
        async with desk.socket(token) as socket:  # the handshake counts as the first
            for _ in range(6):
                await socket.send('{"type": "ping"}')
            seen = await received(socket, "error")
            assert [frame["type"] for frame in seen] == ["pong"] * 5 + ["error"]
            assert seen[-1]["code"] == "limits.reached"
            assert "Try again in" in seen[-1]["message"]
            await socket.send("still open")
            assert json.loads(await socket.recv())["code"] == "limits.reached"
        async with desk.client(token) as client:
            refused = await client.get("/api/v1/me")
            assert refused.status_code == 429
        with pytest.raises(InvalidStatus) as closed:
            async with desk.socket(token):
                pass
        assert closed.value.response.status_code == 429
        assert closed.value.response.headers["ratelimit"].startswith('"user";r=0')


async def test_a_trusted_proxy_is_believed_whom_it_speaks_for(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    proxies = {"SOPHIA_TRUSTED_PROXIES": "127.0.0.0/8, 10.0.0.1"}
    async with limited_desk(tmp_path, postgres_url, redis_url, **proxies) as desk:
        assert await statuses(desk, [f"198.51.100.{number}" for number in range(7)]) == [401] * 7
        one = [f"198.51.100.{number}, 203.0.113.1, 10.0.0.1" for number in range(7)]
        assert await statuses(desk, one) == [401] * 6 + [429]
