"""One closed union of events, the same over SSE, WebSocket and replay, none lost or repeated."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args

import httpx2
import jsonschema_rs
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from sophia.api.app import build
from sophia.core.events import Position, TurnEvent, from_json
from sophia.core.fold import fold
from sophia.settings import Settings
from sophia.wiring.api import open_api
from tests.support.desk import Desk, frames, received
from tests.support.providers import Call, Reply, ScriptedProvider
from tests.support.servers import servers

DESCRIPTION: dict[str, Any] = build(lambda: open_api(Settings())).openapi()
SCHEMA = jsonschema_rs.Draft202012Validator(
    {"$ref": "#/components/schemas/TurnEvent", "components": DESCRIPTION["components"]},
    validate_formats=True,
)
TYPES = {event.type for event in get_args(TurnEvent.__value__)}
ENDINGS = ("turn.finished", "turn.failed", "turn.stopped")

type Event = tuple[str, dict[str, Any]]


@dataclass
class Seen:
    """A turn as three clients have seen it."""

    turn_id: str
    live: list[Event]
    socket: list[Event]
    replay: list[Event]


class Watcher:
    """Has a turn run, and follows it in three ways at once."""

    def __init__(self, desk: Desk, client: httpx2.AsyncClient, token: str) -> None:
        self._desk = desk
        self._client = client
        self._token = token

    async def watch(self, *, stops_after: str | None = None, denies: bool = False) -> Seen:
        """Say something; over SSE and a socket follow the turn live, then replay it."""
        body = {"message": "When do we deploy?", "stream": True}
        async with (
            asyncio.timeout(10),
            self._client.stream("POST", "/api/v1/chat", json=body) as answer,
        ):
            turn_id = answer.headers["x-sophia-turn-id"]
            session_id = answer.headers["x-sophia-session-id"]
            over_socket = asyncio.create_task(self._over_socket(session_id, turn_id))
            live: list[Event] = []
            async for event in events_of(answer):
                live.append(event)
                if event[1]["type"] == stops_after:
                    await self._client.post(f"/api/v1/turns/{turn_id}/stop")
                if denies and event[1]["type"] == "approval.requested":
                    path = f"/api/v1/approvals/{event[1]['approval_id']}"
                    await self._client.post(path, json={"decision": "deny"})
            return Seen(turn_id, live, await over_socket, await self.replay(turn_id))

    async def tell(self, content: str) -> None:
        """Have something remembered that will be recalled."""
        stored = await self._client.post("/api/v1/memory/memories", json={"content": content})
        assert stored.status_code == 201, stored.text

    async def replay(self, turn_id: str, *, after: str | None = None) -> list[Event]:
        """Give the events behind a position."""
        headers = {} if after is None else {"Last-Event-ID": after}
        url = f"/api/v1/turns/{turn_id}/events"
        async with self._client.stream("GET", url, headers=headers) as answer:
            assert answer.status_code == 200
            return [event async for event in events_of(answer)]

    async def turn(self, turn_id: str) -> dict[str, Any]:
        return (await self._client.get(f"/api/v1/turns/{turn_id}")).json()

    async def _over_socket(self, session_id: str, turn_id: str) -> list[Event]:
        async with self._desk.socket(self._token, session_id) as socket:
            await socket.send(json.dumps({"type": "resume", "turn_id": turn_id}))
            return [(frame.pop("id"), frame) for frame in await received(socket, *ENDINGS)]


async def events_of(answer: httpx2.Response) -> AsyncGenerator[Event]:
    """Read a stream to its [DONE], which must be there and last."""
    is_done = False
    async for id_, data in frames(answer):
        assert not is_done
        is_done = id_ is None
        if id_ is not None:
            yield id_, data
    assert is_done


@pytest_asyncio.fixture(loop_scope="session")
async def watcher(desk: Desk) -> AsyncGenerator[Watcher]:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        yield Watcher(desk, client, token)


def script_a_turn_with_a_tool(provider: ScriptedProvider) -> None:
    """Think, say something, call a tool that works and one that fails, and answer."""
    provider.add(
        Reply(
            reasoning=("The memory ", "knows."),
            pieces=("Let me ", "look \u2026"),
            calls=(
                Call("memory__search_memories", {"query": "deploy"}),
                Call("memory__get_memory", {"memory_id": "none"}),
            ),
            pause_s=0.01,
        ),
        Reply(pieces=("On ", "Friday, ", "15:00 ", "UTC \U0001f989."), pause_s=0.02),
    )


async def test_a_turn_looks_the_same_over_sse_socket_and_replay(
    watcher: Watcher, provider: ScriptedProvider
) -> None:
    script_a_turn_with_a_tool(provider)
    seen = await watcher.watch()
    types = [event["type"] for _, event in seen.live]

    assert seen.live == seen.socket == seen.replay
    assert types[:2] == ["turn.started", "step.started"]
    assert types[-1] == "turn.finished"
    assert types.count("tool.started") == types.count("tool.finished") == 2
    assert "reasoning.delta" in types


async def test_every_event_of_every_ending_is_one_of_the_closed_union(
    watcher: Watcher, provider: ScriptedProvider
) -> None:
    await watcher.tell("We deploy on Friday at 15:00 UTC")
    script_a_turn_with_a_tool(provider)
    finished = await watcher.watch()
    provider.refuse(401, "wrong key")
    failed = await watcher.watch()
    provider.say(*["word "] * 100, pause_s=0.05)
    stopped = await watcher.watch(stops_after="text.delta")
    provider.call("memory__delete_memory", {"memory_id": "none"})
    provider.say("Well.")
    asked = await watcher.watch(denies=True)

    for seen in (finished, failed, stopped, asked):
        for _, event in (*seen.live, *seen.socket, *seen.replay):
            SCHEMA.validate(event)
            assert event["turn_id"] == seen.turn_id
    met = {event["type"] for turn in (finished, failed, stopped, asked) for _, event in turn.live}
    assert met == TYPES
    assert failed.live == failed.socket == failed.replay
    assert asked.live == asked.socket == asked.replay
    assert stopped.live == stopped.socket == stopped.replay


async def test_positions_rise_one_by_one(watcher: Watcher, provider: ScriptedProvider) -> None:
    script_a_turn_with_a_tool(provider)
    seen = await watcher.watch()
    positions = [Position.parse(id_) for id_, _ in seen.live]

    assert positions[0] == Position(1, 1)
    assert all(later > earlier for earlier, later in pairwise(positions))
    assert all(later.number == earlier.number + 1 for earlier, later in pairwise(positions))


async def test_whoever_comes_back_at_any_position_gets_exactly_the_rest(
    watcher: Watcher, provider: ScriptedProvider
) -> None:
    script_a_turn_with_a_tool(provider)
    seen = await watcher.watch()

    assert await watcher.replay(seen.turn_id, after="0-0") == seen.live
    for place, (id_, _) in enumerate(seen.live[:-1], 1):
        assert await watcher.replay(seen.turn_id, after=id_) == seen.live[place:]


async def test_the_rest_is_the_same_once_redis_has_forgotten_the_turn(
    watcher: Watcher, provider: ScriptedProvider, worker_number: int
) -> None:
    script_a_turn_with_a_tool(provider)
    seen = await watcher.watch()
    async with Redis.from_url(servers().redis_url(worker_number + 32)) as redis:
        await redis.flushdb()

    assert await watcher.replay(seen.turn_id) == seen.live
    for place in (1, len(seen.live) // 2, len(seen.live) - 1):
        rest = await watcher.replay(seen.turn_id, after=seen.live[place - 1][0])
        assert rest == seen.live[place:]


async def test_those_who_join_while_a_turn_runs_get_exactly_the_rest(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say(*[f"word{number} " for number in range(40)], pause_s=0.02)
    async with asyncio.timeout(10), desk.client(token) as client:
        watcher = Watcher(desk, client, token)
        body = {"message": "Talk.", "stream": True}
        async with client.stream("POST", "/api/v1/chat", json=body) as answer:
            turn_id = answer.headers["x-sophia-turn-id"]
            live: list[Event] = []
            joining: list[tuple[int, asyncio.Task[list[Event]]]] = []
            async for event in events_of(answer):
                live.append(event)
                task = asyncio.create_task(watcher.replay(turn_id, after=event[0]))
                if event[1]["type"] not in ENDINGS:
                    joining.append((len(live), task))
        rests = [(place, await task) for place, task in joining]

    assert len(rests) > 10
    assert all(rest == live[place:] for place, rest in rests)


async def test_the_events_add_up_to_the_turn_that_is_stored(
    watcher: Watcher, provider: ScriptedProvider
) -> None:
    script_a_turn_with_a_tool(provider)
    seen = await watcher.watch()
    view = fold(from_json(event) for _, event in seen.live)
    turn = await watcher.turn(seen.turn_id)

    assert turn["status"] == "done"
    assert turn["response"] == view.response
    assert turn["reasoning"] == view.reasoning == "The memory knows."
    assert [call["is_error"] for call in turn["tool_calls"]] == [False, True]
    assert [call["tool"] for call in turn["tool_calls"]] == [call.tool for call in view.calls]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "text.delta", "turn_id": "01a207da-3747-7d67-b232-b41df19a8f0f"},
        {"type": "text.delta", "turn_id": "01a207da-3747-7d67-b232-b41df19a8f0f", "text": 7},
        {"type": "text.delta", "text": "no turn"},
        {"type": "text.delta", "turn_id": "7", "text": "no id"},
        {"type": "turn.stopped", "turn_id": "01a207da-3747-7d67-b232-b41df19a8f0f", "more": 1},
        {"type": "turn.danced", "turn_id": "01a207da-3747-7d67-b232-b41df19a8f0f"},
    ],
    ids=["no text", "number", "no turn", "no id", "more", "unknown"],
)
def test_the_schema_refuses_what_is_no_event(event: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid(event)
