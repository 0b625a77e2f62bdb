"""Applications: those that registered themselves here, and those that describe themselves."""

import math
from datetime import timedelta
from uuid import UUID

from sophia.kit.addresses import site_of
from sophia.kit.clock import Clock
from sophia.kit.ids import uuid7
from sophia.limits.attempts import Attempts
from sophia.oauth import documents, repository
from sophia.oauth.documents import Documents
from sophia.oauth.errors import ClientUnknownError, TooManyRegistrationsError
from sophia.oauth.schemas import Client, RegisteredOut, RegistrationIn, client_name
from sophia.store.database import Database, Writer

# Registered and never used; then from the last use on. No grant lives longer than that.
_UNUSED_TTL = timedelta(days=1)
_USED_TTL = timedelta(days=200)
_MOST = 10_000
_CACHE_S = 300.0
_CACHE_SIZE = 256
_NAMELESS = "An application without a name"


class Clients:
    """Whoever asks to be connected. They have no secrets: redirect URIs and PKCE hold them."""

    def __init__(
        self,
        database: Database,
        *,
        documents: Documents | None,
        attempts: Attempts,
        clock: Clock,
    ) -> None:
        """Take what fetches descriptions; without it applications can only register."""
        self._database = database
        self._documents = documents
        self._attempts = attempts
        self._clock = clock
        self._read: dict[str, tuple[float, Client]] = {}

    @property
    def takes_documents(self) -> bool:
        """Say whether an application may describe itself at an address of its own."""
        return self._documents is not None

    async def register(self, wanted: RegistrationIn, *, address: str) -> RegisteredOut:
        """Register an application; raises TooManyRegistrationsError."""
        wait_s = await self._attempts.begin(f"registration {site_of(address)}")
        if wait_s > 0:
            raise TooManyRegistrationsError(retry_after_s=math.ceil(wait_s))
        now = self._clock.now()
        name = client_name(wanted.client_name) or _NAMELESS
        id_ = uuid7()
        values = {
            "id": id_,
            "name": name,
            "redirect_uris": wanted.redirect_uris,
            "created_at": now,
            "expires_at": now + _UNUSED_TTL,
        }
        async with self._database.transaction() as writer:
            await repository.add_client(writer, values, most=_MOST)
        return RegisteredOut(
            client_id=str(id_),
            client_id_issued_at=int(now.timestamp()),
            client_name=name,
            redirect_uris=wanted.redirect_uris,
        )

    async def find(self, client_id: str) -> Client:
        """Give an application; raises ClientUnknownError, ClientUnfitError, ClientAwayError."""
        if self._documents is not None and documents.is_document_url(client_id):
            return await self._described(client_id, self._documents)
        id_ = _registered_id(client_id)
        if id_ is None:
            raise ClientUnknownError
        async with self._database.reading() as reader:
            row = await repository.client(reader, id_, now=self._clock.now())
        if row is None:
            raise ClientUnknownError
        return Client(client_id, row["name"], tuple(row["redirect_uris"]))

    async def note_use(self, writer: Writer, client_id: str) -> None:
        """Keep a registered application that gets tokens."""
        if (id_ := _registered_id(client_id)) is not None:
            await repository.keep_client(writer, id_, until=self._clock.now() + _USED_TTL)

    async def _described(self, url: str, source: Documents) -> Client:
        known_until_s, client = self._read.get(url, (0.0, None))
        if client is not None and self._clock.monotonic() < known_until_s:
            return client
        client = documents.read(url, await source.fetch(url, max_bytes=documents.MAX_BYTES))
        if len(self._read) >= _CACHE_SIZE:
            self._read.clear()
        self._read[url] = (self._clock.monotonic() + _CACHE_S, client)
        return client


def _registered_id(client_id: str) -> UUID | None:
    try:
        id_ = UUID(client_id)
    except ValueError:
        return None
    return id_ if str(id_) == client_id else None
