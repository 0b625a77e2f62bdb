"""The way of an application from nothing to a token, by the MCP SDK's own client and by hand."""

import socket
from typing import Any
from urllib.parse import urlsplit

import httpx2
from fastapi import FastAPI
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from sophia.identity.service import IdentityService
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.support.applications import (
    CALLBACK,
    CONSENT,
    GATEWAY,
    GATEWAY_ORIGIN,
    STEP_UP,
    Application,
    MemoryDocuments,
    app_with_gateway,
    oauth_over,
    parts_are_there,
    query_of,
)
from tests.support.clock import FixedClock
from tests.support.people import OWN_ORIGIN, visitor
from tests.support.serving import listening_on


class Storage:
    """Keeps an SDK client's tokens."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.info: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.info

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.info = client_info


class Person:
    """Whom the SDK's client sends to the browser: agrees to all that is asked."""

    def __init__(self, browser: httpx2.AsyncClient) -> None:
        self.browser = browser
        self.seen: list[dict[str, Any]] = []
        self.came_back = ""

    async def go(self, url: str) -> None:
        page = await self.browser.get(url)
        assert page.headers["x-frame-options"] == "DENY"
        query = urlsplit(url).query
        review = await self.browser.post(f"{CONSENT}/review", json={"query": query})
        assert review.is_success, review.text
        self.seen.append(review.json())
        scopes = [one["scope"] for one in review.json()["scopes"]]
        wish = {"query": query, "is_allowed": True, "scopes": scopes}
        decided = await self.browser.post(CONSENT, json=wish)
        self.came_back = decided.json()["redirect_to"]

    async def come_back(self) -> AuthorizationCodeResult:
        assert self.came_back.startswith(CALLBACK)
        return AuthorizationCodeResult(**query_of(self.came_back))


def provider(
    person: Person, storage: Storage, *, server: str = GATEWAY, document: str | None = None
) -> OAuthClientProvider:
    return OAuthClientProvider(
        server_url=server,
        client_metadata=OAuthClientMetadata(
            client_name="An SDK's client", redirect_uris=[AnyUrl(CALLBACK)]
        ),
        storage=storage,
        redirect_handler=person.go,
        callback_handler=person.come_back,
        client_metadata_url=document,
    )


def client_of(app: FastAPI, auth: OAuthClientProvider) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), auth=auth)


async def test_the_sdks_client_finds_its_way_from_a_401_to_the_gateway(
    app: FastAPI, application: Application
) -> None:
    person, storage = Person(application.person), Storage()
    async with client_of(app, provider(person, storage)) as client:
        first = await client.get(GATEWAY)
        again = await client.get(GATEWAY)

    assert first.status_code == again.status_code == 200
    assert first.json()["scopes"] == ["tools:read"]
    assert len(person.seen) == 1
    assert person.seen[0]["client_name"] == "An SDK's client"
    assert person.seen[0]["client_host"] is None
    assert person.seen[0]["returns_to"] == "127.0.0.1:4711"
    assert storage.info is not None
    assert storage.info.issuer == OWN_ORIGIN
    assert storage.info.client_secret is None


async def test_the_sdks_client_does_the_same_over_a_real_socket(
    database: Database, owned: UserDatabase, identity: IdentityService, clock: FixedClock
) -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{bound.getsockname()[1]}"
    app = app_with_gateway(identity, oauth_over(database, owned, identity, clock, issuer=origin))
    link = await identity.issue_link(await identity.ensure_owner())
    signed_in = await identity.sign_in_with_link(link, user_agent="a test")
    headers = {"Authorization": f"Bearer {signed_in.access_token}"}
    async with (
        listening_on(bound, parts_are_there(app)),
        httpx2.AsyncClient(base_url=origin, headers=headers, trust_env=False) as browser,
        httpx2.AsyncClient(
            auth=provider(Person(browser), Storage(), server=f"{origin}/mcp"), trust_env=False
        ) as client,
    ):
        answer = await client.post(f"{origin}/mcp", json={})

    assert answer.status_code == 200
    assert answer.json()["scopes"] == ["tools:read"]


async def test_the_sdks_client_comes_back_for_a_scope_that_lacks(
    app: FastAPI, application: Application
) -> None:
    person, storage = Person(application.person), Storage()
    async with client_of(app, provider(person, storage)) as client:
        await client.get(GATEWAY)
        more = await client.get(GATEWAY, headers={STEP_UP: "tools:call"})

    assert more.status_code == 200
    assert more.json()["scopes"] == ["tools:call", "tools:read"]
    assert len(person.seen) == 2


async def test_the_sdks_client_renews_what_has_expired_without_the_person(
    app: FastAPI, application: Application
) -> None:
    person, storage = Person(application.person), Storage()
    async with client_of(app, provider(person, storage)) as client:
        await client.get(GATEWAY)
    assert storage.tokens is not None
    old = storage.tokens
    storage.tokens = old.model_copy(update={"expires_in": 0, "access_token": "gone"})
    restarted = provider(person, storage)
    restarted.context.token_expiry_time = 1.0
    restarted.context.oauth_metadata = None
    async with client_of(app, restarted) as client:
        answer = await client.get(GATEWAY)

    assert answer.status_code == 200
    assert storage.tokens.refresh_token != old.refresh_token


async def test_an_application_that_describes_itself_needs_no_registration(
    app: FastAPI, application: Application, documents: MemoryDocuments
) -> None:
    url = "https://notes.example/client.json"
    documents.put(url, client_name="Notes", redirect_uris=["http://127.0.0.1/callback"])
    person, storage = Person(application.person), Storage()
    async with client_of(app, provider(person, storage, document=url)) as client:
        answer = await client.get(GATEWAY)

    assert answer.status_code == 200
    assert storage.info is not None
    assert storage.info.client_id == url
    assert person.seen[0]["client_host"] == "notes.example"
    assert documents.asked == [url]


async def test_one_server_behind_the_gateway_is_a_resource_of_its_own(
    app: FastAPI, application: Application
) -> None:
    person, storage = Person(application.person), Storage()
    auth = provider(person, storage, server=f"{GATEWAY}/memory")
    async with client_of(app, auth) as client:
        answer = await client.get(f"{GATEWAY}/memory")
    assert storage.tokens is not None
    elsewhere = [
        await application.call(storage.tokens.access_token, path)
        for path in ("/mcp", "/mcp/github")
    ]

    assert answer.status_code == 200
    assert person.seen[0]["resource"] == f"{GATEWAY}/memory"
    assert [one.status_code for one in elsewhere] == [401, 401]


async def test_a_refusal_at_the_gateway_says_where_tokens_are_had(
    application: Application,
) -> None:
    nobody = await application.client.get(GATEWAY)
    wrong = await application.call("nonsense")
    tokens = await application.connect()
    lesser = await application.call(tokens["access_token"], **{STEP_UP: "tools:call"})
    metadata = f"{GATEWAY_ORIGIN}/.well-known/oauth-protected-resource/mcp"

    assert nobody.headers["www-authenticate"] == (
        f'Bearer resource_metadata="{metadata}", scope="tools:read"'
    )
    assert wrong.headers["www-authenticate"] == (
        f'Bearer error="invalid_token", resource_metadata="{metadata}", scope="tools:read"'
    )
    assert lesser.status_code == 403
    assert lesser.headers["www-authenticate"] == (
        f'Bearer error="insufficient_scope", resource_metadata="{metadata}",'
        ' scope="tools:call tools:read"'
    )


async def test_metadata_names_the_resource_by_the_address_that_was_asked(
    app: FastAPI, application: Application
) -> None:
    path = "/.well-known/oauth-protected-resource"
    asked = {
        GATEWAY_ORIGIN + path: GATEWAY,
        f"{GATEWAY_ORIGIN}{path}/mcp": GATEWAY,
        f"{GATEWAY_ORIGIN}{path}/mcp/memory": f"{GATEWAY}/memory",
        f"{OWN_ORIGIN}{path}/mcp": f"{OWN_ORIGIN}/mcp",
        f"http://evil.example{path}/mcp": f"{OWN_ORIGIN}/mcp",
    }
    for url, resource in asked.items():
        said = (await application.client.get(url)).json()
        assert said["resource"] == resource
        assert said["authorization_servers"] == [OWN_ORIGIN]
        assert said["scopes_supported"] == ["tools:read", "tools:call"]
    odd = await application.client.get(GATEWAY_ORIGIN + path, headers={"Host": "["})
    assert odd.json()["resource"] == f"{OWN_ORIGIN}/mcp"
    async with visitor(app) as client:
        unknown = await client.get("/.well-known/openid-configuration")

    assert unknown.status_code == 404


async def test_the_authorization_server_says_what_it_can(application: Application) -> None:
    answer = await application.client.get("/.well-known/oauth-authorization-server")
    said = answer.json()

    assert said["issuer"] == OWN_ORIGIN
    assert said["authorization_endpoint"] == f"{OWN_ORIGIN}/oauth/authorize"
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["token_endpoint_auth_methods_supported"] == ["none"]
    assert said["authorization_response_iss_parameter_supported"] is True
    assert said["client_id_metadata_document_supported"] is True
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_pages_of_other_sites_may_ask_as_programs_do(application: Application) -> None:
    await application.register()
    for path in ("/oauth/token", "/.well-known/oauth-protected-resource/mcp"):
        asked = await application.client.options(path, headers={"Origin": "https://any.example"})
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in asked.headers
    refused = await application.redeem("code")

    assert refused.headers["access-control-allow-origin"] == "*"


async def test_a_person_allows_less_than_was_asked_for(application: Application) -> None:
    await application.register()
    both = "tools:read tools:call"
    offered = (await application.ask(scope=both)).json()["scopes"]
    answer = await application.redeem(await application.code("tools:read", scope=both))
    let_in = await application.call(answer.json()["access_token"])

    assert [one["scope"] for one in offered] == ["tools:read", "tools:call"]
    assert answer.json()["scope"] == "tools:read"
    assert let_in.json()["scopes"] == ["tools:read"]


async def test_an_application_that_names_no_scope_is_offered_all_there_are(
    application: Application,
) -> None:
    await application.register()
    offered = (await application.ask(scope=None)).json()["scopes"]

    assert [one["scope"] for one in offered] == ["tools:read", "tools:call"]
    assert all(one["says"] for one in offered)


async def test_a_no_goes_back_to_the_application(application: Application) -> None:
    await application.register()
    answer = await application.agree(is_allowed=False)

    assert query_of(answer.json()["redirect_to"]) == {
        "error": "access_denied",
        "state": "a state & more",
        "iss": OWN_ORIGIN,
    }


async def test_connected_applications_are_listed_and_disconnected(
    application: Application,
) -> None:
    tokens = await application.connect()
    (listed,) = (await application.person.get("/api/v1/auth/applications")).json()["items"]
    assert (listed["client_name"], listed["scopes"]) == ("Notes", ["tools:read"])
    path = f"/api/v1/auth/applications/{listed['grant_id']}"
    ended = await application.person.delete(path)
    again = await application.person.delete(path)

    assert (ended.status_code, again.status_code) == (204, 404)
    assert (await application.call(tokens["access_token"])).status_code == 401
    refreshed = await application.refresh(tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    assert (await application.person.get("/api/v1/auth/applications")).json() == {"items": []}


async def test_a_code_that_was_not_redeemed_is_no_connection(application: Application) -> None:
    await application.register()
    await application.code()

    assert (await application.person.get("/api/v1/auth/applications")).json() == {"items": []}


async def test_an_api_key_opens_the_gateway_too(application: Application) -> None:
    made = await application.person.post("/api/v1/keys", json={"name": "ci"})
    answer = await application.call(made.json()["key"])

    assert answer.json()["via"] == f"key:{made.json()['key_id']}"
