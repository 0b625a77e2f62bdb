"""What people try at a sign-in: nothing is let in, nothing is stored, nothing breaks."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from sophia.identity import keys
from sophia.identity.service import IdentityService, SignedIn
from sophia.store.database import Database
from sophia.store.tables.identity import ApiKeyRow, SessionRow, SignInLinkRow, UserRow
from tests.support.desk import Desk, received
from tests.support.people import OWN_PAGE, browser, visitor

ME = "/api/v1/me"


@pytest.fixture
async def owner(identity: IdentityService) -> SignedIn:
    link = await identity.issue_link(await identity.ensure_owner())
    return await identity.sign_in_with_link(link, user_agent="a test")


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[httpx2.AsyncClient]:
    async with visitor(app) as found:
        yield found


async def counted(database: Database) -> list[int]:
    """Count what is stored."""
    tables = (UserRow, SessionRow, SignInLinkRow, ApiKeyRow)
    async with database.reading() as reader:
        return [
            await reader.scalar(select(func.count()).select_from(table)) or 0 for table in tables
        ]


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def none_of(token: str) -> str:
    """Say that a token is not signed at all."""
    return f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{token.split('.')[1]}."


def promoted(token: str) -> str:
    """Put more scopes into a token, under its old signature."""
    header, _, signature = token.split(".")
    claims = {"sub": "x", "role": "owner", "scope": "account:write chat:write"}
    return f"{header}.{part(claims)}.{signature}"


BEARERS: dict[str, Callable[[SignedIn], bytes]] = {
    "nothing": lambda _: b"",
    "only a scheme": lambda _: b"Bearer",
    "only spaces": lambda _: b"Bearer     ",
    "another scheme": lambda owner: b"Basic " + owner.access_token.encode(),
    "no scheme": lambda owner: owner.access_token.encode(),
    "two tokens": lambda owner: f"Bearer {owner.access_token} {owner.access_token}".encode(),
    "a list": lambda owner: f"Bearer x, Bearer {owner.access_token}".encode(),
    "no text": lambda _: b"Bearer \xff\xfe\x80",
    "not ASCII": lambda _: "Bearer tökén".encode(),
    "very long": lambda _: b"Bearer " + b"a.b." * 15_000,
    "null": lambda _: b"Bearer null",
    "undefined": lambda _: b"Bearer undefined",
    "unsigned": lambda owner: f"Bearer {none_of(owner.access_token)}".encode(),
    "promoted": lambda owner: f"Bearer {promoted(owner.access_token)}".encode(),
    "a refresh token": lambda owner: f"Bearer {owner.refresh_token}".encode(),
    "an unknown key": lambda _: f"Bearer {keys.generate()}".encode(),
    "a key's prefix": lambda _: f"Bearer {keys.PREFIX}".encode(),
    "an injection": lambda _: b"Bearer sophia_live_' OR '1'='1",
    "a user's id": lambda owner: f"Bearer {owner.user['id']}".encode(),
}


@pytest.mark.parametrize("forge", BEARERS.values(), ids=BEARERS.keys())
async def test_no_such_header_is_let_in(
    client: httpx2.AsyncClient, owner: SignedIn, forge: Callable[[SignedIn], bytes]
) -> None:
    answer = await client.get(ME, headers=[(b"Authorization", forge(owner))])

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in {"auth.missing", "token.invalid", "auth.key_invalid"}
    assert owner.access_token not in answer.text


async def test_a_token_counts_nowhere_but_in_its_header(
    client: httpx2.AsyncClient, owner: SignedIn
) -> None:
    token = owner.access_token
    asked = [
        client.get(ME, params={"access_token": token, "token": token, "authorization": token}),
        client.get(ME, headers={"Cookie": f"access_token={token}; Authorization={token}"}),
        client.get(ME, headers={"X-Authorization": f"Bearer {token}", "X-Api-Key": token}),
        client.get(ME, headers={"X-User-Id": str(owner.user["id"]), "X-Forwarded-User": "Owner"}),
        client.get(ME, headers={"Cookie": f"sophia_refresh_3000={owner.refresh_token}"}),
        client.request("GET", ME, json={"access_token": token}),
    ]

    assert [(await answer).status_code for answer in asked] == [401] * len(asked)


async def test_no_credential_stands_in_for_another(
    client: httpx2.AsyncClient, identity: IdentityService, owner: SignedIn
) -> None:
    link = await identity.issue_link(owner.user["id"])
    for token in (owner.access_token, link, keys.generate()):
        refreshed = await client.post("/api/v1/auth/refresh", json={"refresh_token": token[:256]})
        assert refreshed.status_code == 401
    for token in (owner.refresh_token, keys.generate()):
        opened = await client.post("/api/v1/auth/link", json={"token": token})
        assert opened.status_code == 401
    used = await client.get(ME, headers={"Authorization": f"Bearer {link}"})

    assert used.status_code == 401


BODIES: list[bytes] = [
    b"",
    b"null",
    b"[]",
    b"7",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b"\x00",
    b"{}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"token": null, "email": null, "password": null, "refresh_token": 7}',
    b'{"token": {"$ne": null}, "email": {"$ne": null}, "password": {"$ne": null}}',
    b'{"token": [], "email": [], "password": [], "refresh_token": []}',
    b'{"token": "\\ud800", "email": "\\ud800", "password": "\\ud800"}',
    b'{"token": "\\u0000", "email": "a@b\\u0000", "password": "\\u0000"}',
    b'{"token": "x", "email": "x", "password": "x", "refresh_token": "x", "role": "owner"}',
    b'{"email": "\' OR 1=1 --", "password": "\' OR 1=1 --"}',
    b'{"token": "%s", "email": "%s", "password": "%s"}' % ((b"x" * 300_000,) * 3),
    b'{"token": 1e999, "email": NaN, "password": Infinity}',
    b'{"token": %s}' % (b"9" * 6000),
]


@pytest.mark.parametrize("route", ["link", "login", "refresh", "logout"])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: ascii(body[:30]))
async def test_no_such_body_signs_in_or_breaks_anything(
    client: httpx2.AsyncClient, database: Database, owner: SignedIn, route: str, body: bytes
) -> None:
    before = await counted(database)
    headers = {"Content-Type": "application/json"}
    answer = await client.post(f"/api/v1/auth/{route}", content=body, headers=headers)

    # Without a cookie and without a token there is nothing to log out of.
    assert answer.status_code in {400, 401, 403, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "set-cookie" not in answer.headers
    assert await counted(database) == before
    assert owner.user["role"] == "owner"


@pytest.mark.parametrize("body", BODIES, ids=lambda body: ascii(body[:30]))
@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", ME), ("PUT", f"{ME}/password"), ("POST", "/api/v1/keys")]
)
async def test_no_such_body_changes_an_account(
    app: FastAPI, database: Database, owner: SignedIn, method: str, path: str, body: bytes
) -> None:
    if (method, body) == ("PATCH", b"{}"):
        return
    before = await counted(database)
    async with visitor(app, token=owner.access_token) as client:
        headers = {"Content-Type": "application/json"}
        answer = await client.request(method, path, content=body, headers=headers)
        me = await client.get(ME)

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert await counted(database) == before
    assert (me.json()["name"], me.json()["email"]) == ("Owner", None)


@pytest.mark.parametrize(
    "id_", ["1", "-1", "..%2f..%2fetc", "' OR 1=1 --", "%00", "null", "0" * 4000, "%F0%9F%98%80"]
)
async def test_no_such_id_names_a_key_or_a_session(app: FastAPI, owner: SignedIn, id_: str) -> None:
    async with visitor(app, token=owner.access_token) as client:
        answers = [await client.delete(f"/api/v1/{kind}/{id_}") for kind in ("keys", "sessions")]
        still = await client.get(ME)

    assert {answer.status_code for answer in answers} <= {404, 422}
    assert still.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "198.51.100.{number}"},
        {"X-Real-IP": "198.51.100.{number}"},
        {"Forwarded": "for=198.51.100.{number}"},
        {"User-Agent": "guess {number}"},
    ],
)
async def test_no_header_makes_guessing_faster(
    client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    answers: list[int] = []
    for number in range(12):
        told = {name: value.format(number=number) for name, value in headers.items()}
        body = {"email": f"guess{number}@example.org", "password": "x"}
        answers.append(
            (await client.post("/api/v1/auth/login", json=body, headers=told)).status_code
        )

    assert answers == [401] * 10 + [429] * 2


async def refused_status(opening: Callable[[], Any]) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with opening():
            pass
    status: int = refused.value.response.status_code
    return status


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_page_opens_no_socket(desk: Desk, origin: str) -> None:
    _, token = await desk.add_user()
    url = f"{desk.url.replace('http', 'ws')}/api/v1/ws/chat/new"
    headers = {"Authorization": f"Bearer {token}", "Origin": origin}

    assert await refused_status(lambda: connect(url, additional_headers=headers)) == 403


async def test_a_socket_takes_no_token_from_its_address_or_a_cookie(desk: Desk) -> None:
    _, token = await desk.add_user()
    url = f"{desk.url.replace('http', 'ws')}/api/v1/ws/chat/new"
    cookie = {"Cookie": f"access_token={token}"}

    assert await refused_status(lambda: connect(f"{url}?token={token}&access_token={token}")) == 401
    assert await refused_status(lambda: connect(url, additional_headers=cookie)) == 401


async def test_a_browsers_socket_says_who_it_is_without_showing_it_again(desk: Desk) -> None:
    _, token = await desk.add_user()
    url = f"{desk.url.replace('http', 'ws')}/api/v1/ws/chat/new"
    protocols = [Subprotocol("sophia"), Subprotocol(f"bearer.{token}")]
    async with connect(url, subprotocols=protocols) as socket:
        await socket.send('{"type": "ping"}')
        assert json.loads(await socket.recv()) == {"type": "pong"}
        assert socket.subprotocol == "sophia"
    forged = [Subprotocol("sophia"), Subprotocol("bearer.forged")]

    assert await refused_status(lambda: connect(url, subprotocols=forged)) == 401


async def ends_by_logging_out(client: httpx2.AsyncClient) -> None:
    (await client.post("/api/v1/auth/logout", headers=OWN_PAGE)).raise_for_status()


async def ends_from_elsewhere(client: httpx2.AsyncClient) -> None:
    sessions = (await client.get("/api/v1/sessions")).json()["items"]
    (await client.delete(f"/api/v1/sessions/{sessions[0]['session_id']}")).raise_for_status()


@pytest.mark.parametrize("end", [ends_by_logging_out, ends_from_elsewhere])
async def test_a_socket_outlives_no_session(
    desk: Desk, end: Callable[[httpx2.AsyncClient], Awaitable[None]]
) -> None:
    user_id, _ = await desk.add_user()
    async with (
        browser(desk, user_id) as (client, signed_in),
        desk.socket(signed_in["access_token"]) as socket,
    ):
        await socket.send('{"type": "ping"}')
        await received(socket, "pong")
        await end(client)
        await socket.send('{"type": "message", "message": "Let me stay"}')
        told = await received(socket, "error", "turn.accepted")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert told[-1]["code"] == "auth.session_ended"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
