"""Logging in at other people's MCP servers, and staying logged in, on several replicas at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import text

from sophia.identity.schemas import Viewer
from sophia.kit.clock import SystemClock
from sophia.outgoing.client import open_client
from sophia.outgoing.errors import AddressRefusedError
from sophia.outgoing.hosts import AllowedHosts
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from sophia.upstream_logins.errors import (
    AttemptUnknownError,
    ClientNeededError,
    ClientUnknownError,
    LoginMissingError,
    LoginNeededError,
    LoginRefusedError,
    ProviderAwayError,
    ProviderUnfitError,
)
from sophia.upstream_logins.schemas import OwnClient, Upstream
from sophia.upstream_logins.service import UpstreamLogins
from tests.support.people import PEPPER, person
from tests.support.upstream import ScriptedLogin, scripted_login

OWN = OwnClient(redirect_uri="http://127.0.0.1:3000/connected")
DOCUMENT = "https://sophia.example/oauth/client.json"


@dataclass
class Desk:
    login: ScriptedLogin
    upstream: Upstream
    database: Database
    http: httpx2.AsyncClient
    ada: Viewer
    replica: Callable[..., UpstreamLogins]

    @property
    def logins(self) -> UpstreamLogins:
        return self.replica()

    async def log_in(self, logins: UpstreamLogins | None = None) -> None:
        logins = logins or self.logins
        url = await logins.start(self.ada, self.upstream)
        await logins.finish(self.ada, **self.login.agree(url))

    async def sql(self, query: str, **values: Any) -> Any:
        async with self.database.transaction() as writer:
            return await writer.execute(text(query), values)

    async def expire(self) -> None:
        """Let every access token be over."""
        self.login.access.clear()
        await self.sql("UPDATE upstream_logins SET expires_at = now()")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(database: Database, postgres_url: str) -> AsyncGenerator[Desk]:
    owned = UserDatabase(postgres_url)
    async with (
        scripted_login() as login,
        open_client(allowed=AllowedHosts.parse(urlsplit(login.origin).netloc)) as http,
    ):

        def replica(**changes: Any) -> UpstreamLogins:
            given: dict[str, Any] = {"http": http, "own": OWN, "secret": PEPPER}
            given |= {"clock": SystemClock(), "lease_s": 10.0} | changes
            return UpstreamLogins(owned, database, **given)

        upstream = Upstream(name="notes", url=login.url)
        ada = await person(database, "Ada")
        yield Desk(login, upstream, database, http, ada, replica)
    await owned.close()


async def test_a_person_logs_in_and_requests_come_in_their_name(desk: Desk) -> None:
    url = await desk.logins.start(desk.ada, desk.upstream)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert (asked["resource"], asked["scope"]) == (desk.login.url, "read")
    assert await desk.logins.finish(desk.ada, **desk.login.agree(url)) == "notes"

    auth = desk.logins.bearer(desk.ada.user_id, desk.upstream)
    answer = await desk.http.post(desk.login.url, auth=auth)
    assert answer.json() == {"is_in": True}
    [shown] = await desk.logins.all(desk.ada)
    assert (shown["server"], shown["scope"]) == ("notes", "read")
    assert "sealed" not in shown


async def test_whoever_has_not_logged_in_is_told_where(desk: Desk) -> None:
    auth = desk.logins.bearer(desk.ada.user_id, desk.upstream)
    with pytest.raises(LoginNeededError, match="notes"):
        await desk.http.post(desk.login.url, auth=auth)


async def test_tokens_are_sealed_for_their_row_and_their_owner(desk: Desk) -> None:
    await desk.log_in()
    sealed = (await desk.sql("SELECT sealed FROM upstream_logins")).scalar_one()
    [token] = desk.login.access
    assert token not in sealed
    ben = await person(desk.database, "Ben")
    await desk.sql("UPDATE upstream_logins SET user_id = :ben", ben=ben.user_id)
    for thief in (ben, desk.ada):
        with pytest.raises(LoginNeededError):
            await desk.logins.token(thief.user_id, desk.upstream)


async def test_a_token_goes_to_no_other_server_of_that_name(desk: Desk) -> None:
    await desk.log_in()
    moved = replace(desk.upstream, url=f"{desk.login.origin}/elsewhere")
    with pytest.raises(LoginNeededError):
        await desk.logins.token(desk.ada.user_id, moved)
    auth = desk.logins.bearer(desk.ada.user_id, desk.upstream)
    async with scripted_login() as other:
        names = f"{urlsplit(other.origin).netloc},{urlsplit(desk.login.origin).netloc}"
        async with open_client(allowed=AllowedHosts.parse(names)) as http:
            answer = await http.post(other.url, auth=auth)
    assert "authorization" not in answer.request.headers


async def test_a_login_is_finished_once_and_by_whoever_began_it(desk: Desk) -> None:
    url = await desk.logins.start(desk.ada, desk.upstream)
    back = desk.login.agree(url)
    ben = await person(desk.database, "Ben")
    with pytest.raises(AttemptUnknownError):
        await desk.logins.finish(ben, **back)
    await desk.logins.finish(desk.ada, **back)
    with pytest.raises(AttemptUnknownError):
        await desk.logins.finish(desk.ada, **back)


async def test_a_login_that_took_too_long_is_over(desk: Desk) -> None:
    back = desk.login.agree(await desk.logins.start(desk.ada, desk.upstream))
    await desk.sql("UPDATE upstream_attempts SET expires_at = now()")
    with pytest.raises(AttemptUnknownError):
        await desk.logins.finish(desk.ada, **back)


@pytest.mark.parametrize("issuer", [None, "https://another.example"])
async def test_an_answer_of_another_login_is_refused(desk: Desk, issuer: str | None) -> None:
    back = desk.login.agree(await desk.logins.start(desk.ada, desk.upstream))
    with pytest.raises(LoginRefusedError, match="another login"):
        await desk.logins.finish(desk.ada, state=back["state"], code=back["code"], issuer=issuer)
    assert desk.login.asked == []


async def test_whoever_does_not_agree_is_not_logged_in(desk: Desk) -> None:
    back = desk.login.agree(await desk.logins.start(desk.ada, desk.upstream))
    with pytest.raises(LoginRefusedError):
        await desk.logins.finish(desk.ada, state=back["state"], issuer=back["issuer"])
    with pytest.raises(LoginNeededError):
        await desk.logins.token(desk.ada.user_id, desk.upstream)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://another.example"},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": None},
        {"token_endpoint": "ftp://example.com/token"},
    ],
)
async def test_a_login_that_is_not_as_it_must_be_is_not_begun(
    desk: Desk, changes: dict[str, Any]
) -> None:
    desk.login.changes = changes
    with pytest.raises(ProviderUnfitError):
        await desk.logins.start(desk.ada, desk.upstream)


async def test_a_server_that_names_another_as_itself_is_refused(desk: Desk) -> None:
    desk.login.resource = {"resource": "https://bank.example/mcp"}
    with pytest.raises(ProviderUnfitError, match="another as itself"):
        await desk.logins.start(desk.ada, desk.upstream)


async def test_a_server_sends_nobody_to_a_login_inside(desk: Desk) -> None:
    desk.login.resource = {"authorization_servers": ["http://169.254.169.254"]}
    with pytest.raises(ProviderAwayError) as caught:
        await desk.logins.start(desk.ada, desk.upstream)
    assert isinstance(caught.value.__cause__, AddressRefusedError)


async def test_sophia_registers_once_for_everybody(desk: Desk) -> None:
    ben = await person(desk.database, "Ben")
    for viewer in (desk.ada, ben, desk.ada):
        await desk.logins.start(viewer, desk.upstream)
    [registered] = desk.login.registered
    assert registered["redirect_uris"] == [OWN.redirect_uri]


async def test_a_registration_that_the_login_forgot_is_made_again(desk: Desk) -> None:
    back = desk.login.agree(await desk.logins.start(desk.ada, desk.upstream))
    desk.login.clients.clear()
    with pytest.raises(ClientUnknownError):
        await desk.logins.finish(desk.ada, **back)
    await desk.log_in()
    assert len(desk.login.registered) == 2


async def test_a_login_that_reads_documents_needs_no_registration(desk: Desk) -> None:
    desk.login.changes = {"client_id_metadata_document_supported": True}
    desk.login.clients.add(DOCUMENT)
    logins = desk.replica(own=replace(OWN, document_url=DOCUMENT))
    await desk.log_in(logins)
    assert desk.login.registered == []
    assert desk.login.asked[-1]["client_id"] == DOCUMENT
    document = logins.client_document()
    assert document["client_id"] == DOCUMENT
    assert document["redirect_uris"] == [OWN.redirect_uri]


async def test_where_nobody_may_register_an_operator_has_to(desk: Desk) -> None:
    desk.login.changes = {"registration_endpoint": None}
    with pytest.raises(ClientNeededError):
        await desk.logins.start(desk.ada, desk.upstream)
    desk.login.clients.add("by-hand")
    desk.upstream = replace(desk.upstream, client_id="by-hand", client_secret="s3cret")
    await desk.log_in()
    assert await desk.logins.token(desk.ada.user_id, desk.upstream) in desk.login.access


async def test_twenty_callers_on_two_replicas_use_a_refresh_token_once(desk: Desk) -> None:
    await desk.log_in()
    await desk.expire()
    desk.login.pause_s = 0.3
    replicas = [desk.replica(), desk.replica()]
    found = await asyncio.gather(
        *(replicas[i % 2].token(desk.ada.user_id, desk.upstream) for i in range(20))
    )
    assert len(set(found)) == 1
    assert found[0] in desk.login.access
    assert len(desk.login.asked) == 2
    assert not desk.login.has_reuse


async def test_a_token_that_the_server_refuses_is_renewed_in_the_request(desk: Desk) -> None:
    await desk.log_in()
    desk.login.access.clear()
    auth = desk.logins.bearer(desk.ada.user_id, desk.upstream)
    answers = await asyncio.gather(*(desk.http.post(desk.login.url, auth=auth) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert not desk.login.has_reuse


async def test_whoever_allowed_too_little_is_asked_for_all_of_it_the_next_time(desk: Desk) -> None:
    await desk.log_in()
    desk.login.lacking = "write"
    auth = desk.logins.bearer(desk.ada.user_id, desk.upstream)
    for _ in range(2):
        with pytest.raises(LoginNeededError, match=r"more than you allowed \(write\)"):
            await desk.http.post(desk.login.url, auth=auth)
    url = await desk.logins.start(desk.ada, desk.upstream)

    assert parse_qs(urlsplit(url).query)["scope"] == ["read write"]
    desk.login.lacking = ""
    await desk.logins.finish(desk.ada, **desk.login.agree(url))
    assert (await desk.http.post(desk.login.url, auth=auth)).json() == {"is_in": True}


async def test_a_renewal_goes_on_when_whoever_wanted_it_has_gone(desk: Desk) -> None:
    await desk.log_in()
    await desk.expire()
    desk.login.pause_s = 0.3
    logins = desk.replica()
    waiting = asyncio.create_task(logins.token(desk.ada.user_id, desk.upstream))
    async with asyncio.timeout(60):
        while len(desk.login.asked) < 2:
            await SystemClock().sleep(0.01)
    waiting.cancel()
    assert await logins.token(desk.ada.user_id, desk.upstream) in desk.login.access
    assert len(desk.login.asked) == 2


async def test_a_replica_that_died_renewing_holds_the_others_up_for_its_lease(desk: Desk) -> None:
    await desk.log_in()
    await desk.expire()
    await desk.sql("UPDATE upstream_logins SET renewing_until = now() + :s", s=timedelta(seconds=1))
    assert await desk.logins.token(desk.ada.user_id, desk.upstream) in desk.login.access


async def test_a_refresh_token_that_is_refused_ends_the_login(desk: Desk) -> None:
    await desk.log_in()
    await desk.expire()
    desk.login.refresh.clear()
    for _ in range(2):
        with pytest.raises(LoginNeededError):
            await desk.logins.token(desk.ada.user_id, desk.upstream)
    assert len(desk.login.asked) == 2


async def test_a_login_that_is_away_ends_nothing(desk: Desk) -> None:
    await desk.log_in()
    await desk.expire()
    desk.login.status = 503
    with pytest.raises(ProviderAwayError):
        await desk.logins.token(desk.ada.user_id, desk.upstream)
    desk.login.status = 200
    assert await desk.logins.token(desk.ada.user_id, desk.upstream) in desk.login.access


async def test_a_login_is_forgotten_and_the_journal_knows(desk: Desk) -> None:
    await desk.log_in()
    await desk.logins.forget(desk.ada, "notes")
    assert await desk.logins.all(desk.ada) == []
    with pytest.raises(LoginMissingError):
        await desk.logins.forget(desk.ada, "notes")
    rows = await desk.sql(
        "SELECT action FROM audit_log WHERE on_behalf_of = :id ORDER BY id", id=desk.ada.user_id
    )
    assert [row.action for row in rows] == ["upstream.log_in", "upstream.log_out"]
