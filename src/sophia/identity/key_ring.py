"""API keys: made, shown once, recognised, ended."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.audit.journal import record
from sophia.identity import keys, repository
from sophia.identity.deeds import deed
from sophia.identity.errors import (
    KeyInvalidError,
    KeyMakesNoKeyError,
    KeyMissingError,
    ScopeUnknownError,
)
from sophia.identity.schemas import ROLE_SCOPES, UNASKED_SCOPES, KeyIn, Viewer
from sophia.kit.clock import Clock
from sophia.kit.ids import ApiKeyId, UserId, uuid7
from sophia.store.database import Database

_CACHE_S = 5.0
_CACHE_SIZE = 1024


class KeyRing:
    """The keys of all users. What it knows of a key is at most five seconds old."""

    def __init__(self, database: Database, *, pepper: str, clock: Clock) -> None:
        """Start with nothing known."""
        self._database = database
        self._pepper = pepper
        self._clock = clock
        # Valid keys only: guesses leave no trace that could push out what is known.
        self._known: dict[bytes, tuple[float, Viewer]] = {}

    async def create(
        self, viewer: Viewer, wanted: KeyIn, *, id_: ApiKeyId | None = None
    ) -> tuple[str, RowMapping]:
        """Make a key; its text is given this once.

        A key of that id is made again, with another text: nobody was given the earlier one.

        Raises ScopeUnknownError and, so that no key outlives the one it was made with,
        KeyMakesNoKeyError.
        """
        if viewer.api_key_id is not None:
            raise KeyMakesNoKeyError
        given = viewer.scopes & UNASKED_SCOPES if wanted.scopes is None else set(wanted.scopes)
        scopes = sorted(given)
        excess = sorted(set(scopes) - viewer.scopes)
        if excess:
            raise ScopeUnknownError(f"You do not have the scope {excess[0]} yourself.")
        now = self._clock.now()
        days = wanted.expires_in_days
        key, values = self._fresh(
            {
                "id": id_ or uuid7(),
                "user_id": viewer.user_id,
                "name": wanted.name,
                "scopes": scopes,
                "created_at": now,
                "expires_at": None if days is None else now + timedelta(days=days),
            }
        )
        async with self._database.transaction() as writer:
            row = await repository.add_key(writer, values)
            await record(writer, deed(viewer, "key.create", target=values["id"]))
        return key, row

    async def rotate(
        self, viewer: Viewer, old_id: UUID, *, overlap: timedelta, id_: ApiKeyId
    ) -> tuple[str, RowMapping]:
        """Put a key in the place of one's old one, which stays good for `overlap`.

        It may do the same, for as long. Made again as `create` has it. Raises KeyMissingError,
        KeyMakesNoKeyError.
        """
        if viewer.api_key_id is not None:
            raise KeyMakesNoKeyError
        now = self._clock.now()
        async with self._database.transaction() as writer:
            old = await repository.end_key(
                writer, user_id=viewer.user_id, id_=old_id, now=now, at=now + overlap
            )
            if old is None:
                raise KeyMissingError
            life = None if old["expires_at"] is None else old["expires_at"] - old["created_at"]
            key, values = self._fresh(
                {
                    "id": id_,
                    "user_id": viewer.user_id,
                    "name": old["name"],
                    "scopes": old["scopes"],
                    "created_at": now,
                    "expires_at": None if life is None else now + life,
                    "rotated_from": old_id,
                }
            )
            row = await repository.add_key(writer, values)
            await record(writer, deed(viewer, "key.rotate", target=old_id, outcome=str(id_)))
        self._known.clear()
        return key, row

    async def all_of(self, viewer: Viewer) -> list[RowMapping]:
        """Give one's keys that were not revoked."""
        async with self._database.reading() as reader:
            return await repository.keys(reader, user_id=viewer.user_id)

    async def revoke(self, viewer: Viewer, id_: UUID) -> None:
        """End one of one's keys, elsewhere within five seconds; raises KeyMissingError."""
        async with self._database.transaction() as writer:
            if not await repository.revoke_key(
                writer, user_id=viewer.user_id, id_=id_, now=self._clock.now()
            ):
                raise KeyMissingError
            await record(writer, deed(viewer, "key.revoke", target=id_))
        self._known.clear()

    async def authenticate(self, key: str) -> Viewer:
        """Say whom a key speaks for; raises KeyInvalidError."""
        if not keys.is_well_formed(key):
            raise KeyInvalidError
        fingerprint = keys.fingerprint(key, pepper=self._pepper)
        known_until_s, viewer = self._known.get(fingerprint, (0.0, None))
        if viewer is not None and self._clock.monotonic() < known_until_s:
            return viewer
        # The age counts from before the question: the answer may be as old as that.
        asked_s = self._clock.monotonic()
        viewer = await self._find(fingerprint)
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[fingerprint] = (asked_s + _CACHE_S, viewer)
        return viewer

    def _fresh(self, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        key = keys.generate()
        hmac = keys.fingerprint(key, pepper=self._pepper)
        return key, {**values, "last4": key[-4:], "hmac": hmac}

    async def _find(self, fingerprint: bytes) -> Viewer:
        now = self._clock.now()
        async with self._database.reading() as connection:
            row = await repository.key_by_hmac(connection, fingerprint, now=now)
        if row is None:
            raise KeyInvalidError
        if row["last_used_at"] is None or now - row["last_used_at"] >= timedelta(minutes=1):
            async with self._database.single_write() as writer:
                await repository.touch_key(writer, ApiKeyId(row["id"]), now=now)
        return Viewer(
            user_id=UserId(row["user_id"]),
            name=row["name"],
            role=row["role"],
            scopes=frozenset(row["scopes"]) & ROLE_SCOPES[row["role"]],
            api_key_id=ApiKeyId(row["id"]),
        )
