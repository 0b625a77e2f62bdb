"""Signing in by an OpenID provider's word: whom it lets in, and as whom."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.audit.journal import Deed, record
from sophia.federation import repository, sealed
from sophia.federation.errors import (
    AccountDisabledError,
    EmailUnverifiedError,
    IdentityMissingError,
    IssuerMixedUpError,
    LinkedElsewhereError,
    LinkFirstError,
    NotAdmittedError,
    NotConfiguredError,
    RefusedError,
    ReturnPathUnknownError,
    SignInStaleError,
    StateUnknownError,
)
from sophia.federation.provider import OpenIdProvider
from sophia.federation.schemas import Person, ProviderConfig
from sophia.federation.sealed import Attempt, AttemptSeal
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.identity.service import IdentityService, SignedIn
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.kit.ids import SessionId, UserId, uuid7
from sophia.store.database import Database, Writer

# Where people may be sent back to: pages of the console, and nothing that looks like one.
_RETURN_PATHS = re.compile(r"/(?:account|c/[0-9a-f-]{36})?", re.ASCII)
_RANKS = ("viewer", "member", "admin")
_MAX_NAME_CHARS = 100

_logger = log.get("federation")


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the cookie that it keeps until it comes back."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back with the browser: the callback's query, and the cookie."""

    cookie: str | None
    state: str | None
    code: str | None
    issuer: str | None
    error: str | None
    user_agent: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where a browser goes on, and as whom; nobody is signed in anew by linking."""

    path: str
    signed_in: SignedIn | None


class FederationService:
    """The OpenID provider, if there is one, over the accounts here."""

    def __init__(
        self,
        database: Database,
        *,
        identity: IdentityService,
        provider: OpenIdProvider | None,
        pepper: str,
        clock: Clock,
    ) -> None:
        """Bring the parts together."""
        self._database = database
        self._identity = identity
        self._provider = provider
        self._seal = AttemptSeal(pepper, clock=clock)
        self._clock = clock

    @property
    def config(self) -> ProviderConfig | None:
        """Give what is configured, if anything is."""
        return None if self._provider is None else self._provider.config

    async def begin(self, return_path: str, *, viewer: Viewer | None = None) -> Begun:
        """Begin to sign in, or, for a viewer who signed in a moment ago, to link.

        Raises NotConfiguredError, ReturnPathUnknownError, SignInStaleError, ProviderAwayError.
        """
        provider = self._configured()
        if _RETURN_PATHS.fullmatch(return_path) is None:
            raise ReturnPathUnknownError
        if viewer is None:
            attempt = sealed.begin(return_path)
        else:
            await self._require_recent(viewer)
            attempt = sealed.begin(
                return_path, user_id=viewer.user_id, session_id=viewer.session_id
            )
        url = await provider.authorization_url(
            state=attempt.state, nonce=attempt.nonce, challenge=attempt.challenge
        )
        return Begun(url, self._seal.close(attempt))

    async def finish(self, answer: Answer) -> Arrived:
        """Take what the provider sent back; raises a FederationError."""
        try:
            return await self._finish(answer)
        except SophiaError as error:
            metrics.auth_failures.labels("oidc", error.code).inc()
            _logger.info("federation.sign_in.failed", code=error.code)
            raise

    async def _finish(self, answer: Answer) -> Arrived:
        provider = self._configured()
        attempt = self._attempt(answer)
        await self._check_issuer(answer.issuer)
        if answer.error is not None or not answer.code:
            raise RefusedError
        person = await provider.redeem(answer.code, verifier=attempt.verifier, nonce=attempt.nonce)
        if attempt.user_id is not None:
            await self._link(person, attempt)
            return Arrived(attempt.return_path, None)
        async with self._database.transaction() as writer:
            account = await self._admit(writer, person)
            signed_in = await self._identity.open_session(
                writer, UserId(account["id"]), user_agent=answer.user_agent
            )
        self._identity.forget_standing()
        return Arrived(attempt.return_path, signed_in)

    async def identities(self, viewer: Viewer) -> Sequence[RowMapping]:
        """Give one's accounts at the provider."""
        async with self._database.reading() as reader:
            return await repository.identities(reader, viewer.user_id)

    async def unlink(self, viewer: Viewer, id_: UUID) -> None:
        """End a link; raises IdentityMissingError, SignInStaleError."""
        await self._require_recent(viewer)
        async with self._database.transaction() as writer:
            if not await repository.remove_identity(writer, id_=id_, user_id=viewer.user_id):
                raise IdentityMissingError
            await record(writer, deed(viewer, "identity.unlink", target=id_))

    def _configured(self) -> OpenIdProvider:
        if self._provider is None:
            raise NotConfiguredError
        return self._provider

    def _attempt(self, answer: Answer) -> Attempt:
        if answer.cookie is None or answer.state is None:
            raise StateUnknownError
        attempt = self._seal.open(answer.cookie)
        if not hmac.compare_digest(attempt.state.encode(), answer.state.encode()):
            raise StateUnknownError
        return attempt

    async def _check_issuer(self, named: str | None) -> None:
        """Hold the answer to the provider that was asked (RFC 9207)."""
        provider = self._configured()
        is_due = (await provider.endpoints()).names_issuer
        if named != provider.config.issuer and (is_due or named is not None):
            raise IssuerMixedUpError

    async def _require_recent(self, viewer: Viewer) -> None:
        if not await self._identity.is_recent(viewer):
            raise SignInStaleError

    async def _link(self, person: Person, attempt: Attempt) -> None:
        """Link to whoever began this, if that session has not ended since."""
        user_id = UserId(UUID(attempt.user_id))
        session_id = SessionId(UUID(attempt.session_id))
        via = f"session:{session_id}"
        async with self._database.transaction() as writer:
            if not await self._identity.is_open(writer, session_id, user_id=user_id):
                raise StateUnknownError
            await self._add_identity(writer, person, user_id, via=via)

    async def _admit(self, writer: Writer, person: Person) -> RowMapping:
        """Give the account that a person signs in to, found, linked or made."""
        config = self._configured().config
        known = {"issuer": config.issuer, "subject": person.subject}
        await repository.lock_person(writer, config.issuer, person.subject)
        account = await repository.account_of(writer, **known)
        if account is None:
            await self._find_or_make(writer, person)
            account = await repository.account_of(writer, **known)
        if account is None:
            raise NotAdmittedError
        if account["disabled_at"] is not None:
            raise AccountDisabledError
        await self._apply_role(writer, person, account)
        return account

    async def _find_or_make(self, writer: Writer, person: Person) -> None:
        if person.email is None or not person.is_email_verified:
            raise EmailUnverifiedError
        account = await repository.account_by_email(writer, person.email)
        if account is None:
            user_id = await self._make(writer, person, person.email)
        else:
            if account["disabled_at"] is not None:
                raise AccountDisabledError
            # Somebody may have given another's address, to have that person's word later.
            if account["is_email_self_given"]:
                raise LinkFirstError
            user_id = account["id"]
        await self._add_identity(writer, person, user_id, via="oidc")

    async def _make(self, writer: Writer, person: Person, email: str) -> UUID:
        config = self._configured().config
        is_of_domain = email.rpartition("@")[2] in config.allowed_domains
        if not (config.admits_unknown or is_of_domain):
            raise NotAdmittedError
        user_id = uuid7()
        given = "".join(filter(str.isprintable, person.name or "")).strip()[:_MAX_NAME_CHARS]
        is_made = await repository.add_account(
            writer,
            id_=user_id,
            name=given or email[:_MAX_NAME_CHARS],
            email=email,
            role=config.default_role,
            now=self._clock.now(),
        )
        if not is_made:
            raise LinkFirstError
        await record(writer, Deed("user", "user.create", user_id, "oidc", str(user_id)))
        return user_id

    async def _add_identity(
        self, writer: Writer, person: Person, user_id: UUID, *, via: str
    ) -> None:
        identity_id = uuid7()
        values = {
            "id": identity_id,
            "user_id": user_id,
            "issuer": self._configured().config.issuer,
            "subject": person.subject,
            "email": person.email,
            "linked_at": self._clock.now(),
        }
        if not await repository.add_identity(writer, values):
            raise LinkedElsewhereError
        await record(writer, Deed("user", "identity.link", user_id, via, str(identity_id)))

    async def _apply_role(self, writer: Writer, person: Person, account: RowMapping) -> None:
        """Give the role that the provider's groups mean; the owner stays the owner."""
        config = self._configured().config
        if config.role_claim is None or not config.roles:
            return
        meant = [role for group, role in config.roles if group in person.groups]
        role = max(meant, key=_RANKS.index, default=config.default_role)
        if await repository.set_role(writer, account["id"], role):
            user_id = account["id"]
            await record(writer, Deed("user", "role.change", user_id, "oidc", f"{user_id} {role}"))
