"""Whatever is wrong with a request is said clearly, is no 500, and leaves nothing behind."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx2
import psycopg
import pytest
import pytest_asyncio

from sophia.identity import access_tokens
from sophia.kit.ids import UserId
from sophia.kit.tokens import Signer, generate_private_key
from tests.support.desk import Desk

JSON = {"Content-Type": "application/json"}
NOBODYS = "00000000-0000-7000-8000-000000000000"
TABLES = ("conversations", "turns", "turn_steps", "api_keys", "sessions")


def message(**more: Any) -> bytes:
    return json.dumps({"message": "Hello", "model": "builtin", **more}).encode()


def metadata(value: bytes) -> bytes:
    return b'{"message": "Hello", "model": "builtin", "metadata": {"a": ' + value + b"}}"


BODIES: dict[str, tuple[bytes, int, str]] = {
    "empty message": (message(message=""), 422, "at least 1 character"),
    "only spaces": (message(message=" \n\t "), 422, "is empty: write something"),
    "only wide spaces": (message(message="\u3000\u00a0"), 422, "is empty: write something"),
    "too long": (message(message="x" * 100_001), 422, "at most 100000 characters"),
    "2 MB": (message(message="x" * 2_000_000), 413, "send less at once"),
    "NUL": (message(message="a\0b"), 422, "U+0000: leave it out"),
    "escape": (message(message="\x1b[2J"), 422, "U+001B: leave it out"),
    "delete": (message(message="a\x7f"), 422, "U+007F: leave it out"),
    "half a surrogate pair": (b'{"message": "\\ud83d"}', 422, "unicode"),
    "number as message": (message(message=7), 422, "valid string"),
    "null as message": (message(message=None), 422, "valid string"),
    "list as message": (message(message=["Hello"]), 422, "valid string"),
    "no message": (b'{"model": "builtin"}', 422, "message: Field required"),
    "unknown field": (message(massage="x"), 422, "massage: Extra inputs are not permitted"),
    "unknown field of half a pair": (b'{"message": "Hi", "\\ud83d": 1}', 422, "unicode"),
    "huge unknown field": (message(**{"x" * 500_000: 1}), 422, "Extra inputs"),
    "wrong stream": (message(stream="perhaps"), 422, "stream: Input should be a valid boolean"),
    "wrong conversation": (message(session_id="7"), 422, "session_id: Input should be a valid"),
    "wrong tools": (message(tools="memory__get_memory"), 422, "tools: Input should be a valid"),
    "too many tools": (message(tools=["a"] * 201), 422, "at most 200"),
    "control in tools": (message(tools=["\0"]), 422, "U+0000"),
    "empty model": (message(model=""), 422, "at least 1 character"),
    "unknown model": (message(model="gpt-17"), 422, "gpt-17"),
    "list as metadata": (message(metadata=[1]), 422, "valid dictionary"),
    "much metadata": (message(metadata={str(n): n for n in range(51)}), 422, "at most 50"),
    "NUL in metadata": (metadata(b'"\\u0000"'), 422, "U+0000: leave it out"),
    "NUL in a key": (metadata(b'{"\\u0000": 1}'), 422, "U+0000: leave it out"),
    "half a pair in metadata": (metadata(b'["\\ud83d"]'), 422, "send valid Unicode"),
    "deep metadata": (metadata(b"[" * 300 + b"]" * 300), 422, "make it flatter"),
    "deeper than any parser": (metadata(b"[" * 99_999 + b"]" * 99_999), 400, "nested too deeply"),
    "huge integer": (metadata(b"9" * 400), 422, "send it as text"),
    "huger integer": (metadata(b"9" * 5000), 400, "mend it"),
    "infinity": (metadata(b"1e999"), 422, "send it as text"),
    "NaN": (metadata(b"NaN"), 422, "send it as text"),
    "no body": (b"", 422, "body: Field required"),
    "cut JSON": (b'{"message": ', 422, "The body is no JSON: Expecting value, at character"),
    "invalid UTF-8": (b'{"message": "\xff\xfe"}', 400, "no JSON in UTF-8"),
    "null": (b"null", 422, "valid dictionary"),
    "list": (b"[]", 422, "valid dictionary"),
    "string": (b'"Hello"', 422, "valid dictionary"),
    "number": (b"1e5", 422, "valid dictionary"),
    "unknown conversation": (message(session_id=NOBODYS), 404, "leave session_id out"),
}
ROUTES = [
    ("GET", "/api/v1/conversations/{session_id}", None),
    ("PATCH", "/api/v1/conversations/{session_id}", {"title": "Mine now"}),
    ("DELETE", "/api/v1/conversations/{session_id}", None),
    ("GET", "/api/v1/conversations/{session_id}/turns", None),
    ("POST", "/api/v1/chat", {"message": "Hello", "session_id": "{session_id}"}),
    ("GET", "/api/v1/turns/{turn_id}", None),
    ("GET", "/api/v1/turns/{turn_id}/events", None),
    ("POST", "/api/v1/turns/{turn_id}/stop", None),
    ("DELETE", "/api/v1/keys/{key_id}", None),
]


class Counter:
    """Counts the rows of everything that a request can store."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("+psycopg", "")

    def __call__(self) -> dict[str, int]:
        with psycopg.connect(self._url) as connection:
            return {table: self._count(connection, table) for table in TABLES}

    def _count(self, connection: psycopg.Connection, table: str) -> int:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def rows(migrated_url: str) -> Counter:
    return Counter(migrated_url)


@pytest_asyncio.fixture(loop_scope="session")
async def client(desk: Desk) -> AsyncGenerator[httpx2.AsyncClient]:
    _, token = await desk.add_user()
    async with desk.client(token) as opened:
        yield opened


def raw(name: str, value: bytes) -> httpx2.Headers:
    """Give headers with a value that may be no ASCII, for a body of JSON."""
    return httpx2.Headers([(name.encode(), value), (b"Content-Type", b"application/json")])


def assert_problem(answer: httpx2.Response, status: int, says: str = "") -> dict[str, Any]:
    """Hold an answer to RFC 9457 and to our own promise: clear, short, and no 500."""
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    ), answer.text
    problem = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= set(problem)
    assert problem["status"] == status
    assert problem["type"] == f"urn:sophia:problem:{problem['code']}"
    assert says in problem["detail"]
    assert "Value error" not in answer.text
    assert len(answer.content) < 5000
    return problem


async def said_by(client: httpx2.AsyncClient) -> dict[str, str]:
    """Say something, make a key, and give the ids of what there is then."""
    answer = await client.post("/api/v1/chat", content=message(), headers=JSON)
    key = await client.post("/api/v1/keys", json={"name": "mine"})
    return {**answer.json()["metadata"], "key_id": key.json()["key_id"]}


@pytest.mark.parametrize(("body", "status", "says"), BODIES.values(), ids=list(BODIES))
async def test_a_bad_message_is_refused_clearly_and_stores_nothing(
    client: httpx2.AsyncClient, rows: Counter, body: bytes, status: int, says: str
) -> None:
    answer = await client.post("/api/v1/chat", content=body, headers=JSON)

    assert_problem(answer, status, says)
    assert set(rows().values()) == {0}


@pytest.mark.parametrize("size", [2_000_000, 1_048_577])
async def test_a_large_body_that_does_not_say_its_size_is_refused_too(
    client: httpx2.AsyncClient, rows: Counter, size: int
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        text = message(message="x" * size)
        for start in range(0, len(text), 65_536):
            yield text[start : start + 65_536]

    answer = await client.post("/api/v1/chat", content=pieces(), headers=JSON)

    assert_problem(answer, 413, "send less at once")
    assert set(rows().values()) == {0}


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
async def test_a_body_that_does_not_call_itself_json_is_refused(
    client: httpx2.AsyncClient, rows: Counter, media_type: str
) -> None:
    headers = {"Content-Type": media_type}
    answer = await client.post("/api/v1/chat", content=message(), headers=headers)

    assert_problem(answer, 415, "Content-Type: application/json")
    assert set(rows().values()) == {0}


@pytest.mark.parametrize(
    ("method", "path", "body"), ROUTES, ids=[f"{method} {path}" for method, path, _ in ROUTES]
)
async def test_anothers_things_and_nobodys_are_missing_alike(
    desk: Desk,
    client: httpx2.AsyncClient,
    rows: Counter,
    method: str,
    path: str,
    body: dict[str, str] | None,
) -> None:
    theirs = await said_by(client)
    _, token = await desk.add_user("Grace")
    before = rows()

    async def ask(ids: dict[str, str]) -> httpx2.Response:
        content = {name: value.format_map(ids) for name, value in (body or {}).items()}
        async with desk.client(token) as other:
            return await other.request(method, path.format_map(ids), json=content or None)

    anothers = assert_problem(await ask(theirs), 404, ": ")
    nobodys = assert_problem(await ask(dict.fromkeys(theirs, NOBODYS)), 404)

    assert anothers == nobodys
    assert rows() == before


@pytest.mark.parametrize(
    "authorization",
    [
        *("", "Bearer", "Basic QWRhOmFkYQ==", "Token a b c"),
        *("Bearer x", "Bearer sophia_live_x", "Bearer \u00e9", "Bearer " + "x" * 9000),
        "Bearer eyJhbGciOiJub25lIn0.e30.",
    ],
    ids=lambda value: value[:30],
)
async def test_credentials_that_prove_nothing_are_refused(
    desk: Desk, rows: Counter, authorization: str
) -> None:
    headers = raw("Authorization", authorization.encode())
    async with desk.client(None) as client:
        answer = await client.post("/api/v1/chat", content=message(), headers=headers)

    assert_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert set(rows().values()) == {0}


async def test_an_expired_token_says_that_it_has_expired(desk: Desk) -> None:
    user_id, _ = await desk.add_user()
    token = await desk.identity.mint_access(user_id, ttl_s=-3600)
    async with desk.client(token) as client:
        answer = await client.get("/api/v1/turns")

    assert assert_problem(answer, 401, "has expired")["code"] == "token.expired"


async def test_a_token_signed_by_somebody_else_is_refused(desk: Desk) -> None:
    user_id, token = await desk.add_user()
    for forged in (forge(user_id), token[:-6] + "AAAAAA", token.replace(".", "..", 1)):
        async with desk.client(forged) as client:
            answer = await client.get("/api/v1/turns")
        assert assert_problem(answer, 401)["code"] == "token.invalid"


def forge(user_id: UserId) -> str:
    """Sign an owner's token as Sophia does, with a key of one's own."""
    owner = {"id": user_id, "name": "Mallory", "role": "owner"}
    return access_tokens.sign_access(Signer(generate_private_key()), owner, session_id=None)


async def test_a_viewer_may_read_and_not_write(desk: Desk, rows: Counter) -> None:
    _, token = await desk.add_user(role="viewer")
    async with desk.client(token) as client:
        read = await client.get("/api/v1/turns")
        written = await client.post("/api/v1/chat", content=message(), headers=JSON)

    assert read.status_code == 200
    assert assert_problem(written, 403, "chat:write")["code"] == "auth.scope_missing"
    assert set(rows().values()) == {0}


@pytest.mark.parametrize(
    "last_event_id",
    [
        *("", "1", "-", "1-", "-1", "1-1-1", "a-b", "null", "\u00b2-1", "9" * 60),
        *("9999999999999999999-1", "1-9999999999999999999", "0x1-1", "1.5-1", "1 - 1"),
    ],
)
async def test_a_last_event_id_that_is_no_position_is_refused(
    client: httpx2.AsyncClient, last_event_id: str
) -> None:
    ids = await said_by(client)
    answer = await client.get(
        f"/api/v1/turns/{ids['turn_id']}/events",
        headers=raw("Last-Event-ID", last_event_id.encode("latin-1")),
    )

    assert_problem(answer, 422)


async def test_a_position_behind_the_end_of_a_turn_gives_only_its_end(
    client: httpx2.AsyncClient,
) -> None:
    ids = await said_by(client)
    headers = {"Last-Event-ID": f"{10**18 - 1}-{10**18 - 1}"}
    answer = await client.get(f"/api/v1/turns/{ids['turn_id']}/events", headers=headers)

    assert answer.status_code == 200
    assert [line for line in answer.text.splitlines() if line[:1] not in {":", ""}] == [
        "data: [DONE]"
    ]


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "\u00e9"], ids=repr)
async def test_an_idempotency_key_that_is_none_is_refused(
    client: httpx2.AsyncClient, rows: Counter, key: str
) -> None:
    headers = raw("Idempotency-Key", key.encode())
    answer = await client.post("/api/v1/chat", content=message(), headers=headers)

    assert_problem(answer, 422, "idempotency-key")
    assert set(rows().values()) == {0}


async def test_a_key_used_with_another_message_is_refused_and_stores_nothing(
    client: httpx2.AsyncClient, rows: Counter
) -> None:
    headers = {**JSON, "Idempotency-Key": "only-once"}
    first = await client.post("/api/v1/chat", content=message(), headers=headers)
    before = rows()
    for other in (message(message="Else"), message(context="x"), message(metadata={"a": 1})):
        answer = await client.post("/api/v1/chat", content=other, headers=headers)
        problem = assert_problem(answer, 422, "use a new key")
        assert problem["code"] == "chat.idempotency_key_reused"

    assert first.status_code == 200
    assert rows() == before


async def test_two_people_may_use_the_same_key(desk: Desk, client: httpx2.AsyncClient) -> None:
    headers = {**JSON, "Idempotency-Key": "only-once"}
    _, token = await desk.add_user("Grace")
    mine = await client.post("/api/v1/chat", content=message(), headers=headers)
    async with desk.client(token) as other:
        theirs = await other.post("/api/v1/chat", content=message(), headers=headers)

    assert mine.status_code == theirs.status_code == 200
    assert mine.json()["metadata"]["turn_id"] != theirs.json()["metadata"]["turn_id"]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=201", "limit=-1", "limit=many", "limit=1e3", f"limit={'9' * 400}"),
        *("cursor=!", "cursor=%00", "cursor=" + "A" * 65, "cursor=AAAA", "session_id=7"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, query: str
) -> None:
    assert_problem(await client.get(f"/api/v1/turns?{query}"), 422)


@pytest.mark.parametrize("path", ["conversations", "turns"])
@pytest.mark.parametrize("id_", ["7", "%00", "%ff", "null", NOBODYS[:-1], NOBODYS + "0"])
async def test_an_id_that_is_none_is_refused(
    client: httpx2.AsyncClient, path: str, id_: str
) -> None:
    assert_problem(await client.get(f"/api/v1/{path}/{id_}"), 422)


@pytest.mark.parametrize(
    "body", [{}, {"title": ""}, {"title": " "}, {"title": "\0"}, {"name": "x"}]
)
async def test_a_bad_title_changes_nothing(client: httpx2.AsyncClient, body: Any) -> None:
    session_id = (await said_by(client))["session_id"]
    url = f"/api/v1/conversations/{session_id}"
    before = (await client.get(url)).json()

    assert_problem(await client.patch(url, json=body), 422)
    assert (await client.get(url)).json() == before


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/chat", "POST"),
        ("DELETE", "/api/v1/conversations", "GET, POST"),
        ("PUT", f"/api/v1/conversations/{NOBODYS}", "DELETE, GET, PATCH"),
        ("POST", "/health", "GET"),
        ("TRACE", "/api/v1/turns", "GET"),
        ("POST", "/no/page", "GET, HEAD"),
    ],
)
async def test_a_method_that_a_path_does_not_know_is_told_those_it_does(
    client: httpx2.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)

    assert_problem(answer, 405, f"use {allowed}.")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/chat", "/v1/models", "/api/v1//chat", "/api/%ff"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_path_of_the_api_that_is_none_is_missing(
    client: httpx2.AsyncClient, method: str, path: str
) -> None:
    assert_problem(await client.request(method, path), 404, "GET /docs lists what is")
