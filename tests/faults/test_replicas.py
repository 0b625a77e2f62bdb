"""Two replicas of the API and two workers behave as one, whichever of them is killed."""

import asyncio
import time
from typing import Any

import httpx2
import pytest

from sophia.core import registry
from tests.faults.ledger import Ledger, Outcome, check
from tests.support.counting_tools import CountingTools
from tests.support.desk import frames
from tests.support.providers import Call, Reply, ScriptedProvider
from tests.support.replicas import Replicas
from tests.support.waiting import eventually

_CLIENTS = 8
_RECOVERED_WITHIN_S = 45  # a lease of 20 s and a sweep every 5 s, on a busy machine


pytestmark = pytest.mark.timeout(150)  # its servers start with the first test


async def test_stop_reaches_a_turn_that_the_other_replica_follows(
    replicas: Replicas, model: ScriptedProvider
) -> None:
    token = await replicas.token()
    first, second = replicas.desks
    model.add(Reply(pieces=("one", *[" more"] * 200), pause_s=0.05))
    async with (
        replicas.client(token, desk=first) as here,
        replicas.client(token, desk=second) as there,
        _said(here, "Count.") as answer,
    ):
        seen: list[str] = []
        asked_s = 0.0
        async for _, event in frames(answer):
            if event is None:
                break
            seen.append(event["type"])
            if event["type"] == "text.delta" and not asked_s:
                asked_s = time.monotonic()
                stopped = await there.post(f"/api/v1/turns/{event['turn_id']}/stop")
                assert stopped.status_code == 202
        took_s = time.monotonic() - asked_s
        turn_id = answer.headers["x-sophia-turn-id"]
        stored = (await there.get(f"/api/v1/turns/{turn_id}")).json()

    assert seen[-1] == "turn.stopped"
    assert took_s < 5  # a bound, no measure: a busy machine has taken 1.9
    assert stored["status"] == "stopped"
    assert stored["response"].startswith("one")


async def test_a_stream_is_taken_up_on_the_other_replica_without_a_gap(
    replicas: Replicas, model: ScriptedProvider
) -> None:
    token = await replicas.token()
    first, second = replicas.desks
    words = [f" {number}" for number in range(60)]
    model.add(Reply(pieces=tuple(words), pause_s=0.03))
    seen: list[tuple[str, Any]] = []
    async with replicas.client(token, desk=first) as here, _said(here, "Count.") as answer:
        turn_id = answer.headers["x-sophia-turn-id"]
        async for event_id, event in frames(answer):
            seen.append((event_id or "", event))
            if len(seen) == 10:
                break
    async with (
        replicas.client(token, desk=second) as there,
        there.stream(
            "GET", f"/api/v1/turns/{turn_id}/events", headers={"Last-Event-ID": seen[-1][0]}
        ) as answer,
    ):
        seen += [(event_id or "", event) async for event_id, event in frames(answer) if event]

    places = [tuple(map(int, event_id.split("-"))) for event_id, _ in seen]
    assert places == sorted(set(places))
    text = "".join(event["text"] for _, event in seen if event["type"] == "text.delta")
    assert text == "".join(words)
    assert seen[-1][1]["type"] == "turn.finished"


@pytest.mark.parametrize("name", ["api", "worker"])
async def test_a_killed_replica_loses_and_doubles_nothing(
    name: str, replicas: Replicas, model: ScriptedProvider
) -> None:
    model.is_recording = False
    ledger = Ledger(f"replica-{name}", replicas.url, await replicas.token())
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(ledger.load(clients=_CLIENTS, until=is_over))
        await eventually(lambda: _has_ok(ledger, 40), timeout_s=30)
        replicas.desks[1].kill(name)
        count = ledger.counts()[Outcome.OK]
        await eventually(lambda: _has_ok(ledger, count + 40), timeout_s=_RECOVERED_WITHIN_S)
        is_over.set()
    await replicas.desks[1].start(name, timeout_s=60)
    model.is_recording = True

    assert check(ledger, replicas.database_url) == []
    assert ledger.counts().keys() == {Outcome.OK}


async def test_a_worker_killed_during_tool_calls_repeats_reads_and_never_writes(
    replicas: Replicas, model: ScriptedProvider
) -> None:
    first, second = replicas.desks
    tools = CountingTools()
    memory = registry.MCP_SERVERS["memory"].port
    await tools.start(*(desk.settings.port(memory) for desk in replicas.desks))
    second.kill("worker")  # so that it is certain who runs the turn
    try:
        token = await replicas.token()
        async with replicas.client(token) as client:
            await eventually(lambda: _is_offered_tools(client, model), timeout_s=60)
            model.requests.clear()
            looking, booking = await _killed_during(
                replicas, model, tools, client, "memory__look", "memory__book"
            )
            assert tools.effects == {"look": 2, "book": 1}
            assert looking["tool_calls"][0]["text"] == "look is done"
            assert not looking["tool_calls"][0]["is_error"]
            assert booking["tool_calls"][0]["is_error"]
            assert "outcome of this call is unknown" in booking["tool_calls"][0]["text"]
            told = [request.body["messages"][-1] for request in model.requests[2:]]
            assert {message["role"] for message in told} == {"tool"}
            assert sum("outcome of this call is unknown" in one["content"] for one in told) == 1
    finally:
        await tools.stop()
        for desk in (first, second):
            if not desk.is_running("worker"):
                await desk.start("worker", timeout_s=60)


async def _killed_during(
    replicas: Replicas,
    model: ScriptedProvider,
    tools: CountingTools,
    client: httpx2.AsyncClient,
    *names: str,
) -> list[Any]:
    """Run turns that call a tool each; kill their worker while the tools run; give the turns."""
    first, second = replicas.desks
    turn_ids: list[str] = []
    for name in names:
        model.add(Reply(calls=(Call(name, {}),)))
        tools.is_called.clear()
        async with _said(client, "Use a tool.") as answer:
            turn_ids.append(answer.headers["x-sophia-turn-id"])
            async with asyncio.timeout(60):
                await tools.is_called.wait()
    first.kill("worker")
    model.default = Reply(pieces=("All is done.",))
    tools.may_answer.set()
    await second.start("worker", timeout_s=60)
    turns = [
        await eventually(lambda id_=id_: _ended(client, id_), timeout_s=_RECOVERED_WITHIN_S)
        for id_ in turn_ids
    ]
    model.default = None
    assert [turn["status"] for turn in turns] == ["done"] * len(names)
    # The steps that asked for the tools are not asked for again.
    assert len(model.requests) == 2 * len(names)
    return turns


async def _ended(client: httpx2.AsyncClient, turn_id: str) -> Any:
    turn = (await client.get(f"/api/v1/turns/{turn_id}")).json()
    return turn if turn["status"] in {"done", "failed", "stopped"} else None


async def _is_offered_tools(client: httpx2.AsyncClient, model: ScriptedProvider) -> bool:
    """Say whether the worker knows the server; it may have given it up while there was none."""
    model.say("Hello.")
    await client.post("/api/v1/chat", json={"message": "Hello."})
    return "memory__book" in str(model.requests[-1].body)


async def _has_ok(ledger: Ledger, count: int) -> bool:
    return ledger.counts()[Outcome.OK] >= count


def _said(client: httpx2.AsyncClient, message: str) -> Any:
    return client.stream("POST", "/api/v1/chat", json={"message": message, "stream": True})
