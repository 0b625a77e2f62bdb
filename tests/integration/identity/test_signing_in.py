import asyncio
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from sophia.identity.service import IdentityService
from sophia.store.database import Database
from sophia.store.tables.identity import SessionRow
from tests.support.clock import FixedClock
from tests.support.people import OWN_ORIGIN, OWN_PAGE, PASSWORD, visitor

EMAIL = "ada@example.org"
FOREIGN = {"Origin": "http://evil.example"}


@pytest.fixture
async def owner(identity: IdentityService, app: FastAPI) -> dict[str, Any]:
    """The owner, with an e-mail address and a password, as signed in once by link."""
    async with visitor(app) as client:
        signed_in = await by_link(identity, client)
        account = {"Authorization": f"Bearer {signed_in['access_token']}"}
        changed = await client.patch("/api/v1/me", json={"email": EMAIL}, headers=account)
        chosen = await client.put(
            "/api/v1/me/password", json={"new_password": PASSWORD}, headers=account
        )
    assert (changed.status_code, chosen.status_code) == (200, 204)
    return signed_in


async def by_link(identity: IdentityService, client: httpx2.AsyncClient) -> dict[str, Any]:
    token = await identity.issue_link(await identity.ensure_owner())
    answer = await client.post("/api/v1/auth/link", json={"token": token})
    assert answer.status_code == 200
    return answer.json()


async def log_in(
    client: httpx2.AsyncClient, password: str = PASSWORD, *, email: str = EMAIL
) -> httpx2.Response:
    return await client.post("/api/v1/auth/login", json={"email": email, "password": password})


async def refresh(client: httpx2.AsyncClient, **headers: str) -> httpx2.Response:
    return await client.post("/api/v1/auth/refresh", headers={**OWN_PAGE, **headers})


def cookie_of(answer: httpx2.Response) -> Morsel[str]:
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    return cookie


async def test_a_link_signs_a_browser_in_and_says_who_it_is(
    identity: IdentityService, app: FastAPI
) -> None:
    async with visitor(app) as client:
        signed_in = await by_link(identity, client)
        account = {"Authorization": f"Bearer {signed_in['access_token']}"}
        me = await client.get("/api/v1/me", headers=account)

    assert signed_in["token_type"] == "Bearer"
    assert signed_in["expires_in"] == 900
    assert signed_in["refresh_token"] is None
    assert me.json() == signed_in["user"]
    assert signed_in["user"]["role"] == "owner"


async def test_a_link_that_was_used_is_refused_in_words(
    identity: IdentityService, app: FastAPI
) -> None:
    token = await identity.issue_link(await identity.ensure_owner())
    async with visitor(app) as client:
        await client.post("/api/v1/auth/link", json={"token": token})
        again = await client.post("/api/v1/auth/link", json={"token": token})

    assert again.status_code == 401
    assert again.json()["code"] == "auth.link_invalid"
    assert "sophia link" in again.json()["detail"]
    assert "set-cookie" not in again.headers


@pytest.mark.usefixtures("owner")
async def test_an_address_and_a_password_sign_in(app: FastAPI) -> None:
    async with visitor(app) as client:
        answers = [await log_in(client), await log_in(client, email=f"  {EMAIL.upper()} ")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["user"]["email"] == EMAIL


@pytest.mark.usefixtures("owner")
async def test_a_wrong_password_and_an_unknown_address_cannot_be_told_apart(app: FastAPI) -> None:
    async with visitor(app) as client:
        wrong = await log_in(client, "wrong")
        unknown = await log_in(client, "wrong", email="nobody@example.org")

    assert wrong.status_code == 401
    assert wrong.json()["code"] == "auth.sign_in_failed"
    assert wrong.json() == unknown.json()
    assert wrong.headers == unknown.headers


@pytest.mark.parametrize("password", ["", PASSWORD + " ", PASSWORD.upper(), "null", "\0"])
@pytest.mark.usefixtures("owner")
async def test_nothing_but_the_password_signs_in(app: FastAPI, password: str) -> None:
    async with visitor(app) as client:
        answer = await log_in(client, password)

    assert answer.status_code in {401, 422}
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "email", ["owner", "Owner", "admin", "root", "", "'; DROP TABLE users; --", "\0", "%", "*"]
)
async def test_there_is_no_account_and_no_password_to_begin_with(
    identity: IdentityService, app: FastAPI, email: str
) -> None:
    await identity.ensure_owner()
    async with visitor(app) as client:
        for password in ("admin", "sophia_admin", "password", "sophia", "null", "None", " "):
            answer = await log_in(client, password, email=email)
            assert answer.status_code in {401, 422}


@pytest.mark.usefixtures("owner")
async def test_guessing_is_slowed_down_and_says_for_how_long(
    app: FastAPI, clock: FixedClock
) -> None:
    async with visitor(app) as client:
        failed = [await log_in(client, f"guess {number}") for number in range(10)]
        slowed = await log_in(client, PASSWORD)
        clock.advance(int(slowed.headers["retry-after"]))
        after = await log_in(client, PASSWORD)

    assert {answer.status_code for answer in failed} == {401}
    assert slowed.status_code == 429
    assert slowed.json()["code"] == "auth.too_many_attempts"
    assert slowed.headers["retry-after"] == "60"
    assert after.status_code == 200


@pytest.mark.usefixtures("owner")
async def test_guessing_one_account_from_many_addresses_is_slowed_down_too(app: FastAPI) -> None:
    answers: list[int] = []
    for number in range(12):
        async with visitor(app, address=f"192.0.2.{number}") as client:
            answers.append((await log_in(client, "guess")).status_code)

    assert answers == [401] * 10 + [429] * 2


@pytest.mark.usefixtures("owner")
async def test_guesses_made_all_at_once_are_counted_too(app: FastAPI) -> None:
    async with visitor(app) as client:
        guesses = (log_in(client, f"guess {number}") for number in range(20))
        answers = [answer.status_code for answer in await asyncio.gather(*guesses)]

    assert sorted(answers) == [401] * 10 + [429] * 10


async def test_guessing_the_current_password_is_slowed_down(
    app: FastAPI, owner: dict[str, Any], clock: FixedClock
) -> None:
    clock.advance(15 * 60)
    async with visitor(app) as client:
        signed_in = (await log_in(client)).json()
    body = {"new_password": "another battery horse", "current_password": "guess"}
    async with visitor(app, token=signed_in["access_token"]) as client:
        answers = [await client.put("/api/v1/me/password", json=body) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert answers[0].json()["code"] == "auth.password_wrong"
    assert owner["user"]["user_id"] == signed_in["user"]["user_id"]


@pytest.mark.usefixtures("owner")
async def test_the_refresh_cookie_is_kept_from_scripts_and_from_other_sites(app: FastAPI) -> None:
    async with visitor(app) as client:
        cookie = cookie_of(await log_in(client))
    async with visitor(app, url="https://sophia.example") as client:
        secure = cookie_of(await log_in(client))

    for one in (cookie, secure):
        assert one["httponly"]
        assert one["samesite"].lower() == "strict"
        assert one["path"] == "/api/v1/auth"
        assert one["domain"] == ""
        assert one["max-age"] == str(30 * 24 * 3600)
    assert cookie.key == "sophia_refresh_3000"
    assert not cookie["secure"]
    assert secure.key.startswith("__Secure-sophia_refresh")
    assert secure["secure"]


@pytest.mark.usefixtures("owner")
async def test_answers_with_tokens_are_kept_by_no_cache(app: FastAPI) -> None:
    async with visitor(app) as client:
        answers = [await log_in(client), await refresh(client)]

    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


@pytest.mark.usefixtures("owner")
async def test_a_browser_refreshes_by_its_cookie_and_never_sees_the_token(app: FastAPI) -> None:
    async with visitor(app) as client:
        first = cookie_of(await log_in(client)).value
        answer = await refresh(client)
        second = cookie_of(answer).value
        again = await refresh(client)

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] is None
    assert len({first, second, cookie_of(again).value}) == 3
    assert second not in answer.text


@pytest.mark.usefixtures("owner")
async def test_two_tabs_at_once_get_the_same_cookie(app: FastAPI) -> None:
    async with visitor(app) as client:
        signed_in = cookie_of(await log_in(client))
        headers = {"Cookie": f"{signed_in.key}={signed_in.value}"}
        answers = await asyncio.gather(*(refresh(client, **headers) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({cookie_of(answer).value for answer in answers}) == 1


@pytest.mark.usefixtures("owner")
async def test_a_program_refreshes_by_its_body_and_gets_the_successor_there(app: FastAPI) -> None:
    async with visitor(app) as client:
        token = cookie_of(await log_in(client)).value
    async with visitor(app) as client:
        answer = await client.post("/api/v1/auth/refresh", json={"refresh_token": token})
        successor = answer.json()["refresh_token"]
        again = await client.post("/api/v1/auth/refresh", json={"refresh_token": successor})

    assert answer.status_code == again.status_code == 200
    assert len({token, successor, again.json()["refresh_token"]}) == 3


@pytest.mark.usefixtures("owner")
async def test_a_replayed_token_ends_the_session_and_says_nothing_more(
    app: FastAPI, clock: FixedClock
) -> None:
    async with visitor(app) as client:
        signed_in = await log_in(client)
        stolen = {"refresh_token": cookie_of(signed_in).value}
        newest = await refresh(client)
        clock.advance(11)
        replayed = await client.post("/api/v1/auth/refresh", json=stolen)
        victim = await refresh(client)
    async with visitor(app, token=newest.json()["access_token"]) as client:
        me = await client.get("/api/v1/me")

    assert [answer.status_code for answer in (replayed, victim, me)] == [401, 401, 401]
    assert replayed.json() == victim.json() == me.json()
    assert me.json()["code"] == "auth.session_ended"


@pytest.mark.usefixtures("owner")
async def test_logging_out_ends_the_session_and_takes_the_cookie_away(app: FastAPI) -> None:
    async with visitor(app) as client:
        signed_in = await log_in(client)
        kept = cookie_of(signed_in)
        out = await client.post("/api/v1/auth/logout", headers=OWN_PAGE)
        gone = await refresh(client)
        replayed = await refresh(client, Cookie=f"{kept.key}={kept.value}")
    async with visitor(app, token=signed_in.json()["access_token"]) as client:
        me = await client.get("/api/v1/me")

    assert out.status_code == 204
    assert cookie_of(out)["max-age"] == "0"
    assert (cookie_of(out).key, cookie_of(out)["path"]) == (kept.key, kept["path"])
    assert [answer.status_code for answer in (gone, replayed, me)] == [401, 401, 401]


async def test_logging_out_without_a_session_is_no_error(app: FastAPI) -> None:
    async with visitor(app) as client:
        answers = [
            await client.post("/api/v1/auth/logout", headers=OWN_PAGE),
            await client.post("/api/v1/auth/logout", json={"refresh_token": "none of yours"}),
        ]

    assert [answer.status_code for answer in answers] == [204, 204]


@pytest.mark.parametrize("route", ["refresh", "logout"])
@pytest.mark.parametrize("headers", [{}, {"X-Sophia-Request": "0"}, {**OWN_PAGE, **FOREIGN}])
@pytest.mark.usefixtures("owner")
async def test_another_site_cannot_use_the_cookie(
    app: FastAPI, route: str, headers: dict[str, str]
) -> None:
    async with visitor(app) as client:
        await log_in(client)
        refused = await client.post(f"/api/v1/auth/{route}", headers=headers)
        still = await refresh(client, Origin=OWN_ORIGIN)

    assert refused.status_code == 403
    assert refused.json()["code"] in {"auth.cross_site", "auth.origin_unknown"}
    assert "set-cookie" not in refused.headers
    assert still.status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", OWN_ORIGIN + ".evil.example"])
@pytest.mark.usefixtures("owner")
async def test_another_site_can_sign_nobody_in(
    identity: IdentityService, app: FastAPI, database: Database, origin: str
) -> None:
    link = await identity.issue_link(await identity.ensure_owner())
    async with database.reading() as reader:
        before = await reader.scalar(select(func.count()).select_from(SessionRow))
    async with visitor(app) as client:
        client.headers["Origin"] = origin
        answers = [
            await log_in(client),
            await client.post("/api/v1/auth/link", json={"token": link}),
        ]
    async with database.reading() as reader:
        after = await reader.scalar(select(func.count()).select_from(SessionRow))

    assert {answer.status_code for answer in answers} == {403}
    assert before == after


@pytest.mark.usefixtures("owner")
async def test_no_answer_invites_other_sites(app: FastAPI) -> None:
    preflight = {**FOREIGN, "Access-Control-Request-Method": "POST"}
    async with visitor(app) as client:
        answers = [
            await log_in(client),
            await client.options("/api/v1/auth/refresh", headers=preflight),
            await client.get("/api/v1/me", headers=FOREIGN),
        ]

    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]
