"""Signing in and staying signed in."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from sophia.audit.journal import Deed, record
from sophia.core.ports import Person
from sophia.identity import access_tokens, keys, refresh_tokens, repository
from sophia.identity.deeds import deed
from sophia.identity.errors import (
    EmailTakenError,
    LinkInvalidError,
    PasswordWrongError,
    SessionEndedError,
    SessionMissingError,
    SignInFailedError,
)
from sophia.identity.key_ring import KeyRing
from sophia.identity.passwords import Passwords
from sophia.identity.schemas import Viewer
from sophia.identity.standing import Standing
from sophia.identity.throttle import Throttle
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.kit.ids import GrantId, SessionId, UserId, uuid7
from sophia.kit.tokens import Signer, Verifier
from sophia.limits.attempts import Attempts, LocalAttempts
from sophia.store.database import Database, Reader, Writer

_LINK_TTL = timedelta(hours=24)
_SESSION_TTL = timedelta(days=30)
_IDLE_TTL = timedelta(days=7)
_GRACE = timedelta(seconds=10)
_FRESH = timedelta(minutes=15)
_PRUNE_AFTER = timedelta(days=30)
_MAX_USER_AGENT = 200

_logger = log.get("identity")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets when it has proved who it is."""

    access_token: str
    refresh_token: str
    user: RowMapping


class IdentityService:
    """Who somebody is. The only holder of the signing key."""

    def __init__(
        self,
        database: Database,
        *,
        signer: Signer,
        verifier: Verifier,
        pepper: str,
        clock: Clock,
        attempts: Attempts | None = None,
    ) -> None:
        """Bring the parts together. Without `attempts` this process counts alone."""
        self._database = database
        self._signer = signer
        self._verifier = verifier
        self._pepper = pepper
        self._clock = clock
        self.passwords = Passwords()
        self._throttle = Throttle(attempts or LocalAttempts(clock))
        self._standing = Standing(database, clock=clock)
        self.keys = KeyRing(database, pepper=pepper, clock=clock)

    async def ensure_owner(self) -> UserId:
        """Give the owner's id; the first call ever makes the owner, without a password."""
        async with self._database.single_write() as writer:
            return await repository.ensure_owner(writer, id_=UserId(uuid7()), now=self._clock.now())

    async def is_claimed(self, user_id: UserId) -> bool:
        """Say whether a user ever signed in."""
        async with self._database.reading() as reader:
            return await repository.has_signed_in(reader, user_id)

    async def issue_link(self, user_id: UserId) -> str:
        """Give the token of a new one-time link, good for a day; earlier links are void."""
        token = secrets.token_urlsafe(32)
        async with self._database.transaction() as writer:
            await repository.add_link(
                writer,
                user_id=user_id,
                token_hash=refresh_tokens.digest(token),
                now=self._clock.now(),
                ttl=_LINK_TTL,
            )
            await record(writer, Deed("operator", "link.issue", user_id, via="machine"))
        return token

    async def sign_in_with_link(self, token: str, *, user_agent: str) -> SignedIn:
        """Open a session by a one-time link; raises LinkInvalidError."""
        async with self._database.transaction() as writer:
            user_id = await repository.use_link(
                writer, token_hash=refresh_tokens.digest(token), now=self._clock.now()
            )
            user = None if user_id is None else await repository.user(writer, user_id)
            if user is None:
                raise LinkInvalidError
            refresh_token, session_id = await self._open_session(
                writer, user, user_agent=user_agent, is_by_link=True
            )
        return SignedIn(self._sign(user, session_id), refresh_token, user)

    async def login(self, email: str, password: str, *, address: str, user_agent: str) -> SignedIn:
        """Open a session by password; raises SignInFailedError, TooManyAttemptsError."""
        email = email.strip().lower()
        await self._throttle.begin(address, email)
        async with self._database.reading() as reader:
            user = await repository.user_by_email(reader, email) if "\0" not in email else None
        stored = user["password_hash"] if user else None
        if not await self.passwords.matches(stored, password) or user is None:
            metrics.auth_failures.labels("password", "auth.sign_in_failed").inc()
            raise SignInFailedError
        await self._throttle.succeed(address, email)
        async with self._database.transaction() as writer:
            refresh_token, session_id = await self._open_session(
                writer, user, user_agent=user_agent, is_by_link=False
            )
        return SignedIn(self._sign(user, session_id), refresh_token, user)

    async def refresh(self, token: str) -> SignedIn:
        """Exchange a refresh token for its successor and an access token.

        A token used again within ten seconds gives the same successor (two tabs at once); used
        later it was stolen, and the whole session ends. Raises SessionEndedError.
        """
        session_id = refresh_tokens.session_of(token, pepper=self._pepper)
        successor = refresh_tokens.successor(token, pepper=self._pepper)
        old = refresh_tokens.digest(token)
        now = self._clock.now()
        async with self._database.transaction() as writer:
            session = await repository.locked_session(writer, session_id)
            user = None if session is None else await self._user_of(writer, session, now=now)
            if session is None or user is None:
                raise SessionEndedError
            is_newest = session["token_hash"] == old
            is_in_grace = session["previous_hash"] == old and now - session["rotated_at"] <= _GRACE
            if is_newest:
                await repository.rotate(
                    writer,
                    id_=session_id,
                    old=old,
                    fresh=refresh_tokens.digest(successor),
                    now=now,
                )
            elif not is_in_grace:
                await repository.revoke_session(writer, id_=session_id, now=now)
                await record(writer, _of_session(user["id"], session_id, "session.replay", "ended"))
        if not is_newest and not is_in_grace:
            self._standing.forget()
            metrics.auth_failures.labels("refresh_reuse", "replayed").inc()
            _logger.warning("identity.refresh.replayed", session_id=str(session_id))
            raise SessionEndedError
        return SignedIn(self._sign(user, session_id), successor, user)

    async def logout(self, token: str) -> None:
        """End the session of a refresh token, if it is one."""
        try:
            session_id = refresh_tokens.session_of(token, pepper=self._pepper)
        except SessionEndedError:
            return
        async with self._database.transaction() as writer:
            session = await repository.session(writer, session_id)
            now = self._clock.now()
            if session and await repository.revoke_session(writer, id_=session_id, now=now):
                await record(writer, _of_session(session["user_id"], session_id, "session.end"))
        self._standing.forget()

    async def authenticate(self, bearer: str) -> Viewer:
        """Say who a bearer is.

        A signature says only what held when it was made. So that signing out, a disabled account
        or a smaller role count within five seconds in every process, and not only when the access
        token expires, the session and the account are looked up again.

        Raises TokenInvalidError, TokenExpiredError, KeyInvalidError, SessionEndedError.
        """
        if bearer.startswith(keys.PREFIX):
            return await self.keys.authenticate(bearer)
        return await self._standing.of(access_tokens.read_access(self._verifier, bearer))

    async def check_again(self, viewer: Viewer) -> None:
        """Check that a viewer who stays connected still may; raises SessionEndedError."""
        await self._standing.of(viewer)

    async def mint_access(self, user_id: UserId, *, ttl_s: int) -> str:
        """Sign an access token without a session, for the operator at the machine itself."""
        user = await self.user(user_id)
        return self._sign(user, None, ttl_s=ttl_s)

    def mint_tool_token(self, server: str, caller: Person) -> str:
        """Sign a token with which the backend calls one MCP server on a person's behalf."""
        return access_tokens.sign_tool(self._signer, server=server, caller=caller)

    def read_tool_token(self, token: str, *, server: str) -> Person:
        """Say on whose behalf such a token comes; raises TokenInvalidError."""
        return access_tokens.read_tool(self._verifier, token, server=server)

    def mint_grant_token(
        self,
        resource: str,
        *,
        user_id: UserId,
        grant_id: GrantId,
        client_id: str,
        scopes: Iterable[str],
    ) -> str:
        """Sign a token with which an application calls one resource on a person's behalf."""
        return access_tokens.sign_grant(
            self._signer,
            user_id=user_id,
            grant_id=grant_id,
            client_id=client_id,
            scopes=scopes,
            resource=resource,
        )

    def read_grant_token(self, token: str, *, resource: str) -> tuple[GrantId, frozenset[str]]:
        """Check such a token; raises TokenInvalidError, TokenExpiredError."""
        return access_tokens.read_grant(self._verifier, token, resource=resource)

    async def user(self, user_id: UserId) -> RowMapping:
        """Give a user; raises SessionEndedError when there is none any more."""
        async with self._database.reading() as reader:
            user = await repository.user(reader, user_id)
        if user is None:
            raise SessionEndedError
        return user

    async def users(self) -> list[RowMapping]:
        """Give everybody."""
        async with self._database.reading() as reader:
            return await repository.users(reader)

    async def change_profile(self, viewer: Viewer, values: dict[str, Any]) -> RowMapping:
        """Change one's name or e-mail address; raises EmailTakenError."""
        if values:
            try:
                async with self._database.transaction() as writer:
                    given = {"is_email_self_given": True} if "email" in values else {}
                    await repository.update_user(writer, viewer.user_id, values | given)
                    changed = " ".join(sorted(values))
                    await record(writer, deed(viewer, "profile.change", target=changed))
            except IntegrityError as error:
                raise EmailTakenError from error
        return await self.user(viewer.user_id)

    async def change_password(self, viewer: Viewer, *, chosen: str, current: str | None) -> None:
        """Set a password and end one's other sessions.

        Raises PasswordWrongError, PasswordWeakError, TooManyAttemptsError.
        """
        user = await self.user(viewer.user_id)
        if not await self._is_fresh_link(viewer):
            await self._throttle.begin_change(viewer.user_id)
            if not await self.passwords.matches(user["password_hash"], current or ""):
                raise PasswordWrongError
            await self._throttle.succeed_change(viewer.user_id)
        hashed = await self.passwords.hash(chosen, personal=(user["name"], user["email"] or ""))
        async with self._database.transaction() as writer:
            await repository.update_user(writer, viewer.user_id, {"password_hash": hashed})
            await repository.revoke_other_sessions(
                writer, user_id=viewer.user_id, kept=viewer.session_id, now=self._clock.now()
            )
            await record(writer, deed(viewer, "password.change"))
        self._standing.forget()

    async def sessions(self, viewer: Viewer) -> list[RowMapping]:
        """Give one's open sessions."""
        now = self._clock.now()
        async with self._database.reading() as reader:
            return await repository.sessions(
                reader, user_id=viewer.user_id, now=now, used_since=now - _IDLE_TTL
            )

    async def revoke_session(self, viewer: Viewer, id_: SessionId) -> None:
        """End one of one's sessions; raises SessionMissingError."""
        async with self._database.transaction() as writer:
            if not await repository.revoke_session(
                writer, id_=id_, now=self._clock.now(), user_id=viewer.user_id
            ):
                raise SessionMissingError
            await record(writer, deed(viewer, "session.end", target=id_))
        self._standing.forget()

    async def prune(self) -> None:
        """Forget links and sessions that ended a month ago."""
        async with self._database.transaction() as writer:
            await repository.prune(writer, before=self._clock.now() - _PRUNE_AFTER)

    async def open_session(self, writer: Writer, user_id: UserId, *, user_agent: str) -> SignedIn:
        """Open a session for whom another has vouched; raises SessionEndedError for nobody."""
        user = await repository.user(writer, user_id)
        if user is None:
            raise SessionEndedError
        token, session_id = await self._open_session(
            writer, user, user_agent=user_agent, is_by_link=False
        )
        return SignedIn(self._sign(user, session_id), token, user)

    async def is_recent(self, viewer: Viewer) -> bool:
        """Say whether a viewer's session was opened a moment ago."""
        if viewer.session_id is None:
            return False
        async with self._database.reading() as reader:
            session = await repository.session(reader, viewer.session_id)
        return session is not None and self._is_fresh(session)

    async def is_open(self, reader: Reader, id_: SessionId, *, user_id: UserId) -> bool:
        """Say whether a session is a user's, and neither it nor the account has ended."""
        session = await repository.session(reader, id_)
        return (
            session is not None
            and session["user_id"] == user_id
            and await self._user_of(reader, session, now=self._clock.now()) is not None
        )

    def forget_standing(self) -> None:
        """Look everybody up again: somebody's role may have changed."""
        self._standing.forget()

    async def _open_session(
        self, writer: Writer, user: RowMapping, *, user_agent: str, is_by_link: bool
    ) -> tuple[str, SessionId]:
        session_id = SessionId(uuid7())
        token = refresh_tokens.first(session_id, pepper=self._pepper)
        now = self._clock.now()
        await repository.add_session(
            writer,
            {
                "id": session_id,
                "user_id": user["id"],
                "is_by_link": is_by_link,
                "user_agent": "".join(filter(str.isprintable, user_agent))[:_MAX_USER_AGENT],
                "created_at": now,
                "last_used_at": now,
                "expires_at": now + _SESSION_TTL,
                "token_hash": refresh_tokens.digest(token),
                "rotated_at": now,
            },
        )
        await record(writer, _of_session(user["id"], session_id, "session.open"))
        return token, session_id

    async def _is_fresh_link(self, viewer: Viewer) -> bool:
        """Say whether the session was opened by link a moment ago: then no password is asked."""
        if viewer.session_id is None:
            return False
        async with self._database.reading() as reader:
            session = await repository.session(reader, viewer.session_id)
        return session is not None and session["is_by_link"] and self._is_fresh(session)

    def _is_fresh(self, session: RowMapping) -> bool:
        age = self._clock.now() - session["created_at"]
        return session["revoked_at"] is None and age <= _FRESH

    async def _user_of(
        self, reader: Reader, session: RowMapping, *, now: datetime
    ) -> RowMapping | None:
        """Give the user of a session that is not over."""
        until = min(session["expires_at"], session["last_used_at"] + _IDLE_TTL)
        if session["revoked_at"] is not None or now > until:
            return None
        return await repository.user(reader, UserId(session["user_id"]))

    def _sign(
        self,
        user: RowMapping,
        session_id: SessionId | None,
        *,
        ttl_s: int = access_tokens.ACCESS_TTL_S,
    ) -> str:
        return access_tokens.sign_access(self._signer, user, session_id=session_id, ttl_s=ttl_s)


def _of_session(user_id: UUID, id_: SessionId, action: str, outcome: str = "ok") -> Deed:
    return Deed("user", action, user_id, f"session:{id_}", str(id_), outcome)
