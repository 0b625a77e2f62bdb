"""Signing in, staying signed in, and keys for machines."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from sophia.core.ports import Caller
from sophia.identity import keys, repository
from sophia.identity.errors import (
    EmailTakenError,
    KeyInvalidError,
    KeyMissingError,
    LinkInvalidError,
    PasswordWrongError,
    ScopeUnknownError,
    SessionEndedError,
    SessionMissingError,
    SignInFailedError,
)
from sophia.identity.passwords import Passwords
from sophia.identity.schemas import ROLE_SCOPES, KeyIn, Viewer
from sophia.identity.throttle import Throttle
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.kit.ids import ApiKeyId, SessionId, UserId, uuid7
from sophia.kit.tokens import Signer, TokenInvalidError, Verifier
from sophia.store.database import Database, Writer

ACCESS_TOKEN = "at+jwt"  # noqa: S105 - the type of a token
TOOL_TOKEN = "tool+jwt"  # noqa: S105 - the type of a token
API_AUDIENCE = "sophia:api"
ACCESS_TTL_S = 15 * 60
_TOOL_TTL_S = 120
_LINK_TTL = timedelta(hours=24)
_SESSION_TTL = timedelta(days=30)
_IDLE_TTL = timedelta(days=7)
_GRACE = timedelta(seconds=10)
_FRESH_LINK = timedelta(minutes=15)
_KEY_CACHE_S = 5.0
_KEY_CACHE_SIZE = 1024
_MAX_USER_AGENT = 200

_logger = log.get("identity")


def tool_audience(server: str) -> str:
    """Name the audience of tokens for one MCP server."""
    return f"sophia:mcp:{server}"


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
    ) -> None:
        """Bring the parts together."""
        self._database = database
        self._signer = signer
        self._verifier = verifier
        self._pepper = pepper
        self._clock = clock
        self._passwords = Passwords()
        self._throttle = Throttle(clock)
        self._key_cache: dict[bytes, tuple[float, Viewer]] = {}

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
                token_hash=_hash(token),
                now=self._clock.now(),
                ttl=_LINK_TTL,
            )
        return token

    async def sign_in_with_link(self, token: str, *, user_agent: str) -> SignedIn:
        """Open a session by a one-time link; raises LinkInvalidError."""
        async with self._database.transaction() as writer:
            user_id = await repository.use_link(
                writer, token_hash=_hash(token), now=self._clock.now()
            )
            user = None if user_id is None else await repository.user(writer, user_id)
            if user is None:
                raise LinkInvalidError
            refresh_token, session_id = await self._open_session(
                writer, user, user_agent=user_agent, is_by_link=True
            )
        return SignedIn(self._access_token(user, session_id), refresh_token, user)

    async def login(self, email: str, password: str, *, address: str, user_agent: str) -> SignedIn:
        """Open a session by password; raises SignInFailedError, TooManyAttemptsError."""
        email = email.strip().lower()
        subjects = (f"address {address}", f"account {email}")
        self._throttle.check(*subjects)
        async with self._database.reading() as reader:
            user = await repository.user_by_email(reader, email) if "\0" not in email else None
        stored = user["password_hash"] if user else None
        if not await self._passwords.matches(stored, password) or user is None:
            self._throttle.note_failure(*subjects)
            raise SignInFailedError
        self._throttle.forget(f"account {email}")
        async with self._database.transaction() as writer:
            refresh_token, session_id = await self._open_session(
                writer, user, user_agent=user_agent, is_by_link=False
            )
        return SignedIn(self._access_token(user, session_id), refresh_token, user)

    async def refresh(self, token: str) -> SignedIn:
        """Exchange a refresh token for its successor and an access token.

        A token used twice within ten seconds gives the same successor (two tabs at once); used
        later it was stolen, and the whole session ends. Raises SessionEndedError.
        """
        session_id = _session_of(token)
        old, successor = _hash(token), self._successor(token)
        now = self._clock.now()
        async with self._database.transaction() as writer:
            is_first = await repository.rotate(
                writer, id_=session_id, old=old, new=_hash(successor), now=now
            )
            session = await repository.session(writer, session_id)
            if session is None or session["revoked_at"] is not None:
                raise SessionEndedError
            is_in_grace = session["previous_hash"] == old and now - session["rotated_at"] <= _GRACE
            is_stolen = not is_first and not is_in_grace
            is_over = now > min(session["expires_at"], session["last_used_at"] + _IDLE_TTL)
            if is_stolen or is_over:
                await repository.revoke_session(writer, id_=session_id, now=now)
            user = await repository.user(writer, UserId(session["user_id"]))
        if is_stolen:
            metrics.auth_failures.labels("refresh_reuse", "replayed").inc()
            _logger.warning("identity.refresh.replayed", session_id=str(session_id))
        if is_stolen or is_over or user is None:
            raise SessionEndedError
        return SignedIn(self._access_token(user, session_id), successor, user)

    async def logout(self, token: str) -> None:
        """End the session of a refresh token."""
        async with self._database.single_write() as writer:
            await repository.revoke_session(writer, id_=_session_of(token), now=self._clock.now())

    async def authenticate(self, bearer: str) -> Viewer:
        """Say who a bearer is; raises TokenInvalidError, TokenExpiredError, KeyInvalidError."""
        if bearer.startswith(keys.PREFIX):
            return await self._authenticate_key(bearer)
        claims = self._verifier.verify(bearer, audience=API_AUDIENCE, token_type=ACCESS_TOKEN)
        try:
            session = claims.get("sid")
            return Viewer(
                user_id=UserId(UUID(claims["sub"])),
                name=str(claims["name"]),
                role=str(claims["role"]),
                scopes=frozenset(str(claims["scope"]).split()),
                session_id=SessionId(UUID(session)) if session else None,
            )
        except (KeyError, ValueError) as error:
            raise TokenInvalidError from error

    async def mint_access(self, user_id: UserId, *, ttl_s: int) -> str:
        """Sign an access token without a session, for the operator at the machine itself."""
        user = await self.user(user_id)
        return self._access_token(user, None, ttl_s=ttl_s)

    def mint_tool_token(self, server: str, caller: Caller) -> str:
        """Sign a token with which the backend calls one MCP server on a person's behalf."""
        return self._signer.sign(
            {
                "sub": str(caller.user_id),
                "name": caller.user_name,
                "conv": str(caller.conversation_id),
                "turn": str(caller.turn_id),
                "act": "sophia",
            },
            audience=tool_audience(server),
            token_type=TOOL_TOKEN,
            ttl_s=_TOOL_TTL_S,
        )

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
                    await repository.update_user(writer, viewer.user_id, values)
            except IntegrityError as error:
                raise EmailTakenError from error
        return await self.user(viewer.user_id)

    async def change_password(self, viewer: Viewer, *, new: str, current: str | None) -> None:
        """Set a password; raises PasswordWrongError, PasswordWeakError, TooManyAttemptsError."""
        subject = f"password of {viewer.user_id}"
        self._throttle.check(subject)
        user = await self.user(viewer.user_id)
        if not await self._is_fresh_link(viewer) and not await self._passwords.matches(
            user["password_hash"], current or ""
        ):
            self._throttle.note_failure(subject)
            raise PasswordWrongError
        hashed = await self._passwords.hash(new)
        async with self._database.transaction() as writer:
            await repository.update_user(writer, viewer.user_id, {"password_hash": hashed})

    async def sessions(self, viewer: Viewer) -> list[RowMapping]:
        """Give one's open sessions."""
        async with self._database.reading() as reader:
            return await repository.sessions(reader, user_id=viewer.user_id, now=self._clock.now())

    async def revoke_session(self, viewer: Viewer, id_: SessionId) -> None:
        """End one of one's sessions; raises SessionMissingError."""
        async with self._database.single_write() as writer:
            if not await repository.revoke_session(
                writer, id_=id_, now=self._clock.now(), user_id=viewer.user_id
            ):
                raise SessionMissingError

    async def create_key(self, viewer: Viewer, wanted: KeyIn) -> tuple[str, RowMapping]:
        """Make an API key; the key itself is given this once. Raises ScopeUnknownError."""
        scopes = sorted(viewer.scopes if wanted.scopes is None else wanted.scopes)
        excess = sorted(set(scopes) - viewer.scopes)
        if excess:
            raise ScopeUnknownError(f"You do not have the scope {excess[0]} yourself.")
        key = keys.generate()
        now = self._clock.now()
        days = wanted.expires_in_days
        values = {
            "id": uuid7(),
            "user_id": viewer.user_id,
            "name": wanted.name,
            "last4": key[-4:],
            "hmac": keys.fingerprint(key, pepper=self._pepper),
            "scopes": scopes,
            "created_at": now,
            "expires_at": None if days is None else now + timedelta(days=days),
        }
        async with self._database.transaction() as writer:
            await repository.add_key(writer, values)
            stored = await repository.keys(writer, user_id=viewer.user_id)
        return key, next(row for row in stored if row["id"] == values["id"])

    async def keys(self, viewer: Viewer) -> list[RowMapping]:
        """Give one's API keys."""
        async with self._database.reading() as reader:
            return await repository.keys(reader, user_id=viewer.user_id)

    async def revoke_key(self, viewer: Viewer, id_: UUID) -> None:
        """End one of one's keys; raises KeyMissingError."""
        async with self._database.single_write() as writer:
            if not await repository.revoke_key(
                writer, user_id=viewer.user_id, id_=id_, now=self._clock.now()
            ):
                raise KeyMissingError
        self._key_cache.clear()

    async def prune(self) -> None:
        """Forget links and sessions that ended a month ago."""
        async with self._database.transaction() as writer:
            await repository.prune(writer, before=self._clock.now() - timedelta(days=30))

    async def _authenticate_key(self, key: str) -> Viewer:
        if not keys.is_well_formed(key):
            raise KeyInvalidError
        fingerprint = keys.fingerprint(key, pepper=self._pepper)
        known = self._key_cache.get(fingerprint)
        if known is not None and known[0] > self._clock.monotonic():
            return known[1]
        now = self._clock.now()
        async with self._database.reading() as reader:
            row = await repository.key_by_hmac(reader, fingerprint, now=now)
        if row is None:
            raise KeyInvalidError
        async with self._database.single_write() as writer:
            await repository.touch_key(writer, ApiKeyId(row["id"]), now=now)
        viewer = Viewer(
            user_id=UserId(row["user_id"]),
            name=row["name"],
            role=row["role"],
            scopes=frozenset(row["scopes"]) & ROLE_SCOPES[row["role"]],
            api_key_id=ApiKeyId(row["id"]),
        )
        if len(self._key_cache) >= _KEY_CACHE_SIZE:
            self._key_cache.clear()
        self._key_cache[fingerprint] = (self._clock.monotonic() + _KEY_CACHE_S, viewer)
        return viewer

    async def _open_session(
        self, writer: Writer, user: RowMapping, *, user_agent: str, is_by_link: bool
    ) -> tuple[str, SessionId]:
        session_id = SessionId(uuid7())
        token = f"{session_id.hex}.{secrets.token_urlsafe(32)}"
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
                "token_hash": _hash(token),
                "rotated_at": now,
            },
        )
        return token, session_id

    async def _is_fresh_link(self, viewer: Viewer) -> bool:
        """Say whether the session was opened by link a moment ago: then no password is asked."""
        if viewer.session_id is None:
            return False
        async with self._database.reading() as reader:
            session = await repository.session(reader, viewer.session_id)
        return (
            session is not None
            and session["is_by_link"]
            and session["revoked_at"] is None
            and self._clock.now() - session["created_at"] <= _FRESH_LINK
        )

    def _access_token(
        self, user: RowMapping, session_id: SessionId | None, *, ttl_s: int = ACCESS_TTL_S
    ) -> str:
        claims = {
            "sub": str(user["id"]),
            "name": user["name"],
            "role": user["role"],
            "scope": " ".join(sorted(ROLE_SCOPES[user["role"]])),
        }
        if session_id is not None:
            claims["sid"] = str(session_id)
        return self._signer.sign(
            claims, audience=API_AUDIENCE, token_type=ACCESS_TOKEN, ttl_s=ttl_s
        )

    def _successor(self, token: str) -> str:
        """Derive the next refresh token: the same one for whoever asks twice, known to nobody."""
        session, _, _ = token.partition(".")
        derived = hmac.new(self._pepper.encode(), token.encode(), hashlib.sha256)
        return f"{session}.{derived.hexdigest()}"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _session_of(token: str) -> SessionId:
    try:
        return SessionId(UUID(hex=token.partition(".")[0]))
    except ValueError as error:
        raise SessionEndedError from error
