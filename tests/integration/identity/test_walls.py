"""Every route that the API describes, found there, so that a new one is held to this too."""

from collections.abc import Iterator
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from websockets.exceptions import InvalidStatus

from sophia.api.app import build
from sophia.identity.schemas import ROLE_SCOPES, KeyIn, Scope, Viewer
from sophia.kit.ids import UserId, uuid7
from sophia.settings import Settings
from sophia.wiring.api import open_api
from tests.support.desk import Desk
from tests.support.house import PUBLIC_PATHS
from tests.support.waiting import eventually

APP: FastAPI = build(lambda: open_api(Settings()))
PATHS: dict[str, dict[str, Any]] = APP.openapi()["paths"]
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in PATHS.items()
    for method, operation in methods.items()
]
GUARDED = [
    pytest.param(method, path, scopes[0], id=f"{method} {path}")
    for method, path, operation in OPERATIONS
    for scopes in operation.get("security", [{}])[0].values()
]
OWNED = {
    "session_id",
    "turn_id",
    "key_id",
    "approval_id",
    "identity_id",
    "attachment_id",
    "schedule_id",
    "user_id",
    "team_id",
    "invitation_id",
    "grant_id",
    "memory_id",
    "document_id",
    "name",
}
# Nobody's own: tests/integration/people says who may.
MANAGED = (
    "/api/v1/users/",
    "/api/v1/invitations/",
    "/api/v1/teams/",
    "/api/v1/mcp/servers/",
    "/api/v1/mcp/logins/",
    "/api/v1/hooks/",
    "/.well-known/",
)
CHAT = "/api/v1/chat"
# Whose client one is, teams that only administrators name, a name of one's own, and oneself.
NAME_NOBODYS = {
    "post /api/v1/chat user_id",
    "post /api/v1/invitations team_ids",
    "post /api/v1/mcp/servers client_id",
    "post /api/v1/memory/memories external_id",
}
MEMORIES = "/api/v1/memory/memories"
NOBODYS = "00000000-0000-7000-8000-000000000000"


def url_of(path: str, **known: str) -> str:
    for name in OWNED:
        path = path.replace(f"{{{name}}}", known.get(name, NOBODYS))
    assert "{" not in path, "say above what this stands for"
    return path


async def call(desk: Desk, method: str, path: str, token: str | None) -> httpx2.Response:
    async with desk.client(token) as client:
        return await client.request(method, path)


def assert_refused(answer: httpx2.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


async def key_without(desk: Desk, owner: UserId, scope: str) -> str:
    """Make a key that may do everything but one thing."""
    viewer = Viewer(owner, "Owner", "owner", ROLE_SCOPES["owner"])
    scopes = [one for one in Scope if one != scope]
    key, _ = await desk.identity.keys.create(viewer, KeyIn(name="ci", scopes=scopes))
    return key


def test_what_needs_no_credentials_is_on_a_short_list() -> None:
    public = {path for _, path, operation in OPERATIONS if not operation.get("security")}

    assert public == PUBLIC_PATHS
    assert len(GUARDED) == len(OPERATIONS) - len(PUBLIC_PATHS)


def test_every_route_asks_for_one_scope_that_somebody_has() -> None:
    asked = [operation["security"] for _, _, operation in OPERATIONS if "security" in operation]

    assert {len(one) for one in asked} == {1}
    scopes = {scope for (one,) in asked for scope in next(iter(one.values()))}
    assert scopes == set(Scope) - {Scope.TOOLS_CALL}  # asked for by tools, at the MCP gateway


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
async def test_nobody_is_let_in_without_credentials(
    desk: Desk, method: str, path: str, scope: str
) -> None:
    answer = await call(desk, method, url_of(path), None)

    assert_refused(answer, 401, "auth.missing")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert scope in set(Scope)


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
async def test_credentials_without_the_scope_are_not_enough(
    desk: Desk, method: str, path: str, scope: str
) -> None:
    owner, _ = await desk.add_user(role="owner")
    answer = await call(desk, method, url_of(path), await key_without(desk, owner, scope))

    assert_refused(answer, 403, "auth.scope_missing")
    assert answer.json()["scope"] == scope


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
async def test_expired_and_forged_tokens_are_refused(
    desk: Desk, method: str, path: str, scope: str
) -> None:
    user_id, token = await desk.add_user(role="owner")
    expired = await desk.identity.mint_access(user_id, ttl_s=-60)
    forged = token.rpartition(".")[0] + "." + token.rpartition(".")[2][::-1]
    answers = [await call(desk, method, url_of(path), one) for one in (expired, forged)]

    assert_refused(answers[0], 401, "token.expired")
    assert_refused(answers[1], 401, "token.invalid")
    assert scope in set(Scope)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for method, path, _ in OPERATIONS
        if "{" in path and not path.startswith(MANAGED)
    ],
)
async def test_what_is_somebody_elses_is_not_there(
    desk: Desk, migrated_url: str, method: str, path: str
) -> None:
    my_id, mine = await signed_in(desk, "Ada")
    _, token = await signed_in(desk, "Grace")
    theirs, bodies = await prepared(desk, my_id, mine, path=path, url=migrated_url)
    body = {"json": bodies[method]} if method in bodies else {}
    async with desk.client(token) as client:
        answer = await client.request(method, url_of(path, **theirs), **body)
        nobodys = await client.request(method, url_of(path), **body)
    async with desk.client(mine) as client:
        owners = await client.request(method, url_of(path, **theirs), **body)

    assert owners.is_success
    assert answer.status_code == 404
    assert answer.json() == nobodys.json()


async def prepared(
    desk: Desk, my_id: UserId, mine: str, *, path: str, url: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """Make what a route is about; give the ids, and what to send by which method."""
    theirs = await belongings(desk, mine)
    theirs["identity_id"] = identity_of(my_id, url)
    theirs["grant_id"] = grant_of(my_id, url)
    if path.startswith("/api/v1/sessions"):
        theirs["session_id"] = await session_of(desk, "Ada")
    bodies: dict[str, Any] = {"PATCH": {"title": "Mine now"}, "POST": {}}
    if "{approval_id}" in path:
        bodies["POST"] = {"decision": "deny"}
        theirs["approval_id"] = await approval_of(desk, mine)
    if "{schedule_id}" in path:
        bodies["PATCH"] = {"message": "Mine now"}
        theirs["schedule_id"] = await schedule_of(desk, mine)
    if "{memory_id}" in path:
        bodies["PATCH"] = {"tags": ["mine now"]}
        theirs["memory_id"] = await memory_of(desk, mine)
        learned(theirs["memory_id"], url)
    if path.endswith("/supersede"):
        bodies["POST"] = {"content": "milk"}
    if path.endswith("/links"):
        bodies["POST"] = {"other_id": await memory_of(desk, mine, "milk")}
    if "{document_id}" in path:
        theirs["document_id"] = await document_of(desk, mine)
    return theirs, bodies


async def test_what_is_somebody_elses_cannot_be_named_in_a_request(desk: Desk) -> None:
    _, mine = await signed_in(desk, "Ada")
    _, token = await signed_in(desk, "Grace")
    theirs = await belongings(desk, mine)
    said = {"message": "Mine now", "model": "builtin"}
    wish = {**said, "cron": "0 7 1 1 *"}
    session_id = {"session_id": theirs["session_id"]}
    change = {"change_id": await change_of(desk, mine)}
    memory_id, other_id = await memory_of(desk, token), await memory_of(desk, mine)
    async with desk.client(token) as client:
        own = (await client.post("/api/v1/conversations", json={})).json()["session_id"]
        schedule = await client.post("/api/v1/schedules", json=wish)
        of_schedule = f"/api/v1/schedules/{schedule.json()['schedule_id']}"
        after = {"session_id": own, "after": theirs["turn_id"]}
        file = {"attachments": [theirs["attachment_id"]]}
        answers = {
            "post /api/v1/chat session_id": await client.post(CHAT, json=said | session_id),
            "post /api/v1/chat after": await client.post(CHAT, json=said | after),
            "post /api/v1/chat attachments": await client.post(CHAT, json=said | file),
            "post /api/v1/schedules session_id": await client.post(
                "/api/v1/schedules", json=wish | session_id
            ),
            "patch /api/v1/schedules/{schedule_id} session_id": await client.patch(
                of_schedule, json=session_id
            ),
            f"post {MEMORIES}/{{memory_id}}/restore change_id": await client.post(
                f"{MEMORIES}/{memory_id}/restore", json=change
            ),
            f"post {MEMORIES}/{{memory_id}}/links other_id": await client.post(
                f"{MEMORIES}/{memory_id}/links", json={"other_id": other_id}
            ),
            f"post {MEMORIES}/{{memory_id}}/supersede by_memory_id": await client.post(
                f"{MEMORIES}/{memory_id}/supersede", json={"by_memory_id": other_id}
            ),
        }
        listed = (await client.get("/api/v1/turns", params=session_id)).json()["items"]

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 404
    )
    assert listed == []
    assert set(ids_named()) <= answers.keys() | {"get /api/v1/turns session_id"} | NAME_NOBODYS


def ids_named() -> Iterator[str]:
    """Give every field of a body or a query that names something by its id."""
    schemas = APP.openapi()["components"]["schemas"]
    for method, path, operation in OPERATIONS:
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        shape = schemas.get(body.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
        fields = dict(shape.get("properties", {}))
        fields |= {p["name"]: p for p in operation.get("parameters", ()) if p["in"] == "query"}
        for name, described in fields.items():
            if name.endswith(("_id", "_ids")) or "'uuid'" in str(described):
                yield f"{method.lower()} {path} {name}"


async def signed_in(desk: Desk, name: str) -> tuple[UserId, str]:
    """Add somebody who has just signed in."""
    user_id, _ = await desk.add_user(name)
    link = await desk.identity.issue_link(user_id)
    async with desk.client(None) as client:
        answer = await client.post("/api/v1/auth/link", json={"token": link})
    return user_id, answer.json()["access_token"]


def identity_of(user_id: UserId, url: str) -> str:
    """Link somebody to an account at a provider."""
    id_ = str(uuid7())
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO external_identities (id, user_id, issuer, subject, linked_at)"
            " VALUES (%s, %s, 'https://id.example', %s, now())",
            (id_, user_id, id_),
        )
    return id_


def grant_of(user_id: UserId, url: str) -> str:
    """Connect an application."""
    id_ = str(uuid7())
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO oauth_grants (id, user_id, client_id, client_name, redirect_uri,"
            " resource, scopes, created_at, code_hash, code_challenge, code_expires_at,"
            " redeemed_at, last_used_at, expires_at) VALUES (%s, %s, '', '', '', '', '{}',"
            " now(), uuid_send(%s), '', now(), now(), now(), now() + interval '1 day')",
            (id_, user_id, id_),
        )
    return id_


async def belongings(desk: Desk, token: str) -> dict[str, str]:
    """Make one of everything and give their ids."""
    async with desk.client(token) as client:
        message = {"message": "Hello", "model": "builtin"}
        said = (await client.post("/api/v1/chat", json=message)).json()["metadata"]
        key = (await client.post("/api/v1/keys", json={"name": "mine"})).json()
        file = await client.post(
            "/api/v1/attachments",
            params={"name": "note.txt"},
            content=b"tea",
            headers={"Content-Type": "application/octet-stream"},
        )
    return {
        **{name: said[name] for name in ("session_id", "turn_id")},
        "key_id": key["key_id"],
        "attachment_id": file.json()["attachment_id"],
    }


async def approval_of(desk: Desk, token: str) -> str:
    """Have a destructive tool called and give the id of the question."""
    message = f'/memory__delete_memory {{"memory_id": "{NOBODYS}"}}'
    asked: list[Any] = []
    async with desk.client(token) as client:
        wish = {"message": message, "model": "builtin", "stream": True}
        async with client.stream("POST", "/api/v1/chat", json=wish):
            pass

        async def is_asked() -> bool:
            asked.extend((await client.get("/api/v1/approvals")).json()["items"])
            return bool(asked)

        await eventually(is_asked, timeout_s=10)
    return str(asked[0]["approval_id"])


async def schedule_of(desk: Desk, token: str) -> str:
    """Make a schedule and give its id."""
    async with desk.client(token) as client:
        wish = {"message": "Hello", "cron": "0 7 1 1 *", "model": "builtin"}
        return str((await client.post("/api/v1/schedules", json=wish)).json()["schedule_id"])


async def memory_of(desk: Desk, token: str, content: str = "tea") -> str:
    """Keep a memory that was changed once, and give its id."""
    async with desk.client(token) as client:
        stored = await client.post("/api/v1/memory/memories", json={"content": content})
        id_ = stored.json()["memory_id"]
        await client.patch(f"/api/v1/memory/memories/{id_}", json={"tags": ["hot"]})
    return str(id_)


def learned(memory_id: str, url: str) -> None:
    """Have a memory be one that was learned: those alone can be undone."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE memories SET trust = 'learned' WHERE id = %s", (memory_id,))


async def document_of(desk: Desk, token: str) -> str:
    """Have a document fetched from where nobody listens, and give its id."""
    async with desk.client(token) as client:
        wish = {"url": "http://127.0.0.1:9/handbook"}
        added = await client.post("/api/v1/memory/documents/fetch", json=wish)
    return str(added.json()["document_id"])


async def change_of(desk: Desk, token: str) -> str:
    """Keep a memory that was changed once, and give the change's id."""
    memory_id = await memory_of(desk, token)
    async with desk.client(token) as client:
        told = await client.get(f"{MEMORIES}/{memory_id}/history")
    return str(told.json()["changes"][0]["change_id"])


async def session_of(desk: Desk, name: str) -> str:
    """Sign somebody in and give the session's id."""
    (user_id,) = [user["id"] for user in await desk.identity.users() if user["name"] == name]
    link = await desk.identity.issue_link(user_id)
    signed_in = await desk.identity.sign_in_with_link(link, user_agent="a test")
    viewer = await desk.identity.authenticate(signed_in.access_token)
    return str(viewer.session_id)


async def test_a_token_for_a_tool_opens_no_route_and_one_for_the_api_opens_no_tool(
    desk: Desk,
) -> None:
    user_id, token = await desk.add_user()
    claims = {"sub": str(user_id), "name": "Ada", "role": "owner", "scope": "account:read"}
    wrong = [
        desk.signer.sign(claims, audience="sophia:mcp:memory", token_type="tool+jwt", ttl_s=60),
        desk.signer.sign(claims, audience="sophia:mcp:memory", token_type="at+jwt", ttl_s=60),
        desk.signer.sign(claims, audience="sophia:api", token_type="tool+jwt", ttl_s=60),
    ]
    for one in wrong:
        assert_refused(await call(desk, "GET", "/api/v1/me", one), 401, "token.invalid")
    port = desk.settings.port(9001)
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/mcp", json={})

    assert answer.status_code == 401


async def test_a_token_without_what_we_write_into_it_is_refused(desk: Desk) -> None:
    user_id, _ = await desk.add_user()
    whole = {"sub": str(user_id), "name": "Ada", "role": "member", "scope": "account:read"}
    for missing in ("name", "role", "scope"):
        claims = {name: value for name, value in whole.items() if name != missing}
        token = desk.signer.sign(claims, audience="sophia:api", token_type="at+jwt", ttl_s=60)
        assert_refused(await call(desk, "GET", "/api/v1/me", token), 401, "token.invalid")
    for wrong in ({"sub": "ada"}, {"sid": "none"}, {"sub": str(uuid7()), "sid": str(uuid7())}):
        token = desk.signer.sign(
            whole | wrong, audience="sophia:api", token_type="at+jwt", ttl_s=60
        )
        assert (await call(desk, "GET", "/api/v1/me", token)).status_code == 401


async def test_the_token_for_metrics_opens_metrics_alone(desk: Desk) -> None:
    token = desk.settings.secret("metrics_token")

    assert (await call(desk, "GET", "/metrics", token)).status_code == 200
    for path in ("/api/v1/me", "/api/v1/conversations", "/api/v1/models"):
        assert_refused(await call(desk, "GET", path, token), 403, "auth.scope_missing")


async def test_a_handshake_is_refused_as_a_route_would_be(desk: Desk) -> None:
    owner, token = await desk.add_user(role="owner")
    expired = await desk.identity.mint_access(owner, ttl_s=-60)
    lesser = await key_without(desk, owner, "chat:write")
    refusals = {expired: 401, token[:-3] + "abc": 401, "nonsense": 401, lesser: 403}
    for bearer, status in refusals.items():
        with pytest.raises(InvalidStatus) as refused:
            async with desk.socket(bearer):
                pass
        assert refused.value.response.status_code == status
        assert refused.value.response.headers["content-type"] == "application/problem+json"
