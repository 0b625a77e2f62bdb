"""A replica that is told to stop leaves nobody hanging; a client that reads nothing is dropped."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
import pytest_asyncio

from sophia.core import registry
from tests.support.desk import frames
from tests.support.providers import Reply, ScriptedProvider, scripted_openai
from tests.support.replicas import Replicas, running_replicas
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(150)  # its servers start with the first test

_NOTICE_S = 1
_DRAIN_S = 2
_STALLED_S = 2
_MAX_BYTES_PER_STREAM = 8 * 1024 * 1024  # what one is allowed, and what the allocator keeps


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def impatient(
    worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Replicas, ScriptedProvider]]:
    """Replicas that wait for seconds where others wait for half a minute."""
    folder: Path = tmp_path_factory.mktemp("draining")
    async with (
        scripted_openai() as provider,
        running_replicas(
            folder,
            numbers=(24 + 2 * worker_number, 25 + 2 * worker_number),
            provider_url=provider.url,
            variables={
                "SOPHIA_DRAIN_NOTICE_S": str(_NOTICE_S),
                "SOPHIA_DRAIN_TIMEOUT_S": str(_DRAIN_S),
                "SOPHIA_STALLED_CLIENT_TIMEOUT_S": str(_STALLED_S),
            },
        ) as replicas,
    ):
        provider.is_recording = False
        yield replicas, provider


async def test_a_replica_told_to_stop_says_so_and_its_streams_move_to_the_other(
    impatient: tuple[Replicas, ScriptedProvider],
) -> None:
    replicas, model = impatient
    first, second = replicas.desks
    words = tuple(f" {number}" for number in range(300))
    model.add(Reply(pieces=words, pause_s=0.03))
    checking = asyncio.create_task(replicas.check_health())
    token = await replicas.token()
    seen: list[tuple[str | None, Any]] = []
    async with replicas.client(token, desk=second) as there, replicas.client(token) as anywhere:
        following = asyncio.create_task(_follow(replicas, token, seen))
        await eventually(lambda: _has_seen(seen, 5))
        began_s = time.monotonic()
        ending = asyncio.create_task(second.end("api"))
        refused = await eventually(lambda: _not_ready(there))
        assert refused == {"status": "draining"}
        assert time.monotonic() - began_s < _NOTICE_S

        while not ending.done():
            assert (await anywhere.post("/api/v1/chat", json={"message": "Hello?"})).is_success
        assert await ending == 0
        assert time.monotonic() - began_s < _NOTICE_S + _DRAIN_S + 15
        await following
    checking.cancel()
    await asyncio.gather(checking, return_exceptions=True)
    await second.start("api", timeout_s=60)

    places = [tuple(map(int, (event_id or "").split("-"))) for event_id, _ in seen]
    assert places == sorted(set(places))
    assert "".join(e["text"] for _, e in seen if e["type"] == "text.delta") == "".join(words)
    assert first.is_running("api")


async def test_a_worker_told_to_stop_gives_its_turn_to_the_other_one(
    impatient: tuple[Replicas, ScriptedProvider],
) -> None:
    replicas, model = impatient
    first, second = replicas.desks
    await second.end("worker")
    async with replicas.client(await replicas.token()) as client:
        model.add(
            Reply(pieces=("never", *[" ending"] * 300), pause_s=0.1), Reply(pieces=("Done.",))
        )
        async with client.stream(
            "POST", "/api/v1/chat", json={"message": "Go.", "stream": True}
        ) as answer:
            events = frames(answer)
            await anext(events)
            await second.start("worker", timeout_s=60)
            began_s = time.monotonic()
            assert await first.end("worker") == 0
            assert time.monotonic() - began_s < _DRAIN_S + 3
            last = [event async for _, event in events if event is not None][-1]
    await first.start("worker", timeout_s=60)

    assert last["type"] == "turn.finished"


async def test_a_client_that_reads_nothing_is_dropped_without_harm_to_others(
    impatient: tuple[Replicas, ScriptedProvider],
) -> None:
    replicas, model = impatient
    desk = replicas.desks[0]
    token = await replicas.token()
    model.default = Reply(pieces=("x" * 20_000,) * 100)
    port = desk.settings.port(registry.API_PORT)
    api = _process_at(port)
    async with replicas.client(token, desk=desk) as client:
        assert (await client.get("/health/live")).is_success
        before_bytes = api.memory_info().rss
        began_s = time.monotonic()
        stalled = [_ask_and_read_nothing(port, token) for _ in range(4)]
        assert await eventually(lambda: _has_connections(api, port, 1 + len(stalled)))
        told = await client.get("/api/v1/conversations")
        assert told.is_success
        await eventually(lambda: _has_connections(api, port, 1), timeout_s=_STALLED_S + 15)
        took_s = time.monotonic() - began_s
        grown_bytes = api.memory_info().rss - before_bytes
    model.default = None
    for one in stalled:
        one.close()

    assert took_s >= _STALLED_S
    assert grown_bytes < len(stalled) * _MAX_BYTES_PER_STREAM


async def _follow(replicas: Replicas, token: str, seen: list[tuple[str | None, Any]]) -> None:
    """Follow a turn from the second replica on, and on any when that one breaks off."""
    async with (
        replicas.client(token, desk=replicas.desks[1]) as client,
        client.stream("POST", "/api/v1/chat", json={"message": "Count.", "stream": True}) as answer,
    ):
        turn_id = answer.headers["x-sophia-turn-id"]
        with contextlib.suppress(httpx2.TransportError):  # it is cut off
            async for frame in frames(answer):
                seen.append(frame)  # noqa: PERF401 - what came before the cut counts
    assert seen[-1] != (None, None)
    async with (
        replicas.client(token, desk=replicas.desks[0]) as client,
        client.stream(
            "GET",
            f"/api/v1/turns/{turn_id}/events",
            headers={"Last-Event-ID": seen[-1][0] or ""},
        ) as answer,
    ):
        seen += [frame async for frame in frames(answer) if frame[1] is not None]


async def _has_seen(seen: list[tuple[str | None, Any]], count: int) -> bool:
    return len(seen) >= count


async def _not_ready(client: Any) -> Any:
    answer = await client.get("/health/ready")
    return answer.json() if answer.status_code == 503 else None


def _ask_and_read_nothing(port: int, token: str) -> socket.socket:
    body = b'{"message": "Say much.", "stream": true}'
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall(
        b"POST /api/v1/chat HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer " + token.encode() + b"\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )
    return client


def _process_at(port: int) -> psutil.Process:
    found = [
        one.pid
        for one in psutil.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr[1:] == (port,)
    ]
    return psutil.Process(found[0])


async def _has_connections(process: psutil.Process, port: int, count: int) -> bool:
    found = process.net_connections("tcp")
    mine = [one for one in found if one.laddr[1:] == (port,) and one.raddr]
    return len(mine) == count
