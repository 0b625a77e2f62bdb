"""What thieves, liars and other people's pages try."""

import asyncio

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select, text

from sophia.identity.service import IdentityService
from sophia.kit.ids import UserId, uuid7
from sophia.store.database import Database
from sophia.store.tables.audit import AuditRow
from sophia.store.tables.identity import UserRow
from sophia.store.user_database import UserDatabase
from tests.support.applications import (
    CALLBACK,
    CONSENT,
    GATEWAY,
    Application,
    app_with_gateway,
    assert_refused,
    oauth_over,
    pkce,
    query_of,
)
from tests.support.clock import FixedClock
from tests.support.people import OWN_ORIGIN, identity_over, visitor

EVIL = "https://evil.example/callback"


async def deeds(database: Database) -> list[str]:
    async with database.reading() as reader:
        found = await reader.scalars(
            select(AuditRow.action).where(AuditRow.action.like("grant.%")).order_by(AuditRow.id)
        )
        return list(found)


async def test_a_code_that_comes_again_ends_what_it_gave(
    application: Application, database: Database
) -> None:
    await application.register()
    code = await application.code()
    tokens = (await application.redeem(code)).json()
    assert (await application.call(tokens["access_token"])).status_code == 200
    assert (await deeds(database))[-1] == "grant.allow"
    before = len(await deeds(database))

    assert_refused(await application.redeem(code, code_verifier="x" * 43), "invalid_grant")
    assert_refused(await application.refresh(tokens["refresh_token"]), "invalid_grant")
    assert (await application.call(tokens["access_token"])).status_code == 401
    assert (await deeds(database))[before:] == ["grant.replay"]


async def test_a_code_redeemed_twice_at_once_gives_tokens_that_do_not_last(
    application: Application,
) -> None:
    await application.register()
    code = await application.code()
    answers = await asyncio.gather(*(application.redeem(code) for _ in range(4)))
    (given,) = [one.json() for one in answers if one.is_success]

    assert_refused(await application.refresh(given["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": pkce().verifier},
        {"code_verifier": None},
        {"code_verifier": ""},
        {"redirect_uri": None},
        {"redirect_uri": "http://127.0.0.1:4712/callback"},
        {"redirect_uri": EVIL},
        {"client_id": "00000000-0000-7000-8000-000000000000"},
        {"client_id": "https://evil.example/client.json"},
    ],
)
async def test_a_code_is_good_only_for_whom_it_was_given_to(
    application: Application, changes: dict[str, str | None]
) -> None:
    await application.register()
    code = await application.code()

    assert_refused(await application.redeem(code, **changes), "invalid_grant")
    # Whoever holds the verifier is not kept out by one who does not.
    assert (await application.redeem(code)).is_success


async def test_another_applications_code_is_refused(app: FastAPI, application: Application) -> None:
    await application.register()
    code = await application.code()
    async with visitor(app) as client:
        other = Application(client, application.person)
        await other.register()
        other.pair = application.pair
        stolen = await other.redeem(code)

    assert_refused(stolen, "invalid_grant")


async def test_a_code_is_good_for_a_minute(application: Application, clock: FixedClock) -> None:
    await application.register()
    code, late = await application.code(), await application.code()
    clock.advance(59)
    assert (await application.redeem(code)).is_success
    clock.advance(1)

    assert_refused(await application.redeem(late), "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJ"}, "invalid_request"),
        ({"resource": None}, "invalid_target"),
        ({"resource": "http://evil.example/mcp"}, "invalid_target"),
        ({"resource": f"{GATEWAY}?x=1"}, "invalid_target"),
        ({"resource": f"{GATEWAY}/../api"}, "invalid_target"),
        ({"resource": "sophia:api"}, "invalid_target"),
        ({"scope": "users:write"}, "invalid_scope"),
    ],
)
async def test_what_is_asked_for_wrongly_is_shown_and_not_answered_by_itself(
    application: Application, changes: dict[str, str | None], error: str
) -> None:
    await application.register()
    agreed = await application.agree(is_allowed=True, **changes)
    for answer in (await application.ask(**changes), agreed):
        assert answer.status_code == 422
        back = answer.json()["return_to"]
        assert back.startswith(f"{CALLBACK}?")
        told = query_of(back)
        assert (told["error"], told["iss"]) == (error, OWN_ORIGIN)
        assert told["state"] == "a state & more"


@pytest.mark.parametrize(
    "uri",
    [
        EVIL,
        f"{CALLBACK}/more",
        f"{CALLBACK}?x=1",
        f"{CALLBACK}#x",
        "http://127.0.0.1:4711/callback/../evil",
        "http://localhost:4711/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.1.evil.example:4711/callback",
        "https://127.0.0.1:4711/callback",
        "javascript:alert(1)",
        "",
    ],
)
async def test_nobody_is_sent_where_the_application_did_not_register(
    application: Application, uri: str
) -> None:
    await application.register()
    for answer in (
        await application.ask(redirect_uri=uri),
        await application.agree(redirect_uri=uri),
        await application.agree(redirect_uri=uri, is_allowed=False),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == "oauth.redirect_unknown"
        assert "return_to" not in answer.json()


async def test_the_authorization_endpoint_sends_nobody_anywhere_by_itself(
    application: Application,
) -> None:
    await application.register()
    for query in (application.query(), application.query(redirect_uri=EVIL, scope="x")):
        page = await application.client.get(f"/oauth/authorize?{query}")
        assert "location" not in page.headers
        assert page.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"


async def test_on_loopback_the_port_is_the_applications_choice(application: Application) -> None:
    await application.register("http://127.0.0.1/callback", "http://[::1]/callback")
    for uri in ("http://127.0.0.1:5000/callback", "http://[::1]:5000/callback"):
        code = await application.code(redirect_uri=uri)
        assert (await application.redeem(code, redirect_uri=uri)).is_success
        other = await application.code(redirect_uri=uri)
        assert_refused(await application.redeem(other), "invalid_grant")


async def test_another_sites_page_cannot_agree_in_a_persons_name(
    app: FastAPI, application: Application, identity: IdentityService
) -> None:
    await application.register()
    link = await identity.issue_link(await identity.ensure_owner())
    wish = {"query": application.query(), "is_allowed": True, "scopes": ["tools:read"]}
    async with visitor(app) as browser:
        signed_in = await browser.post("/api/v1/auth/link", json={"token": link})
        assert signed_in.is_success
        # The browser has the session's cookie, and that is all that another site's page can use.
        by_cookie = await browser.post(CONSENT, json=wish, headers={"Origin": EVIL})
        by_form = await browser.post(CONSENT, data={"query": application.query()})
        preflight = await browser.options(CONSENT, headers={"Origin": EVIL})

    assert (by_cookie.status_code, by_form.status_code) == (401, 401)
    assert "access-control-allow-origin" not in preflight.headers


async def test_only_somebody_who_is_signed_in_agrees(
    app: FastAPI, application: Application, identity: IdentityService
) -> None:
    await application.register()
    owner = await identity.ensure_owner()
    made = await application.person.post("/api/v1/keys", json={"name": "ci"})
    for token in (made.json()["key"], await identity.mint_access(owner, ttl_s=60)):
        async with visitor(app, token=token) as machine:
            answer = await Application(application.client, machine).agree()
            assert (answer.status_code, answer.json()["code"]) == (403, "oauth.session_needed")


async def test_more_than_was_asked_for_cannot_be_agreed_to(application: Application) -> None:
    await application.register()
    for scopes in (["tools:read", "tools:call"], ["users:write"], ["tools:call"]):
        answer = await application.agree(*scopes)
        assert answer.json()["code"] == "oauth.scope_not_offered"


async def test_a_refresh_token_that_comes_again_ends_the_connection(
    application: Application, clock: FixedClock, database: Database
) -> None:
    first = await application.connect()
    second = (await application.refresh(first["refresh_token"])).json()
    # Two requests of one application may cross each other.
    crossed = (await application.refresh(first["refresh_token"])).json()
    assert crossed["refresh_token"] == second["refresh_token"] != first["refresh_token"]
    clock.advance(11)

    assert_refused(await application.refresh(first["refresh_token"]), "invalid_grant")
    assert_refused(await application.refresh(second["refresh_token"]), "invalid_grant")
    assert (await application.call(second["access_token"])).status_code == 401
    assert (await deeds(database))[-1] == "grant.replay"


async def test_a_refresh_token_is_bound_to_its_application_resource_and_scopes(
    application: Application,
) -> None:
    tokens = await application.connect("tools:read", "tools:call")
    token = tokens["refresh_token"]
    other = await application.refresh(token, client_id="00000000-0000-7000-8000-000000000000")
    elsewhere = await application.refresh(token, resource=f"{GATEWAY}/memory")
    more = await application.refresh(token, scope="tools:read users:write")
    lesser = (await application.refresh(token, scope="tools:read")).json()

    assert_refused(other, "invalid_grant")
    assert_refused(elsewhere, "invalid_target")
    assert_refused(more, "invalid_scope")
    assert lesser["scope"] == "tools:read"
    let_in = await application.call(lesser["access_token"])
    assert let_in.json()["scopes"] == ["tools:read"]


async def test_a_sessions_refresh_token_is_no_applications_nor_the_reverse(
    app: FastAPI, application: Application, identity: IdentityService
) -> None:
    tokens = await application.connect()
    link = await identity.issue_link(await identity.ensure_owner())
    session = await identity.sign_in_with_link(link, user_agent="a test")
    async with visitor(app) as client:
        body = {"refresh_token": tokens["refresh_token"]}
        crossed = await client.post("/api/v1/auth/refresh", json=body)

    assert crossed.status_code == 401
    assert_refused(await application.refresh(session.refresh_token), "invalid_grant")
    assert (await application.call(tokens["access_token"])).status_code == 200


async def test_a_token_for_the_gateway_opens_no_route_and_one_for_the_api_no_gateway(
    app: FastAPI, application: Application, identity: IdentityService
) -> None:
    tokens = await application.connect()
    of_api = await identity.mint_access(await identity.ensure_owner(), ttl_s=60)
    async with visitor(app, token=tokens["access_token"]) as client:
        refused = [await client.get(path) for path in ("/api/v1/me", "/api/v1/tools", "/metrics")]
        socket = await client.get("/api/v1/auth/applications")

    assert [one.status_code for one in (*refused, socket)] == [401] * 4
    assert {one.json()["code"] for one in refused} == {"token.invalid"}
    assert (await application.call(of_api)).status_code == 401
    # The same gateway by another of its names is another resource.
    told = {"Authorization": f"Bearer {tokens['access_token']}"}
    elsewhere = await application.client.get(f"{OWN_ORIGIN}/mcp", headers=told)
    assert elsewhere.status_code == 401


async def test_access_ends_with_the_token_the_role_and_the_account(
    application: Application, clock: FixedClock, database: Database, identity: IdentityService
) -> None:
    tokens = await application.connect("tools:read", "tools:call")
    owner = await identity.ensure_owner()
    await change(database, owner, "role = 'viewer'")
    clock.advance(6)
    lesser = await application.call(tokens["access_token"])
    await change(database, owner, "disabled_at = now()")
    clock.advance(6)
    disabled = await application.call(tokens["access_token"])
    refreshed = await application.refresh(tokens["refresh_token"])
    await change(database, owner, "role = 'owner', disabled_at = NULL")
    clock.advance(600)
    expired = await application.call(tokens["access_token"])

    assert lesser.json()["scopes"] == ["tools:read"]
    assert disabled.status_code == 401
    assert_refused(refreshed, "invalid_grant")
    assert expired.status_code == 401
    assert (await application.refresh(tokens["refresh_token"])).is_success


async def change(database: Database, user_id: UserId, values: str) -> None:
    async with database.transaction() as writer:
        await writer.execute(text(f"UPDATE users SET {values} WHERE id = :id"), {"id": user_id})


async def test_an_end_counts_in_other_processes_within_seconds(
    application: Application,
    database: Database,
    owned: UserDatabase,
    clock: FixedClock,
) -> None:
    tokens = await application.connect()
    identity = identity_over(database, clock)
    elsewhere = oauth_over(database, owned, identity, clock)
    async with visitor(app_with_gateway(identity, elsewhere)) as client:
        there = Application(client, application.person)
        assert (await there.call(tokens["access_token"])).status_code == 200
        revoked = await application.post({"token": tokens["refresh_token"]}, "/oauth/revoke")
        assert revoked.status_code == 200
        clock.advance(6)
        assert (await there.call(tokens["access_token"])).status_code == 401


async def test_revoking_says_nothing_of_what_is_no_token(application: Application) -> None:
    tokens = await application.connect()
    path = "/oauth/revoke"
    nothing = await application.post({"token": "nonsense"}, path)
    not_theirs = await application.post(
        {"token": tokens["refresh_token"], "client_id": "another"}, path
    )
    access = await application.post({"token": tokens["access_token"]}, path)

    assert (nothing.status_code, not_theirs.status_code) == (200, 200)
    assert_refused(access, "unsupported_token_type")
    assert (await application.refresh(tokens["refresh_token"])).is_success


async def test_connections_end_when_nobody_uses_them(
    application: Application, clock: FixedClock
) -> None:
    tokens = await application.connect()
    clock.advance(30 * 24 * 3600)

    assert_refused(await application.refresh(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"client_id": "x"}, "unsupported_grant_type"),
        ({"client_id": "x", "grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "x", "grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"client_id": "x", "grant_type": "authorization_code"}, "invalid_grant"),
        ({"client_id": "x", "grant_type": "refresh_token"}, "invalid_grant"),
    ],
)
async def test_a_token_request_that_does_not_hold_is_refused_as_the_standard_says(
    application: Application, form: dict[str, str], error: str
) -> None:
    answer = await application.client.post("/oauth/token", data=form)

    assert_refused(answer, error)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body", [b"grant_type=a&grant_type=b", b"a=%00", b"\xff=\xfe", b"a&" * 100, b"%ff=%fe"]
)
async def test_a_token_request_that_cannot_be_read_is_refused(
    application: Application, body: bytes
) -> None:
    told = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await application.client.post("/oauth/token", content=body, headers=told)
    as_json = await application.client.post("/oauth/token", json={"grant_type": "refresh_token"})

    assert_refused(answer, "invalid_request")
    assert_refused(as_json, "invalid_request")


async def test_nobody_ends_another_persons_connection(
    app: FastAPI, application: Application, identity: IdentityService, database: Database
) -> None:
    tokens = await application.connect()
    (listed,) = (await application.person.get("/api/v1/auth/applications")).json()["items"]
    grace_id = UserId(uuid7())
    values = {"id": grace_id, "name": "Grace", "role": "member", "created_at": text("now()")}
    async with database.transaction() as writer:
        await writer.execute(insert(UserRow).values(**values))
    token = await identity.mint_access(grace_id, ttl_s=60)
    async with visitor(app, token=token) as grace:
        path = f"/api/v1/auth/applications/{listed['grant_id']}"
        assert (await grace.delete(path)).status_code == 404
        assert (await grace.get("/api/v1/auth/applications")).json() == {"items": []}
    assert (await application.call(tokens["access_token"])).status_code == 200
