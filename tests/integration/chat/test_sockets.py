import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.desk import Desk, received
from tests.support.providers import ScriptedProvider

NOBODYS = "00000000-0000-7000-8000-000000000000"


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for event in events if event["type"] == "text.delta")


async def test_a_talk_over_a_socket_carries_the_same_events(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say("Good ", "morning.")
    async with desk.socket(token) as socket:
        await socket.send(json.dumps({"type": "message", "message": "Hello"}))
        seen = await received(socket, "turn.finished")

    assert seen[0]["type"] == "turn.accepted"
    assert {event["turn_id"] for event in seen} == {seen[0]["turn_id"]}
    assert [event["id"] for event in seen[1:]] == [f"1-{n + 1}" for n in range(len(seen) - 1)]
    assert text_of(seen) == "Good morning."


async def test_a_second_message_on_a_socket_goes_on_with_the_conversation(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.say("one")
    provider.say("two")
    async with desk.socket(token) as socket:
        await socket.send(json.dumps({"type": "message", "message": "first"}))
        first = await received(socket, "turn.finished")
        await socket.send(json.dumps({"type": "message", "message": "second"}))
        second = await received(socket, "turn.finished")

    assert first[0]["session_id"] == second[0]["session_id"]
    assert [m["content"] for m in provider.requests[1].body["messages"][1:]] == [
        "first",
        "one",
        "second",
    ]


async def test_a_turn_is_taken_up_again_on_another_socket(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    words = [f"word{number} " for number in range(30)]
    provider.say(*words, pause_s=0.02)
    async with desk.socket(token) as socket:
        await socket.send(json.dumps({"type": "message", "message": "Talk."}))
        before = [json.loads(await socket.recv()) for _ in range(6)]
    resume = {"type": "resume", "turn_id": before[0]["turn_id"], "after": before[-1]["id"]}
    async with desk.socket(token, before[0]["session_id"]) as socket:
        await socket.send(json.dumps(resume))
        rest = await received(socket, "turn.finished")

    assert text_of([*before, *rest]) == "".join(words)


async def test_a_stop_frame_stops_the_turn(desk: Desk, provider: ScriptedProvider) -> None:
    _, token = await desk.add_user()
    provider.say(*["word "] * 200, pause_s=0.05)
    async with desk.socket(token) as socket:
        await socket.send(json.dumps({"type": "message", "message": "Talk."}))
        await received(socket, "text.delta")
        await socket.send(json.dumps({"type": "stop"}))
        seen = await received(socket, "turn.stopped", "turn.finished")

    assert seen[-1]["type"] == "turn.stopped"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", "socket.frame_not_json"),
        ("[1, 2]", "socket.frame_invalid"),
        ("{}", "socket.frame_invalid"),
        ('{"type": "dance"}', "socket.frame_invalid"),
        ('{"type": "message", "message": ""}', "socket.frame_invalid"),
        ('{"type": "message", "message": "   "}', "socket.frame_invalid"),
        ('{"type": "message", "message": "a\\u0000b"}', "socket.frame_invalid"),
        ('{"type": "message", "message": 7}', "socket.frame_invalid"),
        ('{"type": "message", "message": "hi", "more": 1}', "socket.frame_invalid"),
        ('{"type": "message", "message": "hi", "model": "none"}', "model.unknown"),
        ('{"type": "message", "message": "' + "x" * 1_100_000 + '"}', "socket.frame_too_large"),
        (f'{{"type": "resume", "turn_id": "{NOBODYS}"}}', "chat.turn_missing"),
        (f'{{"type": "stop", "turn_id": "{NOBODYS}"}}', "chat.turn_missing"),
        (f'{{"type": "approve", "approval_id": "{NOBODYS}"}}', "approvals.missing"),
        (b"\x00\x01", "socket.frame_not_text"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_bad_frame_is_answered_and_the_socket_stays_open(
    desk: Desk, frame: str | bytes, code: str
) -> None:
    _, token = await desk.add_user()
    async with desk.socket(token) as socket:
        await socket.send(frame)
        error = json.loads(await socket.recv())
        await socket.send('{"type": "ping"}')
        pong = json.loads(await socket.recv())

    assert (error["type"], error["code"]) == ("error", code)
    assert error["message"]
    assert pong == {"type": "pong"}


async def test_a_handshake_without_credentials_is_refused_with_a_problem(desk: Desk) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with desk.socket("forged"):
            pass

    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body or b"{}")["code"] == "token.invalid"


async def test_a_handshake_for_another_persons_conversation_finds_nothing(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, mine = await desk.add_user()
    _, other = await desk.add_user("Grace")
    async with desk.client(mine) as client:
        session = (await client.post("/api/v1/conversations", json={})).json()["session_id"]
    with pytest.raises(InvalidStatus) as refused:
        async with desk.socket(other, session):
            pass

    assert refused.value.response.status_code == 404
    assert provider.requests == []
