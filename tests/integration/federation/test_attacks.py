"""What a certified provider refuses to do, and an attacker does."""

from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from sophia.identity.service import IdentityService
from sophia.kit.clock import SystemClock
from sophia.store.database import Database
from tests.support.clock import FixedClock
from tests.support.openid.providers import (
    LyingProvider,
    app_with,
    make_key,
    query_of,
    with_hmac,
)
from tests.support.people import identity_over, visitor

CLOCK = SystemClock()
CALLBACK = "/api/v1/auth/oidc/callback"


async def begin(client: httpx2.AsyncClient) -> dict[str, str]:
    begun = await client.get("/api/v1/auth/oidc/start")
    assert begun.status_code == 303
    return query_of(begun.headers["location"])


async def come_back(
    client: httpx2.AsyncClient, lying: LyingProvider, asked: dict[str, str], **changes: str | None
) -> str:
    """Come back from the provider; gives the problem, or nothing for who is signed in."""
    query = {"state": asked["state"], "code": "code", "iss": lying.issuer} | changes
    told = {name: value for name, value in query.items() if value is not None}
    back = await client.get(f"{CALLBACK}?{urlencode(told)}")
    assert back.status_code == 303, back.text
    problem = query_of(back.headers["location"]).get("problem", "")
    assert ("sophia_refresh" in back.headers["set-cookie"]) == (not problem)
    return problem


async def attempt(
    database: Database, identity: IdentityService, lying: LyingProvider, **changes: str | None
) -> str:
    async with (
        app_with(database, identity, CLOCK, lying.issuer) as app,
        visitor(app) as client,
    ):
        asked = await begin(client)
        lying.token = lying.sign(asked["nonce"])
        return await come_back(client, lying, asked, **changes)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "somebody else"},
        {"aud": ["sophia", "somebody else"]},
        {"aud": None},
        {"azp": "somebody else"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"iat": 1_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"at_hash": "another"},
    ],
)
async def test_a_token_that_is_not_for_this_very_sign_in_lets_nobody_in(
    database: Database, identity: IdentityService, lying: LyingProvider, claims: dict[str, Any]
) -> None:
    assert await attempt(database, identity, lying) == ""
    lying.claims = claims
    assert await attempt(database, identity, lying) == "identity.oidc_token_invalid"


@pytest.mark.parametrize("kind", ["none", "public key as a secret", "other key", "cut", "empty"])
async def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    database: Database, identity: IdentityService, lying: LyingProvider, kind: str
) -> None:
    async with app_with(database, identity, CLOCK, lying.issuer) as app, visitor(app) as client:
        asked = await begin(client)
        match kind:
            case "none":
                _, body, _ = lying.sign(asked["nonce"]).split(".")
                lying.token = f"eyJhbGciOiJub25lIiwia2lkIjoiZmlyc3QifQ.{body}."
            case "public key as a secret":
                lying.token = with_hmac(lying.sign(asked["nonce"]), lying.public_pem())
            case "other key":
                lying.signer = make_key("first")
                lying.token = lying.sign(asked["nonce"])
            case "cut":
                lying.token = lying.sign(asked["nonce"])[:-8]
            case _:
                lying.token = ""
        assert await come_back(client, lying, asked) == "identity.oidc_token_invalid"


@pytest.mark.parametrize("word", [False, None, "true", 1])
async def test_only_a_verified_address_counts(
    database: Database, identity: IdentityService, lying: LyingProvider, word: object
) -> None:
    lying.claims = {"email_verified": word}
    assert await attempt(database, identity, lying) == "identity.oidc_email_unverified"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"state": "forged"}, "identity.oidc_state_unknown"),
        ({"state": None}, "identity.oidc_state_unknown"),
        ({"iss": "https://evil.example"}, "identity.oidc_issuer_mixed_up"),
        ({"iss": None}, "identity.oidc_issuer_mixed_up"),
        ({"code": None}, "identity.oidc_refused"),
        ({"error": "access_denied"}, "identity.oidc_refused"),
    ],
)
async def test_an_answer_that_is_not_to_what_was_asked_lets_nobody_in(
    database: Database,
    identity: IdentityService,
    lying: LyingProvider,
    changes: dict[str, str | None],
    problem: str,
) -> None:
    assert await attempt(database, identity, lying, **changes) == problem


async def test_a_sign_in_that_took_too_long_begins_again(
    database: Database, identity: IdentityService, lying: LyingProvider
) -> None:
    clock = FixedClock()
    async with app_with(database, identity, clock, lying.issuer) as app, visitor(app) as client:
        asked = await begin(client)
        clock.advance(601)
        assert await come_back(client, lying, asked) == "identity.oidc_state_unknown"


async def test_a_provider_changes_its_keys_and_is_not_asked_for_them_at_will(
    database: Database, identity: IdentityService, lying: LyingProvider
) -> None:
    clock = FixedClock()
    now = int(clock.now().timestamp())
    lying.claims = {"iat": now, "exp": now + 3000}
    async with app_with(database, identity, clock, lying.issuer) as app, visitor(app) as client:

        async def sign_in() -> str:
            asked = await begin(client)
            lying.token = lying.sign(asked["nonce"])
            return await come_back(client, lying, asked)

        outcomes = [await sign_in()]
        lying.keys = [make_key("second")]
        outcomes += [await sign_in(), await sign_in()]
        asked_too_soon = lying.keys_asked
        clock.advance(31)
        outcomes += [await sign_in(), await sign_in()]

    refused = "identity.oidc_token_invalid"
    assert outcomes == ["", refused, refused, "", ""]
    assert (asked_too_soon, lying.keys_asked) == (1, 2)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/api/v1/keys",
            "",
            "account",
        ),
        *("/account\n", "/account/..//evil.example", "/%2F/evil.example", "javascript:alert(1)"),
    ],
)
async def test_nobody_is_sent_elsewhere(
    database: Database, identity: IdentityService, lying: LyingProvider, path: str
) -> None:
    async with app_with(database, identity, CLOCK, lying.issuer) as app, visitor(app) as client:
        answer = await client.get("/api/v1/auth/oidc/start", params={"return_to": path})

    assert answer.status_code == 422
    assert answer.json()["code"] == "identity.oidc_return_path_unknown"


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://169.254.169.254/latest"},
        {"token_endpoint": "http://127.0.0.1:1/"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": "http://10.0.0.1/"},
        {"token_endpoint": None},
    ],
)
async def test_discovery_leads_nowhere_but_to_the_issuer_or_by_https(
    database: Database, identity: IdentityService, lying: LyingProvider, said: dict[str, Any]
) -> None:
    lying.discovery = said
    async with app_with(database, identity, CLOCK, lying.issuer) as app, visitor(app) as client:
        answer = await client.get("/api/v1/auth/oidc/start")

    assert answer.headers["location"] == "/sign-in?problem=identity.oidc_provider_unfit"


async def test_a_provider_that_is_away_is_said_to_be(
    database: Database, identity: IdentityService
) -> None:
    async with (
        app_with(database, identity, CLOCK, "http://127.0.0.1:1") as app,
        visitor(app) as client,
    ):
        answer = await client.get("/api/v1/auth/oidc/start")

    assert answer.headers["location"] == "/sign-in?problem=identity.oidc_provider_away"


async def test_a_session_changes_links_only_shortly_after_it_began(
    database: Database, lying: LyingProvider
) -> None:
    clock = FixedClock()
    from_link = identity_over(database, clock)
    token = await from_link.issue_link(await from_link.ensure_owner())
    async with app_with(database, from_link, clock, lying.issuer) as app, visitor(app) as client:
        link = await client.post("/api/v1/auth/link", json={"token": token})
        client.headers["Authorization"] = f"Bearer {link.json()['access_token']}"
        clock.advance(14 * 60)
        fresh = await client.post("/api/v1/me/identities/oidc")
        renewed = await client.post("/api/v1/auth/refresh", headers={"X-Sophia-Request": "1"})
        clock.advance(2 * 60)
        client.headers["Authorization"] = f"Bearer {renewed.json()['access_token']}"
        stale = await client.post("/api/v1/me/identities/oidc")

    assert fresh.status_code == 200
    assert (stale.status_code, stale.json()["code"]) == (403, "identity.oidc_sign_in_stale")
