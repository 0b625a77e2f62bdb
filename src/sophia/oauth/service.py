"""What a person allows an application: asked for, agreed to, redeemed, renewed, ended."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.audit.journal import Deed, record
from sophia.identity import keys, refresh_tokens
from sophia.identity.access_tokens import GRANT_TTL_S
from sophia.identity.deeds import deed
from sophia.identity.errors import SessionEndedError
from sophia.identity.refresh_tokens import digest
from sophia.identity.schemas import ROLE_SCOPES, Viewer
from sophia.identity.service import IdentityService
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.kit.ids import GrantId, SessionId, UserId
from sophia.kit.tokens import TokenInvalidError
from sophia.oauth import redirects, repository, requests
from sophia.oauth.clients import Clients
from sophia.oauth.errors import (
    GrantEndedError,
    GrantInvalidError,
    GrantMissingError,
    GrantTypeUnknownError,
    RedirectUnknownError,
    RequestInvalidError,
    ResourceUnknownError,
    ScopeNotOfferedError,
    SessionNeededError,
    TokenTypeUnknownError,
)
from sophia.oauth.requests import Asked
from sophia.oauth.resources import Resources
from sophia.oauth.schemas import SCOPES, Client, ConsentIn, TokensOut
from sophia.store.database import Database, Writer
from sophia.store.user_database import UserDatabase

_CODE_TTL = timedelta(seconds=60)
_GRACE = timedelta(seconds=10)
_IDLE_TTL = timedelta(days=30)
_WHOLE_TTL = timedelta(days=180)
_FORGOTTEN_AFTER = timedelta(days=30)
_CACHE_S = 5.0
_CACHE_SIZE = 1024

_logger = log.get("oauth")


@dataclass(frozen=True, slots=True)
class Review:
    """A request that may be put before a person."""

    client: Client
    asked: Asked
    scopes: tuple[str, ...]


class OAuthService:
    """The grants of all people. What it knows of one is at most five seconds old."""

    def __init__(  # noqa: PLR0913 - the parts it brings together, by keyword
        self,
        database: Database,
        owned: UserDatabase,
        *,
        identity: IdentityService,
        clients: Clients,
        resources: Resources,
        pepper: str,
        clock: Clock,
    ) -> None:
        """Bring the parts together."""
        self._database = database
        self._owned = owned
        self._identity = identity
        self.clients = clients
        self.resources = resources
        # Of its own: no refresh token of a session's is one of an application's, nor the reverse.
        self._pepper = hmac.new(pepper.encode(), b"sophia oauth grants", "sha256").hexdigest()
        self._clock = clock
        # Good grants only: what has ended is looked up each time, and pushes out nobody.
        self._known: dict[GrantId, tuple[float, RowMapping]] = {}

    async def review(self, viewer: Viewer, query: str) -> Review:
        """Say what an application asks for of whoever is signed in.

        Raises an OAuthError; where the application may be told, it has the address as `return_to`.
        """
        if viewer.session_id is None:
            raise SessionNeededError
        asked = requests.parse(query)
        client = await self.clients.find(asked["client_id"])
        uri = asked["redirect_uri"]
        if not any(redirects.matches(registered, uri) for registered in client.redirect_uris):
            raise RedirectUnknownError
        offered = tuple(
            scope
            for scope in SCOPES
            if scope in viewer.scopes and scope in (asked["scope"].split() or SCOPES)
        )
        problem = asked.problem()
        if problem is None and not self.resources.is_known(asked["resource"]):
            problem = ResourceUnknownError()
        if problem is None and not offered:
            problem = ScopeNotOfferedError()
        if problem is not None:
            problem.facts["return_to"] = self._answer(asked, error=problem.error)
            raise problem
        return Review(client, asked, offered)

    async def decide(self, viewer: Viewer, decision: ConsentIn, *, id_: UUID) -> str:
        """Take a person's answer; gives the address that it goes to.

        Raises as `review` does, and ScopeNotOfferedError for what was not asked for.
        """
        review = await self.review(viewer, decision.query)
        if not decision.is_allowed:
            return self._answer(review.asked, error="access_denied")
        scopes = [scope for scope in review.scopes if scope in decision.scopes]
        if not scopes or len(scopes) != len(set(decision.scopes)):
            raise ScopeNotOfferedError("Allow one or more of the scopes that were asked for.")
        code = secrets.token_urlsafe(32)
        now = self._clock.now()
        values = {
            "id": id_,
            "user_id": viewer.user_id,
            "client_id": review.client.id,
            "client_name": review.client.name,
            "client_host": review.client.host,
            "redirect_uri": review.asked["redirect_uri"],
            "resource": review.asked["resource"],
            "scopes": scopes,
            "created_at": now,
            "code_hash": digest(code),
            "code_challenge": review.asked["code_challenge"],
            "code_expires_at": now + _CODE_TTL,
        }
        async with self._owned.transaction(viewer.user_id) as writer:
            await repository.drop_dead(writer, viewer.user_id, before=now - _FORGOTTEN_AFTER)
            await repository.add_grant(writer, values)
            told = deed(viewer, "grant.allow", target=id_, outcome=" ".join(scopes))
            await record(writer, told)
        return self._answer(review.asked, code=code)

    async def exchange(self, form: Mapping[str, str]) -> TokensOut:
        """Give tokens for a code or a refresh token; raises an OAuthError."""
        if not form.get("client_id"):
            raise RequestInvalidError("Say which application asks: send its client_id.")
        match form.get("grant_type"):
            case "authorization_code":
                return await self._redeem(form)
            case "refresh_token":
                return await self._refresh(form)
            case _:
                raise GrantTypeUnknownError

    async def revoke(self, form: Mapping[str, str]) -> None:
        """End the grant of a refresh token (RFC 7009); any other text means nothing."""
        token = form.get("token", "")
        if not token or not form.get("client_id"):
            raise RequestInvalidError("Send the token and the client_id that it was given to.")
        if token.startswith("eyJ"):
            raise TokenTypeUnknownError
        try:
            grant_id = self._grant_of(token)
        except GrantInvalidError:
            return
        async with self._database.transaction() as writer:
            grant = await repository.locked(writer, grant_id)
            if grant is None or grant["client_id"] != form["client_id"]:
                return
            await self._end(writer, grant, "grant.end")
        self._known.clear()

    async def authenticate(self, bearer: str, *, resource: str) -> Viewer:
        """Say for whom a bearer speaks at a resource: a grant's token for it, or an API key.

        Raises TokenInvalidError, TokenExpiredError, GrantEndedError, KeyInvalidError.
        """
        if bearer.startswith(keys.PREFIX):
            return await self._identity.authenticate(bearer)
        try:
            grant_id, scopes = self._identity.read_grant_token(bearer, resource=resource)
            standing = await self._standing(grant_id)
        except (TokenInvalidError, GrantEndedError) as error:
            metrics.auth_failures.labels("oauth", error.code).inc()
            raise
        role = standing["role"]
        return Viewer(
            user_id=UserId(standing["user_id"]),
            name=standing["name"],
            role=role,
            scopes=scopes & frozenset(standing["scopes"]) & ROLE_SCOPES[role],
            grant_id=grant_id,
        )

    async def applications(self, viewer: Viewer) -> Sequence[RowMapping]:
        """Give what a person has connected."""
        async with self._owned.reading(viewer.user_id) as reader:
            return await repository.grants(reader, viewer.user_id, now=self._clock.now())

    async def disconnect(self, viewer: Viewer, id_: UUID) -> None:
        """End one of a person's grants, elsewhere within five seconds; raises GrantMissingError."""
        async with self._owned.transaction(viewer.user_id) as writer:
            now = self._clock.now()
            if not await repository.end(writer, id_, user_id=viewer.user_id, now=now):
                raise GrantMissingError
            await record(writer, deed(viewer, "grant.end", target=id_))
        self._known.clear()

    async def _redeem(self, form: Mapping[str, str]) -> TokensOut:
        """Redeem a code. One that comes again was stolen, now or before: the grant ends."""
        async with self._database.transaction() as writer:
            grant = await repository.locked_by_code(writer, digest(form.get("code", "")))
            if grant is None or grant["client_id"] != form["client_id"]:
                raise GrantInvalidError
            is_replayed = grant["redeemed_at"] is not None
            token = refresh_tokens.first(SessionId(grant["id"]), pepper=self._pepper)
            if is_replayed:
                await self._end(writer, grant, "grant.replay")
            else:
                now = self._clock.now()
                _check_code(grant, form, now=now)
                await self._renew(writer, grant, token, {"redeemed_at": now})
        if is_replayed:
            self._note_replay(grant)
            raise GrantInvalidError
        return self._tokens(grant, token, grant["scopes"])

    async def _refresh(self, form: Mapping[str, str]) -> TokensOut:
        """Exchange a refresh token for its successor, as sessions do theirs."""
        token = form.get("refresh_token", "")
        grant_id = self._grant_of(token)
        successor = refresh_tokens.successor(token, pepper=self._pepper)
        old = digest(token)
        async with self._database.transaction() as writer:
            grant = await repository.locked(writer, grant_id)
            now = self._clock.now()
            if grant is None or not _is_good(grant, now=now):
                raise GrantInvalidError
            scopes = _narrowed(grant, form)
            is_newest = grant["token_hash"] == old
            is_in_grace = grant["previous_hash"] == old and now - grant["rotated_at"] <= _GRACE
            if is_newest:
                await self._renew(writer, grant, successor, {"previous_hash": old})
            elif not is_in_grace:
                await self._end(writer, grant, "grant.replay")
        if not is_newest and not is_in_grace:
            self._note_replay(grant)
            raise GrantInvalidError
        return self._tokens(grant, successor, scopes)

    async def _renew(
        self, writer: Writer, grant: RowMapping, token: str, values: dict[str, Any]
    ) -> None:
        now = self._clock.now()
        await repository.change(
            writer,
            GrantId(grant["id"]),
            {
                **values,
                "token_hash": digest(token),
                "rotated_at": now,
                "last_used_at": now,
                "expires_at": min(grant["created_at"] + _WHOLE_TTL, now + _IDLE_TTL),
            },
        )
        await self.clients.note_use(writer, grant["client_id"])

    async def _end(self, writer: Writer, grant: RowMapping, action: str) -> None:
        if grant["revoked_at"] is None:
            ended = {"revoked_at": self._clock.now()}
            await repository.change(writer, GrantId(grant["id"]), ended)
            via = f"grant:{grant['id']}"
            await record(writer, Deed("user", action, grant["user_id"], via, str(grant["id"])))

    async def _standing(self, grant_id: GrantId) -> RowMapping:
        known_until_s, row = self._known.get(grant_id, (0.0, None))
        if row is not None and self._clock.monotonic() < known_until_s:
            return row
        # The age counts from before the question: the answer may be as old as that.
        asked_s = self._clock.monotonic()
        async with self._database.reading() as reader:
            row = await repository.standing(reader, grant_id, now=self._clock.now())
        if row is None:
            raise GrantEndedError
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[grant_id] = (asked_s + _CACHE_S, row)
        return row

    def _grant_of(self, token: str) -> GrantId:
        try:
            return GrantId(refresh_tokens.session_of(token, pepper=self._pepper))
        except SessionEndedError as error:
            raise GrantInvalidError from error

    def _note_replay(self, grant: RowMapping) -> None:
        self._known.clear()
        metrics.auth_failures.labels("oauth", "replayed").inc()
        _logger.warning("oauth.grant.replayed", grant_id=str(grant["id"]))

    def _tokens(self, grant: RowMapping, refresh_token: str, scopes: Sequence[str]) -> TokensOut:
        access_token = self._identity.mint_grant_token(
            grant["resource"],
            user_id=UserId(grant["user_id"]),
            grant_id=GrantId(grant["id"]),
            client_id=grant["client_id"],
            scopes=scopes,
        )
        return TokensOut(
            access_token=access_token,
            expires_in=GRANT_TTL_S,
            refresh_token=refresh_token,
            scope=" ".join(scopes),
        )

    def _answer(self, asked: Asked, **told: str) -> str:
        return asked.answer(self.resources.issuer, **told)


def _is_good(grant: RowMapping, *, now: datetime) -> bool:
    return (
        grant["revoked_at"] is None
        and grant["expires_at"] is not None
        and now < grant["expires_at"]
    )


def _check_code(grant: RowMapping, form: Mapping[str, str], *, now: datetime) -> None:
    """Hold a code to what it was given for; raises GrantInvalidError, ResourceUnknownError."""
    verifier = form.get("code_verifier", "")
    digested = hashlib.sha256(verifier.encode(errors="replace")).digest()
    challenge = base64.urlsafe_b64encode(digested).decode().rstrip("=")
    is_good = (
        grant["revoked_at"] is None
        and now < grant["code_expires_at"]
        and form.get("redirect_uri") == grant["redirect_uri"]
        and requests.is_verifier(verifier)
        and hmac.compare_digest(challenge, grant["code_challenge"])
    )
    if not is_good:
        raise GrantInvalidError
    _check_resource(grant, form)


def _check_resource(grant: RowMapping, form: Mapping[str, str]) -> None:
    if form.get("resource", grant["resource"]) != grant["resource"]:
        raise ResourceUnknownError


def _narrowed(grant: RowMapping, form: Mapping[str, str]) -> list[str]:
    """Give what a refresh is for: what it names of the grant, or all of it.

    Raises GrantInvalidError, ResourceUnknownError, ScopeNotOfferedError.
    """
    if grant["client_id"] != form["client_id"]:
        raise GrantInvalidError
    _check_resource(grant, form)
    wanted = form.get("scope", "").split() or grant["scopes"]
    if not set(wanted) <= set(grant["scopes"]):
        raise ScopeNotOfferedError
    return [scope for scope in grant["scopes"] if scope in wanted]
