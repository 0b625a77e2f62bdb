"""Sessions of clients of the older era. The id itself says all: any replica reads it.

What changes in a session (that it ended, how much it wants logged, what it is subscribed to) is in
Redis; a Redis that is away or forgets makes a session young again, not invalid.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from redis.asyncio import Redis

from sophia.core.messages import JsonObject
from sophia.gateway.errors import SessionStoreAwayError, SessionUnknownError
from sophia.identity.schemas import Viewer
from sophia.kit.ids import UserId
from sophia.kit.sealing import FactSeal
from sophia.store.redis import REDIS_ERRORS

_TTL_S = 7 * 24 * 3600
_PREFIX = "sophia:mcp:session:"
_ENDED = "ended"
_LEVEL = "level"
_URI = "uri:"
MAX_SUBSCRIPTIONS = 256


@dataclass(frozen=True, slots=True)
class Session:
    """What a client said of itself when it initialized."""

    number: str
    user_id: UserId
    version: str
    capabilities: JsonObject


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a session wants beside the answers to its requests."""

    level: str | None = None
    uris: frozenset[str] = frozenset()


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, sealer: FactSeal, redis: Redis) -> None:
        """Take what seals ids, and where wishes are kept."""
        self._sealer = sealer
        self._redis = redis

    def open(self, viewer: Viewer, *, version: str, capabilities: JsonObject) -> str:
        """Give the id of a session that begins."""
        return self._sealer.seal(
            {
                "number": secrets.token_urlsafe(16),
                "user": str(viewer.user_id),
                "version": version,
                # No more than the gateway acts on: an id travels with every request.
                "capabilities": {
                    name: told
                    for name, told in capabilities.items()
                    if name in {"elicitation", "sampling", "roots"} and isinstance(told, Mapping)
                },
            },
            ttl_s=_TTL_S,
        )

    def find(self, id_: str, viewer: Viewer) -> Session:
        """Give the session of an id; raises SessionUnknownError."""
        facts = self._sealer.open(id_)
        if facts is None or facts["user"] != str(viewer.user_id):
            raise SessionUnknownError
        return Session(
            number=facts["number"],
            user_id=UserId(UUID(facts["user"])),
            version=facts["version"],
            capabilities=cast("JsonObject", facts["capabilities"]),
        )

    async def wishes(self, session: Session) -> Wishes:
        """Give what a session wants; raises SessionUnknownError when it has ended."""
        try:
            kept = await self._redis.hgetall(_PREFIX + session.number)
        except REDIS_ERRORS:
            return Wishes()
        fields = {_text(name): _text(value) for name, value in kept.items()}
        if _ENDED in fields:
            raise SessionUnknownError
        uris = frozenset(name.removeprefix(_URI) for name in fields if name.startswith(_URI))
        return Wishes(fields.get(_LEVEL), uris)

    async def end(self, session: Session) -> None:
        """End a session."""
        await self._keep(session, _ENDED)

    async def set_level(self, session: Session, level: str) -> None:
        """Note how much a session wants logged."""
        await self._keep(session, _LEVEL, level)

    async def subscribe(self, session: Session, uri: str) -> None:
        """Note that a session wants to know of changes of a resource."""
        await self._keep(session, _URI + uri)

    async def unsubscribe(self, session: Session, uri: str) -> None:
        """Note that it does not any more."""
        try:
            await self._redis.hdel(_PREFIX + session.number, _URI + uri)
        except REDIS_ERRORS as error:
            raise SessionStoreAwayError from error

    async def _keep(self, session: Session, field: str, value: str = "1") -> None:
        key = _PREFIX + session.number
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(key, field, value)
                pipe.expire(key, _TTL_S)
                await pipe.execute()
        except REDIS_ERRORS as error:
            raise SessionStoreAwayError from error


def _text(kept: bytes | str) -> str:
    return kept.decode() if isinstance(kept, bytes) else kept
