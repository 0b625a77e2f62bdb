"""Whatever is wrong with a WebSocket frame is said in an error frame, and the socket stays open."""

import json

import psycopg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.desk import Desk, received

NOBODYS = "00000000-0000-7000-8000-000000000000"


def message(rest: str) -> str:
    return '{"type": "message", "message": "Hello", "model": "builtin", ' + rest + "}"


FRAMES: dict[str, tuple[str | bytes, str, str]] = {
    "nothing": ("", "socket.frame_not_json", "JSON"),
    "no JSON": ("Hello", "socket.frame_not_json", "JSON"),
    "cut JSON": ('{"type": "mess', "socket.frame_not_json", "JSON"),
    "NaN": (message('"metadata": {"a": NaN}'), "socket.frame_not_json", "JSON"),
    "half a pair": (message('"context": "\\ud83d"'), "socket.frame_not_json", "JSON"),
    "deeper than any parser": ("[" * 99_999 + "]" * 99_999, "socket.frame_not_json", "JSON"),
    "binary": (b"\x00\xff", "socket.frame_not_text", "text frames"),
    "binary JSON": (b'{"type": "ping"}', "socket.frame_not_text", "text frames"),
    "2 MB": (message(f'"context": "{"x" * 2_000_000}"'), "socket.frame_too_large", "1048576"),
    "2 MB of owls": (
        message(f'"context": "{"\U0001f989" * 400_000}"'),
        "socket.frame_too_large",
        "",
    ),
    "null": ("null", "socket.frame_invalid", "frame"),
    "number": ("7", "socket.frame_invalid", "frame"),
    "list": ("[1]", "socket.frame_invalid", "frame"),
    "no type": ("{}", "socket.frame_invalid", "type"),
    "unknown type": ('{"type": "dance"}', "socket.frame_invalid", "'message', 'again', 'stop'"),
    "number as type": ('{"type": 7}', "socket.frame_invalid", "type"),
    "huge type": (f'{{"type": "{"x" * 500_000}"}}', "socket.frame_invalid", "Input tag 'xxx"),
    "unknown field": (message('"massage": 1'), "socket.frame_invalid", "massage"),
    "empty message": ('{"type": "message", "message": ""}', "socket.frame_invalid", "at least 1"),
    "only spaces": (
        '{"type": "message", "message": " "}',
        "socket.frame_invalid",
        "write something",
    ),
    "NUL": ('{"type": "message", "message": "\\u0000"}', "socket.frame_invalid", "U+0000"),
    "wrong type": ('{"type": "message", "message": []}', "socket.frame_invalid", "valid string"),
    "deep metadata": (
        message(f'"metadata": {{"a": {"[" * 300}{"]" * 300}}}'),
        "socket.frame_invalid",
        "make it flatter",
    ),
    "number too large": (
        message(f'"metadata": {{"a": {2**63}}}'),
        "socket.frame_invalid",
        "send it as text",
    ),
    "huge number": (message(f'"metadata": {{"a": {"9" * 400}}}'), "socket.frame_not_json", ""),
    "NUL in metadata": (message('"metadata": {"a": "\\u0000"}'), "socket.frame_invalid", "U+0000"),
    "unknown model": ('{"type": "message", "message": "Hi", "model": "x"}', "model.unknown", "x"),
    "resume nothing": (
        f'{{"type": "resume", "turn_id": "{NOBODYS}"}}',
        "chat.turn_missing",
        "/api/v1/turns",
    ),
    "resume nowhere": (
        f'{{"type": "resume", "turn_id": "{NOBODYS}", "after": "9999999999999999999-1"}}',
        "turn.position_invalid",
        "id of the last event",
    ),
    "stop nothing": (f'{{"type": "stop", "turn_id": "{NOBODYS}"}}', "chat.turn_missing", ""),
    "stop no id": ('{"type": "stop", "turn_id": "7"}', "socket.frame_invalid", "turn_id"),
    "approve nothing": (
        f'{{"type": "approve", "approval_id": "{NOBODYS}"}}',
        "approvals.missing",
        "no such approval",
    ),
}


def stored(url: str) -> int:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM conversations) + (SELECT count(*) FROM turns)"
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(("frame", "code", "says"), FRAMES.values(), ids=list(FRAMES))
async def test_a_bad_frame_is_answered_stores_nothing_and_leaves_the_socket_open(
    desk: Desk, migrated_url: str, frame: str | bytes, code: str, says: str
) -> None:
    _, token = await desk.add_user()
    async with desk.socket(token) as socket:
        await socket.send(frame)
        error = (await received(socket, "error"))[-1]
        await socket.send('{"type": "ping"}')
        await received(socket, "pong")

    assert set(error) == {"type", "code", "message"}
    assert error["code"] == code
    assert says in error["message"]
    assert "Value error" not in error["message"]
    assert 10 < len(error["message"]) < 500
    assert stored(migrated_url) == 0


async def test_after_many_bad_frames_a_good_one_is_answered(desk: Desk, migrated_url: str) -> None:
    _, token = await desk.add_user()
    async with desk.socket(token) as socket:
        for frame, *_ in FRAMES.values():
            await socket.send(frame)
        await socket.send(message('"context": "after all"'))
        seen = await received(socket, "turn.finished")

    assert [one["type"] for one in seen].count("error") == len(FRAMES)
    assert stored(migrated_url) == 2


async def test_a_frame_too_large_to_be_read_closes_the_socket_alone(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.socket(token) as socket:
        await socket.send("x" * 17_000_000)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    async with desk.socket(token) as socket:
        await socket.send('{"type": "ping"}')
        await received(socket, "pong")

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/ws/chat/new", {}, 401),
        ("/api/v1/ws/chat/new", {"Authorization": "Bearer forged"}, 401),
        ("/api/v1/ws/chat/new", {"Authorization": "{token}", "Origin": "https://evil.test"}, 403),
        (f"/api/v1/ws/chat/{NOBODYS}", {"Authorization": "{token}"}, 404),
        ("/api/v1/ws/chat/seven", {"Authorization": "{token}"}, 404),
    ],
)
async def test_a_handshake_that_may_not_be_is_refused_with_a_problem(
    desk: Desk, path: str, headers: dict[str, str], status: int
) -> None:
    _, token = await desk.add_user()
    given = {name: value.format(token=f"Bearer {token}") for name, value in headers.items()}
    with pytest.raises(InvalidStatus) as refused:
        async with connect(desk.url.replace("http", "ws") + path, additional_headers=given):
            pass
    problem = json.loads(refused.value.response.body or b"{}")

    assert refused.value.response.status_code == status
    assert problem["status"] == status
    assert problem["detail"]


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1/ws/other"])
async def test_a_socket_where_there_is_none_is_refused(desk: Desk, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(desk.url.replace("http", "ws") + path):
            pass

    assert refused.value.response.status_code == 403
