"""A conversation is a tree: messages are said again, changed, and followed on anywhere."""

import asyncio
from typing import Any

import httpx2

from tests.support.desk import Desk, frames, received
from tests.support.providers import ScriptedProvider


async def say(client: httpx2.AsyncClient, message: str, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/chat", json={"message": message, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()["metadata"] | {"response": answer.json()["response"]}


async def again(client: httpx2.AsyncClient, turn_id: str, **fields: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/turns/{turn_id}/again", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["metadata"] | {"response": answer.json()["response"]}


def told(provider: ScriptedProvider) -> list[str]:
    """Give what the model was told last, without its instructions."""
    messages = provider.requests[-1].body["messages"]
    return [message["content"] for message in messages if message["role"] != "system"]


async def parents(client: httpx2.AsyncClient, session_id: str) -> dict[str, str | None]:
    page = await client.get(f"/api/v1/conversations/{session_id}/turns")
    return {turn["turn_id"]: turn["parent_turn_id"] for turn in page.json()["items"]}


async def test_a_turn_follows_on_the_one_before_it(desk: Desk, provider: ScriptedProvider) -> None:
    _, token = await desk.add_user()
    provider.say("One.")
    provider.say("Two.")
    async with desk.client(token) as client:
        first = await say(client, "First")
        second = await say(client, "Second", session_id=first["session_id"])
        found = await parents(client, first["session_id"])
    assert found == {first["turn_id"]: None, second["turn_id"]: first["turn_id"]}
    assert told(provider) == ["First", "One.", "Second"]


async def test_a_message_said_again_stands_beside_the_first_and_sees_only_what_came_before(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    for answer in ("One.", "Two.", "Two, better."):
        provider.say(answer)
    async with desk.client(token) as client:
        first = await say(client, "First")
        second = await say(client, "Second", session_id=first["session_id"])
        better = await again(client, second["turn_id"])
        found = await parents(client, first["session_id"])
        kept = (await client.get(f"/api/v1/turns/{second['turn_id']}")).json()

    assert better["response"] == "Two, better."
    assert better["session_id"] == first["session_id"]
    assert found[better["turn_id"]] == found[second["turn_id"]] == first["turn_id"]
    assert kept["response"] == "Two."
    assert told(provider) == ["First", "One.", "Second"]


async def test_a_changed_first_message_begins_a_line_of_its_own(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    for answer in ("One.", "Changed.", "On."):
        provider.say(answer)
    async with desk.client(token) as client:
        first = await say(client, "First")
        changed = await again(client, first["turn_id"], message="First, changed")
        await say(client, "And on", session_id=first["session_id"])
        found = await parents(client, first["session_id"])

    assert found[changed["turn_id"]] is None
    # What is said next goes on in the line that was begun last.
    assert told(provider) == ["First, changed", "Changed.", "And on"]


async def test_a_conversation_goes_on_after_any_of_its_turns(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    for answer in ("One.", "Two.", "Three."):
        provider.say(answer)
    async with desk.client(token) as client:
        first = await say(client, "First")
        await say(client, "Second", session_id=first["session_id"])
        await say(client, "Other", session_id=first["session_id"], after=first["turn_id"])
    assert told(provider) == ["First", "One.", "Other"]


async def test_messages_at_once_follow_on_each_other(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        first = await say(client, "First")
        await asyncio.gather(
            *(say(client, f"No {number}", session_id=first["session_id"]) for number in range(8))
        )
        found = await parents(client, first["session_id"])
    # A line: no turn is followed by two.
    assert len(set(found.values())) == len(found) == 9
    # And each was answered after the one before it.
    assert sorted(len(request.body["messages"]) for request in provider.requests) == [
        2 * number for number in range(1, 10)
    ]


async def test_another_conversations_turn_is_no_place_to_follow_on(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    _, stranger = await desk.add_user("Eve")
    provider.say("One.")
    provider.say("Two.")
    async with desk.client(token) as client, desk.client(stranger) as other:
        first = await say(client, "First")
        elsewhere = await say(client, "Elsewhere")
        for body in (
            {"message": "x", "session_id": first["session_id"], "after": elsewhere["turn_id"]},
            {"message": "x", "after": first["turn_id"]},
        ):
            refused = await client.post("/api/v1/chat", json=body)
            assert refused.status_code in {404, 422}
        hidden = await other.post(f"/api/v1/turns/{first['turn_id']}/again", json={})
        assert (hidden.status_code, hidden.json()["code"]) == (404, "chat.turn_missing")
        found = await parents(client, first["session_id"])
        assert list(found) == [first["turn_id"]]
        # Nothing of the refused message is left behind: the next one follows on the first.
        on = await say(client, "On", session_id=first["session_id"])
        assert (await parents(client, first["session_id"]))[on["turn_id"]] == first["turn_id"]


async def test_saying_again_streams_and_is_safe_to_repeat(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say("One.")
    provider.say("Again.")
    async with desk.client(token) as client:
        first = await say(client, "First")
        path = f"/api/v1/turns/{first['turn_id']}/again"
        key = {"Idempotency-Key": "once"}
        async with client.stream("POST", path, json={"stream": True}, headers=key) as answer:
            seen = [event async for _, event in frames(answer) if event]
        repeated = await client.post(path, json={}, headers=key)
        other = await client.post(path, json={"message": "Else"}, headers=key)

    assert "".join(event["text"] for event in seen if event["type"] == "text.delta") == "Again."
    assert repeated.json()["metadata"]["turn_id"] == seen[0]["turn_id"]
    assert other.status_code == 422
    assert len(provider.requests) == 2


async def test_a_message_is_said_again_over_a_socket(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say("One.")
    provider.say("Again.")
    async with desk.client(token) as client:
        first = await say(client, "First")
        async with desk.socket(token, first["session_id"]) as socket:
            await socket.send(f'{{"type": "again", "turn_id": "{first["turn_id"]}"}}')
            seen = await received(socket, "turn.finished")
        found = await parents(client, first["session_id"])
    assert "".join(event["text"] for event in seen if event["type"] == "text.delta") == "Again."
    assert found[seen[0]["turn_id"]] is None
