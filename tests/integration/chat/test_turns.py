import asyncio
from typing import Any

import httpx2
from redis.asyncio import Redis

from tests.support.desk import Desk, frames
from tests.support.providers import ScriptedProvider
from tests.support.servers import servers
from tests.support.waiting import eventually

WORDS = tuple(f"word{number} " for number in range(40))
LONG = tuple(f"word{number} " * 2_000 for number in range(30))  # more than is read at once


async def say(
    client: httpx2.AsyncClient, message: str, **more: Any
) -> tuple[httpx2.Response, dict[str, Any]]:
    answer = await client.post("/api/v1/chat", json={"message": message, **more})
    return answer, answer.json()


async def collect(answer: httpx2.Response) -> list[tuple[str | None, Any]]:
    async with asyncio.timeout(10):
        return [frame async for frame in frames(answer)]


def text_of(events: list[tuple[str | None, Any]]) -> str:
    return "".join(event["text"] for _, event in events if event and event["type"] == "text.delta")


async def test_a_message_is_answered_in_the_contracts_shape(
    desk: Desk, provider: ScriptedProvider
) -> None:
    user_id, token = await desk.add_user()
    provider.say("It is ", "Friday.")
    async with desk.client(token) as client:
        answer, body = await say(client, "What day is it?", context="planning")

    assert answer.status_code == 200
    assert body["response"] == "It is Friday."
    assert body["sources"] == []
    metadata = body["metadata"]
    assert metadata["user_id"] == str(user_id)
    assert metadata["context"] == "planning"
    assert metadata["model"] == "scripted-model"
    assert metadata["usage"]["output_tokens"] > 0
    assert metadata["processing_time"] > 0
    assert provider.requests[0].body["messages"][-1]["content"] == "What day is it?"


async def test_a_stream_carries_every_event_with_its_place_and_ends_with_done(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say("It ", "is ", "Friday.", pause_s=0.05)
    async with (
        desk.client(token) as client,
        client.stream("POST", "/api/v1/chat", json={"message": "Day?", "stream": True}) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        turn_id = answer.headers["x-sophia-turn-id"]
        seen = await collect(answer)

    assert seen[-1] == (None, None)
    events = seen[:-1]
    assert [event_id for event_id, _ in events] == [f"1-{n + 1}" for n in range(len(events))]
    assert {event["turn_id"] for _, event in events} == {turn_id}
    assert [event["type"] for _, event in events][:2] == ["turn.started", "step.started"]
    assert events[-1][1]["type"] == "turn.finished"
    assert text_of(seen) == "It is Friday."


async def test_a_client_that_comes_back_sees_exactly_what_it_missed(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say(*WORDS, pause_s=0.02)
    async with desk.client(token) as client:
        body = {"message": "Talk.", "stream": True}
        before: list[tuple[str | None, Any]] = []
        async with client.stream("POST", "/api/v1/chat", json=body) as answer:
            turn_id = answer.headers["x-sophia-turn-id"]
            async for frame in frames(answer):
                before.append(frame)
                if len(before) == 6:
                    break
        headers = {"Last-Event-ID": str(before[-1][0])}
        url = f"/api/v1/turns/{turn_id}/events"
        async with client.stream("GET", url, headers=headers) as answer:
            rest = await collect(answer)
        async with client.stream("GET", url) as answer:
            replay = await collect(answer)

    assert text_of(before) + text_of(rest) == "".join(WORDS)
    assert [*before, *rest] == replay


async def test_a_turn_goes_on_when_its_client_leaves(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say(*WORDS, pause_s=0.02)
    async with desk.client(token) as client:
        body = {"message": "Talk.", "stream": True}
        async with client.stream("POST", "/api/v1/chat", json=body) as answer:
            turn_id = answer.headers["x-sophia-turn-id"]

        async def done() -> dict[str, Any] | None:
            turn = (await client.get(f"/api/v1/turns/{turn_id}")).json()
            return turn if turn["status"] == "done" else None

        turn = await eventually(done)

    assert turn is not None
    assert turn["response"] == "".join(WORDS).strip("\n")


async def test_a_stop_ends_the_turn_and_keeps_what_was_said(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say(*WORDS * 10, pause_s=0.05)
    async with desk.client(token) as client:
        body = {"message": "Talk.", "stream": True}
        async with client.stream("POST", "/api/v1/chat", json=body) as answer:
            turn_id = answer.headers["x-sophia-turn-id"]
            seen: list[tuple[str | None, Any]] = []
            stops: list[int] = []
            async with asyncio.timeout(60):
                async for frame in frames(answer):
                    seen.append(frame)
                    if len(seen) == 5:
                        stopped = await client.post(f"/api/v1/turns/{turn_id}/stop")
                        stops.append(stopped.status_code)
        turn = (await client.get(f"/api/v1/turns/{turn_id}")).json()

    assert stops == [202]
    assert seen[-2][1]["type"] == "turn.stopped"
    assert turn["status"] == "stopped"
    assert turn["response"] == text_of(seen)
    assert turn["response"].startswith("word0 ")
    await eventually(lambda: _true(provider.requests[0].abandoned.is_set()))


async def _true(value: bool) -> bool:  # noqa: FBT001 - a constant as a question
    return value


async def test_tools_are_called_over_mcp_and_shown_in_the_turn(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.call("memory__store_memory", {"content": "The deploy window is Friday 15:00 UTC"})
    provider.say("Noted.")
    provider.call("memory__search_memories", {"query": "deploy window"})
    provider.say("On Friday.")
    async with desk.client(token) as client:
        _, stored = await say(client, "Remember the deploy window.")
        _, found = await say(client, "When do we deploy?")
        turn = (await client.get(f"/api/v1/turns/{found['metadata']['turn_id']}")).json()

    assert stored["response"] == "Noted."
    assert found["response"] == "On Friday."
    assert found["sources"][0]["type"] == "memory"
    assert found["sources"][0]["name"] == "The deploy window is Friday 15:00 UTC"
    call = turn["tool_calls"][0]
    assert call["tool"] == "memory__search_memories"
    assert call["arguments"] == {"query": "deploy window"}
    assert not call["is_error"]
    told = provider.requests[-1].body["messages"][-1]
    assert told["role"] == "tool"
    assert "Friday 15:00 UTC" in told["content"]


async def test_a_tools_failure_is_told_to_the_model_and_the_turn_goes_on(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.call("memory__get_memory", {"memory_id": "no such thing"})
    provider.say("I could not find it.")
    async with desk.client(token) as client:
        _, body = await say(client, "Find it.")
        turn = (await client.get(f"/api/v1/turns/{body['metadata']['turn_id']}")).json()

    assert body["response"] == "I could not find it."
    assert turn["tool_calls"][0]["is_error"]


async def test_a_tool_that_is_not_there_is_named_instead_of_being_left_out(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        answer = await client.post("/api/v1/chat", json={"message": "Hi", "tools": ["memory__x"]})
        turns = (await client.get("/api/v1/turns")).json()["items"]

    assert (answer.status_code, answer.json()["code"]) == (422, "chat.tool_unknown")
    assert "There is no tool 'memory__x' now" in answer.json()["detail"]
    assert turns == []


async def test_the_built_in_assistant_remembers_and_answers_with_source_and_date(
    desk: Desk,
) -> None:
    _, token = await desk.add_user("Grace")
    async with desk.client(token) as client:
        _, stored = await say(
            client, "Remember that our deploy window is Friday 15:00 UTC", model="builtin"
        )
        _, answer = await say(client, "When is our deploy window?", model="builtin")

    assert stored["metadata"]["session_id"] != answer["metadata"]["session_id"]
    assert "Friday 15:00 UTC" in answer["response"]
    assert "Grace" in answer["response"]
    assert answer["response"].count("202") >= 1
    assert answer["sources"][0]["name"] == "our deploy window is Friday 15:00 UTC"


async def test_what_one_person_told_is_not_found_by_another(desk: Desk) -> None:
    _, mine = await desk.add_user("Ada")
    _, other = await desk.add_user("Grace")
    async with desk.client(mine) as client:
        await say(client, "Remember that the vault code is 4711", model="builtin")
    async with desk.client(other) as client:
        _, answer = await say(client, "What is the vault code?", model="builtin")

    assert "4711" not in answer["response"]


async def test_a_slash_command_reaches_a_tool_whatever_model_is_configured(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        _, body = await say(client, "/memory__get_memory_stats")

    assert body["metadata"]["model"] == "builtin"
    assert provider.requests == []


async def test_a_model_that_fails_ends_the_turn_with_the_reason(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.refuse(401, "wrong key", times=3)
    async with desk.client(token) as client:
        answer, body = await say(client, "Hello?")
        turn = (await client.get(f"/api/v1/turns/{body['turn_id']}")).json()

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert turn["status"] == "failed"
    assert turn["error"]["code"] == "model.refused"


async def test_messages_of_one_conversation_are_answered_in_order(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say("one", pause_s=0.2)
    provider.say("two")
    async with desk.client(token) as client:
        conversation = (await client.post("/api/v1/conversations", json={})).json()
        session = conversation["session_id"]
        first = asyncio.create_task(say(client, "first", session_id=session))
        await provider.wait_for_requests(1)
        _, second = await say(client, "second", session_id=session)
        _, one = await first

    assert (one["response"], second["response"]) == ("one", "two")
    history = [message["content"] for message in provider.requests[1].body["messages"][1:]]
    assert history == ["first", "one", "second"]


async def test_a_key_makes_a_request_safe_to_repeat(desk: Desk, provider: ScriptedProvider) -> None:
    _, token = await desk.add_user()
    headers = {"Idempotency-Key": "once-only"}
    provider.say("Done.")
    async with desk.client(token) as client:
        body = {"message": "Do it."}
        first = await client.post("/api/v1/chat", json=body, headers=headers)
        again = await client.post("/api/v1/chat", json=body, headers=headers)
        other = await client.post("/api/v1/chat", json={"message": "Else."}, headers=headers)

    assert first.json() == again.json()
    assert len(provider.requests) == 1
    assert other.status_code == 422
    assert other.json()["code"] == "chat.idempotency_key_reused"


async def test_a_repeated_request_that_still_runs_is_a_conflict_that_names_the_turn(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    headers = {"Idempotency-Key": "slow"}
    provider.say("slow", pause_s=0.5)
    async with desk.client(token) as client:
        body = {"message": "Slowly."}
        first = asyncio.create_task(client.post("/api/v1/chat", json=body, headers=headers))
        await provider.wait_for_requests(1)
        second = await client.post("/api/v1/chat", json=body, headers=headers)
        done = await first

    assert second.status_code == 409
    assert second.json()["turn_id"] == done.json()["metadata"]["turn_id"]


async def test_a_flushed_redis_loses_no_event_of_a_running_turn(
    desk: Desk, provider: ScriptedProvider, worker_number: int
) -> None:
    _, token = await desk.add_user()
    provider.say(*LONG, pause_s=0.03)
    redis = Redis.from_url(servers().redis_url(worker_number + 32))
    async with (
        redis,
        desk.client(token) as client,
        client.stream("POST", "/api/v1/chat", json={"message": "Go.", "stream": True}) as answer,
    ):
        seen: list[tuple[str | None, Any]] = []
        async with asyncio.timeout(15):
            async for frame in frames(answer):
                seen.append(frame)
                if len(seen) == 5:
                    await redis.flushdb()
        turn_id = answer.headers["x-sophia-turn-id"]
        async with client.stream("GET", f"/api/v1/turns/{turn_id}/events") as again:
            replay = await collect(again)

    assert text_of(seen) == "".join(LONG)
    assert replay == seen
    assert seen[-2][1]["type"] == "turn.finished"
