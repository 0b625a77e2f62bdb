"""Logging in at MCP servers that others run, and having tokens that are good."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from typing import Any, override

import httpx2
from mcp.client.auth import OAuthFlowError, PKCEParameters
from mcp.client.auth.utils import (
    extract_scope_from_www_auth,
    validate_authorization_response_iss,
)
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import BaseModel
from sqlalchemy import RowMapping

from sophia.audit.journal import record
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.kit.clock import Clock
from sophia.kit.ids import UserId
from sophia.kit.sealing import Seal
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from sophia.upstream_logins import discovery, exchange, repository
from sophia.upstream_logins.errors import (
    AttemptUnknownError,
    ClientUnknownError,
    LoginMissingError,
    LoginNeededError,
    LoginRefusedError,
    ProviderAwayError,
)
from sophia.upstream_logins.schemas import Attempt, Grant, OwnClient, Provider, Upstream

_ATTEMPT_TTL_S = 600
_MARGIN_S = 60.0
_LEASE_S = 30.0
_POLL_S = 0.1
_UNAUTHORIZED = 401
_FORBIDDEN = 403


class UpstreamLogins:
    """Everybody's logins at other people's MCP servers. Tokens are sealed where they are stored."""

    def __init__(  # noqa: PLR0913 - what it works with, by keyword
        self,
        owned: UserDatabase,
        database: Database,
        *,
        http: httpx2.AsyncClient,
        own: OwnClient,
        secret: str,
        clock: Clock,
        lease_s: float = _LEASE_S,
    ) -> None:
        """Take the ways to PostgreSQL and out, who we are, and what the seals' keys come from."""
        self._owned = owned
        self._database = database
        self._http = http
        self._own = own
        self._seal = Seal(secret, purpose="sophia upstream logins")
        self._clock = clock
        self._lease_s = lease_s
        self._renewals: set[asyncio.Task[Grant]] = set()

    def client_document(self) -> dict[str, Any]:
        """Give our client id metadata document, to be served at `OwnClient.document_url`."""
        said = exchange.own_metadata(self._own).model_dump(mode="json", exclude_none=True)
        return {"client_id": self._own.document_url, **said}

    async def start(self, viewer: Viewer, upstream: Upstream) -> str:
        """Begin to log in; gives where the browser goes. Raises UpstreamLoginError."""
        _, grant = await self._login(viewer.user_id, upstream)
        provider = await discovery.discover(
            self._http, upstream.url, scope=grant.lacking if grant is not None else None
        )
        pkce, state = PKCEParameters.generate(), secrets.token_urlsafe(32)
        attempt = Attempt(
            url=upstream.url,
            verifier=pkce.code_verifier,
            provider=provider,
            client=await self._client(upstream, provider),
        )
        now = self._clock.now()
        values = {
            "state_hash": _hashed(state),
            "user_id": viewer.user_id,
            "server": upstream.name,
            "sealed": self._closed(attempt, viewer.user_id, upstream.name),
            "expires_at": now + timedelta(seconds=_ATTEMPT_TTL_S),
        }
        async with self._owned.transaction(viewer.user_id) as writer:
            await repository.add_attempt(writer, values, now=now)
        return exchange.authorization_url(
            attempt,
            state=state,
            challenge=pkce.code_challenge,
            redirect_uri=self._own.redirect_uri,
        )

    async def finish(
        self,
        viewer: Viewer,
        *,
        state: str,
        code: str | None = None,
        issuer: str | None = None,
    ) -> str:
        """Take in what the browser came back with; gives the server. Raises UpstreamLoginError."""
        async with self._owned.transaction(viewer.user_id) as writer:
            row = await repository.take_attempt(
                writer, user_id=viewer.user_id, state_hash=_hashed(state)
            )
        if row is None or row["expires_at"] <= self._clock.now():
            raise AttemptUnknownError
        server: str = row["server"]
        attempt = self._opened(Attempt, row["sealed"], viewer.user_id, server)
        if attempt is None:
            raise AttemptUnknownError
        try:
            validate_authorization_response_iss(issuer, attempt.provider.metadata)
        except OAuthFlowError as error:
            raise LoginRefusedError(
                "The answer came from another login than was asked: begin again."
            ) from error
        if not code:
            raise LoginRefusedError
        grant = await self._redeemed(attempt, server, code)
        now = self._clock.now()
        values = {"user_id": viewer.user_id, "server": server, "created_at": now}
        values |= self._kept(grant, viewer.user_id, server, now=now)
        async with self._owned.transaction(viewer.user_id) as writer:
            await repository.put(writer, values)
            await record(writer, deed(viewer, "upstream.log_in", target=server))
        return server

    async def all(self, viewer: Viewer) -> Sequence[RowMapping]:
        """Give what may be shown of the viewer's logins."""
        async with self._owned.reading(viewer.user_id) as reader:
            return await repository.list_(reader, viewer.user_id)

    async def anybody(self, server: str) -> UserId | None:
        """Give the user whose login at a server is the oldest."""
        async with self._database.reading() as reader:
            found = await repository.anybody(reader, server=server)
        return None if found is None else UserId(found)

    async def forget(self, viewer: Viewer, server: str) -> None:
        """Forget a login; raises LoginMissingError."""
        async with self._owned.transaction(viewer.user_id) as writer:
            if not await repository.remove(writer, user_id=viewer.user_id, server=server):
                raise LoginMissingError
            await record(writer, deed(viewer, "upstream.log_out", target=server))

    def bearer(self, user_id: UserId, upstream: Upstream) -> httpx2.Auth:
        """Give what says at a server, in each request, on whose behalf it comes."""
        return _Bearer(self, user_id, upstream)

    async def token(
        self, user_id: UserId, upstream: Upstream, *, refused: str | None = None
    ) -> str:
        """Give a token that is good, and is not the one that the server refused.

        Of any number of callers, on any number of replicas, one uses the refresh token; the others
        wait for what it brings. Raises UpstreamLoginError.
        """
        server = upstream.name
        for _ in range(int(2 * self._lease_s / _POLL_S)):
            row, grant = await self._login(user_id, upstream)
            if row is None or grant is None:
                raise _needed(server)
            if grant.token.access_token != refused and not self._is_stale(row):
                return grant.token.access_token
            if grant.token.refresh_token is None:
                raise _needed(server)
            if await self._claims(user_id, row):
                renewed = await self._renewed(user_id, row, grant)
                return renewed.token.access_token
            await self._clock.sleep(_POLL_S)
        raise ProviderAwayError

    async def note_lack(self, user_id: UserId, upstream: Upstream, scope: str) -> None:
        """Note that a server wants more scopes than it was asked for; the next login has them."""
        row, grant = await self._login(user_id, upstream)
        if row is None or grant is None:
            return
        held = (grant.lacking or grant.token.scope or "").split()
        lacking = " ".join(dict.fromkeys([*held, *scope.split()]))
        if lacking == grant.lacking:
            return
        sealed = self._closed(grant.model_copy(update={"lacking": lacking}), user_id, upstream.name)
        async with self._owned.single_write(user_id) as writer:
            await repository.change(
                writer,
                user_id=user_id,
                server=upstream.name,
                version=row["version"],
                values={"sealed": sealed},
            )

    async def _login(
        self, user_id: UserId, upstream: Upstream
    ) -> tuple[RowMapping | None, Grant | None]:
        """Give a login, sealed and opened."""
        async with self._owned.reading(user_id) as reader:
            row = await repository.get(reader, user_id=user_id, server=upstream.name)
        if row is None:
            return None, None
        grant = self._opened(Grant, row["sealed"], user_id, upstream.name)
        # Registered anew at another URL, a server gets no token that was meant for the first.
        return row, grant if grant is not None and grant.url == upstream.url else None

    async def _client(self, upstream: Upstream, provider: Provider) -> OAuthClientInformationFull:
        found = exchange.known_client(upstream, self._own, provider.metadata)
        if found is not None:
            return found
        issuer = str(provider.metadata.issuer)
        key = {"server": upstream.name, "issuer": issuer, "redirect_uri": self._own.redirect_uri}
        async with self._database.reading() as reader:
            sealed = await repository.client(reader, **key)
        kept = None if sealed is None else self._opened(OAuthClientInformationFull, sealed, issuer)
        if kept is not None:
            return kept
        made = await exchange.register(self._http, self._own, provider.metadata)
        values = {**key, "sealed": self._closed(made, issuer), "created_at": self._clock.now()}
        async with self._database.transaction() as writer:
            if sealed is not None:  # what nobody can open is in the way
                await repository.remove_client(writer, server=upstream.name, issuer=issuer)
            standing = await repository.add_client(writer, values)
        return self._opened(OAuthClientInformationFull, standing, issuer) or made

    async def _redeemed(self, attempt: Attempt, server: str, code: str) -> Grant:
        try:
            return await exchange.redeem(
                self._http, attempt, code=code, redirect_uri=self._own.redirect_uri
            )
        except ClientUnknownError:
            issuer = str(attempt.provider.metadata.issuer)
            async with self._database.transaction() as writer:
                await repository.remove_client(writer, server=server, issuer=issuer)
            raise

    async def _claims(self, user_id: UserId, row: RowMapping) -> bool:
        async with self._owned.single_write(user_id) as writer:
            return await repository.claim_renewal(
                writer,
                user_id=user_id,
                server=row["server"],
                version=row["version"],
                lease_s=self._lease_s,
            )

    async def _renewed(self, user_id: UserId, row: RowMapping, grant: Grant) -> Grant:
        # To its end, also when whoever wanted it has gone: the token that was used is used up.
        task = asyncio.create_task(self._renew(user_id, row, grant))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)
        return await asyncio.shield(task)

    async def _renew(self, user_id: UserId, row: RowMapping, grant: Grant) -> Grant:
        which: dict[str, Any] = {
            "user_id": user_id,
            "server": row["server"],
            "version": row["version"],
        }
        try:
            async with asyncio.timeout(self._lease_s / 2):
                made = await exchange.refresh(self._http, grant)
        except LoginRefusedError as error:
            async with self._owned.single_write(user_id) as writer:
                await repository.remove(writer, **which)
            raise _needed(row["server"]) from error
        except (ProviderAwayError, TimeoutError) as error:
            async with self._owned.single_write(user_id) as writer:
                await repository.change(writer, **which, values={"renewing_until": None})
            raise ProviderAwayError from error
        values = self._kept(made, user_id, row["server"], now=self._clock.now())
        values |= {"version": row["version"] + 1, "renewing_until": None}
        async with self._owned.single_write(user_id) as writer:
            await repository.change(writer, **which, values=values)
        return made

    def _is_stale(self, row: RowMapping) -> bool:
        expires_at: datetime | None = row["expires_at"]
        if expires_at is None:
            return False
        lifetime_s = (expires_at - row["renewed_at"]).total_seconds()
        margin = timedelta(seconds=min(_MARGIN_S, lifetime_s / 4))
        return self._clock.now() >= expires_at - margin

    def _kept(self, grant: Grant, user_id: UserId, server: str, *, now: datetime) -> dict[str, Any]:
        seconds = grant.token.expires_in
        return {
            "sealed": self._closed(grant, user_id, server),
            "scope": grant.token.scope,
            "expires_at": None if seconds is None else now + timedelta(seconds=seconds),
            "renewed_at": now,
        }

    def _closed(self, said: BaseModel, *bound_to: object) -> str:
        body = said.model_dump_json(exclude_none=True).encode()
        return self._seal.close(body, bound_to=_binding(said.__class__, bound_to))

    def _opened[M: BaseModel](self, kind: type[M], sealed: str, *bound_to: object) -> M | None:
        body = self._seal.open(sealed, bound_to=_binding(kind, bound_to))
        return None if body is None else kind.model_validate_json(body)


class _Bearer(httpx2.Auth):
    """One user's token in each request to one server; renewed once where it is refused."""

    def __init__(self, logins: UpstreamLogins, user_id: UserId, upstream: Upstream) -> None:
        self._logins = logins
        self._user_id = user_id
        self._upstream = upstream

    @override
    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        if request.url.origin != httpx2.URL(self._upstream.url).origin:
            yield request  # elsewhere nobody is anybody
            return
        token = await self._logins.token(self._user_id, self._upstream)
        request.headers["Authorization"] = f"Bearer {token}"
        answer = yield request
        if answer.status_code == _UNAUTHORIZED:
            token = await self._logins.token(self._user_id, self._upstream, refused=token)
            request.headers["Authorization"] = f"Bearer {token}"
            answer = yield request
            if answer.status_code == _UNAUTHORIZED:
                raise _needed(self._upstream.name)
        if answer.status_code == _FORBIDDEN and (scope := extract_scope_from_www_auth(answer)):
            await self._logins.note_lack(self._user_id, self._upstream, scope)
            raise LoginNeededError(
                f"{self._upstream.name} wants more than you allowed ({scope[:200]}): log in there"
                " again, then try again.",
                server=self._upstream.name,
            )


def _needed(server: str) -> LoginNeededError:
    return LoginNeededError(
        f"{server} wants to know who you are: log in there, then try again.", server=server
    )


def _binding(kind: type[BaseModel], parts: Sequence[object]) -> str:
    return "\0".join([kind.__name__, *map(str, parts)])


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
