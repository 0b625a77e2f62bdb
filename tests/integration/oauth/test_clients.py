"""Who may ask to be connected: applications that register, and those that describe themselves."""

import pytest
from sqlalchemy import select

from sophia.identity.service import IdentityService
from sophia.store.database import Database
from sophia.store.tables.oauth import OAuthClientRow
from sophia.store.user_database import UserDatabase
from tests.support.applications import (
    Application,
    MemoryDocuments,
    app_with_gateway,
    assert_refused,
    oauth_over,
)
from tests.support.clock import FixedClock
from tests.support.people import visitor

EVIL = "https://evil.example/callback"


@pytest.mark.parametrize(
    "uri",
    [
        "http://evil.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https://user@evil.example/",
        "https://evil.example/#x",
        "https://evil.example/ x",
        "https://evil.example:99999/",
        "http://127.0.0.1\\@evil.example/",
        "no uri at all",
        "",
    ],
)
async def test_nobody_registers_a_way_back_that_leads_astray(
    application: Application, uri: str
) -> None:
    assert_refused(await application.register(uri), "invalid_redirect_uri")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b'{"redirect_uris": 7}', b'{"redirect_uris": []}', b"null"]
)
async def test_a_registration_that_is_none_is_refused(
    application: Application, body: bytes
) -> None:
    answer = await application.client.post("/oauth/register", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


async def test_a_name_cannot_change_how_the_page_is_read(application: Application) -> None:
    answer = await application.register(client_name="Sophia\u202e\n\0 <b>" + "x" * 300)

    assert answer.json()["client_name"].startswith("Sophia <b>x")
    assert len(answer.json()["client_name"]) == 80


async def test_an_application_is_forgotten_if_nobody_uses_it_and_kept_if_somebody_does(
    application: Application, clock: FixedClock, database: Database, identity: IdentityService
) -> None:
    await application.register()
    unused = application.client_id
    application.client_id = ""
    await application.connect()
    clock.advance(24 * 3600)
    link = await identity.issue_link(await identity.ensure_owner())
    signed_in = await identity.sign_in_with_link(link, user_agent="a test")
    application.person.headers["Authorization"] = f"Bearer {signed_in.access_token}"
    used = await application.ask()
    unknown = await application.ask(client_id=unused)
    await application.register()
    async with database.reading() as reader:
        kept = set(await reader.scalars(select(OAuthClientRow.id)))

    assert used.is_success
    assert unknown.json()["code"] == "oauth.client_unknown"
    assert unused not in {str(id_) for id_ in kept}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"client_id": "https://other.example/client.json"}, "oauth.client_unfit"),
        ({"client_secret": "secret"}, "oauth.client_unfit"),
        ({"token_endpoint_auth_method": "client_secret_post"}, "oauth.client_unfit"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "oauth.client_unfit"),
        ({"redirect_uris": []}, "oauth.client_unfit"),
        ({"redirect_uris": [EVIL]}, "oauth.redirect_unknown"),
        ({"client_name": "x" * 20_000}, "oauth.client_away"),
    ],
)
async def test_a_description_that_does_not_hold_is_refused(
    application: Application, documents: MemoryDocuments, said: dict[str, object], code: str
) -> None:
    url = "https://notes.example/client.json"
    documents.put(url, **said)
    answer = await application.ask(client_id=url)

    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    "url",
    [
        "http://notes.example/client.json",
        "https://notes.example",
        "https://notes.example/",
        "https://notes.example/a/../client.json",
        "https://notes.example/%2e%2e/client.json",
        "https://notes.example/client.json#x",
        "https://user@notes.example/client.json",
        "https://notes.example:x/client.json",
        "https://notes.example\\@evil.example/client.json",
    ],
)
async def test_what_is_no_address_of_a_description_is_not_fetched(
    application: Application, documents: MemoryDocuments, url: str
) -> None:
    documents.put(url)
    answer = await application.ask(client_id=url)

    assert answer.json()["code"] == "oauth.client_unknown"
    assert documents.asked == []


async def test_a_token_request_has_nothing_fetched(
    application: Application, documents: MemoryDocuments
) -> None:
    url = "https://notes.example/client.json"
    documents.put(url)
    assert_refused(await application.redeem("code", client_id=url), "invalid_grant")
    assert documents.asked == []


async def test_one_address_registers_ten_applications_in_a_minute(
    database: Database, owned: UserDatabase, identity: IdentityService, clock: FixedClock
) -> None:
    strict = oauth_over(database, owned, identity, clock, registrations=10)
    app = app_with_gateway(identity, strict)
    async with visitor(app) as client, visitor(app, address="198.51.100.7") as neighbour:
        crowd = Application(client, client)
        codes = [(await crowd.register()).status_code for _ in range(11)]
        elsewhere = await Application(neighbour, neighbour).register()

    assert codes == [201] * 10 + [429]
    assert elsewhere.status_code == 201
